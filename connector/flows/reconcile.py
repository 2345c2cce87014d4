"""Reconcile: once a night the whole book is compared with the CRM, so that what no hint told of is found.

All contacts are read again, whatever the connection's cursor says; the other streams go on from theirs. A record that
was deleted, merged, taken out of our sight, or changed without a trace shows itself now. The story is told like a
sync's, and a run that is killed goes on from its row; one that fails leaves the connection's cursors as they were.
"""

from __future__ import annotations

import sqlalchemy as sa

from connector.flows import missing, tally
from connector.flows.full_pass import RECONCILE
from connector.flows.missing import Question
from connector.flows.parts import DONE, MORE, Next, Story, part
from connector.flows.pull import CONTACTS
from connector.flows.rescore import drain
from connector.flows.rhythm import local, next_sync_at
from connector.flows.services import Services
from connector.flows.sync import UNREAD_A_SLICE, ask_for, from_the_start, left_out, promote, read, read_unread, start
from connector.store import connections as connection_rows
from connector.store import full_passes as pass_rows
from connector.store import runs as run_rows
from connector.store.database import Scope
from connector.store.runs import Run


def begin(svc: Services, scope: Scope) -> Run:
    """The connection's open reconciliation, or a new one."""
    with svc.store.write() as conn:
        return begin_in(conn, scope, svc.now())


def begin_in(conn: sa.Connection, scope: Scope, at: int) -> Run:
    """The same in the caller's transaction, at a time in seconds since 1970."""
    if (found := run_rows.open_run(conn, scope, RECONCILE)) is not None:
        return found
    connection = connection_rows.connection_by_id(conn, scope)
    run = run_rows.begin_run(conn, scope, RECONCILE, at, anew=True)
    run_rows.set_place(conn, run, from_the_start([CONTACTS]), {})
    # It reads what a sync reads.
    connection_rows.set_sync_at(conn, scope, next_sync_at(connection.id, connection.sync_every, at))
    return run_rows.run_by_id(conn, scope, run.id)


@part
def compare(svc: Services, scope: Scope, run_id: int) -> Next:
    """Asks by id for leads that the full pass did not deliver; where they are too many, asks a person first."""
    with svc.store.read() as conn:
        run = run_rows.run_by_id(conn, scope, run_id)
        connection = connection_rows.connection_by_id(conn, scope)
        of, gone = pass_rows.count(conn, scope, run_id, run.started_at)
        crm_ids = pass_rows.unseen(conn, scope, run_id, run.started_at, UNREAD_A_SLICE)
    if not gone:
        return DONE
    if not missing.may_retire(missing.question(connection), gone, of):
        with svc.store.write() as conn:
            missing.ask(conn, connection, Question(gone, of, run_id, _day(svc, run)))
        return DONE
    retired = ask_for(svc, scope, run_id, crm_ids)
    with svc.store.write() as conn:
        run_rows.add_found(conn, run, retired=retired)
    return MORE


def _day(svc: Services, run: Run) -> str:
    return local(run.started_at, svc.tenant.time_zone).date().isoformat()


@part
def close(svc: Services, scope: Scope, run_id: int) -> Next:
    """Moves the connection on, says how the book compares, and closes the run."""
    with svc.store.write() as conn:
        run = run_rows.run_by_id(conn, scope, run_id)
        promote(conn, run)
        of, gone = pass_rows.count(conn, scope, run_id, run.started_at)
        if not gone:
            connection_rows.set_missing(conn, scope, "")
        said = [_compared(run, pass_rows.count_there(conn, scope)), _not_seen(gone, of), left_out(run)]
        tally.finish(conn, run, "done", " ".join(filter(None, said)), svc.now())
        connection_rows.set_nightly_on(conn, scope, _day(svc, run))
        connection_rows.ended_well(conn, scope)
    return DONE


def _compared(run: Run, here: int) -> str:
    """``100,012 contacts in the CRM, 100,012 here, 3 retired, 1 merged.``"""
    said = [f"{run.totals[CONTACTS]:,} contacts in the CRM"] if CONTACTS in run.totals else []
    said.append(f"{here:,} {'here' if said else 'leads here'}")
    found = run.found.items()
    return ", ".join([*said, *(f"{number:,} {name.replace('_', ' ')}" for name, number in found if number)]) + "."


def _not_seen(gone: int, of: int) -> str:
    return f"{gone:,} of {of:,} leads were not seen and stay as they are; `leadtier missing` asks." if gone else ""


STORY: Story = (start, read, read_unread, compare, drain, close)
