"""A run that one process works on is cancelled by another, on SQLite and on PostgreSQL, and nothing is lost."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import connector.services
from connector.flows import cancelling
from connector.flows.actors import Actor, Role
from connector.settings import load
from connector.store.database import Scope
from tests.cli.agency import Agency, agency
from tests.durability.cuts import LEADS, at_call, state, written_differently
from tests.durability.several import shared

ANA = Actor(1, "ana@example.com", "Ana", Role.ADMIN)


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Agency]:
    if request.param == "sqlite":
        with agency(tmp_path, LEADS) as one:
            one.connect()
            yield one
    else:
        with shared(request.getfixturevalue("postgres"), tmp_path, LEADS) as one:
            yield one


def cancel(of: Agency) -> None:
    """As a web process beside the worker does it."""
    svc = connector.services.assemble(load({name: value for name, value in of.environment.items() if value}))
    svc.clock = of.clock.now
    [(run_id, connection_id)] = of.rows("SELECT id, connection_id FROM run WHERE kind = 'sync'")
    try:
        cancelling.cancel(svc, Scope(svc.tenant.id, int(str(connection_id))), int(str(run_id)), ANA)
    finally:
        svc.close()


def test_a_sync_cancelled_by_another_process_ends_and_the_next_one_finishes(
    fresh: Agency, undisturbed: dict[str, Any]
) -> None:
    with at_call(fresh, "GET /crm/v3/objects/<type>", 2, lambda: cancel(fresh)):
        asked = fresh.start("sync")
        assert asked.ended() == 1, "not everything was done"
    assert fresh.rows("SELECT state, cancel FROM run WHERE kind = 'sync'") == [("cancelled", "Ana")]
    assert "Traceback" not in asked.stderr
    again = fresh.start("sync")
    assert again.ended() == 0, again.stderr
    found = state(fresh)
    assert {**found, "open runs": []} == {**undisturbed, "open runs": []}
    assert written_differently(fresh) == []


def test_a_worker_killed_after_the_wish_leaves_it_to_the_next(fresh: Agency) -> None:
    worker: list[Any] = []

    def cancel_and_kill() -> None:
        cancel(fresh)
        worker[0].kill()

    with at_call(fresh, "GET /crm/v3/objects/<type>", 2, cancel_and_kill):
        worker.append(fresh.start("work"))
        worker[0].ended()
    assert fresh.rows("SELECT state FROM run WHERE kind = 'sync'") == [("running",)]
    other = fresh.start("work")
    other.says("Working")
    _until(fresh, "SELECT state FROM run WHERE kind = 'sync'", [("cancelled",)])
    other.kill()


def _until(of: Agency, query: str, wanted: list[tuple[object, ...]]) -> None:
    until = time.monotonic() + 20
    while (found := of.rows(query)) != wanted:
        assert time.monotonic() < until, found
        time.sleep(0.1)
