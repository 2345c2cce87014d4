"""One SQLite file: connections, the writer's lock, tables and indexes.

Readers have a connection per thread; there is one writer at a time.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from adapters.sandbox.connections import Connections

_OWN_TABLES = """
CREATE TABLE IF NOT EXISTS _serials (prefix TEXT PRIMARY KEY, serial INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS _fields (
    sobject TEXT NOT NULL, name TEXT NOT NULL, definition TEXT NOT NULL, PRIMARY KEY (sobject, name));
CREATE TABLE IF NOT EXISTS _picklists (
    sobject TEXT NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (sobject, field, value));
CREATE TABLE IF NOT EXISTS _versions (what TEXT PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID;
INSERT OR IGNORE INTO _versions VALUES ('permissions', 0);
"""


class Database(Connections):
    """The file and everybody's connections to it."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._owner: int | None = None
        self.writer.executescript(_OWN_TABLES)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees one moment of the file throughout, or this thread's own unfinished writes."""
        if self._owner == threading.get_ident():
            yield self.writer
            return
        connection = self.reader()
        if connection.in_transaction:
            yield connection
            return
        connection.execute("BEGIN")
        try:
            yield connection
        finally:
            connection.rollback()

    @contextmanager
    def writing(self, committed: Callable[[], None] = lambda: None) -> Iterator[sqlite3.Connection]:
        """The one writer's connection inside a transaction: committed at the end, rolled back on an error.

        May be nested in the same thread; the outermost one commits and then, the lock given back, calls `committed`.
        """
        if self._owner == threading.get_ident():
            yield self.writer
            return
        with self.lock:
            self._owner = threading.get_ident()
            try:
                yield from self._transaction()
            finally:
                self._owner = None
        committed()

    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self.writer.execute("BEGIN IMMEDIATE")
        try:
            yield self.writer
        except BaseException:
            self.writer.rollback()
            raise
        self.writer.commit()
