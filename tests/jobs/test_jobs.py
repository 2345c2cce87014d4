"""What the worker promises: one run at a time for each account, and nothing is begun that has ended."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.contract import Retry
from connector import jobs
from connector.flows import rescore, sync
from connector.flows.pull import Closed
from connector.flows.services import Refused, Services
from connector.jobs import engine
from connector.settings import Settings
from connector.store import runs as run_rows
from connector.store.database import Scope
from connector.store.runs import Run
from tests.cli.agency import SOON, databases
from tests.flows.conftest import World
from tests.flows.crm import Crm


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    for name in ("RUNS_POLL_SECONDS", "LIVE_POLL_SECONDS", "NAP_SECONDS"):
        monkeypatch.setattr(engine, name, SOON)
    (tmp_path / "leadtier.engine.db").write_bytes(databases()["leadtier.engine.db"])
    made = World(Crm().book(), tmp_path / "leadtier.db")
    yield made
    made.store.close()


@pytest.fixture
def settings(world: World) -> Settings:
    return Settings(database_url=f"sqlite:///{world.path}")


def run_of(svc: Services, scope: Scope, run_id: int) -> Run:
    with svc.store.read() as conn:
        return run_rows.run_by_id(conn, scope, run_id)


def wait_for(worker: jobs.Worker, scope: Scope, *run_ids: int) -> None:
    until = time.monotonic() + 20
    while not all(worker.ended({scope: run_id}) for run_id in run_ids):
        assert time.monotonic() < until, "the runs did not end"
        time.sleep(0.02)


def test_two_runs_of_one_account_never_work_at_the_same_time(world: World, settings: Settings) -> None:
    scope, svc = world.connect(), world.services()
    reading, go_on = threading.Event(), threading.Event()

    def hold(what: str) -> None:
        if what == "contacts":
            reading.set()
            assert go_on.wait(20)

    world.crm.on_call = hold
    first, second = sync.begin(svc, scope).id, rescore.begin_rescore(svc, scope).id
    with jobs.worker(svc, settings) as worker:
        assert reading.wait(20)
        for _ in range(3):
            worker.tick()
            time.sleep(5 * SOON)  # longer than the engine needs to pick up what is queued
        assert run_of(svc, scope, second).phase == "starting"
        go_on.set()
        wait_for(worker, scope, first, second)
    assert (run_of(svc, scope, first).state, run_of(svc, scope, second).state) == ("done", "done")
    assert len(world.crm.writes) == 23, "every lead was written once"


def test_an_open_run_is_joined_by_whoever_asks(world: World) -> None:
    scope, svc = world.connect(), world.services()
    run = jobs.request_sync(svc, scope)
    assert jobs.request_sync(world.services(), scope) == run
    assert jobs.request_rescore(svc, scope) != run


def test_one_process_has_the_engine_of_a_sqlite_database(world: World, settings: Settings) -> None:
    svc = world.services()
    with jobs.worker(svc, settings) as first:
        assert first.works
        other = jobs.Worker(svc, settings)
        assert not other.try_start()
        assert not other.works
    with jobs.worker(svc, settings) as next_one:
        assert next_one.works


def test_an_error_nobody_foresaw_ends_the_run_with_a_sentence(world: World, settings: Settings) -> None:
    scope, svc = world.connect(), world.services()

    def fail(what: str) -> None:
        if what == "write":
            raise ZeroDivisionError

    world.crm.on_call = fail
    with jobs.worker(svc, settings) as worker:
        run_id = jobs.request_sync(svc, scope)
        worker.hurry()
        wait_for(worker, scope, run_id)
    run = run_of(svc, scope, run_id)
    assert (run.state, run.contacts) == ("failed", 23)
    assert "did not foresee (ZeroDivisionError)" in run.message
    assert "sync again" in run.message


def test_a_worker_that_stops_ends_its_waits_and_leaves_the_run_open(world: World, settings: Settings) -> None:
    scope, svc = world.connect(), world.services()

    def busy(what: str) -> None:
        raise Retry("HubSpot is busy.", after=60)

    world.crm.on_call = busy
    with jobs.worker(svc, settings) as worker:
        run_id = jobs.request_sync(svc, scope)
        worker.hurry()
        until = time.monotonic() + 20
        while run_of(svc, scope, run_id).message != "HubSpot is busy.":
            assert time.monotonic() < until
            time.sleep(0.02)
    until = time.monotonic() + 20
    while any("dbos" in thread.name.lower() or "ThreadPool" in thread.name for thread in threading.enumerate()):
        assert time.monotonic() < until, "the wait goes on after the worker stopped"
        time.sleep(0.02)
    assert run_of(svc, scope, run_id).open


def test_a_sqlite_too_old_for_the_engine_is_a_sentence() -> None:
    with pytest.raises(Refused, match=r"SQLite 3\.40\.1; .* needs 3\.42"):
        jobs.check_sqlite("sqlite:///x.engine.db", (3, 12), (3, 40, 1))
    jobs.check_sqlite("sqlite:///x.engine.db", (3, 11), (3, 40, 1))
    jobs.check_sqlite("sqlite:///x.engine.db", (3, 13), (3, 42, 0))
    jobs.check_sqlite("postgresql+psycopg://host/x", (3, 13), (3, 40, 1))


def test_who_waits_for_the_crm_is_let_go_when_the_process_stops(world: World, settings: Settings) -> None:
    svc = world.services()
    svc.sleep = time.sleep
    ended: list[type[BaseException]] = []

    def wait() -> None:
        try:
            svc.sleep(60)
        except BaseException as error:
            ended.append(type(error))

    with jobs.worker(svc, settings):
        waiting = threading.Thread(target=wait)
        waiting.start()
    waiting.join(5)
    assert ended == [Closed]
