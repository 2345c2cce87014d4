"""Reading again: after a change of what is read, the next sync brings everything, whatever is under way meanwhile.

A run that had begun before goes on to its end, but moves the connection nowhere: part of what it read was read the old
way. The connection keeps the number of the last run that knew nothing of the change.
"""

from __future__ import annotations

import sqlalchemy as sa

from connector.store import connections as connection_rows
from connector.store import runs as run_rows
from connector.store.connections import Connection
from connector.store.database import Scope
from connector.store.runs import Run

AGAIN = "again"
"""Beside the cursors of a connection: the last run that was begun before everything had to be read again."""
_READING = ("sync", "reconcile")


def read_again(conn: sa.Connection, scope: Scope, at: int) -> None:
    """The next sync reads everything, and is due at once where syncs begin by themselves; `at` is now."""
    last = [run.id for kind in _READING if (run := run_rows.last_run(conn, scope, kind)) is not None]
    connection_rows.set_cursors(conn, scope, {AGAIN: str(max(last, default=0))})
    connection_rows.set_sync_at(conn, scope, at)


def outdated(connection: Connection, run: Run) -> bool:
    """Whether the run was begun before everything had to be read again."""
    return run.id <= int(connection.cursors.get(AGAIN, 0))
