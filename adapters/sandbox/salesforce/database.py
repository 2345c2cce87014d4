"""One SQLite file: connections, the writer's lock, tables and indexes.

Readers have a connection per thread; there is one writer at a time. The file is a toy's memory, not a bank's, so it is
never synced to disk: a power cut may lose the sandbox, and nobody minds.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_OWN_TABLES = """
CREATE TABLE IF NOT EXISTS _serials (prefix TEXT PRIMARY KEY, serial INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS _fields (
    sobject TEXT NOT NULL, name TEXT NOT NULL, definition TEXT NOT NULL, PRIMARY KEY (sobject, name));
CREATE TABLE IF NOT EXISTS _versions (what TEXT PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID;
INSERT OR IGNORE INTO _versions VALUES ('permissions', 0);
"""


class Database:
    """The file and everybody's connections to it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._local = threading.local()
        self._open: list[sqlite3.Connection] = []
        self._lock = threading.RLock()
        self._owner: int | None = None
        self._writer = self._connect()
        self._writer.executescript(_OWN_TABLES)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees one moment of the file throughout, or this thread's own unfinished writes."""
        if self._owner == threading.get_ident():
            yield self._writer
            return
        connection = self._reader()
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
            yield self._writer
            return
        with self._lock:
            self._owner = threading.get_ident()
            try:
                yield from self._transaction()
            finally:
                self._owner = None
        committed()

    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._writer.execute("BEGIN IMMEDIATE")
        try:
            yield self._writer
        except BaseException:
            self._writer.rollback()
            raise
        self._writer.commit()

    def close(self) -> None:
        """Closes every connection; no thread may use the database afterwards."""
        with self._lock:
            for connection in self._open:
                connection.close()
            self._open.clear()

    def _reader(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._connect()
        return connection

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=30, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA cache_size = -32000")
        self._open.append(connection)
        return connection
