"""Date literals: TODAY, LAST_N_DAYS:30 and the like in the org's time zone.

Reference: SOQL and SOSL reference, "Date formats and date literals in WHERE". A fiscal year is a calendar year
here, and a week begins on Sunday, as for the locale en_US.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Days:
    """A span of whole days: from the first to the day before ``end``."""

    first: date
    end: date

    def milliseconds(self, zone: ZoneInfo) -> tuple[int, int]:
        """The same span as epoch milliseconds."""
        return midnight_ms(self.first, zone), midnight_ms(self.end, zone)


def midnight_ms(day: date, zone: ZoneInfo) -> int:
    """When a day begins in a time zone, in epoch milliseconds."""
    return int(datetime.combine(day, time(), zone).timestamp() * 1000)


def named_days(name: str, count: str | None, now_ms: int, zone: ZoneInfo) -> Days | None:
    """What TODAY or LAST_N_DAYS:30 means now; None when it is no date literal.

    Raises OverflowError or ValueError for a count that leaves the calendar.
    """
    today = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(zone).date()
    word = name.upper().replace("FISCAL_", "")
    if count is None:
        return _FIXED[word](today) if word in _FIXED else None
    if word not in _COUNTED or not count.isdecimal() or int(count) > 100_000:
        return None
    return _COUNTED[word](today, int(count))


def _days(today: date, first: int, length: int) -> Days:
    begin = today + timedelta(days=first)
    return Days(begin, begin + timedelta(days=length))


def _weeks(today: date, first: int, length: int) -> Days:
    sunday = today - timedelta(days=(today.weekday() + 1) % 7)
    return _days(sunday, 7 * first, 7 * length)


def _months(today: date, first: int, length: int, unit: int = 1) -> Days:
    """``unit`` months make one: 3 for quarters, 12 for years."""
    month = today.year * 12 + today.month - 1
    begin = (month // unit + first) * unit
    return Days(_month(begin), _month(begin + length * unit))


def _month(number: int) -> date:
    return date(number // 12, number % 12 + 1, 1)


def _quarters(today: date, first: int, length: int) -> Days:
    return _months(today, first, length, 3)


def _years(today: date, first: int, length: int) -> Days:
    return _months(today, first, length, 12)


_Span = Callable[[date, int, int], Days]
_UNITS: dict[str, _Span] = {"WEEK": _weeks, "MONTH": _months, "QUARTER": _quarters, "YEAR": _years}


def _fixed() -> dict[str, Callable[[date], Days]]:
    found: dict[str, Callable[[date], Days]] = {
        "YESTERDAY": lambda today: _days(today, -1, 1),
        "TODAY": lambda today: _days(today, 0, 1),
        "TOMORROW": lambda today: _days(today, 1, 1),
        "LAST_90_DAYS": lambda today: _days(today, -90, 91),
        "NEXT_90_DAYS": lambda today: _days(today, 1, 90),
    }
    for unit, span in _UNITS.items():
        for word, first in (("LAST", -1), ("THIS", 0), ("NEXT", 1)):
            found[f"{word}_{unit}"] = lambda today, span=span, first=first: span(today, first, 1)  # type: ignore[misc]
    return found


def _counted() -> dict[str, Callable[[date, int], Days]]:
    found: dict[str, Callable[[date, int], Days]] = {
        "LAST_N_DAYS": lambda today, n: _days(today, -n, n + 1),
        "NEXT_N_DAYS": lambda today, n: _days(today, 1, n),
        "N_DAYS_AGO": lambda today, n: _days(today, -n, 1),
    }
    for unit, span in _UNITS.items():
        found[f"LAST_N_{unit}S"] = lambda today, n, span=span: span(today, -n, n)  # type: ignore[misc]
        found[f"NEXT_N_{unit}S"] = lambda today, n, span=span: span(today, 1, n)  # type: ignore[misc]
        found[f"N_{unit}S_AGO"] = lambda today, n, span=span: span(today, -n, 1)  # type: ignore[misc]
    return found


_FIXED = _fixed()
_COUNTED = _counted()
