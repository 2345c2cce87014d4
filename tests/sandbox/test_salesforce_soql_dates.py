"""Date literals: spans of whole days in the org's time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from adapters.sandbox.salesforce.parsing import written_date, written_moment
from adapters.sandbox.salesforce.soql.dates import Days, named_days

NEW_YORK = ZoneInfo("America/New_York")
NOW = int(datetime(2026, 11, 25, 3, 0, tzinfo=UTC).timestamp() * 1000)
"""Tuesday evening, 24 November, in New York; already Wednesday in UTC."""


@pytest.mark.parametrize(
    ("literal", "first", "last"),
    [
        ("TODAY", "2026-11-24", "2026-11-24"),
        ("yesterday", "2026-11-23", "2026-11-23"),
        ("TOMORROW", "2026-11-25", "2026-11-25"),
        ("LAST_N_DAYS:7", "2026-11-17", "2026-11-24"),
        ("NEXT_N_DAYS:7", "2026-11-25", "2026-12-01"),
        ("N_DAYS_AGO:2", "2026-11-22", "2026-11-22"),
        ("LAST_90_DAYS", "2026-08-26", "2026-11-24"),
        ("THIS_WEEK", "2026-11-22", "2026-11-28"),
        ("LAST_WEEK", "2026-11-15", "2026-11-21"),
        ("NEXT_N_WEEKS:2", "2026-11-29", "2026-12-12"),
        ("THIS_MONTH", "2026-11-01", "2026-11-30"),
        ("LAST_MONTH", "2026-10-01", "2026-10-31"),
        ("LAST_N_MONTHS:3", "2026-08-01", "2026-10-31"),
        ("N_MONTHS_AGO:11", "2025-12-01", "2025-12-31"),
        ("THIS_QUARTER", "2026-10-01", "2026-12-31"),
        ("NEXT_QUARTER", "2027-01-01", "2027-03-31"),
        ("LAST_N_QUARTERS:4", "2025-10-01", "2026-09-30"),
        ("THIS_YEAR", "2026-01-01", "2026-12-31"),
        ("LAST_FISCAL_YEAR", "2025-01-01", "2025-12-31"),
        ("N_YEARS_AGO:1", "2025-01-01", "2025-12-31"),
    ],
)
def test_each_literal_means_its_days(literal: str, first: str, last: str) -> None:
    word, _, count = literal.partition(":")
    days = named_days(word, count or None, NOW, NEW_YORK)
    assert days is not None
    assert (days.first, days.end.toordinal() - 1) == (date.fromisoformat(first), date.fromisoformat(last).toordinal())


@pytest.mark.parametrize(
    ("word", "count"), [("SOMEDAY", None), ("TODAY", "3"), ("LAST_N_DAYS", None), ("LAST_N_DAYS", "-1")]
)
def test_other_words_are_no_dates(word: str, count: str | None) -> None:
    assert named_days(word, count, NOW, NEW_YORK) is None


def test_a_day_has_25_hours_when_the_clocks_go_back() -> None:
    first, end = Days(date(2026, 11, 1), date(2026, 11, 2)).milliseconds(NEW_YORK)
    assert end - first == 25 * 3_600_000


def test_written_dates_are_days_the_calendar_has() -> None:
    assert written_date("2026-11-22") == date(2026, 11, 22)
    assert written_date("2026-02-30") is None
    assert written_date("1400-01-01") is None


@pytest.mark.parametrize("text", ["2026-11-22T10:00:00Z", "2026-11-22T05:00:00-05:00", "2026-11-22T10:00:00.000+0000"])
def test_written_moments_keep_their_offset(text: str) -> None:
    assert written_moment(text) == int(datetime(2026, 11, 22, 10, tzinfo=UTC).timestamp() * 1000)
    assert written_moment("2026-11-22T25:00:00Z") is None
