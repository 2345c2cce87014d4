"""The inbox as work: hints that wait, what became of them, and when they are forgotten."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from connector.store import tables as t
from connector.store.database import Scope

READ = "read"
"""The result of an event whose record was read again. While it is open still, its lead waits to be written."""
GONE, PURGED = "gone", "purged"
REREADABLE = (READ, GONE, PURGED)
AGAIN = "again"
"""The result of an open event that was done before."""
OVERWRITTEN = "overwritten"


class OpenEvent(NamedTuple):
    """A hint that waits. `received_ms` is in milliseconds, `occurred_at` in seconds since 1970 UTC."""

    id: int
    kind: str
    record_id: str
    field: str
    value: str
    merged_ids: str
    bulk: bool
    occurred_at: int
    received_ms: int
    attempts: int
    result: str

    @property
    def records(self) -> tuple[str, ...]:
        """Every record it is about."""
        return (self.record_id, *filter(None, self.merged_ids.split(",")))


_OPEN = tuple(t.inbox.c[name] for name in OpenEvent._fields)


def _mine(scope: Scope) -> sa.ColumnElement[bool]:
    return sa.and_(t.inbox.c.tenant_id == scope.tenant_id, t.inbox.c.connection_id == scope.connection_id)


def _open(scope: Scope) -> sa.ColumnElement[bool]:
    return sa.and_(_mine(scope), t.inbox.c.done_at.is_(None))


def open_events(conn: sa.Connection, scope: Scope, limit: int) -> list[OpenEvent]:
    """The oldest events that wait."""
    query = sa.select(*_OPEN).where(_open(scope)).order_by(t.inbox.c.id).limit(limit)
    return [OpenEvent(*row) for row in conn.execute(query).all()]


def count_open(
    conn: sa.Connection, scope: Scope, up_to: int, kinds: Collection[str] = (), but_fields: Collection[str] = ()
) -> int:
    """How many events wait, counted no further than `up_to`; of these kinds only, and without changes of these fields.

    Cheap, however many wait and however many were handled before.
    """
    query = sa.select(t.inbox.c.id).where(_open(scope), *_among(kinds, but_fields)).limit(up_to)
    found: int = conn.execute(sa.select(sa.func.count()).select_from(query.subquery())).scalar_one()
    return found


def _among(kinds: Collection[str], but_fields: Collection[str]) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if kinds:
        conditions.append(t.inbox.c.kind.in_(list(kinds)))
    if but_fields:
        conditions.append(t.inbox.c.field.not_in(list(but_fields)))
    return conditions


def count_failure(conn: sa.Connection, scope: Scope, ids: Collection[int]) -> None:
    """One more attempt at these events has failed in a way nobody foresaw.

    Counted afterwards rather than before: a process that was killed says nothing against the events it had in hand.
    """
    if ids:
        chosen = sa.and_(_mine(scope), t.inbox.c.id.in_(list(ids)))
        conn.execute(sa.update(t.inbox).where(chosen).values(attempts=t.inbox.c.attempts + 1))


def finish(conn: sa.Connection, scope: Scope, ids_by_result: Mapping[str, Collection[int]], at: int) -> None:
    """These events are done, by what became of them."""
    for result, ids in ids_by_result.items():
        if ids:
            chosen = sa.and_(_mine(scope), t.inbox.c.id.in_(list(ids)))
            conn.execute(sa.update(t.inbox).where(chosen).values(done_at=at, result=result))


def mark_read(conn: sa.Connection, scope: Scope, ids: Collection[int]) -> None:
    """The records of these events were read again; what is left to do is to write their leads."""
    if ids:
        chosen = sa.and_(_open(scope), t.inbox.c.id.in_(list(ids)))
        conn.execute(sa.update(t.inbox).where(chosen).values(result=READ))


def hand_over(
    conn: sa.Connection, scope: Scope, kind: str, but_fields: Collection[str], result: str, at: int, *, bulk: bool
) -> int:
    """The open events of a kind are done, changes of these fields apart; with `bulk` only those that say so.

    When the last of them arrived, in milliseconds since 1970; 0: there was none.
    """
    chosen = sa.and_(_open(scope), *_among([kind], but_fields), *([t.inbox.c.bulk] if bulk else []))
    newest = conn.execute(sa.select(sa.func.max(t.inbox.c.received_ms)).where(chosen)).scalar_one()
    conn.execute(sa.update(t.inbox).where(chosen).values(done_at=at, result=result))
    return newest or 0


def overwritten_since(conn: sa.Connection, scope: Scope, record_ids: Collection[str], since: int) -> dict[str, int]:
    """How often each of these records had score fields overwritten by somebody else since then; together is once."""
    i = t.inbox.c
    query = (
        sa.select(i.record_id, sa.func.count(i.done_at.distinct()))
        # A literal: SQLite uses the index of these rows only when it sees the value.
        .where(_mine(scope), i.result == sa.literal_column(f"'{OVERWRITTEN}'"))
        .where(i.record_id.in_(list(record_ids)), i.received_ms >= since * 1000)
        .group_by(i.record_id)
    )
    return {row[0]: row[1] for row in conn.execute(query).all()}


def read_again(conn: sa.Connection, scope: Scope, since: int) -> int:
    """Opens events once more that arrived since then (seconds) and led to a record being read, or found gone.

    For a run that began then: a page it read before a record changed may have been stored after we read the record
    again, and brought back how it was.
    """
    i = t.inbox.c
    done = sa.and_(_mine(scope), i.done_at >= since, i.result.in_(REREADABLE))
    chosen = sa.and_(done, i.received_ms >= since * 1000)
    return conn.execute(sa.update(t.inbox).where(chosen).values(done_at=None, result=AGAIN)).rowcount


def purge(conn: sa.Connection, scope: Scope, record_ids: Sequence[str], keep: Collection[int]) -> None:
    """Removes what was ever heard of these records, apart from the events named by id."""
    chosen = sa.and_(_mine(scope), t.inbox.c.record_id.in_(list(record_ids)))
    conn.execute(sa.delete(t.inbox).where(chosen, t.inbox.c.id.not_in(list(keep))))
