"""Reading and printing points in time the way the vendor does."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECONDS = re.compile(r"-?\d{1,15}")


def moment(milliseconds: int) -> datetime:
    """The time in UTC. Raises `OverflowError` outside the years 1 to 9999."""
    return _EPOCH + timedelta(milliseconds=milliseconds)


def iso(milliseconds: int) -> str:
    """The time as the vendor prints it: milliseconds only where they are not zero."""
    precision = "milliseconds" if milliseconds % 1000 else "seconds"
    return moment(milliseconds).isoformat(timespec=precision)[:-6] + "Z"


def is_milliseconds(text: str) -> bool:
    """Whether a text is a time in milliseconds since 1970."""
    return _MILLISECONDS.fullmatch(text) is not None


def milliseconds_of(text: str) -> int | None:
    """The time a text means, in milliseconds or in ISO (UTC unless it says otherwise); None when it means none."""
    try:
        if is_milliseconds(text):
            return round((moment(int(text)) - _EPOCH) / timedelta(milliseconds=1))
        given = datetime.fromisoformat(text)
        aware = given if given.tzinfo else given.replace(tzinfo=UTC)
        return round((aware.astimezone(UTC) - _EPOCH) / timedelta(milliseconds=1))
    except (ValueError, OverflowError):
        return None
