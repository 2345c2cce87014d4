"""Cancelling: a person ends a run before it is done. Nothing is lost by it.

The wish stands in the run's row, so that any process may utter it and any other hears it: the run ends before its next
slice (`connector.flows.parts`), and a slice of many pages ends at the page it is at. A run on which nobody can be at
work, because it waits or no worker lives, ends at once. If the worker dies between the wish and the end, the next one
ends the run before it does anything else.

What was read, scored and written stays. Leads that wait for their cards and rows that wait for the CRM wait for the
connection's next run; live work does not touch them, or cancelling would stop nothing. What a webhook tells is
worked on as always.

The next sync goes on where a cancelled one stopped, a full one too: what it had not reached may be nowhere else. It
comes by its rhythm, at least half an interval later. A nightly comparison begins anew in the next night.
"""

from __future__ import annotations

import sqlalchemy as sa

from connector.flows import tally
from connector.flows.actors import Actor
from connector.flows.doctor_live import anybody_works
from connector.flows.full_pass import RECONCILE
from connector.flows.rhythm import READS, local, next_sync_at
from connector.flows.services import Refused, Services
from connector.flows.today import LIVE
from connector.store import audit
from connector.store import connections as connection_rows
from connector.store import leads as lead_rows
from connector.store import outbox as outbox_rows
from connector.store import runs as run_rows
from connector.store.database import Scope
from connector.store.leaving import DISCONNECT
from connector.store.runs import Run

CANCELLED = "cancelled"


def cancel(svc: Services, scope: Scope, run_id: int, actor: Actor) -> Run:
    """Ends the run, now or at its next slice; the run as it stands then.

    Raises `Refused` when it has ended already or is the day's live work, `LookupError` when there is no such run.
    """
    works = anybody_works(svc)
    with svc.store.write() as conn:
        run = _known(conn, scope, run_id)
        if run.kind == LIVE:
            raise Refused("Live work follows each change as it comes and goes on all day: it cannot be cancelled.")
        if run.kind == DISCONNECT:
            raise Refused("The access was given back already: a connection that is being removed cannot be kept.")
        if not run_rows.set_cancel(conn, run, actor.name or actor.email):
            raise Refused(f"Run {run.id} has ended already; there is nothing left to cancel.")
        audit.record(conn, scope.tenant_id, actor.email, "cancel run", f"run {run.id} ({run.kind})", svc.now())
        if not works or _waits(run, svc.now()):
            end(conn, svc, _known(conn, scope, run_id))
        return _known(conn, scope, run_id)


def _known(conn: sa.Connection, scope: Scope, run_id: int) -> Run:
    try:
        return run_rows.run_by_id(conn, scope, run_id)
    except sa.exc.NoResultFound as error:
        raise LookupError(f"There is no run {run_id} of this connection.") from error


def _waits(run: Run, now: int) -> bool:
    """Whether nobody is at work on it: it is to be patient, or nobody has begun. A first slice ends by itself."""
    return run.next_at > now or (run.phase == "starting" and not run.part)


def is_asked(svc: Services, scope: Scope, run_id: int) -> bool:
    """Whether the run is to end before its next slice; asked by slices that take long."""
    with svc.store.read() as conn:
        return bool(run_rows.run_by_id(conn, scope, run_id).cancel)


def end(conn: sa.Connection, svc: Services, run: Run) -> None:
    """Closes a run that was asked to end, and lets its connection rest until its rhythm says so."""
    tally.finish(conn, run, CANCELLED, _told(conn, run), svc.now())
    if run.kind not in READS:
        return
    connection = connection_rows.connection_by_id(conn, run.scope)
    connection_rows.set_sync_at(conn, run.scope, next_sync_at(connection.id, connection.sync_every, svc.now()))
    if run.kind == RECONCILE:
        connection_rows.set_nightly_on(conn, run.scope, local(svc.now(), svc.tenant.time_zone).date().isoformat())


def _told(conn: sa.Connection, run: Run) -> str:
    """What is done and what stays, in sentences."""
    done = (
        f"Cancelled by {run.cancel}. {run.contacts:,} contacts and {run.activities:,} activities were read, "
        f"{run.scored:,} leads scored, {run.written:,} records written; all of it stays."
    )
    dirty, waiting = lead_rows.count_dirty(conn, run.scope), outbox_rows.counts(conn, run.scope)["waiting"]
    left = [f"{dirty:,} to be scored"] if dirty else []
    left += [f"{waiting:,} to be written"] if waiting else []
    rest = f"Leads that wait for the next run: {' and '.join(left)}." if left else ""
    return " ".join(filter(None, (done, rest, _reading(run))))


def _reading(run: Run) -> str:
    if run.kind == RECONCILE:
        return "The comparison begins anew in the next night."
    unread = run.kind in READS and not (run.cursors and all(ended for _, ended in run.cursors.values()))
    return "The next sync goes on reading where this one stopped." if unread else ""
