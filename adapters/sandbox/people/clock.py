"""Business hours on plain milliseconds, where datetime objects would cost most of the generator's time."""

from __future__ import annotations

from random import Random

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def weekday(day: int) -> int:
    """Monday is 0; `day` counts from 1970-01-01, a Thursday."""
    return (day + 3) % 7


def office_time(rng: Random, at: int, utc_offset: int) -> int:
    """The first moment at or after `at` at which an office is open there: Monday to Friday, nine to half past five."""
    local = at + utc_offset * HOUR
    day, time = divmod(local, DAY)
    if weekday(day) < 5 and 9 * HOUR <= time < 17.5 * HOUR:
        return at
    if weekday(day) >= 5 or time >= 17.5 * HOUR:
        day += 1
    while weekday(day) >= 5:
        day += 1
    return day * DAY + 9 * HOUR + int(rng.random() * 3 * HOUR) - utc_offset * HOUR


def leisure_time(rng: Random, at: int, utc_offset: int) -> int:
    """A moment on the same local day as `at` when people sit at a screen: mostly at noon and in the evening."""
    day = (at + utc_offset * HOUR) // DAY
    hour = 7 + 15 * (rng.random() + rng.random()) / 2 + (2 if rng.random() < 0.4 else 0)
    return day * DAY + int(hour * HOUR) - utc_offset * HOUR
