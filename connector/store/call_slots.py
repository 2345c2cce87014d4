"""Calls that a vendor still counts, from every process that makes them: rows, so that processes and hosts can agree.

Every moment here is the database's own (seconds since 1970), so that the clocks of the hosts need not agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from connector.store import tables as t
from connector.store.database import Scope
from connector.store.upserts import insert

LOST = 60.0
"""Seconds after leaving at which a call without an answer is taken for one whose process died: it arrived long ago."""

UNDER_WAY = 0.1
"""Seconds between two looks when every slot is held by a call without an answer."""

SOME = 20
"""Rows that no longer count and may stay: deleting one at a time would make every call dearer."""

ELSEWHERE = "elsewhere"
"""In place of a worker: calls by other programs, of which only the vendor's count tells."""


class Slot(NamedTuple):
    """The answer to one who wants to call."""

    id: int | None
    """The slot taken; None: there is none now."""
    wait: float
    """Seconds after which to ask again."""
    held: int
    """Slots held, this one included."""


def take(conn: sa.Connection, scope: Scope, family: str, worker: str, calls: int, seconds: float) -> Slot:
    """Takes a slot where fewer than `calls` are held of those that count for `seconds`.

    What an answer of the vendor has named (`learn`) goes before `calls` and `seconds`.
    """
    budget = _lock(conn, scope, family)
    calls, seconds = (budget.calls, budget.seconds) if budget.calls else (calls, seconds)
    now = _count(conn, scope, family, seconds)
    if (closed := budget.closed_until - now.at) > 0:
        return Slot(None, closed, now.held)
    if now.held >= calls:
        wait = UNDER_WAY if now.first_ended is None else now.first_ended + seconds - now.at
        return Slot(None, max(wait, UNDER_WAY / 10), now.held)
    mine = {**_whose(scope, family), "worker": worker, "left_at": _clock(conn)}
    taken = conn.execute(sa.insert(t.call_slot).values(mine).returning(t.call_slot.c.id)).scalar_one()
    return Slot(taken, 0.0, now.held + 1)


def end(conn: sa.Connection, scope: Scope, slots: Sequence[int]) -> None:
    """These calls have their answers: from now on their slots last one window."""
    mine = (t.call_slot.c.tenant_id == scope.tenant_id, t.call_slot.c.connection_id == scope.connection_id)
    query = sa.update(t.call_slot).where(*mine, t.call_slot.c.id.in_(slots), t.call_slot.c.ended_at.is_(None))
    conn.execute(query.values(ended_at=_clock(conn)))


def learn(conn: sa.Connection, scope: Scope, family: str, calls: int, seconds: float) -> None:
    """The vendor allows `calls` in any `seconds`."""
    _lock(conn, scope, family)
    query = sa.update(t.call_budget).where(_mine(t.call_budget, scope, family))
    conn.execute(query.values(calls=calls, seconds=seconds))


def pause(conn: sa.Connection, scope: Scope, family: str, seconds: float) -> None:
    """Nobody takes a slot for that long; a longer pause stays."""
    _lock(conn, scope, family)
    mine = (_mine(t.call_budget, scope, family), t.call_budget.c.closed_until < _clock(conn) + seconds)
    conn.execute(sa.update(t.call_budget).where(*mine).values(closed_until=_clock(conn) + seconds))


def observe(conn: sa.Connection, scope: Scope, family: str, used: int, crossing: int) -> int:
    """The vendor counts `used` calls: where that is over `crossing` more than are held, the others get slots as well.

    Returns how many are held now.
    """
    budget = _lock(conn, scope, family)
    if not budget.calls:  # a window of unknown length cannot be counted
        return used
    held = _count(conn, scope, family, budget.seconds).held
    if used - held <= crossing:
        return held
    one = {**_whose(scope, family), "worker": ELSEWHERE, "left_at": _clock(conn), "ended_at": _clock(conn)}
    conn.execute(sa.insert(t.call_slot).values([one] * (used - held)))
    return used


class _Now(NamedTuple):
    held: int
    first_ended: float | None
    at: float


def _count(conn: sa.Connection, scope: Scope, family: str, seconds: float) -> _Now:
    """What is held. Rows that no longer count go when there are some of them."""
    mine, slot, now = _mine(t.call_slot, scope, family), t.call_slot.c, _clock(conn)
    over = sa.or_(slot.ended_at <= now - seconds, slot.ended_at.is_(None) & (slot.left_at <= now - seconds - LOST))
    held = sa.case((over, None), else_=slot.id)
    ended = sa.case((over, None), else_=slot.ended_at)
    query = sa.select(sa.func.count(held), sa.func.min(ended), now, sa.func.count()).where(mine)
    *found, rows = conn.execute(query).one()
    if rows - found[0] >= SOME:
        conn.execute(sa.delete(t.call_slot).where(mine, over))
    return _Now(*found)


def _lock(conn: sa.Connection, scope: Scope, family: str) -> sa.Row[Any]:
    """The row of the limit, made on first use. Until the transaction ends nobody else counts or takes slots of it."""
    query = sa.select(t.call_budget).where(_mine(t.call_budget, scope, family)).with_for_update()
    if (row := conn.execute(query).one_or_none()) is not None:
        return row
    made = insert(conn, t.call_budget).values(_whose(scope, family))
    conn.execute(made.on_conflict_do_nothing())
    return conn.execute(query).one()


def _whose(scope: Scope, family: str) -> dict[str, Any]:
    return {"tenant_id": scope.tenant_id, "connection_id": scope.connection_id, "family": family}


def _mine(table: sa.Table, scope: Scope, family: str) -> sa.ColumnElement[bool]:
    return sa.and_(*(table.c[name] == value for name, value in _whose(scope, family).items()))


def _clock(conn: sa.Connection) -> sa.ColumnElement[float]:
    """The moment at which the statement reads it, by the database's clock; not the transaction's beginning."""
    if conn.dialect.name == "sqlite":
        return sa.literal_column("((julianday('now') - 2440587.5) * 86400.0)", sa.Float)
    return sa.cast(sa.extract("epoch", sa.func.clock_timestamp()), sa.Float)
