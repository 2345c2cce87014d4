"""Past values of properties: one row per change, with the value before it, so the first value is never lost."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from adapters.sandbox.database import Database
from adapters.sandbox.hubspot.kinds import Kind


class Change(NamedTuple):
    """One property of one record took another value."""

    kind: int
    id: int
    property: str
    at_ms: int
    value: str | None
    previous: str | None
    source_type: str
    source_id: str | None


class History:
    """Reading and writing changes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, connection: sqlite3.Connection, changes: Iterable[Change]) -> None:
        """Notes changes."""
        connection.executemany("INSERT INTO history VALUES (?, ?, ?, ?, ?, ?, ?, ?)", changes)

    def of(self, kind: Kind, ids: Sequence[int], names: Sequence[str]) -> dict[tuple[int, str], list[Change]]:
        """Changes of these properties by (record id, property), newest first."""
        found: dict[tuple[int, str], list[Change]] = {}
        sql = (
            f"SELECT * FROM history WHERE kind = ? AND id IN ({','.join('?' * len(ids))}) "  # noqa: S608
            f"AND property IN ({','.join('?' * len(names))}) ORDER BY id, property, at_ms DESC, rowid DESC"
        )
        for row in self._database.reader().execute(sql, (kind.number, *ids, *names)):
            change = Change(*row)
            found.setdefault((change.id, change.property), []).append(change)
        return found

    def move(self, connection: sqlite3.Connection, kind: Kind, old_id: int, new_id: int) -> None:
        """Hands every change of a record to another."""
        connection.execute("UPDATE history SET id = ? WHERE kind = ? AND id = ?", (new_id, kind.number, old_id))

    def forget(self, connection: sqlite3.Connection, kind: Kind, id: int) -> None:
        """Removes every change of a record."""
        connection.execute("DELETE FROM history WHERE kind = ? AND id = ?", (kind.number, id))
