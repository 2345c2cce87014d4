"""The calls of every process are counted as the vendor counts them: never more slots than it allows."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from connector.store import call_slots
from connector.store import tables as t
from connector.store.database import Scope
from tests.store.agencies import move_in

WINDOW = 10.0


@pytest.fixture
def scope(conn: sa.Connection) -> Scope:
    return move_in(conn, "agency").scope


def take(conn: sa.Connection, scope: Scope, limit: int = 2, worker: str = "w1") -> call_slots.Slot:
    return call_slots.take(conn, scope, "burst", worker, limit, WINDOW)


def pass_time(conn: sa.Connection, seconds: float) -> None:
    """As if everything had happened that much earlier."""
    slot, budget = t.call_slot, t.call_budget
    conn.execute(sa.update(slot).values(left_at=slot.c.left_at - seconds, ended_at=slot.c.ended_at - seconds))
    conn.execute(sa.update(budget).values(closed_until=budget.c.closed_until - seconds))


def taken(conn: sa.Connection, scope: Scope, limit: int = 2) -> int:
    """Takes a slot that must be there."""
    slot = take(conn, scope, limit)
    assert slot.id is not None
    return slot.id


def test_as_many_slots_as_calls_are_allowed(conn: sa.Connection, scope: Scope) -> None:
    assert [take(conn, scope).wait for _ in range(2)] == [0.0, 0.0]
    assert take(conn, scope).id is None


def test_a_slot_comes_back_one_window_after_the_answer(conn: sa.Connection, scope: Scope) -> None:
    slot = taken(conn, scope, limit=1)
    pass_time(conn, 30)
    call_slots.end(conn, scope, [slot])
    assert take(conn, scope, limit=1).wait == pytest.approx(WINDOW, abs=0.5)
    pass_time(conn, WINDOW - 1)
    assert take(conn, scope, limit=1).wait == pytest.approx(1, abs=0.5)
    pass_time(conn, 1.1)
    assert take(conn, scope, limit=1).wait == 0.0


def test_a_call_without_an_answer_holds_its_slot(conn: sa.Connection, scope: Scope) -> None:
    taken(conn, scope, limit=1)
    pass_time(conn, call_slots.LOST)
    assert take(conn, scope, limit=1).wait == call_slots.UNDER_WAY


def test_the_slots_of_a_process_that_died_come_back(conn: sa.Connection, scope: Scope) -> None:
    taken(conn, scope, limit=1)
    pass_time(conn, call_slots.LOST + WINDOW + 0.1)
    assert take(conn, scope, limit=1).wait == 0.0


def test_rows_that_no_longer_count_are_not_kept(conn: sa.Connection, scope: Scope) -> None:
    for _ in range(3 * call_slots.SOME):
        call_slots.end(conn, scope, [taken(conn, scope)])
        pass_time(conn, WINDOW)
    rows = conn.execute(sa.select(sa.func.count()).where(t.call_slot.c.family == "burst")).scalar_one()
    assert 0 < rows <= call_slots.SOME


def test_a_limit_that_one_process_has_learned_holds_for_all(conn: sa.Connection, scope: Scope) -> None:
    call_slots.learn(conn, scope, "burst", 3, WINDOW)
    assert [take(conn, scope, limit=1).wait for _ in range(3)] == [0.0] * 3
    assert take(conn, scope, limit=100).id is None


def test_a_pause_holds_everybody_back_and_a_shorter_one_does_not_end_it(conn: sa.Connection, scope: Scope) -> None:
    call_slots.pause(conn, scope, "burst", 7.0)
    call_slots.pause(conn, scope, "burst", 1.0)
    assert take(conn, scope).wait == pytest.approx(7, abs=0.5)
    assert call_slots.take(conn, scope, "search", "w1", 1, WINDOW).wait == 0.0
    pass_time(conn, 7.1)
    assert take(conn, scope).wait == 0.0


def test_calls_of_other_programs_hold_slots_too(conn: sa.Connection, scope: Scope) -> None:
    call_slots.learn(conn, scope, "burst", 20, WINDOW)
    taken(conn, scope)
    assert call_slots.observe(conn, scope, "burst", used=6, crossing=5) == 1
    assert call_slots.observe(conn, scope, "burst", used=19, crossing=5) == 19
    assert [take(conn, scope).wait == 0.0 for _ in range(2)] == [True, False]


def test_every_connection_and_every_limit_is_counted_for_itself(conn: sa.Connection, scope: Scope) -> None:
    other = move_in(conn, "other").scope
    taken(conn, scope, limit=1)
    assert take(conn, other, limit=1).wait == 0.0
    assert call_slots.take(conn, scope, "search", "w1", 1, WINDOW).wait == 0.0
