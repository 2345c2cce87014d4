"""Killed at any moment and started again, a sync ends in the same state as one that nothing disturbed."""

from __future__ import annotations

import signal
from functools import partial
from typing import Any

import pytest

from tests.cli.agency import Agency
from tests.durability.cuts import at_call, forget_the_engine, state, written_differently

KILLED = -signal.SIGKILL


def kill_at(agency: Agency, words: str, nth: int) -> None:
    """A sync in a process of its own that dies when the CRM has carried out a call and not answered yet."""
    victim = agency.start("sync")
    with at_call(agency, words, nth, victim.kill):
        assert victim.ended() == KILLED


@pytest.mark.parametrize(
    ("words", "nth", "keep_engine"),
    [
        ("GET /crm/v3/objects/<type>", 4, True),
        ("associations", 3, False),
        ("batch/update", 1, True),
    ],
)
def test_a_killed_sync_started_again_ends_like_an_undisturbed_one(
    fresh: Agency, undisturbed: dict[str, Any], words: str, nth: int, *, keep_engine: bool
) -> None:
    kill_at(fresh, words, nth)
    assert fresh.rows("SELECT state FROM run") == [("running",)]
    assert (fresh.folder / "leadtier.engine.db").exists()
    if not keep_engine:
        forget_the_engine(fresh.folder)
    again = fresh.start("sync")
    assert again.ended() == 0, again.stderr
    assert state(fresh) == undisturbed
    assert written_differently(fresh) == []


def test_killed_three_times_it_still_ends_the_same(fresh: Agency, undisturbed: dict[str, Any]) -> None:
    for words, nth in (("GET /crm/v3/objects/<type>", 2), ("GET /crm/v3/objects/<type>", 2), ("batch/update", 1)):
        kill_at(fresh, words, nth)
    assert "Not finished" in fresh.doctor()["last sync"]["text"]
    assert "goes on where it stopped" in fresh.doctor()["last sync"]["mend"]
    assert fresh.start("sync").ended() == 0
    assert fresh.rows("SELECT count(*) FROM run") == [(1,)], "it was one run all along"
    assert state(fresh) == undisturbed
    assert written_differently(fresh) == []


def test_stopped_by_ctrl_c_it_ends_soon_and_says_how_to_go_on(fresh: Agency, undisturbed: dict[str, Any]) -> None:
    begun = fresh.start("sync")
    with at_call(fresh, "GET /crm/v3/objects/<type>", 3, partial(begun.stop, signal.SIGINT)):
        assert begun.ended(within=10) == 130
    assert "Nothing is lost" in begun.stderr
    assert "Traceback" not in begun.stderr
    again = fresh.start("sync")
    assert again.ended() == 0, again.stderr
    assert state(fresh) == undisturbed
