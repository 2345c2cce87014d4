"""INSERT … ON CONFLICT for both databases: the one place that knows their dialects."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

Insert = sqlite.Insert | postgresql.Insert


def insert(conn: sa.Connection, table: sa.Table) -> Insert:
    """An insert that can say what to do on conflict."""
    return postgresql.insert(table) if conn.dialect.name == "postgresql" else sqlite.insert(table)


def upsert(conn: sa.Connection, table: sa.Table, keep: tuple[str, ...] = ()) -> Insert:
    """Inserts, or takes the new values for every column but the primary key and those named in `keep`.

    A row of another tenant is never replaced, whatever key it is asked for.
    """
    statement = insert(conn, table)
    keys = [column.name for column in table.primary_key]
    new = {c.name: statement.excluded[c.name] for c in table.columns if c.name not in keys and c.name not in keep}
    return statement.on_conflict_do_update(index_elements=keys, set_=new, where=same_tenant(statement, table))


def same_tenant(statement: Insert, table: sa.Table) -> sa.ColumnElement[bool]:
    """That the row in the way belongs to the tenant of the row that comes."""
    return table.c.tenant_id == statement.excluded["tenant_id"]
