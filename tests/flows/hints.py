"""Hints for a world, and live slices until nothing is left."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import count

from connector.flows.live import live
from connector.flows.parts import Next
from connector.flows.services import Services
from connector.store import inbox
from connector.store.database import Scope
from connector.store.inbox import InboxEvent
from tests.flows.conftest import World
from tests.flows.looking import rows

SCORE = "leadtier_score"
_NUMBERS = count(1)


def hint(
    world: World, scope: Scope, kind: str, *crm_ids: str, field: str = "", value: str = "", **more: object
) -> None:
    """One event for each of these records, as a webhook leaves it in the inbox."""
    at = int(world.now.timestamp())
    events = [
        InboxEvent(
            scope.tenant_id, scope.connection_id, str(more.get("event_id") or f"e{next(_NUMBERS)}"), kind, crm_id,
            field, value, str(more.get("merged", "")), bool(more.get("bulk")), int(str(more.get("at", at))),
        )
        for crm_id in crm_ids
    ]  # fmt: skip
    with world.store.write() as conn:
        inbox.add_events(conn, events, at * 1000)


def changed(world: World, scope: Scope, *crm_ids: str, field: str = "state") -> None:
    """A property changed that says nothing of activities."""
    hint(world, scope, "changed", *crm_ids, field=field)


def run_live(world: World, scope: Scope, svc: Services | None = None) -> list[Next]:
    """Slices until nothing is left or the CRM must be waited for; what each said."""
    svc, said = svc or world.services(), list[Next]()
    while not said or said[-1]["go"] == "more":
        said.append(live(svc, scope))
        assert len(said) < 200, "live work does not end"
    return said


def results(world: World) -> Counter[object]:
    """How many events ended how; open ones under None."""
    return Counter(
        result if done is not None else None for result, done in rows(world, "SELECT result, done_at FROM inbox")
    )


class Calls(Counter[str]):
    """Counts the calls to a world's CRM from here on."""

    def __init__(self, world: World) -> None:
        super().__init__()
        world.crm.on_call = self._count

    def _count(self, what: str) -> None:
        self[what] += 1


def asks_for_a_quote(world: World, crm_id: str) -> None:
    person = world.crm.contacts[crm_id]
    news = {"recent_conversion_event_name": "Request a quote: Form", "recent_conversion_date": "2026-11-20T14:00:00Z"}
    world.crm.contacts[crm_id] = replace(person, properties={**person.properties, **news}, updated_at=world.now)
