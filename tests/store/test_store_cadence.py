"""What is due, asked of both databases: for all tenants at once, and what a full pass has seen."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from connector.store import cadence, connections, full_passes, inbox_work, leads, outbox, runs
from connector.store import tables as t
from connector.store.cadence import Standing
from connector.store.database import Scope, Store, open_store
from tests.store.agencies import AT, Party, move_in


@pytest.fixture
def parties(conn: sa.Connection) -> list[Party]:
    """Two agencies, each with an open event, a dirty lead and a row that is due."""
    return [move_in(conn, "one"), move_in(conn, "two")]


def of(conn: sa.Connection, scope: Scope, now: int = AT) -> Standing:
    return next(one for one in cadence.standings(conn, now) if one.scope == scope)


def quiet(conn: sa.Connection, party: Party) -> None:
    """Nothing waits any more."""
    inbox_work.finish(conn, party.scope, {"read": [one.id for one in inbox_work.open_events(conn, party.scope, 9)]}, AT)
    conn.execute(sa.update(t.lead).where(t.lead.c.tenant_id == party.scope.tenant_id).values(dirty=0))
    outbox.withdraw(conn, party.scope, party.ids)


def test_each_connection_says_what_waits_there(conn: sa.Connection, parties: list[Party]) -> None:
    one, two = parties
    quiet(conn, one)
    assert (of(conn, one.scope).events, of(conn, one.scope).leftovers) == (False, False)
    assert (of(conn, two.scope).events, of(conn, two.scope).leftovers) == (True, True)


@pytest.mark.parametrize("known", [True, False], ids=["one that was read", "one that was only named"])
def test_a_dirty_lead_waits_once_it_was_read(conn: sa.Connection, parties: list[Party], known: bool) -> None:
    one, _ = parties
    quiet(conn, one)
    chosen = t.lead.c.id == one.ids[0]
    conn.execute(sa.update(t.lead).where(chosen).values(dirty=1, known=known))
    assert of(conn, one.scope).leftovers is known
    leads.mark_gone(conn, one.scope, list(one.leads))
    assert not of(conn, one.scope).leftovers


def test_a_row_waits_when_it_is_due_and_not_parked(conn: sa.Connection, parties: list[Party]) -> None:
    one, _ = parties
    quiet(conn, one)
    outbox.put(conn, one.scope, {one.ids[0]: "{}"}, AT + 60)
    assert not of(conn, one.scope, AT + 59).leftovers
    assert of(conn, one.scope, AT + 60).leftovers
    outbox.park(conn, one.scope, {one.ids[0]: "refused"})
    assert not of(conn, one.scope, AT + 60).leftovers


def test_without_a_model_a_tenant_is_not_asked_about(conn: sa.Connection, parties: list[Party]) -> None:
    one, two = parties
    conn.execute(sa.delete(t.model).where(t.model.c.tenant_id == one.scope.tenant_id))
    assert [standing.scope for standing in cadence.standings(conn, AT)] == [two.scope]


def test_open_runs_of_every_tenant_are_listed_with_when_they_go_on(conn: sa.Connection, parties: list[Party]) -> None:
    one, two = parties
    runs.set_wait(conn, one.run, 1, AT + 20)
    runs.set_anew(conn, two.run)
    runs.finish_run(conn, runs.begin_run(conn, one.scope, "rescore", AT), "done", "", AT)
    found = cadence.open_runs_of_all(conn)
    assert [(run.scope, run.next_at, run.anew) for run in found] == [(one.scope, AT + 20, False), (two.scope, 0, True)]


def test_leads_whose_day_has_come_are_marked_and_no_others(conn: sa.Connection, parties: list[Party]) -> None:
    one, two = parties
    for party in parties:
        quiet(conn, party)
        mine = t.card.c.tenant_id == party.scope.tenant_id
        conn.execute(sa.update(t.card).where(mine).values(moves_on=None))
        conn.execute(sa.update(t.card).where(mine, t.card.c.lead_id == party.ids[0]).values(moves_on=740_000))
    assert cadence.mark_moved(conn, one.scope, 739_999) == 0
    assert cadence.mark_moved(conn, one.scope, 740_000) == 1
    assert [lead.crm_id for lead in leads.dirty_leads(conn, one.scope, 9)] == ["1001"]
    assert leads.dirty_leads(conn, two.scope, 9) == []


def test_handled_events_are_forgotten_from_the_oldest_on(conn: sa.Connection, parties: list[Party]) -> None:
    one, _ = parties
    quiet(conn, one)
    assert not cadence.is_old(conn, AT * 1000)
    assert cadence.is_old(conn, AT * 1000 + 1)
    assert cadence.forget_handled(conn, AT * 1000 + 1, 2) == 2
    assert cadence.forget_handled(conn, AT * 1000 + 1, 100) == 2
    left = conn.execute(sa.select(t.inbox.c.done_at)).scalars().all()
    assert left == [None, None], "the other agency's events are open"


def test_open_events_that_nobody_handles_keep_no_others(conn: sa.Connection, parties: list[Party]) -> None:
    conn.execute(sa.update(t.inbox).values(done_at=None))
    last = conn.execute(sa.select(sa.func.max(t.inbox.c.id))).scalar_one()
    conn.execute(sa.update(t.inbox).where(t.inbox.c.id == last).values(done_at=AT))
    assert cadence.forget_handled(conn, AT * 1000 + 1, 1) == 1


def test_a_full_pass_knows_whom_it_has_not_seen(conn: sa.Connection, parties: list[Party]) -> None:
    one, two = parties
    run = one.run.id + 1000
    full_passes.mark_seen(conn, one.scope, ["1001", "1002"], run)
    assert full_passes.unseen(conn, one.scope, run, AT + 1, 10) == ["1003"]
    assert full_passes.count(conn, one.scope, run, AT + 1) == (3, 1)
    assert full_passes.count(conn, one.scope, run, AT) == (0, 0), "they were made later"
    leads.mark_gone(conn, one.scope, ["1003"])
    assert full_passes.count(conn, one.scope, run, AT + 1) == (2, 0)
    assert full_passes.count_there(conn, one.scope) == 2
    assert full_passes.count(conn, two.scope, run, AT + 1) == (3, 3)


def test_failures_are_counted_since_the_last_good_end(conn: sa.Connection, parties: list[Party]) -> None:
    scope = parties[0].scope
    for state in ("failed", "done", "failed", "failed"):
        for run in runs.open_runs(conn, scope.tenant_id):
            runs.finish_run(conn, run, state, "", AT)
        runs.begin_run(conn, scope, "sync", AT)
    assert runs.failures(conn, scope, ("sync",)) == 2
    assert runs.failures(conn, scope, ("reconcile",)) == 0


@pytest.fixture
def store(address: str) -> Iterator[Store]:
    opened = open_store(address)
    yield opened
    opened.close()


def test_of_two_processes_one_decides_what_begins(store: Store) -> None:
    with store.write() as conn:
        scope = move_in(conn, "one").scope
    begun: list[int] = []

    def decide() -> None:
        with store.write() as conn:
            standing = cadence.locked(conn, scope, AT)
            assert standing is not None
            if standing.sync_at < AT:
                connections.set_sync_at(conn, scope, AT)
                begun.append(1)

    deciding = [threading.Thread(target=decide) for _ in range(8)]
    for one in deciding:
        one.start()
    for one in deciding:
        one.join()
    assert begun == [1]


def test_an_event_arrives_while_somebody_decides(store: Store) -> None:
    """On PostgreSQL the lock must not keep rows out that only name the connection."""
    if store.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    with store.write() as conn:
        scope = move_in(conn, "one").scope
    with store.write() as deciding:
        cadence.locked(deciding, scope, AT)
        with store.write() as arriving:
            arriving.exec_driver_sql("SET LOCAL lock_timeout = '2s'")
            leads.ids_for(arriving, scope, ["4711"])
    with store.read() as conn:
        assert "4711" in leads.known_leads(conn, scope, ["4711"])
