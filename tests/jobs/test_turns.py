"""What a turn promises: one at a time for each connection, live work first, and no thread is held for waiting."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from connector.flows.parts import DONE, MORE, STOP, Next
from connector.flows.pull import Closed
from connector.flows.services import Services
from connector.flows.sync import begin
from connector.jobs import turns
from connector.jobs.house import house
from connector.store import runs as run_rows
from connector.store.database import Scope, StoreUnusable
from connector.store.exclusive import Held, holding
from connector.store.runs import Run
from tests.flows.conftest import World
from tests.flows.crm import Crm

Act = Callable[[], Next]


class Stage:
    """A connection with one open run, whose slices and live slices are what the test says."""

    def __init__(self, world: World, patch: pytest.MonkeyPatch) -> None:
        self.world, self.patch = world, patch
        self.scope, self.svc = world.connect(), world.services()
        self.run_id = begin(self.svc, self.scope).id
        self.did: list[str] = []
        self.slices: Act = lambda: DONE
        self.lives: Act = lambda: DONE
        self.waits = False
        patch.setattr(house, "services", self.svc)
        patch.setattr(turns, "STORIES", {"sync": (self._slice, self._last)})
        patch.setattr("connector.flows.live.live", self._live)
        patch.setattr("connector.store.inbox_work.count_open", lambda conn, scope, up_to: int(self.waits))

    def _slice(self, svc: Services, scope: Scope, run_id: int) -> Next:
        self.did.append("slice")
        return self.slices()

    def _last(self, svc: Services, scope: Scope, run_id: int) -> Next:
        self.did.append("last")
        with svc.store.write() as conn:
            run_rows.finish_run(conn, run_rows.run_by_id(conn, scope, run_id), "done", "", svc.now())
        return DONE

    def _live(self, svc: Services, scope: Scope) -> Next:
        self.did.append("live")
        return self.lives()

    def turn(self) -> None:
        turns.run_turn(self.scope, self.run_id)

    def live_turn(self) -> None:
        turns.live_turn(self.scope)

    @property
    def run(self) -> Run:
        with self.svc.store.read() as conn:
            return run_rows.run_by_id(conn, self.scope, self.run_id)

    def rest(self) -> int:
        """For how many seconds live work is left alone."""
        return self.svc.connection(self.scope).live_at - self.svc.now()


def one_after_another(*said: Next) -> Act:
    left = list(said)
    return lambda: left.pop(0)


def fails(error: BaseException) -> Act:
    def fail() -> Next:
        raise error

    return fail


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    world = World(Crm(), tmp_path / "world.db")
    house.empty()
    house.stopping.clear()
    yield Stage(world, monkeypatch)
    house.empty()
    house.stopping.clear()
    world.store.close()


def test_a_turn_tells_the_run_to_its_end(stage: Stage) -> None:
    stage.slices = one_after_another(MORE, DONE)
    stage.turn()
    assert stage.did == ["slice", "slice", "last"]
    assert stage.run.state == "done"


def test_live_work_comes_before_the_runs_next_slice(stage: Stage) -> None:
    def arrives() -> Next:
        stage.waits = True
        return MORE

    def handled() -> Next:
        stage.waits, stage.slices = False, one_after_another(DONE)
        return DONE

    stage.slices, stage.lives = arrives, handled
    stage.turn()
    assert stage.did == ["slice", "live", "slice", "last"]


def test_a_run_that_waits_holds_no_thread_and_goes_on_when_its_time_has_come(stage: Stage) -> None:
    stage.slices = one_after_another({"go": "wait", "wait": 60}, DONE)
    stage.turn()
    stage.turn()  # asked for too early, it leaves the run alone
    assert stage.did == ["slice"]
    assert stage.world.slept == []
    stage.world.now += timedelta(seconds=60)
    stage.turn()
    assert stage.did == ["slice", "slice", "last"]


def test_a_long_turn_makes_room_when_others_wait_and_only_then(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(house, "others_wait", True)

    def long() -> Next:
        monkeypatch.setattr(turns, "TURN_SECONDS", -1)
        return MORE

    stage.slices = long
    stage.turn()
    assert stage.did == ["slice"]
    assert stage.run.open
    monkeypatch.setattr(house, "others_wait", False)
    stage.slices = one_after_another(MORE, DONE)
    stage.turn()
    assert stage.did == ["slice", "slice", "slice", "last"]


def test_who_finds_another_at_work_leaves_at_once_and_looks_again_later(stage: Stage) -> None:
    with holding(stage.svc.store, stage.scope.connection_id):
        stage.turn()
        stage.live_turn()
    assert stage.did == []
    assert not house.may_ask(turns.run_lock(stage.scope))
    assert not house.may_ask(turns.live_lock(stage.scope))


def test_a_turn_ends_when_the_server_has_ended_its_session(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    alive = [True, True, False]
    monkeypatch.setattr(Held, "lives", lambda self: alive.pop(0))
    stage.slices = one_after_another(MORE)
    stage.turn()
    assert stage.did == ["slice"]
    assert stage.run.open


def test_a_run_that_has_ended_is_left_alone(stage: Stage) -> None:
    with stage.svc.store.write() as conn:
        run_rows.finish_run(conn, stage.run, "failed", "Connect again.", stage.svc.now())
    stage.waits = True
    stage.turn()
    assert stage.did == []


def test_an_error_nobody_foresaw_ends_the_run_with_a_sentence(stage: Stage) -> None:
    stage.slices = fails(ZeroDivisionError())
    stage.turn()
    assert stage.run.state == "failed"
    assert "did not foresee (ZeroDivisionError)" in stage.run.message


def test_what_breaks_while_the_process_stops_leaves_the_run_open(stage: Stage) -> None:
    def stopped() -> Next:
        house.stopping.set()
        raise Closed

    stage.slices = stopped
    stage.turn()
    assert stage.run.open
    assert stage.run.message == ""


def test_live_work_goes_on_until_none_is_left_or_its_time_is_up(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.lives = one_after_another(MORE, MORE, DONE)
    stage.live_turn()
    assert stage.did == ["live"] * 3
    monkeypatch.setattr(turns, "LIVE_SECONDS", 0)
    stage.lives = one_after_another(MORE)
    stage.live_turn()
    assert stage.did == ["live"] * 4


def test_hints_gather_between_slices_for_as_long_as_the_calls_of_a_slice_are_worth(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    made = iter([0, 7, 7, 107, 107])
    monkeypatch.setattr(house, "wait", waited.append)
    monkeypatch.setattr(stage.svc.accounts, "calls", lambda connection_id: next(made))
    stage.lives = one_after_another(MORE, MORE, DONE)
    stage.live_turn()
    assert waited == pytest.approx([0.7, turns.LONGEST_GATHERING], abs=0.1)


def test_live_work_that_asks_for_patience_is_left_alone_so_long(stage: Stage) -> None:
    stage.lives = one_after_another({"go": "wait", "wait": 20}, STOP)
    stage.live_turn()
    assert stage.rest() == 20
    stage.live_turn()
    assert stage.did == ["live"]
    stage.world.now += timedelta(seconds=20)
    stage.live_turn()
    assert stage.did == ["live", "live"]


def test_live_work_that_fails_is_tried_again_ever_later_and_never_after_more_than_five_minutes(stage: Stage) -> None:
    stage.lives = fails(ZeroDivisionError())
    rests = []
    for _ in range(9):
        stage.live_turn()
        rests.append(stage.rest())
        stage.world.now += timedelta(seconds=stage.rest())
    assert rests == [5, 10, 20, 40, 80, 160, 300, 300, 300]
    stage.lives = one_after_another(DONE)
    stage.live_turn()
    stage.lives = fails(StoreUnusable("The disk is full."))
    stage.live_turn()
    assert stage.rest() == 5, "what went well begins the count anew"


def test_live_work_that_fails_does_not_end_the_run_it_came_before(stage: Stage) -> None:
    stage.waits = True
    stage.lives = fails(ZeroDivisionError())
    stage.turn()
    assert stage.did == ["live", "slice", "last"]
    assert stage.run.state == "done"
