"""Records of every kind: one table per kind, properties as JSON, ids ascending."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from adapters.sandbox.database import Database
from adapters.sandbox.hubspot.kinds import Kind

encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
"""Properties as they are stored."""
_COLUMNS = "id, created_ms, updated_ms, archived_ms, properties"


class StoredObject(NamedTuple):
    """A record as it lies in the table. `properties` holds only what has a value, without the record's own columns."""

    id: int
    created_ms: int
    updated_ms: int
    archived_ms: int | None
    properties: dict[str, str]


def statement(text: str, kind: Kind) -> str:
    """The SQL with ``RECORDS`` replaced by the kind's table and ``COLUMNS`` by its columns.

    The table's name comes from a fixed list, never from a request.
    """
    return text.replace("RECORDS", f"objects_{kind.name}").replace("COLUMNS", _COLUMNS)


def stored(row: tuple[int, int, int, int | None, str]) -> StoredObject:
    """A row of `COLUMNS` as an object."""
    return StoredObject(row[0], row[1], row[2], row[3], json.loads(row[4]))


class Objects:
    """Reading and writing records. What a change means (history, events, index lag) is decided above."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, kind: Kind, id: int) -> StoredObject | None:
        """The record, archived or not; None when the id is unknown. Merged ids are followed by `resolve`."""
        found = self.get_many(kind, [id])
        return found.get(id)

    def get_many(self, kind: Kind, ids: Iterable[int]) -> dict[int, StoredObject]:
        """The records with these ids, archived ones included; unknown ids are absent."""
        wanted = list(ids)
        marks = ",".join("?" * len(wanted))
        sql = statement(f"SELECT COLUMNS FROM RECORDS WHERE id IN ({marks})", kind)  # noqa: S608
        return {row[0]: stored(row) for row in self._database.reader().execute(sql, wanted)}

    def page(self, kind: Kind, from_id: int, limit: int, *, archived: bool = False) -> list[StoredObject]:
        """Up to `limit` records with an id of at least `from_id`, ascending."""
        state = "IS NOT NULL" if archived else "IS NULL"
        sql = statement(f"SELECT COLUMNS FROM RECORDS WHERE id >= ? AND archived_ms {state} ORDER BY id LIMIT ?", kind)  # noqa: S608
        return [stored(row) for row in self._database.reader().execute(sql, (from_id, limit))]

    def count(self, kind: Kind, *, archived: bool = False) -> int:
        """How many records there are, archived ones apart."""
        state = "IS NOT NULL" if archived else "IS NULL"
        sql = statement(f"SELECT count(*) FROM RECORDS WHERE archived_ms {state}", kind)  # noqa: S608
        return int(self._database.reader().execute(sql).fetchone()[0])

    def ids_with(self, kind: Kind, name: str, values: Iterable[str]) -> dict[str, int]:
        """Ids of live records by the value of a unique property, in lower case; for contacts' e-mail an index helps."""
        wanted = [value.lower() for value in values]
        key = f"lower(json_extract(properties, '$.{name}'))"
        marks = ",".join("?" * len(wanted))
        sql = statement(f"SELECT {key}, id FROM RECORDS WHERE {key} IN ({marks}) AND archived_ms IS NULL", kind)  # noqa: S608
        return dict(self._database.reader().execute(sql, wanted))

    def resolve(self, kind: Kind, ids: Iterable[int]) -> dict[int, int]:
        """Where merged-away ids went; ids that were never merged are absent."""
        wanted = list(ids)
        marks = ",".join("?" * len(wanted))
        sql = f"SELECT id, into_id FROM merged WHERE kind = ? AND id IN ({marks})"  # noqa: S608
        return dict(self._database.reader().execute(sql, (kind.number, *wanted)))

    def reserve_ids(self, connection: sqlite3.Connection, kind: Kind, count: int) -> int:
        """The first of `count` fresh ids in a row; an id is never given twice, even when its record is erased."""
        known = "(SELECT coalesce(max(id), 0) FROM last_ids WHERE kind = ?)"
        sql = statement(f"SELECT max(coalesce(max(id), 100), {known}) FROM RECORDS", kind)  # noqa: S608
        last = int(connection.execute(sql, (kind.number,)).fetchone()[0])
        connection.execute("INSERT OR REPLACE INTO last_ids VALUES (?, ?)", (kind.number, last + count))
        return last + 1

    def insert(self, connection: sqlite3.Connection, kind: Kind, rows: Iterable[StoredObject]) -> None:
        """Adds records."""
        sql = statement("INSERT INTO RECORDS (COLUMNS) VALUES (?, ?, ?, ?, ?)", kind)
        connection.executemany(sql, ((*row[:4], encode(row.properties)) for row in rows))

    def update(self, connection: sqlite3.Connection, kind: Kind, rows: Iterable[StoredObject]) -> None:
        """Replaces everything of these records but their creation time."""
        sql = statement("UPDATE RECORDS SET updated_ms = ?, archived_ms = ?, properties = ? WHERE id = ?", kind)
        connection.executemany(
            sql,
            ((row.updated_ms, row.archived_ms, encode(row.properties), row.id) for row in rows),
        )

    def delete(self, connection: sqlite3.Connection, kind: Kind, ids: Iterable[int]) -> None:
        """Removes records for good; their associations and history are removed by their own tables."""
        connection.executemany(statement("DELETE FROM RECORDS WHERE id = ?", kind), [(each,) for each in ids])

    def record_merge(self, connection: sqlite3.Connection, kind: Kind, old_ids: Sequence[int], into_id: int) -> None:
        """Notes that `old_ids`, and whatever was merged into them before, are now `into_id`."""
        marks = ",".join("?" * len(old_ids))
        sql = f"UPDATE merged SET into_id = ? WHERE kind = ? AND into_id IN ({marks})"  # noqa: S608
        connection.execute(sql, (into_id, kind.number, *old_ids))
        connection.executemany("INSERT INTO merged VALUES (?, ?, ?)", ((kind.number, old, into_id) for old in old_ids))
