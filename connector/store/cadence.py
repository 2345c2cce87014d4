"""What is due, for all connections of all tenants in a handful of indexed queries: it is asked every second."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from connector.store import tables as t
from connector.store.database import Scope
from connector.store.runs import last_was_cancelled


class Standing(NamedTuple):
    """How a connection stands: when things are due by its row, and whether anything waits. Times are seconds."""

    tenant_id: int
    connection_id: int
    time_zone: str
    trouble: str
    rescored_on: str
    sync_every: int
    sync_at: int
    retry_at: int
    live_at: int
    nightly_on: str
    events: bool
    """An event is open in the inbox."""
    leftovers: bool
    """A lead waits for its card, or a row that is due for the CRM; those of a run that was cancelled do not count."""

    @property
    def scope(self) -> Scope:
        """Whose rows this is about."""
        return Scope(self.tenant_id, self.connection_id)


class OpenRun(NamedTuple):
    """A run that has not ended. `next_at`: not before."""

    tenant_id: int
    connection_id: int
    id: int
    kind: str
    next_at: int
    anew: bool
    """Whether it reads all contacts rather than what has changed."""

    @property
    def scope(self) -> Scope:
        """Whose run it is."""
        return Scope(self.tenant_id, self.connection_id)


def standings(conn: sa.Connection, now: int) -> Sequence[Standing]:
    """Every connection whose tenant has published a model; without one nothing can be scored."""
    return [Standing(*row) for row in conn.execute(_STANDINGS, {"now": now}).all()]


def locked(conn: sa.Connection, scope: Scope, now: int) -> Standing | None:
    """The same of one connection, locked until the transaction ends: of several processes one decides.

    Rows that name the connection, as events do, may come in meanwhile.
    """
    query = _STANDINGS.where(t.connection.c.tenant_id == scope.tenant_id, t.connection.c.id == scope.connection_id)
    row = conn.execute(query.with_for_update(of=t.connection, key_share=True), {"now": now}).one_or_none()
    return None if row is None else Standing(*row)


def open_runs_of_all(conn: sa.Connection) -> Sequence[OpenRun]:
    """Every run that has not ended, oldest first."""
    r = t.run.c
    columns = (r.tenant_id, r.connection_id, r.id, r.kind, r.next_at, r.anew)
    # Put in order here: asked for it, SQLite would read every run there ever was in the order of their ids.
    rows = conn.execute(sa.select(*columns).where(r.finished_at.is_(None))).all()
    return sorted((OpenRun(*row) for row in rows), key=lambda run: run.id)


def mark_moved(conn: sa.Connection, scope: Scope, day: int) -> int:
    """Leads whose cards time alone may have changed by this day (proleptic ordinal) need new ones; how many."""
    moved = sa.select(t.card.c.lead_id).where(t.card.c.tenant_id == scope.tenant_id, t.card.c.moves_on <= day)
    lead = t.lead.c
    mine = sa.and_(lead.tenant_id == scope.tenant_id, lead.connection_id == scope.connection_id)
    chosen = sa.and_(mine, lead.id.in_(moved), lead.known, ~lead.archived)
    return conn.execute(sa.update(t.lead).where(chosen).values(dirty=lead.dirty + 1)).rowcount


def is_old(conn: sa.Connection, before_ms: int) -> bool:
    """Whether the oldest event in the inbox arrived before then (milliseconds)."""
    i = t.inbox.c
    oldest = conn.execute(sa.select(i.received_ms).order_by(i.id).limit(1)).scalar_one_or_none()
    return oldest is not None and oldest < before_ms


def forget_handled(conn: sa.Connection, before_ms: int, limit: int) -> int:
    """Forgets up to `limit` of the oldest events, whosever, that were handled and arrived before then; how many.

    They were counted when they were handled. No index is needed for it: events arrive in the order of their ids. So
    many are looked at that those of a connection nobody mends, which stay open, do not hide the others.
    """
    i = t.inbox.c
    head = sa.select(i.id, i.received_ms, i.done_at).order_by(i.id).limit(20 * limit).subquery().c
    old = sa.select(head.id).where(head.received_ms < before_ms, head.done_at.is_not(None)).limit(limit)
    return conn.execute(sa.delete(t.inbox).where(i.id.in_(old))).rowcount


def forget_runs(conn: sa.Connection, empty_before: int, before: int) -> int:
    """Forgets runs that ended before then: those that found nothing to do sooner than the others; how many.

    The newest of each kind stays, for screens tell by it how a connection stands.
    """
    r, newer = t.run.c, t.run.alias().c
    later = sa.exists().where(newer.connection_id == r.connection_id, newer.kind == r.kind, newer.id > r.id)
    did = r.changed + r.scored + r.written + r.failed
    empty = sa.and_(r.state == "done", did == 0, r.finished_at < empty_before)
    old = sa.and_(r.finished_at.is_not(None), sa.or_(empty, r.finished_at < before), later)
    return conn.execute(sa.delete(t.run).where(old)).rowcount


def _events() -> sa.ColumnElement[bool]:
    i = t.inbox.c
    return sa.exists().where(i.connection_id == t.connection.c.id, i.done_at.is_(None)).correlate(t.connection)


def _dirty() -> sa.ColumnElement[bool]:
    lead = t.lead.c
    mine = sa.and_(lead.tenant_id == t.connection.c.tenant_id, lead.connection_id == t.connection.c.id)
    # The index of dirty leads holds nothing else; SQLite uses it only for a comparison with a literal.
    some = sa.and_(lead.dirty > sa.literal_column("0"), lead.known, ~lead.archived)
    return sa.exists().where(mine, some).correlate(t.connection)


def _to_write() -> sa.ColumnElement[bool]:
    o = t.outbox.c
    mine = sa.and_(o.tenant_id == t.connection.c.tenant_id, o.connection_id == t.connection.c.id)
    some = sa.and_(o.parked == "", o.next_at <= sa.bindparam("now"))
    there = sa.and_(t.lead.c.id == o.lead_id, ~t.lead.c.archived)
    return sa.exists().where(mine, some, there).correlate(t.connection)


def _halted() -> sa.ColumnElement[bool]:
    return sa.func.coalesce(last_was_cancelled(t.connection.c.tenant_id, t.connection.c.id), sa.false())


_STANDINGS: sa.Select[Any] = (
    sa.select(
        t.connection.c.tenant_id,
        t.connection.c.id,
        t.tenant.c.time_zone,
        t.connection.c.trouble,
        t.connection.c.rescored_on,
        t.connection.c.sync_every,
        t.connection.c.sync_at,
        t.connection.c.retry_at,
        t.connection.c.live_at,
        t.connection.c.nightly_on,
        _events(),
        # In this order: how the last run ended is asked only where something is left over.
        sa.case((sa.not_(sa.or_(_dirty(), _to_write())), sa.false()), else_=sa.not_(_halted())),
    )
    .join(t.tenant, t.tenant.c.id == t.connection.c.tenant_id)
    .where(sa.exists().where(t.model.c.tenant_id == t.connection.c.tenant_id).correlate(t.connection))
    .order_by(t.connection.c.id)
)
