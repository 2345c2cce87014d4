"""A budget keeps the vendor's rolling window, whatever the network does, and wastes little of it."""

from __future__ import annotations

import random
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from adapters.transport import Budget
from tests.adapters.canned import Time


def budget(time: Time, limit: int = 190, window: float = 10.0) -> Budget:
    return Budget(limit, window, now=lambda: time.now().timestamp(), sleep=time.sleep)


def most_in_any(window: float, arrivals: list[float]) -> int:
    return max(sum(start <= other < start + window for other in arrivals) for start in arrivals)


@given(st.integers(1, 40), st.integers())
def test_no_rolling_window_ever_holds_more_than_the_limit(limit: int, seed: int) -> None:
    time = Time()
    one = budget(time, limit)
    arrivals = []
    delay = random.Random(seed)
    for _ in range(limit * 3):
        one.acquire()
        travel = delay.uniform(0, 2.0)
        arrivals.append((time.now() + timedelta(seconds=travel * delay.random())).timestamp())
        time.at += timedelta(seconds=travel)
        one.release()
    assert most_in_any(10.0, arrivals) <= limit


def test_more_than_nine_tenths_of_the_limit_are_used() -> None:
    time = Time()
    one = budget(time)
    started = time.now()
    for _ in range(190 * 6):
        one.acquire()
        time.at += timedelta(seconds=0.005)
        one.release()
    windows = (time.now() - started).total_seconds() / 10
    assert 190 * 6 / windows > 190 * 0.9


def test_a_pause_holds_everybody_back() -> None:
    time = Time()
    one = budget(time)
    one.pause(7.0)
    one.acquire()
    assert sum(time.slept) == 7.0


def test_a_limit_named_by_the_vendor_is_used_from_then_on() -> None:
    time = Time()
    one = budget(time, limit=2)
    one.learn(190, 10.0)
    for _ in range(190):
        one.acquire()
        one.release()
    assert time.slept == []
    one.acquire()
    assert sum(time.slept) > 10.0


def test_calls_somebody_else_has_spent_are_not_spent_again() -> None:
    time = Time()
    one = budget(time, limit=100)
    one.observe(remaining=10)
    for _ in range(10):
        one.acquire()
        one.release()
    assert time.slept == []
    one.acquire()
    assert time.slept != []


def test_a_clock_that_is_set_back_does_not_freeze_the_sync() -> None:
    time = Time()
    one = budget(time, limit=1)
    one.acquire()
    one.release()
    time.at -= timedelta(hours=3)
    one.acquire()
    assert sum(time.slept) < 11.0


def test_calls_still_under_way_hold_their_slot() -> None:
    time = Time()
    one = budget(time, limit=1)
    one.acquire()
    time.at += timedelta(seconds=60)

    def ends_while_the_next_one_waits(seconds: float) -> None:
        time.sleep(seconds)
        if len(time.slept) == 3:
            one.release()

    one._sleep = ends_while_the_next_one_waits
    one.acquire()
    assert sum(time.slept) > 10.0
