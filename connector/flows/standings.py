"""Standings: how an agency's CRM accounts are doing, one by one, for the list of connections and each one's page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from connector.flows import disconnect
from connector.flows.doctor_live import NOBODY_WORKS, START_ONE, anybody_works
from connector.flows.pace import Pace, pace
from connector.flows.services import Services
from connector.flows.today import LIVE
from connector.store import connections as connection_rows
from connector.store import leads as lead_rows
from connector.store import runs as run_rows
from connector.store import screens
from connector.store.connections import Connection
from connector.store.database import Scope
from connector.store.leaving import DISCONNECT
from connector.store.runs import Run


@dataclass(frozen=True, slots=True)
class Standing:
    """How one connection stands. `state` is ok, busy, warn or bad."""

    connection: Connection
    crm: str
    """The name its vendor gives it."""
    state: str
    title: str
    said: str
    """What a person must know or do; empty when all is well."""
    run: Run | None
    """The run that is under way."""
    leads: int
    synced_at: int | None
    pace: Pace
    leaving: bool = False
    left: int = 0
    """Leads that are still to be removed."""

    @property
    def synced(self) -> bool:
        """Whether a sync ever came to its end."""
        return self.synced_at is not None


def standings(svc: Services) -> Sequence[Standing]:
    """Every connection of the agency, the oldest first."""
    with svc.store.read() as conn:
        found = connection_rows.connections_of(conn, svc.tenant.id)
    works = anybody_works(svc) if found else True
    return [_standing(svc, one, works=works) for one in found]


def standing(svc: Services, scope: Scope) -> Standing:
    """One connection. Raises `LookupError` when the agency has none such."""
    return _standing(svc, svc.connection(scope), works=anybody_works(svc))


def _standing(svc: Services, connection: Connection, *, works: bool) -> Standing:
    crm = svc.crms.get(connection.kind)
    with svc.store.read() as conn:
        run = _run(conn, connection.scope)
        leads = lead_rows.counts(conn, connection.scope)["leads"]
        synced_at = screens.synced_at(conn, connection.tenant_id).get(connection.id)
    state, title, said = _state(connection, run, synced_at, works=works)
    going = disconnect.progress(svc, connection.scope)
    return Standing(
        connection=connection,
        crm=crm.capabilities.name if crm else connection.kind,
        state=state,
        title=title,
        said=said,
        run=run,
        leads=leads,
        synced_at=synced_at,
        pace=pace(svc, connection.scope),
        leaving=going is not None or connection.trouble == disconnect.LEAVING,
        left=going[1] if going else 0,
    )


def _run(conn: sa.Connection, scope: Scope) -> Run | None:
    """What is under way but live work, which always is."""
    runs = [run for run in run_rows.open_runs(conn, scope.tenant_id) if run.scope == scope and run.kind != LIVE]
    return next((run for run in runs if run.kind == DISCONNECT), runs[0] if runs else None)


def _state(connection: Connection, run: Run | None, synced_at: int | None, *, works: bool) -> tuple[str, str, str]:
    """State, title, and what a person must know."""
    nobody = "" if works else f"{NOBODY_WORKS} {START_ONE}"
    if run is not None and run.kind == DISCONNECT:
        return "busy", "Being removed", nobody
    if connection.trouble:
        stopped = "Removing it was interrupted by an error. Disconnect it again: it goes on."
        leaving = connection.trouble == disconnect.LEAVING
        return ("bad", "Removal stopped", stopped) if leaving else ("bad", "Needs you", connection.trouble)
    if run is not None:
        return "busy", "At work", nobody
    if synced_at is None:
        return "warn", "Not synced yet", "Start the first sync: it reads every lead, scores it, and writes the score."
    return ("warn", "Nobody works", nobody) if nobody else ("ok", "Works", "")
