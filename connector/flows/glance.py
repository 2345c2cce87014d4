"""At a glance: how the tiers moved, how quickly webhooks reach the field, and the first steps of an agency."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from math import ceil
from typing import NamedTuple

from connector.flows.heard_hooks import midnight
from connector.flows.services import Services
from connector.store import connections as connection_rows
from connector.store import inbox, mapping_versions, screens, tier_days
from connector.store import models as model_rows

WEEKS = 8
NEWEST = 2000
"""Webhooks by which the time to the field is told."""
FEWEST = 5
"""Fewer tell nothing."""


class Moved(NamedTuple):
    """A tier: how many leads it has now and, where a day of this week is kept, how many more than then."""

    tier: str
    leads: int
    more: int | None


class Tiers(NamedTuple):
    """The tiers now, and at the beginning of the days that are kept, the oldest first."""

    now: Sequence[Moved]
    since: date | None
    """The first day of this week that is kept; None: none is."""
    days: Mapping[date, Mapping[str, int]]


class Step(NamedTuple):
    """A first step: what to do, what it brings, the page (endpoint), and whether it is done."""

    title: str
    text: str
    endpoint: str
    done: bool


def tiers(svc: Services, now: Mapping[str, int]) -> Tiers:
    """How the tiers moved; `now` is how many leads stand in each."""
    today = svc.clock().astimezone(svc.zone).date()
    monday = today - timedelta(days=today.weekday())
    with svc.store.read() as conn:
        kept = tier_days.days_since(conn, svc.tenant.id, (today - timedelta(weeks=WEEKS)).toordinal())
    days = {date.fromordinal(day): standing for day, standing in kept.items()}
    since = next((day for day in days if day >= monday), None)
    then = days[since] if since else None
    moved = [Moved(tier, count, None if then is None else count - then.get(tier, 0)) for tier, count in now.items()]
    return Tiers(moved, since, days)


def lag(svc: Services) -> int | None:
    """Seconds within which 95 of 100 webhooks of today reached the field; None where too few came to tell."""
    with svc.store.read() as conn:
        took = sorted(inbox.took_since(conn, svc.tenant.id, midnight(svc), NEWEST))
    return ceil(took[ceil(0.95 * len(took)) - 1]) if len(took) >= FEWEST else None


def first_steps(svc: Services) -> Sequence[Step]:
    """The steps to the first score, told from what is there; none when all are done."""
    steps = list(_steps(svc))
    return [] if all(step.done for step in steps) else steps


def _steps(svc: Services) -> Iterator[Step]:
    with svc.store.read() as conn:
        connections = connection_rows.connections_of(conn, svc.tenant.id)
        synced = screens.synced_at(conn, svc.tenant.id)
        modelled = model_rows.published_version(conn, svc.tenant.id) is not None
        mapped = any(mapping_versions.newest(conn, one.scope) for one in connections)
    text = "HubSpot or Salesforce: Leadtier reads contacts and what they did, and writes the score back to the record."
    yield Step("Connect your CRM", text, "connections.connections", bool(connections))
    text = "Most fields are matched by themselves. Look at them, so that every score is made of what you mean."
    yield Step("Map the fields", text, "mapping.mapping", mapped or bool(synced))
    text = "Start from the model that ships with us; change points and thresholds and see at once who moves."
    yield Step("Choose the scoring model", text, "model.model", modelled)
    text = "Every lead is read and scored. Start it on the connection's page, or wait until it begins by itself."
    yield Step("First sync", text, "runs.runs", bool(synced))
