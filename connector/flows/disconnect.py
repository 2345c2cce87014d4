"""Disconnect: the CRM gets its grant back, and everything that is known of the account goes, portion by portion.

It is a run like any other: a worker does it, with the connection to itself, and whoever comes after a kill goes on. It
cannot be cancelled. What we wrote stays in the CRM, with the last values; the audit trail stays here.
"""

from __future__ import annotations

import logging

from adapters.contract import AdapterError
from connector.flows.actors import Actor
from connector.flows.parts import DONE, MORE, Next, Story, part
from connector.flows.services import Refused, Services
from connector.store import audit, leaving
from connector.store import connections as connection_rows
from connector.store import runs as run_rows
from connector.store.connections import Connection
from connector.store.database import Scope
from connector.store.leaving import DISCONNECT
from connector.store.runs import Run
from connector.store.sealing import SealBroken

log = logging.getLogger(__name__)

LEAVING = "This connection is being removed."
LEADS_A_SLICE = 200
"""Leads removed in one transaction, each with some dozens of rows that hang on it."""
ROWS_A_SLICE = 5000


def begin(svc: Services, scope: Scope, actor: Actor, typed_name: str) -> Run:
    """Begins to remove the connection, or joins who does. Raises `Refused` unless its name was typed."""
    connection = svc.connection(scope)
    if typed_name.strip() != connection.name:
        raise Refused(f"Type the connection's name, {connection.name}, to say that you mean it.")
    svc.looks.forget(scope)
    with svc.store.write() as conn:
        run = run_rows.open_run(conn, scope, DISCONNECT)
        if run is not None:
            return run
        leaving.shut(conn, scope, LEAVING)
        for other in run_rows.open_runs(conn, scope.tenant_id):
            if other.scope == scope:
                run_rows.finish_run(conn, other, "failed", f"{LEAVING} Its run ended with it.", svc.now())
        run = run_rows.begin_run(conn, scope, DISCONNECT, svc.now())
        run_rows.set_place(conn, run, {}, {"leads": leaving.leads_left(conn, scope)})
        what = f"{connection.kind} account {connection.account_id} ({connection.name})"
        audit.record(conn, scope.tenant_id, actor.email, DISCONNECT, what, svc.now())
        return run_rows.run_by_id(conn, scope, run.id)


def progress(svc: Services, scope: Scope) -> tuple[Run, int] | None:
    """The run that removes the connection and how many leads are left; None where none does."""
    with svc.store.read() as conn:
        run = run_rows.open_run(conn, scope, DISCONNECT)
        return (run, leaving.leads_left(conn, scope)) if run is not None else None


@part
def revoke(svc: Services, scope: Scope, run_id: int) -> Next:
    """Gives the grant back where the vendor takes it; from then on nobody here can open the account."""
    connection = svc.connection(scope)
    said = _given_back(svc, connection)
    with svc.store.write() as conn:
        connection_rows.set_credentials(conn, scope, svc.sealer.seal({}))
        audit.record(conn, scope.tenant_id, "leadtier", "revoke", f"{connection.name}: {said}", svc.now())
        run_rows.set_phase(conn, run_rows.run_by_id(conn, scope, run_id), "removing")
    svc.accounts.forget(scope.connection_id)
    svc.looks.forget(scope)
    return DONE


def _given_back(svc: Services, connection: Connection) -> str:
    """What became of the grant, in a sentence. A vendor that is away does not keep anybody from leaving."""
    by_hand = "take the access back in the CRM: remove the app or its token there."
    crm = svc.crms.get(connection.kind)
    try:
        credentials = svc.sealer.open(connection.sealed)
        if crm is not None and crm.revoke is not None and crm.revoke(credentials, connection.base_url):
            return "the CRM took the grant back."
    except (AdapterError, SealBroken) as error:
        log.warning("connection %s: the grant could not be given back: %s", connection.id, type(error).__name__)
        return f"the grant could not be given back; {by_hand}"
    return f"this kind of access cannot be given back by a program; {by_hand}"


@part
def remove_leads(svc: Services, scope: Scope, run_id: int) -> Next:  # noqa: ARG001 (it counts nothing)
    """Removes some leads and what hangs on them."""
    with svc.store.write() as conn:
        return MORE if leaving.remove_leads(conn, scope, LEADS_A_SLICE) else DONE


@part
def remove_rest(svc: Services, scope: Scope, run_id: int) -> Next:  # noqa: ARG001 (it counts nothing)
    """Removes hints, runs and problems."""
    with svc.store.write() as conn:
        some = leaving.remove_events(conn, scope, ROWS_A_SLICE) + leaving.remove_runs(conn, scope, ROWS_A_SLICE)
    return MORE if some else DONE


@part
def remove_connection(svc: Services, scope: Scope, run_id: int) -> Next:  # noqa: ARG001 (the run goes with it)
    """Removes the connection itself, with this run. What came in since is looked for once more."""
    with svc.store.write() as conn:
        if leaving.remove_leads(conn, scope, LEADS_A_SLICE) or leaving.remove_events(conn, scope, ROWS_A_SLICE):
            return MORE
        name = connection_rows.connection_by_id(conn, scope).name
        leaving.remove_connection(conn, scope)
        detail = f"{name}: its leads, scores, flags, runs and secrets are removed here"
        audit.record(conn, scope.tenant_id, "leadtier", "disconnected", detail, svc.now())
    return DONE


STORY: Story = (revoke, remove_leads, remove_rest, remove_connection)
