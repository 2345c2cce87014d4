"""Several workers on one PostgreSQL: one of them works on a connection, and when it dies another goes on in seconds."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connector.jobs import workers
from tests.durability.cuts import LEADS, at_call, state, written_differently
from tests.durability.several import Shared, shared


@pytest.fixture
def fresh(postgres: str, tmp_path: Path) -> Iterator[Shared]:
    with shared(postgres, tmp_path, LEADS) as one:
        yield one


def only_asks() -> None:
    """Makes sure that a command does not do the work itself."""
    workers.Worker.try_start = lambda self: False  # type: ignore[method-assign]


def test_when_a_worker_is_killed_another_goes_on_within_seconds(fresh: Shared, undisturbed: dict[str, Any]) -> None:
    first = fresh.start("work")
    first.says("Working")
    died: list[float] = []

    def kill() -> None:
        fresh.start("work").says("Working")
        first.kill()
        died.append(time.monotonic())

    with at_call(fresh, "batch/update", 1, kill):
        asked = fresh.start("sync", before=only_asks)
        assert asked.ended() == 0, asked.stderr
    assert time.monotonic() - died[0] < 15
    assert first.ended() == -signal.SIGKILL
    assert fresh.rows("SELECT state FROM run WHERE kind = 'sync'") == [("done",)]
    found = state(fresh)
    assert {**found, "open runs": []} == {**undisturbed, "open runs": []}
    assert written_differently(fresh) == []


def test_a_sync_beside_workers_is_theirs_and_ends_like_any_other(fresh: Shared, undisturbed: dict[str, Any]) -> None:
    both = [fresh.start("work") for _ in range(2)]
    for worker in both:
        worker.says("Working")
    asked = fresh.start("sync", "--json", before=only_asks)
    assert asked.ended() == 0, asked.stderr
    for worker in both:
        worker.stop(signal.SIGTERM)
    assert [worker.ended(within=10) for worker in both] == [0, 0]
    assert fresh.rows("SELECT count(*) FROM worker") == [(0,)], "who leaves takes the name off the door"
    assert "Traceback" not in "".join(worker.stderr for worker in both)
    assert state(fresh)["in the CRM"] == undisturbed["in the CRM"]
