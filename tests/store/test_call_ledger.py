"""Several processes and threads call one account: the vendor's limit is kept by their sum, and hardly wasted."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from bisect import bisect_left
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import pytest
import sqlalchemy as sa

from adapters.transport import Budget
from connector.flows.call_ledger import CallLedger, ledger_for
from connector.store import call_slots
from connector.store import tables as t
from connector.store.database import Scope, Store, StoreUnusable, open_store
from tests.cli.agency import FORKS
from tests.store.agencies import move_in

LIMIT = 40
WINDOW = 1.0
SECONDS = 2.5
THREADS = 4


@pytest.fixture
def store(made_address: str) -> Iterator[Store]:
    opened = open_store(made_address)
    yield opened
    opened.close()


@pytest.fixture
def scope(store: Store) -> Scope:
    with store.write() as conn:
        return move_in(conn, "agency").scope


def held(store: Store, family: str, *, under_way: bool = False) -> int:
    """Slots of that limit; only those without an answer when they are asked for."""
    query = sa.select(sa.func.count()).where(t.call_slot.c.family == family)
    with store.read() as conn:
        return conn.execute(query.where(t.call_slot.c.ended_at.is_(None)) if under_way else query).scalar_one()


def test_on_sqlite_one_process_counts_by_itself(store: Store, scope: Scope) -> None:
    assert (ledger_for(store, scope) is None) == (store.engine.dialect.name == "sqlite")


def test_an_end_that_could_not_be_told_is_told_with_the_next(
    store: Store, scope: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = CallLedger(store, scope, "w1")
    for _ in range(2):
        assert ledger.take("quick", 2, 0.0) == 0.0
    with monkeypatch.context() as patch:
        patch.setattr(call_slots, "end", lambda *_: (_ for _ in ()).throw(StoreUnusable("no database")))
        ledger.give_back("quick")
    assert ledger.take("quick", 2, 0.0) > 0
    ledger.give_back("quick")
    assert ledger.take("quick", 2, 0.0) == 0.0
    assert held(store, "quick", under_way=True) == 1


def test_the_database_is_asked_about_others_only_when_calls_are_unexplained(store: Store, scope: Scope) -> None:
    ledger = CallLedger(store, scope, "w1")
    ledger.learn("burst", 100, 10.0)
    assert ledger.take("burst", 1, 10.0) == 0.0
    before = held(store, "burst")
    ledger.observe("burst", 4)
    assert held(store, "burst") == before
    ledger.observe("burst", 50)
    assert held(store, "burst") == 50


def call(address: str, scope: Scope, noted: Path) -> None:
    """A process that calls with several threads for some seconds and notes when each call arrived."""
    store = open_store(address)
    ledger = CallLedger(store, scope, noted.name)
    budget = Budget(LIMIT, WINDOW, now=time.time, sleep=time.sleep, ledger=ledger, family="calls")
    until = time.time() + SECONDS
    with noted.open("a", buffering=1) as notes:
        threads = [threading.Thread(target=call_until, args=(until, budget, notes)) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    store.close()


def call_until(until: float, budget: Budget, notes: TextIO) -> None:
    travel = random.Random(threading.get_ident())
    while time.time() < until:
        budget.acquire()
        time.sleep(travel.uniform(0, 0.01))
        notes.write(f"{time.time()}\n")
        time.sleep(travel.uniform(0, 0.01))
        budget.release()


def most_in_any_window(arrivals: list[float]) -> int:
    return max(bisect_left(arrivals, start + WINDOW) - number for number, start in enumerate(arrivals))


def test_three_processes_keep_the_limit_even_when_one_is_killed(
    store: Store, made_address: str, scope: Scope, tmp_path: Path
) -> None:
    if store.engine.dialect.name == "sqlite":
        pytest.skip("SQLite works with one process")
    notes = [tmp_path / f"w{number}" for number in range(3)]
    running = [FORKS.Process(target=call, args=(made_address, scope, note)) for note in notes]
    for process in running:
        process.start()
    while not notes[0].exists() or notes[0].stat().st_size < 100:
        assert running[0].is_alive(), "the process that is to be killed has ended by itself"
        time.sleep(0.01)
    os.kill(running[0].pid or 0, signal.SIGKILL)
    for process in running:
        process.join(60)
    assert [process.exitcode for process in running] == [-signal.SIGKILL, 0, 0]

    arrivals = sorted(float(line) for note in notes for line in note.read_text().split())
    assert most_in_any_window(arrivals) <= LIMIT
    assert len(arrivals) >= 0.7 * LIMIT * (arrivals[-1] - arrivals[0]) / WINDOW

    assert held(store, "calls", under_way=True) <= THREADS, "only what the killed one had under way"
