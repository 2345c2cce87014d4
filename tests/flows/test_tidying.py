"""What is kept long enough goes, at whichever second somebody looks."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from connector.flows.tidying import KEPT, forget_events, forget_the_past
from connector.store import inbox_work
from connector.store import runs as run_rows
from connector.store import tables as t
from connector.store.database import Scope
from tests.flows.conftest import World
from tests.flows.test_cadence import hint, now, work


@pytest.fixture
def scope(world: World) -> Scope:
    """A connection whose first sync is over."""
    made = world.connect()
    assert [run.kind for run in work(world)] == ["sync"]
    return made


def test_handled_events_are_forgotten_after_some_days_and_open_ones_never(world: World, scope: Scope) -> None:
    for event_id in ("handled", "open"):
        hint(world, scope, event_id)
    with world.store.write() as conn:
        ids = {one.event_id: one.id for one in conn.execute(sa.select(t.inbox))}
        inbox_work.finish(conn, scope, {"read": [ids["handled"]]}, now(world))
    begun = world.now
    for later, left in ((KEPT - 60, {"handled", "open"}), (KEPT + 60, {"open"})):
        world.now = begun + timedelta(seconds=later)
        forget_events(world.services())
        with world.store.read() as conn:
            assert set(conn.execute(sa.select(t.inbox.c.event_id)).scalars()) == left


def test_an_event_of_somebody_who_never_came_is_forgotten_after_400_days(world: World, scope: Scope) -> None:
    told = {"tenant_id": scope.tenant_id, "kind": "callback_requested", "at": 1, "received_at": now(world)}
    with world.store.write() as conn:
        conn.execute(sa.insert(t.told_event).values(**told, event_id="waits", email="nobody@example.com"))
    begun = world.now
    for days, left in ((399, ["waits"]), (400, [])):
        world.now = begun + timedelta(days=days, seconds=17)
        forget_the_past(world.services())
        with world.store.read() as conn:
            assert conn.execute(sa.select(t.told_event.c.event_id)).scalars().all() == left


def test_syncs_that_found_nothing_are_forgotten_after_two_days_but_for_the_last(world: World, scope: Scope) -> None:
    for _ in range(3):
        world.now += timedelta(hours=2)
        work(world)
    with world.store.read() as conn:
        before = [(run.kind, run.changed) for run in run_rows.last_runs(conn, scope.tenant_id)]
    assert before.count(("sync", 0)) == 3
    world.now += timedelta(days=3)
    forget_the_past(world.services())
    with world.store.read() as conn:
        left = [run for run in run_rows.last_runs(conn, scope.tenant_id) if not run.open]
    assert [run.kind for run in left if run.kind == "sync" and not run.changed] == ["sync"]
    assert any(run.changed for run in left), "what the first sync did is still told"
