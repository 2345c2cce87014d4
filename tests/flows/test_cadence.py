"""What begins by itself, and when. Time is the world's clock; nothing here waits."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from adapters.contract import AdapterError, Broken, Misconfigured, QuotaSpent, Retry
from connector.flows.cadence import Due, due
from connector.flows.connect import connect
from connector.flows.parts import DirectSteps, tell
from connector.flows.stories import STORIES
from connector.store import connections as connection_rows
from connector.store import inbox, tenants
from connector.store import leads as lead_rows
from connector.store import runs as run_rows
from connector.store import tables as t
from connector.store.connections import Connection
from connector.store.database import Scope
from connector.store.inbox import InboxEvent
from connector.store.runs import Run
from tests.flows.conftest import World

Raises = Callable[[str], None]


def tick(world: World) -> list[str]:
    """What is due now."""
    return [one.what for one in due(world.services())]


def work(world: World) -> list[Run]:
    """Does every run that is due, and gives them as they ended; live work is left alone."""
    return [_tell(world, one) for one in due(world.services()) if one.run_id is not None]


def _tell(world: World, one: Due) -> Run:
    assert one.run_id is not None
    svc = world.services().for_tenant(one.scope.tenant_id)
    tell(STORIES[one.what], svc, one.scope, one.run_id, DirectSteps(lambda _: None))
    with world.store.read() as conn:
        return run_rows.run_by_id(conn, one.scope, one.run_id)


def go_to(world: World, text: str, zone: str = "America/Chicago") -> None:
    world.now = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def now(world: World) -> int:
    return int(world.now.timestamp())


def row(world: World, scope: Scope) -> Connection:
    with world.store.read() as conn:
        return connection_rows.connection_by_id(conn, scope)


def failing(error: AdapterError) -> Raises:
    def fail(what: str) -> None:
        raise error

    return fail


def only_days(world: World, scope: Scope) -> None:
    """From here on nothing reads the CRM by itself."""
    with world.store.write() as conn:
        connection_rows.set_cadence(conn, scope, 0, 0)
        connection_rows.set_nightly_on(conn, scope, "")


@pytest.fixture
def scope(world: World) -> Scope:
    """A connection whose first sync is over; it is 9:00 in Chicago."""
    made = world.connect()
    assert [run.kind for run in work(world)] == ["sync"]
    return made


def test_a_new_connection_reads_its_book_by_itself(world: World) -> None:
    scope = world.connect()
    [first] = due(world.services())
    assert (first.what, first.scope, first.long) == ("sync", scope, True)
    assert due(world.services()) == [first], "it begins once"
    assert _tell(world, first).state == "done"
    assert tick(world) == []


def test_a_command_that_only_looks_begins_nothing(world: World) -> None:
    world.connect()
    assert due(world.services(), begins=False) == []


def test_without_a_model_nothing_begins(world: World) -> None:
    world.connect()
    with world.store.write() as conn:
        conn.execute(sa.delete(t.model))
    assert tick(world) == []


def test_a_sync_follows_the_last_one_by_the_connections_cadence(world: World, scope: Scope) -> None:
    begun = []
    for _ in range(2400):
        world.now += timedelta(seconds=1)
        begun += [run.started_at for run in work(world)]
    assert len(begun) == 8
    assert {later - before for before, later in itertools.pairwise(begun)} == {300}
    assert [due(world.services()), row(world, scope).retry_at] == [[], 0]


def test_an_incremental_sync_is_short_work(world: World, scope: Scope) -> None:
    world.now += timedelta(hours=1)
    [sync] = due(world.services())
    assert (sync.what, sync.long) == ("sync", False)


def test_switched_off_no_sync_begins_by_itself(world: World, scope: Scope) -> None:
    with world.store.write() as conn:
        connection_rows.set_cadence(conn, scope, 0, 0)
    go_to(world, "2026-11-20 23:50")
    assert tick(world) == []


def test_a_week_of_downtime_is_made_up_for_once(world: World, scope: Scope) -> None:
    go_to(world, "2026-12-01 14:00")
    assert sorted(run.kind for run in work(world)) == ["reconcile", "rescore"]
    assert tick(world) == []
    world.now += timedelta(minutes=8)
    assert [run.kind for run in work(world)] == ["sync"]


def test_at_the_tenants_midnight_only_leads_that_time_moves_are_scored_again(world: World, scope: Scope) -> None:
    only_days(world, scope)
    go_to(world, "2026-11-30 23:59:59")
    assert tick(world) == []
    today = world.now.date().toordinal()
    with world.store.read() as conn:
        moving = conn.execute(sa.select(sa.func.count()).where(t.card.c.moves_on <= today + 1)).scalar_one()
    world.now += timedelta(seconds=1)
    [rescored] = work(world)
    assert (rescored.kind, rescored.state, rescored.scored) == ("rescore", "done", moving)
    assert 0 < moving < len(world.crm.contacts)
    assert tick(world) == []


def test_cards_from_before_an_upgrade_are_all_made_again(world: World, scope: Scope) -> None:
    with world.store.write() as conn:
        conn.execute(sa.update(t.card).values(moves_on=0))
        connection_rows.set_cadence(conn, scope, 0, 0)
    go_to(world, "2026-11-21 00:00")
    assert [run.scored for run in work(world)] == [len(world.crm.contacts)]


def test_a_midnight_that_moves_nothing_opens_no_run(world: World, scope: Scope) -> None:
    with world.store.write() as conn:
        conn.execute(sa.update(t.card).values(moves_on=None))
        connection_rows.set_cadence(conn, scope, 0, 0)
    go_to(world, "2026-11-21 00:00")
    assert tick(world) == []
    assert row(world, scope).rescored_on == "2026-11-21"


def test_each_tenant_has_its_own_midnight(world: World, scope: Scope) -> None:
    svc = world.services()
    with world.store.write() as conn:
        svc.tenant = tenants.add_tenant(conn, "down under", "Australia/Sydney", 0)
    there = connect(svc, "hubspot", {"token": "secret-token"}, None, "hubspot").scope
    with world.store.write() as conn:
        tenants.set_time_zone(conn, there.tenant_id, "Australia/Sydney")
    work(world)
    for one in (scope, there):
        only_days(world, one)
    go_to(world, "2026-11-21 00:30")
    tick(world)
    with world.store.write() as conn:
        conn.execute(sa.update(t.card).values(moves_on=0))
    go_to(world, "2026-11-22 00:00", "Australia/Sydney")
    assert {(one.scope, one.what) for one in due(world.services())} == {(there, "rescore")}
    work(world)
    go_to(world, "2026-11-22 00:00")
    assert {(one.scope, one.what) for one in due(world.services())} == {(scope, "rescore")}


def test_the_book_is_reconciled_once_in_the_small_hours(world: World, scope: Scope) -> None:
    begun = []
    with world.store.write() as conn:
        connection_rows.set_cadence(conn, scope, 0, 0)
    go_to(world, "2026-11-20 20:00")
    for _ in range(36 * 4):
        world.now += timedelta(minutes=15)
        begun += [world.now for run in work(world) if run.kind == "reconcile"]
    assert [(when.day, when.hour) for when in begun] == [(21, 2), (22, 2)]


def test_a_sync_is_not_begun_while_the_book_is_reconciled(world: World, scope: Scope) -> None:
    go_to(world, "2026-11-21 04:00")
    assert "reconcile" in tick(world)
    world.now += timedelta(hours=2)
    assert "sync" not in tick(world)


def test_a_failing_crm_is_asked_with_growing_patience(world: World, scope: Scope) -> None:
    world.crm.on_call = failing(Broken("The CRM talks nonsense."))
    with world.store.write() as conn:
        connection_rows.set_cadence(conn, scope, 60, 0)
    failed = []
    for _ in range(4 * 60):
        world.now += timedelta(minutes=1)
        failed += [world.now for run in work(world) if run.state == "failed"]
    waited = [(later - before).seconds // 60 for before, later in itertools.pairwise(failed)]
    assert waited == [5, 10, 20, 40, 60, 60]
    world.crm.on_call = lambda what: None
    world.now += timedelta(hours=1)
    assert [run.state for run in work(world)] == ["done"]
    world.crm.on_call = failing(Broken("Again."))
    world.now += timedelta(minutes=2)
    assert [run.state for run in work(world)] == ["failed"]
    world.now += timedelta(minutes=5)
    assert [run.state for run in work(world)] == ["failed"], "the patience begins anew"


def test_a_crm_out_of_reach_for_minutes_is_tried_again_later(world: World, scope: Scope) -> None:
    world.crm.on_call = failing(Retry("Out of reach.", after=1))
    world.now += timedelta(minutes=8)
    assert [run.state for run in work(world)] == ["failed"]
    world.now += timedelta(minutes=4)
    assert tick(world) == []
    world.crm.on_call = lambda what: None
    world.now += timedelta(minutes=1)
    assert [run.state for run in work(world)] == ["done"]


def test_spent_calls_are_waited_for(world: World, scope: Scope) -> None:
    back = world.now + timedelta(hours=9)
    world.crm.on_call = failing(QuotaSpent("No calls are left today.", until=back))
    world.now += timedelta(minutes=8)
    assert [run.state for run in work(world)] == ["failed"]
    world.now = back - timedelta(seconds=1)
    assert tick(world) == []
    world.now = back
    assert tick(world) == ["sync"]


def test_what_a_person_must_mend_is_looked_at_once_an_hour(world: World, scope: Scope) -> None:
    world.crm.on_call = failing(Misconfigured("A scope is missing.", what=("contacts.read",)))
    tried = []
    for _ in range(3 * 60):
        world.now += timedelta(minutes=1)
        tried += [world.now for _ in work(world)]
    assert [(later - before).seconds for before, later in itertools.pairwise(tried)] == [3600, 3600]
    assert row(world, scope).trouble
    world.crm.on_call = lambda what: None
    world.connect()
    assert tick(world) == ["sync"], "connecting again says that it is mended"


def test_a_connection_in_trouble_is_not_rescored_at_midnight(world: World, scope: Scope) -> None:
    with world.store.write() as conn:
        connection_rows.set_trouble(conn, scope, "Connect again.")
        connection_rows.set_cadence(conn, scope, 0, 0)
    go_to(world, "2026-11-21 00:00")
    assert "rescore" not in tick(world)


def test_webhooks_are_due_at_once_and_before_every_run(world: World, scope: Scope) -> None:
    hint(world, scope, "a")
    assert tick(world) == ["live"]
    go_to(world, "2026-12-01 04:00")
    found = due(world.services())
    assert next(one.what for one in found) == "live"
    assert {one.what for one in found[1:]} == {"rescore", "reconcile"}


def hint(world: World, scope: Scope, event_id: str) -> None:
    with world.store.write() as conn:
        at = now(world)
        inbox.add_events(
            conn, [InboxEvent(*_ids(scope), event_id, "changed", "1001", "", "", "", False, at)], at * 1000
        )


def _ids(scope: Scope) -> tuple[int, int]:
    return scope.tenant_id, scope.connection_id


def test_leftovers_are_live_work_unless_a_run_sees_to_them(world: World, scope: Scope) -> None:
    with world.store.write() as conn:
        lead_rows.mark_all_dirty(conn, scope)
    assert tick(world) == ["live"]
    world.now += timedelta(minutes=10)
    assert tick(world) == ["sync"]


def test_live_work_waits_where_the_crm_asked_for_patience(world: World, scope: Scope) -> None:
    hint(world, scope, "a")
    with world.store.write() as conn:
        connection_rows.set_live_at(conn, scope, now(world) + 30)
    assert tick(world) == []
    world.now += timedelta(seconds=30)
    assert tick(world) == ["live"]


def test_a_run_that_waits_is_not_due_and_short_runs_go_first(world: World, scope: Scope) -> None:
    with world.store.write() as conn:
        rescore = run_rows.begin_run(conn, scope, "rescore", 0)
        sync = run_rows.begin_run(conn, scope, "sync", 0)
    assert [(one.run_id, one.long) for one in due(world.services())] == [(sync.id, False), (rescore.id, True)]
    with world.store.write() as conn:
        run_rows.set_wait(conn, sync, 1, now(world) + 20)
    assert [one.run_id for one in due(world.services())] == [rescore.id]


def test_the_run_of_live_work_is_not_work_itself(world: World, scope: Scope) -> None:
    with world.store.write() as conn:
        run_rows.begin_run(conn, scope, "live", 0)
    assert tick(world) == []


def test_an_idle_look_takes_two_queries_however_many_connections_there_are(world: World, scope: Scope) -> None:
    with world.store.write() as conn:
        template = dict(conn.execute(sa.select(t.connection)).one()._mapping)
        for number in range(2, 40):
            conn.execute(
                sa.insert(t.connection), {**template, "id": number, "name": f"c{number}", "account_id": number}
            )
    world.now = world.now.replace(second=30)
    svc, asked = world.services(), []
    sa.event.listen(world.store.engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
    assert due(svc) == []
    assert len(asked) == 2
