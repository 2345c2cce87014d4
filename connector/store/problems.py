"""Problems: what a person should mend, one row per record and place, gone when it is mended."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from connector.store import tables as t
from connector.store.database import Scope

QUOTA = "quota"
"""The place of the problem that stands while the day's calls are used up, until the CRM answers again."""


class ProblemRow(NamedTuple):
    """One problem. `record_id` is the CRM's id, empty for the connection as a whole."""

    record_id: str
    where: str
    text: str
    mend: str


def replace_problems(
    conn: sa.Connection, scope: Scope, record_ids: Collection[str], rows: Iterable[ProblemRow], at: int
) -> None:
    """Makes `rows` all that is wrong with these records; what was mended disappears."""
    p = t.problem.c
    rows = list(rows)
    standing = {(row.record_id, row.where) for row in rows}
    chosen = sa.and_(
        p.tenant_id == scope.tenant_id, p.connection_id == scope.connection_id, p.record_id.in_(list(record_ids))
    )
    known = conn.execute(sa.select(p.id, p.record_id, p.where).where(chosen, ~p.where.startswith("write:"))).all()
    if mended := [row.id for row in known if (row.record_id, row.where) not in standing]:
        conn.execute(sa.delete(t.problem).where(p.tenant_id == scope.tenant_id, p.id.in_(mended)))
    add_problems(conn, scope, rows, at)


def add_problems(conn: sa.Connection, scope: Scope, rows: Iterable[ProblemRow], at: int) -> None:
    """Adds or renews problems; one that is met again as it was keeps the time at which it was first met."""
    p = t.problem.c
    whose = {"tenant_id": scope.tenant_id, "connection_id": scope.connection_id}
    latest = {(row.record_id, row.where): row for row in rows}
    new = []
    for row in latest.values():
        same = sa.and_(p.connection_id == scope.connection_id, p.record_id == row.record_id, p.where == row.where)
        gone = sa.delete(t.problem).where(p.tenant_id == scope.tenant_id, same).returning(p.text, p.at)
        before = {row.text: row.at for row in conn.execute(gone)}
        new.append({**whose, **row._asdict(), "at": before.get(row.text, at)})
    if new:
        conn.execute(sa.insert(t.problem), new)


def of_connections(conn: sa.Connection, tenant_id: int, limit: int = 200) -> Sequence[tuple[int, ProblemRow]]:
    """What is wrong with the tenant's connections as a whole, the oldest first, each with its connection."""
    p = t.problem.c
    mine = sa.select(t.connection.c.id).where(t.connection.c.tenant_id == tenant_id)
    query = (
        sa.select(p.connection_id, p.record_id, p.where, p.text, p.mend)
        .where(p.tenant_id == tenant_id, p.connection_id.in_(mine), p.record_id == "")
        .order_by(p.id)
        .limit(limit)
    )
    return [(row[0], ProblemRow(*row[1:])) for row in conn.execute(query)]


def clear_problem(conn: sa.Connection, scope: Scope, record_ids: Collection[str], where: str) -> None:
    """This is mended for these records."""
    p = t.problem.c
    chosen = sa.and_(
        p.tenant_id == scope.tenant_id,
        p.connection_id == scope.connection_id,
        p.record_id.in_(list(record_ids)),
        p.where == where,
    )
    conn.execute(sa.delete(t.problem).where(chosen))


def remove_problems(conn: sa.Connection, scope: Scope, record_ids: Collection[str]) -> None:
    """Removes everything that is said of these records."""
    p = t.problem.c
    mine = sa.and_(p.tenant_id == scope.tenant_id, p.connection_id == scope.connection_id)
    conn.execute(sa.delete(t.problem).where(mine, p.record_id.in_(list(record_ids))))
