"""Two processes on one database: one works, the other waits, refuses or takes over; none harms the other."""

from __future__ import annotations

import signal
import threading
from typing import Any

from connector import jobs
from tests.cli.agency import Agency, Running
from tests.durability.cuts import at_call, state, written_differently

LISTENING = "Overview: http://127.0.0.1:"


def serving(agency: Agency) -> Running:
    server = agency.start("serve", "--port", "0")
    server.says(LISTENING)
    return server


def without_an_engine() -> None:
    """Makes sure that a process does not do the work itself."""

    def refuse(*_: object) -> None:
        raise AssertionError("this process was not meant to work")

    jobs.Worker.try_start = lambda self: False  # type: ignore[method-assign]
    jobs._tell = refuse


def test_a_second_sync_is_refused_with_a_sentence_and_the_first_goes_on(
    fresh: Agency, undisturbed: dict[str, Any]
) -> None:
    go_on = threading.Event()
    reached = threading.Event()

    def hold() -> None:
        reached.set()
        assert go_on.wait(60)

    with at_call(fresh, "batch/update", 1, hold):
        first = fresh.start("sync", "--json")
        assert reached.wait(30)
        second = fresh.start("sync")
        code = second.ended()
        go_on.set()
        assert first.ended() == 0
    assert code == 1
    assert "already running" in second.stderr
    assert "Nothing was started and nothing is lost" in second.stderr
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
