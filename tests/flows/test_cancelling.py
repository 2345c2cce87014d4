"""Cancelling ends a run at its next slice, wherever it is, and loses nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from adapters.contract import Retry
from connector.flows import cancelling
from connector.flows.actors import Actor, Role
from connector.flows.cadence import due
from connector.flows.live import live
from connector.flows.parts import DirectSteps, advance, tell
from connector.flows.rescore import begin_rescore
from connector.flows.services import Refused, Services
from connector.flows.starting import start
from connector.flows.stories import STORIES
from connector.flows.sync import begin
from connector.flows.today import run_of
from connector.store import audit, workers
from connector.store import connections as connection_rows
from connector.store import runs as run_rows
from connector.store import tables as t
from connector.store.database import Scope
from connector.store.exclusive import present
from connector.store.runs import Run
from connector.store.workers import WorkerRow
from tests.flows.conftest import World, same
from tests.flows.crm import Killed

ANA = Actor(1, "ana@example.com", "Ana", Role.ADMIN)


@pytest.fixture
def works(world: World) -> None:
    """A worker is there, so a run that is under way ends at its next slice and not before."""
    held = present(world.store, "worker")
    assert held is not None
    with world.store.write() as conn:
        workers.save_worker(conn, WorkerRow("worker", "host", 1, 0, int(world.now.timestamp()) + 10_000))


def go_on(world: World, run: Run, svc: Services | None = None) -> Run:
    svc = svc or world.services()
    try:
        tell(STORIES[run.kind], svc, run.scope, run.id, DirectSteps(svc.sleep))
    finally:
        for pull in list(svc.pulls.values()):
            pull.close()
    return row(world, run)


def row(world: World, run: Run) -> Run:
    with world.store.read() as conn:
        return run_rows.run_by_id(conn, run.scope, run.id)


def cancel_at(world: World, what: str, run: Run, nth: int = 1) -> None:
    """Another process cancels the run when the CRM is called for the n-th time."""
    calls: list[str] = []

    def heard(called: str) -> None:
        if called == what:
            calls.append(called)
            if len(calls) == nth:
                cancelling.cancel(world.services(), run.scope, run.id, ANA)

    world.crm.on_call = heard


@pytest.mark.usefixtures("works")
@pytest.mark.parametrize("what", ["check", "contacts", "calls", "write"])
def test_a_run_ends_wherever_it_is_and_the_next_one_does_what_is_left(
    world: World, undisturbed: tuple[World, object], what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connector.flows.writeback.BATCHES_A_SLICE", 2)
    scope = world.connect()
    run = begin(world.services(), scope)
    cancel_at(world, what, run, nth=2 if what == "contacts" else 1)
    ended = go_on(world, run)
    assert (ended.state, ended.message.split(".")[0]) == ("cancelled", "Cancelled by Ana")
    assert ended.written < 23
    world.crm.on_call = lambda what: None
    assert world.sync(scope).run.state == "done"
    same(world, undisturbed[0])


@pytest.mark.usefixtures("works")
def test_scoring_ends_between_two_chunks(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connector.flows.rescore.CHUNK", 5)
    scope = world.connect()
    world.sync(scope)
    run = begin_rescore(world.services(), scope)
    svc = world.services()
    STORIES["rescore"][0](svc, scope, run.id)
    cancelling.cancel(world.services(), scope, run.id, ANA)
    ended = go_on(world, run, svc)
    assert (ended.state, ended.scored) == ("cancelled", 5)
    assert "Leads that wait for the next run: 18 to be scored." in ended.message


@pytest.mark.usefixtures("works")
def test_a_cancelled_read_goes_on_where_it_was(world: World) -> None:
    scope = world.connect()
    run = begin(world.services(), scope)
    cancel_at(world, "contacts", run, nth=3)
    ended = go_on(world, run)
    assert "goes on reading where this one stopped" in ended.message
    world.crm.on_call = lambda what: None
    done = world.sync(scope).run
    assert (done.state, ended.contacts + done.contacts) == ("done", 23)


@pytest.mark.usefixtures("works")
def test_a_kill_after_the_wish_leaves_a_run_that_the_next_process_ends_first(world: World) -> None:
    scope = world.connect()
    run = begin(world.services(), scope)

    def cancel_and_die(what: str) -> None:
        if what == "fields":
            cancelling.cancel(world.services(), scope, run.id, ANA)
            raise Killed

    world.crm.on_call = cancel_and_die
    with_a_kill = world.services()
    with pytest.raises(Killed):
        go_on(world, run, with_a_kill)
    world.crm.on_call = lambda what: pytest.fail(f"the CRM was called: {what}")
    ended = go_on(world, run)
    assert ended.state == "cancelled"


@pytest.mark.usefixtures("works")
def test_a_run_that_waits_ends_at_once(world: World) -> None:
    scope = world.connect()
    run = begin(world.services(), scope)

    def throttle(what: str) -> None:
        raise Retry("Too many calls.", after=60)

    world.crm.on_call = throttle
    svc = world.services()
    assert advance(STORIES["sync"], svc, scope, run.id)["go"] == "wait"
    assert cancelling.cancel(svc, scope, run.id, ANA).state == "cancelled"


@pytest.mark.usefixtures("works")
def test_a_run_that_asks_to_wait_once_it_was_cancelled_does_not_wait(world: World) -> None:
    scope = world.connect()
    run = begin(world.services(), scope)

    def cancelled_and_throttled(what: str) -> None:
        if what == "fields":
            cancelling.cancel(world.services(), scope, run.id, ANA)
            raise Retry("Too many calls.", after=60)

    world.crm.on_call = cancelled_and_throttled
    assert go_on(world, run).state == "cancelled"
    assert world.slept == []


@pytest.mark.usefixtures("works")
def test_a_queued_run_ends_at_once_even_if_its_first_slice_has_just_begun(world: World) -> None:
    scope = world.connect()
    run = begin(world.services(), scope)
    seen: list[str] = []

    def cancel_first(what: str) -> None:
        if what == "check":
            seen.append(cancelling.cancel(world.services(), scope, run.id, ANA).state)

    world.crm.on_call = cancel_first
    ended = go_on(world, run)
    assert seen == ["cancelled"]
    assert (ended.state, ended.phase) == ("cancelled", "cancelled"), "the slice that was under way changed nothing"


def test_where_nobody_works_a_run_ends_at_once(world: World) -> None:
    scope = world.connect()
    run = begin(world.services(), scope)
    world.crm.on_call = _die_at("contacts")
    with pytest.raises(Killed):
        go_on(world, run)
    assert cancelling.cancel(world.services(), scope, run.id, ANA).state == "cancelled"


def _die_at(where: str) -> Callable[[str], None]:
    def die(what: str) -> None:
        if what == where:
            raise Killed

    return die


def begun(world: World) -> list[str]:
    return [one.what for one in due(world.services())]


@pytest.mark.parametrize("kind", ["sync", "reconcile"])
def test_the_next_one_comes_by_its_rhythm(world: World, kind: str) -> None:
    scope = world.connect()
    world.sync(scope)
    world.now += timedelta(hours=30)
    assert kind in begun(world) or kind == "sync"
    with world.store.read() as conn:
        open_now = run_rows.open_runs(conn, scope.tenant_id)
    run = next(iter(open_now), None) or begin(world.services(), scope)
    world.now += timedelta(hours=1)
    cancelling.cancel(world.services(), scope, run.id, ANA)
    world.now += timedelta(seconds=1)
    assert begun(world) == []
    world.now += timedelta(minutes=10)
    assert begun(world) == ["sync"]


def test_what_is_left_over_waits_for_the_next_run_and_live_work_leaves_it_alone(world: World) -> None:
    scope = world.connect()
    world.sync(scope)
    run = begin_rescore(world.services(), scope, rewrite=True)
    cancelling.cancel(world.services(), scope, run.id, ANA)
    wrote = len(world.crm.writes)
    assert begun(world) == []
    assert live(world.services(), scope)["go"] == "next"
    assert len(world.crm.writes) == wrote
    assert world.sync(scope).run.written == 23


def test_cancelling_is_audited_and_told_once(world: World) -> None:
    scope = world.connect()
    run = begin(world.services(), scope)
    cancelling.cancel(world.services(), scope, run.id, ANA)
    with pytest.raises(Refused, match="has ended already"):
        cancelling.cancel(world.services(), scope, run.id, ANA)
    with world.store.read() as conn:
        told = [(one.actor, one.action, one.detail) for one in audit.entries(conn, scope.tenant_id)]
    assert told.count(("ana@example.com", "cancel run", f"run {run.id} (sync)")) == 1


def test_live_work_and_runs_of_others_cannot_be_cancelled(world: World) -> None:
    scope = world.connect()
    svc = world.services()
    with pytest.raises(Refused, match="goes on all day"):
        cancelling.cancel(svc, scope, run_of(svc, scope).id, ANA)
    with pytest.raises(LookupError):
        cancelling.cancel(svc, scope, 999, ANA)
    with pytest.raises(LookupError):
        cancelling.cancel(svc, Scope(scope.tenant_id + 1, scope.connection_id), begin(svc, scope).id, ANA)


@pytest.mark.usefixtures("works")
def test_nothing_is_started_into_a_run_that_is_being_cancelled(world: World) -> None:
    scope = world.connect()
    svc = world.services()
    run = start(svc, scope, "sync", ANA)
    with world.store.write() as conn:
        run_rows.set_part(conn, run, "read")
    assert cancelling.cancel(svc, scope, run.id, ANA).open
    with pytest.raises(Refused, match="just being cancelled"):
        start(svc, scope, "sync", ANA)


def test_a_full_read_waits_for_the_sync_that_is_under_way(world: World) -> None:
    scope, svc = world.connect(), world.services()
    assert start(svc, scope, "sync", ANA) == start(svc, scope, "sync", ANA), "who asks twice joins"
    with pytest.raises(Refused, match="cancel it first"):
        start(svc, scope, "full", ANA)
    with world.store.write() as conn:
        conn.execute(sa.delete(t.run))
        run_rows.begin_run(conn, scope, "reconcile", 0)
    with pytest.raises(Refused, match="nightly comparison"):
        start(svc, scope, "sync", ANA)
    assert start(svc, scope, "rescore", ANA).kind == "rescore"


def test_without_a_model_nothing_is_started(world: World) -> None:
    scope, svc = world.connect(), world.services()
    with world.store.write() as conn:
        conn.execute(sa.delete(t.model))
        connection_rows.set_trouble(conn, scope, "")
    with pytest.raises(Refused, match="No model is published"):
        start(svc, scope, "sync", ANA)
