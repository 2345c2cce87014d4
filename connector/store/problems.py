"""Problems: what a person should mend, one row per record and place, gone when it is mended."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

import sqlalchemy as sa

from connector.store import tables as t
from connector.store.database import Scope


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
    chosen = sa.and_(
        p.tenant_id == scope.tenant_id, p.connection_id == scope.connection_id, p.record_id.in_(list(record_ids))
    )
    conn.execute(sa.delete(t.problem).where(chosen, ~p.where.startswith("write:")))
    add_problems(conn, scope, rows, at)


def add_problems(conn: sa.Connection, scope: Scope, rows: Iterable[ProblemRow], at: int) -> None:
    """Adds or renews problems."""
    p = t.problem.c
    whose = {"tenant_id": scope.tenant_id, "connection_id": scope.connection_id, "at": at}
    latest = {(row.record_id, row.where): row for row in rows}
    for row in latest.values():
        same = sa.and_(p.connection_id == scope.connection_id, p.record_id == row.record_id, p.where == row.where)
        conn.execute(sa.delete(t.problem).where(p.tenant_id == scope.tenant_id, same))
    if latest:
        conn.execute(sa.insert(t.problem), [{**whose, **row._asdict()} for row in latest.values()])


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
