"""Connections to one SQLite file: one to write with, and one to read with for each thread.

The file is a toy's memory, not a bank's, so it is never synced to disk: a power cut may lose the sandbox, and nobody
minds.
"""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path


class Connections:
    """Everybody's connections to a file. Who writes holds `lock`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lock = threading.RLock()
        self._local = threading.local()
        self._open: list[sqlite3.Connection] = []
        self.writer = self._connect()

    def reader(self) -> sqlite3.Connection:
        """The connection this thread reads with; it sees what was committed before each statement."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._connect()
        return connection

    def close(self) -> None:
        """Closes every connection; no thread may use the file afterwards."""
        with self.lock:
            for connection in self._open:
                connection.close()
            self._open.clear()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=30, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA cache_size = -32000")
        self._open.append(connection)
        return connection
