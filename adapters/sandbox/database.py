"""One SQLite file: connections, the writer's lock, and the tables.

Readers have a connection per thread; there is one writer at a time.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from adapters.sandbox.connections import Connections

_SHARED_TABLES = """
CREATE TABLE IF NOT EXISTS associations (
    from_kind INTEGER NOT NULL, to_kind INTEGER NOT NULL, from_id INTEGER NOT NULL, to_id INTEGER NOT NULL,
    type_id INTEGER NOT NULL, custom INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (from_kind, to_kind, from_id, to_id, type_id, custom)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS labels (
    from_kind INTEGER NOT NULL, to_kind INTEGER NOT NULL, type_id INTEGER NOT NULL, name TEXT NOT NULL,
    label TEXT NOT NULL, PRIMARY KEY (from_kind, to_kind, type_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS history (
    kind INTEGER NOT NULL, id INTEGER NOT NULL, property TEXT NOT NULL, at_ms INTEGER NOT NULL, value TEXT,
    previous TEXT, source_type TEXT NOT NULL, source_id TEXT);
CREATE INDEX IF NOT EXISTS history_of ON history (kind, id, property, at_ms);
CREATE TABLE IF NOT EXISTS merged (
    kind INTEGER NOT NULL, id INTEGER NOT NULL, into_id INTEGER NOT NULL, PRIMARY KEY (kind, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS last_ids (kind INTEGER PRIMARY KEY, id INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS stale (
    kind INTEGER NOT NULL, id INTEGER NOT NULL, until_ms INTEGER NOT NULL, created_ms INTEGER, updated_ms INTEGER,
    properties TEXT);
CREATE INDEX IF NOT EXISTS stale_of ON stale (kind, id, until_ms);
CREATE INDEX IF NOT EXISTS stale_until ON stale (until_ms);
CREATE TABLE IF NOT EXISTS groups (
    kind INTEGER NOT NULL, name TEXT NOT NULL, definition TEXT NOT NULL, PRIMARY KEY (kind, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS definitions (
    kind INTEGER NOT NULL, name TEXT NOT NULL, definition TEXT NOT NULL, PRIMARY KEY (kind, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS owners (
    id INTEGER PRIMARY KEY, email TEXT NOT NULL, first_name TEXT NOT NULL, last_name TEXT NOT NULL,
    user_id INTEGER NOT NULL, archived INTEGER NOT NULL, created_ms INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS subscriptions (id INTEGER PRIMARY KEY, app_id INTEGER NOT NULL, definition TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS webhook_settings (app_id INTEGER PRIMARY KEY, definition TEXT NOT NULL);
"""

_OBJECT_TABLE = """
CREATE TABLE IF NOT EXISTS objects_@ (
    id INTEGER PRIMARY KEY, created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL, archived_ms INTEGER,
    properties TEXT NOT NULL);
"""

_OBJECT_INDEXES = """
CREATE INDEX IF NOT EXISTS updated_@ ON objects_@ (updated_ms, archived_ms);
CREATE INDEX IF NOT EXISTS archived_@ ON objects_@ (id) WHERE archived_ms IS NOT NULL;
"""

_DROP_INDEXES = """
DROP INDEX IF EXISTS updated_@;
DROP INDEX IF EXISTS archived_@;
DROP INDEX IF EXISTS email_of_@;
"""

_CONTACT_INDEXES = """
CREATE INDEX IF NOT EXISTS email_of_contacts ON objects_contacts (lower(json_extract(properties, '$.email')));
"""


class Database(Connections):
    """The file and everybody's connections to it. `tables` are the names of the object types."""

    def __init__(self, path: Path, tables: tuple[str, ...]) -> None:
        super().__init__(path)
        self._tables = tables
        with self.lock:
            self.writer.executescript(_SHARED_TABLES)
            self._each_table(_OBJECT_TABLE)
            self._build_indexes()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else writes meanwhile, so that what was read before a write still holds. Commits nothing itself."""
        with self.lock:
            yield

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """The one writer's connection inside a transaction: committed at the end, rolled back on an error.

        May be nested in the same thread; the outermost one commits.
        """
        with self.lock:
            if self.writer.in_transaction:
                yield self.writer
                return
            self.writer.execute("BEGIN IMMEDIATE")
            try:
                yield self.writer
            except BaseException:
                self.writer.rollback()
                raise
            self.writer.commit()

    @contextmanager
    def loading(self) -> Iterator[sqlite3.Connection]:
        """The writer's connection for filling an empty file: the indexes are built at the end.

        The caller commits as it goes, so that the log stays small.
        """
        with self.lock:
            self._each_table(_DROP_INDEXES)
            self.writer.execute("BEGIN IMMEDIATE")
            yield self.writer
            self.writer.commit()
            self._build_indexes()

    def clear(self) -> None:
        """Empties every table."""
        with self.writing() as connection:
            names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            for (name,) in names:
                connection.execute(f"DELETE FROM {name}")  # noqa: S608

    def _build_indexes(self) -> None:
        self._each_table(_OBJECT_INDEXES)
        if "contacts" in self._tables:
            self.writer.executescript(_CONTACT_INDEXES)

    def _each_table(self, script: str) -> None:
        for table in self._tables:
            self.writer.executescript(script.replace("@", table))
