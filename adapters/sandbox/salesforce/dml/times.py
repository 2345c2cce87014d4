"""Days in the org's time zone: date fields the platform fills follow it, not UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_START = datetime(1970, 1, 1, tzinfo=UTC)


def local_date(ms: int, time_zone: str) -> str:
    """The date, YYYY-MM-DD, on which a moment (milliseconds since 1970 UTC) falls in the zone."""
    return (_START + timedelta(milliseconds=ms)).astimezone(ZoneInfo(time_zone)).date().isoformat()
