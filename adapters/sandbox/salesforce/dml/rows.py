"""Records as rows of the org's tables: fetched, put and changed in bulk.

Names of tables and columns come from the catalog, never from a caller.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

Row = dict[str, Any]
"""A record's stored values by field name."""

_CHUNK = 500
"""Values in one IN list."""


def fetch(connection: sqlite3.Connection, table: str, ids: Iterable[str]) -> dict[str, Row]:
    """The records with these ids that exist, deleted ones too."""
    return {row["Id"]: row for row in fetch_by(connection, table, "Id", ids)}


def fetch_by(
    connection: sqlite3.Connection, table: str, column: str, values: Iterable[Any], *, nocase: bool = False
) -> list[Row]:
    """The records whose column has one of these values, deleted ones too, in the order of their ids.

    `nocase`: as the vendor compares text, and as text is indexed.
    """
    found: list[Row] = []
    collation = " COLLATE NOCASE" if nocase else ""
    for some in _chunks(dict.fromkeys(values)):
        marks = ", ".join("?" * len(some))
        sql = f'SELECT * FROM "{table}" WHERE "{column}"{collation} IN ({marks})'  # noqa: S608
        cursor = connection.execute(sql, some)
        names = [each[0] for each in cursor.description]
        found.extend(dict(zip(names, row, strict=True)) for row in cursor)
    return sorted(found, key=lambda row: row["Id"])


def live(rows: Iterable[Row]) -> list[Row]:
    """Those that are not in the recycle bin."""
    return [row for row in rows if not row.get("IsDeleted")]


def put(connection: sqlite3.Connection, table: str, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Adds records; a column a record says nothing of is empty."""
    names = ", ".join(f'"{name}"' for name in columns)
    marks = ", ".join("?" * len(columns))
    values = ([row.get(name) for name in columns] for row in rows)
    connection.executemany(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', values)  # noqa: S608


def change(connection: sqlite3.Connection, table: str, changes: Mapping[str, Mapping[str, Any]]) -> None:
    """Gives records new values, by id. Records that change the same columns share a statement."""
    alike: dict[tuple[str, ...], list[list[Any]]] = {}
    for key, values in changes.items():
        alike.setdefault(tuple(values), []).append([*values.values(), key])
    for names, rows in alike.items():
        if names:
            assignments = ", ".join(f'"{name}" = ?' for name in names)
            connection.executemany(f'UPDATE "{table}" SET {assignments} WHERE "Id" = ?', rows)  # noqa: S608


def remove(connection: sqlite3.Connection, table: str, ids: Iterable[str]) -> None:
    """Forgets records for good."""
    connection.executemany(f'DELETE FROM "{table}" WHERE "Id" = ?', [(key,) for key in ids])  # noqa: S608


def _chunks(values: Iterable[Any]) -> Iterator[list[Any]]:
    rest = iter(values)
    while some := list(islice(rest, _CHUNK)):
        yield some
