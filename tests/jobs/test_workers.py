"""What workers promise each other: who is dead frees what it had, and nothing is asked for twice."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.flows.cadence import Due
from connector.flows.services import Services
from connector.jobs import Worker, engine, turns, workers
from connector.jobs.house import Broken, house
from connector.settings import Settings
from connector.store import workers as worker_rows
from connector.store.database import Scope, StoreUnusable
from connector.store.exclusive import present
from connector.store.workers import WorkerRow
from tests.cli.agency import SOON, databases
from tests.flows.conftest import World
from tests.flows.crm import Crm

SCOPE = Scope(1, 7)
RUN = Due(SCOPE, "sync", 5)
LIVE = Due(SCOPE, "live")


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    for name in ("RUNS_POLL_SECONDS", "LIVE_POLL_SECONDS", "NAP_SECONDS"):
        monkeypatch.setattr(engine, name, SOON)
    monkeypatch.setattr(workers, "TICK_SECONDS", SOON)
    house.empty()
    house.stopping.clear()
    (tmp_path / "leadtier.engine.db").write_bytes(databases()["leadtier.engine.db"])
    made = World(Crm().book(), tmp_path / "leadtier.db")
    yield made
    house.empty()
    house.stopping.clear()
    made.store.close()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the engine was asked for."""
    found: list[str] = []
    monkeypatch.setattr(engine, "ask_run", lambda scope, run_id, long: found.append(f"run {run_id}"))
    monkeypatch.setattr(engine, "ask_live", lambda scope: found.append("live"))
    return found


def lasting(world: World) -> Worker:
    return Worker(world.services(), Settings(database_url=f"sqlite:///{world.path}"), lasting=True)


def add_row(svc: Services, name: str) -> None:
    with svc.store.write() as conn:
        worker_rows.save_worker(conn, WorkerRow(name, "leads-2", 1, svc.now(), svc.now()))


def test_what_the_dead_had_taken_is_freed_and_what_the_living_have_is_not(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker, svc = lasting(world), world.services()
    worker._held = present(svc.store, "")
    mine = worker._row.id
    taken = {"w1": mine, "w2": "dead", "w3": "of an engine that outlived our database"}
    freed: list[list[str]] = []
    monkeypatch.setattr(engine, "taken", lambda: taken)
    monkeypatch.setattr(engine, "cancel", freed.append)
    add_row(svc, "dead")
    worker._bury()
    worker._bury()
    assert freed == [["w2", "w3"]], "once is enough: the dead take nothing any more"
    add_row(svc, "dies later")
    taken["w4"] = "dies later"
    worker._bury()
    assert freed[1:] == [["w2", "w3", "w4"]]
    assert worker._held is not None
    worker._held.let_go()


def test_work_is_asked_for_once_in_a_while_and_not_at_all_while_it_is_going_on(world: World, asked: list[str]) -> None:
    for _ in range(2):
        workers._ask(RUN)
        workers._ask(LIVE)
    assert asked == ["run 5", "live"]
    house.soon(turns.run_lock(SCOPE))
    house.soon(turns.live_lock(SCOPE))
    with house.under_way(turns.run_lock(SCOPE)):
        workers._ask(RUN)
        workers._ask(LIVE)
    assert asked == ["run 5", "live"], "a turn of a run does the live work too"
    workers._ask(LIVE)
    assert asked == ["run 5", "live", "live"]


def test_a_run_that_could_not_even_be_closed_is_left_alone_for_a_while(world: World, asked: list[str]) -> None:
    house.broken[5] = Broken(StoreUnusable("The disk is full."), time.monotonic() + 30)
    workers._ask(RUN)
    assert asked == []
    house.broken[5] = Broken(StoreUnusable("The disk is full."), time.monotonic() - 1)
    workers._ask(RUN)
    assert asked == ["run 5"]
    assert house.broken == {}


def test_a_second_worker_on_sqlite_waits_and_takes_over_when_the_first_ends(world: World) -> None:
    first, second = lasting(world), lasting(world)
    first.start()
    second.start()
    assert (first.works, second.works) == (True, False)
    first.stop()
    until = time.monotonic() + 20
    while not second.works:
        assert time.monotonic() < until
        time.sleep(SOON)
    assert second.looked() < 20
    second.stop()
    assert not any("APScheduler" in thread.name for thread in threading.enumerate())


def test_a_look_that_fails_is_tried_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    worker, again = lasting(world), threading.Event()
    worker.start()

    def fail(svc: Services) -> list[Due]:
        monkeypatch.setattr("connector.flows.cadence.due", lambda svc: again.set() or [])
        raise ZeroDivisionError

    monkeypatch.setattr("connector.flows.cadence.due", fail)
    assert again.wait(20)
    worker.stop()
