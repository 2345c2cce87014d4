"""Days in the org's time zone: date fields the platform fills follow it, not UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

_START = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH = date(1970, 1, 1).toordinal()
_DAY_MS, _QUARTER_MS = 86_400_000, 900_000
"""Zones change their offset on a quarter of an hour, so that one offset holds for each."""


@lru_cache(maxsize=4096)
def iso_day(day: int) -> str:
    """The date of a day counted from 1970-01-01: ``2026-11-22``."""
    return date.fromordinal(_EPOCH + day).isoformat()


def local_ms(ms: int, time_zone: str) -> int:
    """A moment (milliseconds since 1970 UTC) moved as a wall clock of the zone shows it."""
    return ms + _offset(ms // _QUARTER_MS, time_zone)


def local_day(ms: int, time_zone: str) -> str:
    """The date on which a moment falls in the zone."""
    return iso_day(local_ms(ms, time_zone) // _DAY_MS)


@lru_cache(maxsize=65_536)
def _offset(quarter: int, time_zone: str) -> int:
    """Milliseconds the zone is ahead of UTC in that quarter of an hour since 1970."""
    offset = (_START + timedelta(minutes=15 * quarter)).astimezone(ZoneInfo(time_zone)).utcoffset()
    return int((offset or timedelta()).total_seconds()) * 1000
