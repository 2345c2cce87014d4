"""Attempts to sign in, counted for all processes together, by digest of whom they were for or where they came from."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import sqlalchemy as sa

from connector.store import tables as t
from connector.store.upserts import insert

FORGOTTEN = 86_400
"""Seconds without an attempt after which a count begins anew."""


def closed_until(conn: sa.Connection, keys: Sequence[str], at: int) -> int:
    """Until when no attempt is taken under these keys; 0 when one is now."""
    h = t.throttle.c
    latest = conn.execute(sa.select(sa.func.max(h.closed_until)).where(h.key.in_(keys))).scalar_one() or 0
    return latest if latest > at else 0


def count(conn: sa.Connection, key: str, at: int, wait: Callable[[int], int]) -> bool:
    """Counts an attempt and closes the key for the seconds that `wait` says of so many; False where it is closed now.

    The row stays locked until the transaction ends, so that attempts made at once are counted one by one.
    """
    h = t.throttle.c
    fresh = sa.case((h.last_at <= at - FORGOTTEN, 1), else_=h.failures + 1)
    statement = insert(conn, t.throttle).values(key=key, failures=1, last_at=at, closed_until=0)
    counted = statement.on_conflict_do_update(
        index_elements=["key"], set_={"failures": fresh, "last_at": at}, where=h.closed_until <= at
    )
    failures = conn.execute(counted.returning(h.failures)).scalar_one_or_none()
    if failures is None:
        return False
    conn.execute(sa.update(t.throttle).where(h.key == key).values(closed_until=at + wait(failures)))
    return True


def forget(conn: sa.Connection, key: str, at: int) -> None:
    """The attempt was a good one: its key starts anew, and so does everybody who was quiet for long."""
    h = t.throttle.c
    conn.execute(sa.delete(t.throttle).where(sa.or_(h.key == key, h.last_at <= at - FORGOTTEN)))


def take_back(conn: sa.Connection, key: str) -> None:
    """One attempt under this key was a good one and does not count."""
    h = t.throttle.c
    conn.execute(sa.update(t.throttle).where(h.key == key).values(failures=h.failures - 1, closed_until=0))
