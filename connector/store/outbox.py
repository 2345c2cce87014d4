"""The outbox: values that must reach the CRM. One row per lead, the newest values win."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from connector.store import tables as t
from connector.store.database import Scope
from connector.store.upserts import insert, same_tenant


class Pending(NamedTuple):
    """One row to write: the values wanted (JSON) and those the CRM holds (JSON)."""

    lead_id: int
    crm_id: str
    values: str
    written: str
    version: int
    attempts: int
    family: str


def _mine(scope: Scope) -> sa.ColumnElement[bool]:
    return sa.and_(t.outbox.c.tenant_id == scope.tenant_id, t.outbox.c.connection_id == scope.connection_id)


def put(conn: sa.Connection, scope: Scope, values: Mapping[int, str], at: int) -> None:
    """These values (JSON, by lead) must reach the CRM. A parked row is tried again: its values are new."""
    if not values:
        return
    statement = insert(conn, t.outbox)
    new = {
        "values": statement.excluded["values"],
        "version": t.outbox.c.version + 1,
        "attempts": 0,
        "next_at": at,
        "parked": "",
    }
    whose = {"tenant_id": scope.tenant_id, "connection_id": scope.connection_id, "version": 1, "next_at": at}
    conn.execute(
        statement.on_conflict_do_update(index_elements=["lead_id"], set_=new, where=same_tenant(statement, t.outbox)),
        [{**whose, "lead_id": lead_id, "values": text} for lead_id, text in values.items()],
    )


def withdraw(conn: sa.Connection, scope: Scope, lead_ids: Iterable[int]) -> None:
    """The CRM holds the right values already."""
    conn.execute(sa.delete(t.outbox).where(_mine(scope), t.outbox.c.lead_id.in_(list(lead_ids))))


_PENDING = (
    t.outbox.c.lead_id,
    t.lead.c.crm_id,
    t.outbox.c["values"],
    t.lead.c.written,
    t.outbox.c.version,
    t.outbox.c.attempts,
    t.lead.c.family,
)


def _due(scope: Scope, now: int) -> sa.ColumnElement[bool]:
    return sa.and_(_mine(scope), t.outbox.c.next_at <= now, t.outbox.c.parked == "", ~t.lead.c.archived)


def _in_order(scope: Scope) -> sa.ColumnElement[bool]:
    """Says of the lead what is said of its row, so that the leads' own index gives the order."""
    return sa.and_(t.lead.c.tenant_id == scope.tenant_id, t.lead.c.connection_id == scope.connection_id)


def due(conn: sa.Connection, scope: Scope, now: int, limit: int) -> Sequence[Pending]:
    """Rows that may be written now, oldest first."""
    query = (
        sa.select(*_PENDING)
        .join(t.lead, t.lead.c.id == t.outbox.c.lead_id)
        .where(_due(scope, now))
        .order_by(t.outbox.c.next_at, t.outbox.c.lead_id)
        .limit(limit)
    )
    return [Pending(*row) for row in conn.execute(query).all()]


def is_due(conn: sa.Connection, scope: Scope, now: int, count: int) -> bool:
    """Whether at least so many rows may be written now."""
    some = (
        sa.select(t.outbox.c.lead_id)
        .join(t.lead, t.lead.c.id == t.outbox.c.lead_id)
        .where(_due(scope, now))
        .limit(count)
        .subquery()
    )
    found: int = conn.execute(sa.select(sa.func.count()).select_from(some)).scalar_one()
    return found >= count


def due_after(
    conn: sa.Connection, scope: Scope, now: int, after: tuple[str, int], limit: int
) -> tuple[Sequence[Pending], tuple[str, int]]:
    """The next rows that may be written, in order of family and lead, and the place behind them."""
    family, lead_id = after
    rows = _next(conn, scope, now, sa.and_(t.lead.c.family == family, t.lead.c.id > lead_id), limit)
    if len(rows) < limit:
        rows += _next(conn, scope, now, t.lead.c.family > family, limit - len(rows))
    return rows, (rows[-1].family, rows[-1].lead_id) if rows else after


def _next(conn: sa.Connection, scope: Scope, now: int, where: sa.ColumnElement[bool], limit: int) -> list[Pending]:
    """One stretch of `due_after`: asked in two, because SQLite does not seek a pair in an index."""
    query = (
        sa.select(*_PENDING)
        .join(t.lead, t.lead.c.id == t.outbox.c.lead_id)
        .where(_due(scope, now), _in_order(scope), where)
        .order_by(t.lead.c.family, t.lead.c.id)
        .limit(limit)
    )
    return [Pending(*row) for row in conn.execute(query).all()]


def pending(conn: sa.Connection, scope: Scope, lead_ids: Sequence[int]) -> dict[int, Pending]:
    """The rows of these leads as they are now, by lead."""
    query = (
        sa.select(*_PENDING)
        .join(t.lead, t.lead.c.id == t.outbox.c.lead_id)
        .where(_mine(scope), t.outbox.c.lead_id.in_(lead_ids))
    )
    return {row[0]: Pending(*row) for row in conn.execute(query).all()}


def due_of(conn: sa.Connection, scope: Scope, lead_ids: Collection[int], now: int) -> Sequence[Pending]:
    """Those rows of these leads that may be written now."""
    query = (
        sa.select(*_PENDING)
        .join(t.lead, t.lead.c.id == t.outbox.c.lead_id)
        .where(_due(scope, now), t.outbox.c.lead_id.in_(list(lead_ids)))
        .order_by(t.outbox.c.lead_id)
    )
    return [Pending(*row) for row in conn.execute(query).all()]


def next_due(conn: sa.Connection, scope: Scope) -> int | None:
    """When the next waiting row may be written; None when none waits."""
    o = t.outbox.c
    query = (
        sa.select(sa.func.min(o.next_at))
        .join(t.lead, t.lead.c.id == o.lead_id)
        .where(_mine(scope), o.parked == "", ~t.lead.c.archived)
    )
    soonest: int | None = conn.execute(query).scalar_one()
    return soonest


def remove(conn: sa.Connection, scope: Scope, done: Mapping[int, int]) -> None:
    """These versions are written; a row that got newer values meanwhile stays."""
    o = t.outbox.c
    if done:
        conn.execute(
            sa.delete(t.outbox).where(
                _mine(scope), o.lead_id == sa.bindparam("of_lead"), o.version == sa.bindparam("of_version")
            ),
            [{"of_lead": lead_id, "of_version": version} for lead_id, version in done.items()],
        )


def postpone(conn: sa.Connection, scope: Scope, until: Mapping[int, int]) -> None:
    """These rows wait until the given time; one more attempt is counted."""
    statement = (
        sa.update(t.outbox)
        .where(_mine(scope), t.outbox.c.lead_id == sa.bindparam("of_lead"))
        .values(next_at=sa.bindparam("then"), attempts=t.outbox.c.attempts + 1)
    )
    if until:
        conn.execute(statement, [{"of_lead": lead_id, "then": at} for lead_id, at in until.items()])


def park(conn: sa.Connection, scope: Scope, sentences: Mapping[int, str]) -> None:
    """The CRM refuses these rows: kept with its sentence until the values change or a person retries."""
    statement = (
        sa.update(t.outbox)
        .where(_mine(scope), t.outbox.c.lead_id == sa.bindparam("of_lead"))
        .values(parked=sa.bindparam("sentence"), attempts=t.outbox.c.attempts + 1)
    )
    if sentences:
        rows = [{"of_lead": lead_id, "sentence": sentence or "refused"} for lead_id, sentence in sentences.items()]
        conn.execute(statement, rows)


def unpark(conn: sa.Connection, scope: Scope, at: int) -> int:
    """Makes every row due, as every new sync does: those the CRM refused and those that wait; how many it moved."""
    chosen = sa.and_(_mine(scope), sa.or_(t.outbox.c.parked != "", t.outbox.c.next_at > at))
    return conn.execute(sa.update(t.outbox).where(chosen).values(parked="", next_at=at)).rowcount


def counts(conn: sa.Connection, scope: Scope) -> dict[str, int]:
    """How many rows wait and how many the CRM refused."""
    o = t.outbox.c
    query = sa.select(
        sa.func.count().filter(o.parked == "").label("waiting"), sa.func.count().filter(o.parked != "").label("refused")
    ).where(_mine(scope))
    return dict(conn.execute(query).one()._mapping)
