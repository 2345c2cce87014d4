"""Two processes on one database: one works, the other waits, refuses or takes over; none harms the other."""

from __future__ import annotations

import signal
import threading
from typing import Any

from connector.jobs import turns, workers
from tests.cli.agency import Agency, Running
from tests.durability.cuts import at_call, state, written_differently

LISTENING = "Overview: http://127.0.0.1:"


def serving(agency: Agency) -> Running:
    server = agency.start("run", "--port", "0")
    server.says(LISTENING)
    return server


def without_an_engine() -> None:
    """Makes sure that a process does not do the work itself."""

    def refuse(*_: object) -> None:
        raise AssertionError("this process was not meant to work")

    workers.Worker.try_start = lambda self: False  # type: ignore[method-assign]
    turns.run_turn = refuse


def test_a_second_sync_joins_the_first_and_ends_with_it(fresh: Agency, undisturbed: dict[str, Any]) -> None:
    go_on = threading.Event()
    reached = threading.Event()

    def hold() -> None:
        reached.set()
        assert go_on.wait(60)

    with at_call(fresh, "batch/update", 1, hold):
        first = fresh.start("sync", "--json")
        assert reached.wait(30)
        second = fresh.start("sync")
        second.says("writing")
        go_on.set()
        assert first.ended() == 0
    assert second.ended() == 0, second.stderr
    assert fresh.rows("SELECT count(*) FROM run") == [(1,)]
    assert "Traceback" not in second.stderr
    assert state(fresh) == undisturbed
    assert written_differently(fresh) == []


def test_a_running_server_does_the_work_of_a_sync(fresh: Agency, undisturbed: dict[str, Any]) -> None:
    server = serving(fresh)
    asked = fresh.start("sync", before=without_an_engine)
    assert asked.ended() == 0, asked.stderr
    server.stop(signal.SIGTERM)
    assert server.ended() == 0
    assert "Traceback" not in server.stderr
    assert state(fresh) == undisturbed


def test_when_the_server_is_killed_the_waiting_sync_takes_over(fresh: Agency, undisturbed: dict[str, Any]) -> None:
    server = serving(fresh)
    with at_call(fresh, "batch/update", 1, server.kill):
        asked = fresh.start("sync")
        assert asked.ended() == 0, asked.stderr
    assert server.ended() == -signal.SIGKILL
    assert fresh.rows("SELECT state FROM run") == [("done",)]
    assert state(fresh) == undisturbed
    assert written_differently(fresh) == []


def test_a_worker_that_waits_takes_over_when_the_one_that_works_is_killed(fresh: Agency) -> None:
    first = fresh.start("work")
    first.says("Working")
    second = fresh.start("work")
    second.says("Another process works on this database")
    first.kill()
    asked = fresh.start("sync", before=without_an_engine)
    assert asked.ended() == 0, asked.stderr
    second.stop(signal.SIGTERM)
    assert second.ended(within=10) == 0
    assert "Traceback" not in second.stderr
