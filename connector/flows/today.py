"""The live run: one a day and connection, so that what happens by itself is counted and seen beside syncs."""

from __future__ import annotations

from datetime import UTC, datetime

from connector.flows import tally
from connector.flows.services import Services
from connector.store import connections as connection_rows
from connector.store import problems as problem_rows
from connector.store import runs as run_rows
from connector.store.database import Scope
from connector.store.problems import QUOTA
from connector.store.runs import Run

LIVE = "live"


def run_of(svc: Services, scope: Scope) -> Run:
    """Today's live run, open. One that failed today goes on; yesterday's is closed."""
    with svc.store.read() as conn:
        last = run_rows.last_run(conn, scope, LIVE)
    if last is not None and last.open and _day(svc, last) == svc.today():
        return last
    with svc.store.write() as conn:
        if last is not None and last.open:
            tally.finish(conn, last, "done", "", svc.now())
        elif last is not None and last.state == "failed" and _day(svc, last) == svc.today():
            run_rows.reopen_run(conn, last)
            return last
        run = run_rows.begin_run(conn, scope, LIVE, svc.now())
        run_rows.set_phase(conn, run, LIVE)
        return run


def _day(svc: Services, run: Run) -> str:
    return datetime.fromtimestamp(run.started_at, UTC).astimezone(svc.zone).date().isoformat()


def works(svc: Services, scope: Scope, run_id: int) -> None:
    """The CRM answers: what stood in the way does so no longer."""
    with svc.store.read() as conn:
        run = run_rows.run_by_id(conn, scope, run_id)
        trouble = connection_rows.connection_by_id(conn, scope).trouble
    if run.message or trouble or run.phase != LIVE:
        with svc.store.write() as conn:
            run_rows.set_message(conn, run, "")
            run_rows.set_phase(conn, run, LIVE)
            connection_rows.set_trouble(conn, scope, "")
            problem_rows.clear_problem(conn, scope, [""], QUOTA)
