"""Rhythm: when a connection's work is due, by its row and the tenant's clock. Time is an argument; nothing is asked."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connector.store.cadence import Standing
from connector.store.leaving import DISCONNECT

READS = ("sync", "reconcile")
"""The kinds of run that read the CRM's streams; a connection has one of them open at a time."""

NIGHT_BEGINS = 2 * 3600
"""Seconds after the tenant's midnight, by the clock on the wall, from which on the book is reconciled."""
NIGHT_SPREAD = 3600
FIRST_PATIENCE = 5 * 60
MOST_PATIENCE = 60 * 60
"""Seconds before a failed run is tried again: the first ones, doubled with every failure, and the most."""
_GOLDEN = 0.6180339887498949
"""Multiples of it, without what stands before the point, lie evenly in 0 to 1 however many there are."""


def local(now: int, time_zone: str) -> datetime:
    """The moment on the tenant's clock."""
    return datetime.fromtimestamp(now, _zone(time_zone))


@cache
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def spread(connection_id: int, seconds: int) -> int:
    """The connection's own moment within a stretch of time, so that a hundred of them do not begin at once."""
    return int(connection_id * _GOLDEN % 1 * seconds)


def next_sync_at(connection_id: int, every: int, now: int) -> int:
    """When the next sync is due after one that begins now: the connection's moment, half to one and a half `every` on.

    One that began at its moment is followed by the next exactly `every` seconds later, however late the tick came.
    """
    if not every:
        return now
    earliest = now + every // 2
    return earliest + (spread(connection_id, every) - earliest) % every


def patience(failures: int, *, trouble: bool = False) -> int:
    """Seconds after which a run that failed is tried again; what a person must mend is looked at once an hour."""
    if trouble:
        return MOST_PATIENCE
    return int(min(FIRST_PATIENCE * 2 ** min(max(failures - 1, 0), 10), MOST_PATIENCE))


def day_began(standing: Standing, now: int) -> bool:
    """Whether the tenant's date is another than that for which leads were marked."""
    return standing.rescored_on != local(now, standing.time_zone).date().isoformat()


def night_due(standing: Standing, now: int) -> bool:
    """Whether the book was not reconciled today and the tenant's small hours have come; not before the first sync."""
    at = local(now, standing.time_zone)
    if standing.nightly_on in {"", at.date().isoformat()} or now < standing.retry_at:
        return False
    of_day = at.hour * 3600 + at.minute * 60 + at.second
    return of_day >= NIGHT_BEGINS + spread(standing.connection_id, NIGHT_SPREAD)


def sync_due(standing: Standing, now: int) -> bool:
    """Whether the time between syncs is over, and the patience after a failure too."""
    return bool(standing.sync_every) and standing.sync_at <= now and standing.retry_at <= now


def read_due(standing: Standing, under_way: Collection[str], now: int) -> str:
    """The kind of run by which to read the CRM now; empty when none is due, or one is under way."""
    if any(kind in under_way for kind in (*READS, DISCONNECT)):
        return ""
    if night_due(standing, now):
        return "reconcile"
    return "sync" if sync_due(standing, now) else ""
