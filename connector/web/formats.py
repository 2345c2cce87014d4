"""How things are shown: times in the agency's zone, numbers, names, points. Installed as template filters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from flask import Flask

from connector.flows import people
from connector.flows.services import Services
from connector.store.accounts import Membership
from connector.web.shared import actor, is_signed_in, services

_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def install(app: Flask) -> None:
    """Makes the filters known to the templates. Zone and name are those of the agency that the request shows."""
    env = app.jinja_env
    env.filters["when"] = lambda at: when(at, services())
    env.filters["day"] = lambda at: datetime.fromtimestamp(at, services().zone).strftime("%-d %b %Y")
    env.filters["date_day"] = lambda day: day.strftime("%-d %b %Y")
    env.filters["iso"] = lambda at: datetime.fromtimestamp(at, UTC).isoformat()
    env.filters.update(
        ago=lambda at: span(services().now() - at), span=span, number=number, signed=signed, person=person, words=words
    )
    env.globals["is_signed_in"] = is_signed_in
    app.context_processor(_who)


def _who() -> dict[str, Any]:
    return {"agency": services().tenant.name, "me": actor() if is_signed_in() else None, "my_agencies": _agencies}


def _agencies() -> Sequence[Membership]:
    return people.agencies(services(), actor())


def when(at: int, svc: Services) -> str:
    """A moment in the agency's zone: ``22 Nov 2026, 16:04``."""
    return datetime.fromtimestamp(at, svc.zone).strftime("%-d %b %Y, %H:%M")


def span(seconds: int) -> str:
    """How long, in the largest unit that says it: ``40 seconds``, ``12 minutes``, ``3 days``."""
    seconds = max(seconds, 0)
    for size, name in ((_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute"), (1, "second")):
        if seconds >= size or size == 1:
            count = seconds // size
            return f"{count:,} {name}" if count == 1 else f"{count:,} {name}s"
    return ""


def number(value: int) -> str:
    """A whole number with thousands marked."""
    return f"{value:,}"


def signed(points: int) -> str:
    """Points with their sign; a true minus, which a screen reader says."""
    return f"+{points}" if points > 0 else f"−{-points}" if points < 0 else "0"


def person(fields: Mapping[str, Any], crm_id: str) -> str:
    """What a lead is called: its name, else its company, else its number in the CRM."""
    name = " ".join(str(fields[part]) for part in ("first_name", "last_name") if part in fields)
    return name.strip() or str(fields.get("company") or f"Contact {crm_id}")


def words(text: str) -> str:
    """A name of ours as people read it: ``term_life`` is ``Term life``."""
    return text.replace("_", " ").capitalize()


def value(shown: Any, unit: str, is_choice: bool) -> str:
    """A field's value: yes and no, money, thousands, choices in words."""
    if isinstance(shown, bool):
        return "Yes" if shown else "No"
    if isinstance(shown, int | float):
        amount = f"{shown:,}"
        return f"${amount}" if unit.startswith("USD") else amount
    return words(shown) if is_choice else str(shown)
