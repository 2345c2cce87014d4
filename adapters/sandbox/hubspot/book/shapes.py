"""HubSpot's spellings: ids, times, booleans, and who owns what.

Ids rise with the entry's number and leave gaps, as a real account's do. Every id follows from the number alone, so a
book can be streamed without remembering anything.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache

DAY = 86_400_000
_EPOCH = date(1970, 1, 1).toordinal()
_CONTACTS = 50_100_000_000
_CONTACT_STEP = 11
_COMPANIES = 30_200_000_000
_DEALS = 40_300_000_000
_ACTIVITIES = 70_400_000_000
_ACTIVITY_STEP = 1_000
_OWNERS = 78_100_001


def contact_id(number: int) -> str:
    """The contact id of the entry with this number."""
    return str(_CONTACTS + number * _CONTACT_STEP)


def merged_away_id(number: int, serial: int) -> str:
    """Id of a contact that was merged into this one: an id that no living contact has."""
    return str(_CONTACTS + number * _CONTACT_STEP - serial)


def company_id(number: int) -> str:
    """The company id of the employer with this number."""
    return str(_COMPANIES + number * 7)


def deal_id(number: int) -> str:
    """The id of the deal of the entry with this number."""
    return str(_DEALS + number * 3)


def activity_id(number: int, place: int) -> str:
    """The id of the activity at this place of the entry's story."""
    return str(_ACTIVITIES + number * _ACTIVITY_STEP + place)


def owner_id(rep: int) -> str:
    """The owner id of the rep, as ``hubspot_owner_id`` holds it."""
    return str(_OWNERS + rep)


@lru_cache(maxsize=2048)
def iso_day(day: int) -> str:
    """The date of a day counted from 1970-01-01: ``2026-11-22``."""
    return date.fromordinal(_EPOCH + day).isoformat()


def iso_time(ms: int) -> str:
    """A moment to the second: ``2026-11-22T10:00:00Z``."""
    day, rest = divmod(ms, DAY)
    minutes, seconds = divmod(rest // 1000, 60)
    return f"{iso_day(day)}T{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}Z"


def flag(value: bool) -> str:
    """HubSpot's booleans are the words true and false."""
    return "true" if value else "false"


def filled(values: dict[str, str]) -> dict[str, str]:
    """Without the empty ones: a property without a value is absent."""
    return {name: value for name, value in values.items() if value}
