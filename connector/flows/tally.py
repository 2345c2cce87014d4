"""What runs did, kept in two places at once: their own rows, for people, and this process's meters, for operators."""

from __future__ import annotations

import logging

import sqlalchemy as sa

from connector.flows import meters
from connector.store import runs as run_rows
from connector.store.runs import Run

log = logging.getLogger(__name__)


def count(conn: sa.Connection, run: Run, **counts: int) -> None:
    """Adds to the run's counts, see `run_rows.COUNTS`."""
    run_rows.add_counts(conn, run, **counts)
    meters.scored(counts.get("scored", 0))
    meters.written(counts.get("written", 0), counts.get("failed", 0))


def finish(conn: sa.Connection, run: Run, state: str, message: str, at: int) -> None:
    """Closes the run: ``done``, ``cancelled``, or ``failed`` with the sentence that says what to do."""
    if not run_rows.finish_run(conn, run, state, message, at):
        return
    did = run_rows.run_by_id(conn, run.scope, run.id)
    read = f"{did.contacts} contacts, {did.activities} activities read"
    log.info("%s %s: %s, %s scored, %s written, %s calls", run.kind, state, read, did.scored, did.written, did.calls)
    meters.run_ended(run.kind, state)
