"""Days are told apart by the local date, whatever clocks and maps do."""

from __future__ import annotations

from datetime import UTC, date, datetime
from random import Random
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from connector.core.calendar import AsOf, LocalCalendar, ages_on, day_text
from connector.core.columns import EPOCH_ORDINAL

ZONES = [
    "UTC", "America/New_York", "America/Phoenix", "Pacific/Honolulu", "Australia/Lord_Howe", "America/Havana",
    "America/Sao_Paulo", "Pacific/Apia",
]  # fmt: skip


def number(day: date) -> int:
    return day.toordinal() - EPOCH_ORDINAL


@pytest.mark.parametrize("name", ZONES)
def test_many_days_at_once_are_the_days_one_by_one(name: str) -> None:
    random, zone = Random(name), ZoneInfo(name)
    calendar = LocalCalendar(zone)
    for low, high in ((1_790_000_000, 1_800_000_000), (0, 2_000_000_000)):
        instants = [random.randint(low, high) for _ in range(400)]
        days = [number(datetime.fromtimestamp(instant, zone).date()) for instant in instants]
        assert calendar.days_of(np.array(instants)).tolist() == days
        assert [calendar.day_of(instant) for instant in instants] == days


@pytest.mark.parametrize("name", ZONES[:-1])
def test_a_day_starts_at_its_first_instant(name: str) -> None:
    calendar = LocalCalendar(ZoneInfo(name))
    for day in range(number(date(2017, 1, 1)), number(date(2019, 1, 1))):
        start = calendar.start_of(day)
        assert (calendar.day_of(start), calendar.day_of(start - 1)) == (day, day - 1)


def test_as_of_knows_its_day_and_counts_back_from_it() -> None:
    calendar = LocalCalendar(ZoneInfo("America/New_York"))
    as_of = AsOf.of(datetime(2026, 11, 23, 3, 0, 0, 999_999, tzinfo=UTC), calendar)
    assert as_of.today == number(date(2026, 11, 22))
    assert as_of.start_of_day(0) == datetime(2026, 11, 22, 5, tzinfo=UTC).timestamp()
    assert as_of.start_of_day(30) == datetime(2026, 10, 23, 4, tzinfo=UTC).timestamp()
    assert as_of.instant == datetime(2026, 11, 23, 3, tzinfo=UTC).timestamp()


def test_a_day_more_than_300_days_back_is_written_with_its_year() -> None:
    today = number(date(2026, 11, 22))
    days = [date(2026, 11, 20), date(2026, 1, 26), date(2026, 1, 25), date(2025, 10, 28), date(2024, 2, 5)]
    texts = [day_text(number(day), today) for day in days]
    assert texts == ["20 Nov", "26 Jan", "25 Jan 2026", "28 Oct 2025", "5 Feb 2024"]


@pytest.mark.parametrize(
    ("born", "today", "age"),
    [
        ("1990-11-22", "2026-11-22", 36), ("1990-11-23", "2026-11-22", 35), ("1990-12-01", "2026-11-30", 35),
        ("2000-02-29", "2026-02-28", 25), ("2000-02-29", "2026-03-01", 26), ("2026-11-22", "2026-11-22", 0),
        ("1930-01-31", "2026-01-31", 96),
    ],
)  # fmt: skip
def test_an_age_is_whole_years(born: str, today: str, age: int) -> None:
    births = np.array([number(date.fromisoformat(born)), np.nan])
    found = ages_on(number(date.fromisoformat(today)), births)
    assert found[0] == age
    assert np.isnan(found[1])
