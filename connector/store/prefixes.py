"""Which index a question uses: texts that begin alike are found by a range, unlike by a pattern, on both databases."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa


def begins(conn: sa.Connection, column: sa.ColumnElement[Any], start: str) -> sa.ColumnElement[bool]:
    """That the column's text begins with `start`.

    PostgreSQL is told to compare character by character: in the order of most languages ``;`` comes before ``:``, so
    that nothing would lie between the two.
    """
    text = sa.collate(column, "C") if conn.dialect.name == "postgresql" else column
    return sa.and_(text >= start, text < start[:-1] + chr(ord(start[-1]) + 1))


def looked_at(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """The number in a column, for a comparison that no index shall be used for: rows are found by a better one.

    Without statistics SQLite takes any index that begins with the tenant for a narrow one, and reads the whole book.
    """
    return column + 0
