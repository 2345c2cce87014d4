"""What search still sees: the version of a record before its last changes, until the index has caught up."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from adapters.sandbox.database import Database
from adapters.sandbox.hubspot.kinds import Kind
from adapters.sandbox.tables.objects import statement


class Stale:
    """Keeping and dropping old versions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, connection: sqlite3.Connection, kind: Kind, ids: Iterable[int], until_ms: int) -> None:
        """Search goes on showing these records as they are now until then."""
        sql = statement(
            "INSERT INTO stale SELECT ?, id, ?, created_ms, updated_ms, properties FROM RECORDS WHERE id = ?", kind
        )
        connection.executemany(sql, ((kind.number, until_ms, each) for each in ids))

    def hide(self, connection: sqlite3.Connection, kind: Kind, ids: Iterable[int], until_ms: int) -> None:
        """Search shows nothing of these new records until then."""
        rows = ((kind.number, each, until_ms) for each in ids)
        connection.executemany("INSERT INTO stale (kind, id, until_ms) VALUES (?, ?, ?)", rows)

    def forget(self, connection: sqlite3.Connection, kind: Kind, ids: Iterable[int]) -> None:
        """Drops the old versions of these records, which are gone."""
        connection.executemany("DELETE FROM stale WHERE kind = ? AND id = ?", [(kind.number, each) for each in ids])

    def prune(self, connection: sqlite3.Connection, now_ms: int) -> None:
        """Drops what the index has caught up with."""
        connection.execute("DELETE FROM stale WHERE until_ms <= ?", (now_ms,))

    def any(self, kind: Kind, now_ms: int) -> bool:
        """Whether search must look at old versions at all."""
        sql = "SELECT EXISTS (SELECT 1 FROM stale WHERE until_ms > ? AND kind = ?)"
        return bool(self._database.reader().execute(sql, (now_ms, kind.number)).fetchone()[0])
