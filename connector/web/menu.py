"""The main menu: pages by what people look for, and the rooms (blueprints) that belong to each."""

from __future__ import annotations

from typing import NamedTuple


class Entry(NamedTuple):
    """A line of the menu: the page it opens, its name, its icon, and the blueprints under which it is lit."""

    page: str
    name: str
    icon: str
    rooms: tuple[str, ...]


MENU = (
    Entry("overview.overview", "Overview", "layout-dashboard", ("overview",)),
    Entry("leads.leads", "Leads", "users", ("leads",)),
    Entry("flags.flags", "Flagged leads", "flag", ("flags",)),
    Entry("mapping.mapping", "Field mapping", "arrows-right-left", ("mapping",)),
    Entry("model.model", "Scoring model", "adjustments-horizontal", ("model", "model_preview")),
    Entry("runs.runs", "Sync and health", "refresh", ("runs", "problems", "webhooks", "refused", "calls")),
    Entry("settings.settings", "Settings", "settings", ("settings", "connections", "people", "keys", "audit", "you")),
)
