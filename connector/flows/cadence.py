"""Cadence: what is due now, in every tenant. Asked every second by every worker; of several, one begins each run.

What was due while nothing ran is due once: the next sync, one reconciliation, one midnight.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from connector.flows import rhythm
from connector.flows.live import LIVE
from connector.flows.midnight import begin_day
from connector.flows.reconcile import begin_in as begin_reconcile
from connector.flows.rescore import RESCORE
from connector.flows.services import Services
from connector.flows.sync import begin_in as begin_sync
from connector.store import cadence as cadence_rows
from connector.store import runs as run_rows
from connector.store.cadence import OpenRun, Standing
from connector.store.database import Scope


@dataclass(frozen=True, slots=True)
class Due:
    """Work that may be done now. `what` is ``live`` (without a run) or the kind of the run."""

    scope: Scope
    what: str
    run_id: int | None = None
    long: bool = False
    """Whether it reads or scores a whole book; short work goes before it."""


def due(svc: Services, *, begins: bool = True) -> Sequence[Due]:
    """What may be done now, for all tenants: live work first, then short runs, then long ones, each oldest first.

    Begins the runs whose time has come, unless `begins` is false: then only what others began is listed.
    """
    now = svc.now()
    standings, runs = _look(svc, now)
    late = [one.scope for one in standings if begins and _is_due(one, _kinds(runs, one.scope), now)]
    begun = [scope for scope in late if _begin(svc, scope, now)]
    if begun:
        standings, runs = _look(svc, now)
    ready = sorted((run for run in runs if run.next_at <= now), key=lambda run: (_is_long(run), run.id))
    listed = [Due(run.scope, run.kind, run.id, _is_long(run)) for run in ready]
    return [*(Due(one.scope, LIVE) for one in standings if _is_live(one, runs, now)), *listed]


def _look(svc: Services, now: int) -> tuple[Sequence[Standing], Sequence[OpenRun]]:
    with svc.store.read() as conn:
        runs = [run for run in cadence_rows.open_runs_of_all(conn) if run.kind != LIVE]
        return cadence_rows.standings(conn, now), runs


def _kinds(runs: Sequence[OpenRun], scope: Scope) -> Collection[str]:
    return {run.kind for run in runs if run.scope == scope}


def _is_long(run: OpenRun) -> bool:
    return run.anew or run.kind == RESCORE


def _is_live(standing: Standing, runs: Sequence[OpenRun], now: int) -> bool:
    """Leads to score and rows to write are a run's, where one is open."""
    if now < standing.live_at:
        return False
    return standing.events or (standing.leftovers and not _kinds(runs, standing.scope))


def _is_due(standing: Standing, under_way: Collection[str], now: int) -> bool:
    return rhythm.day_began(standing, now) or bool(rhythm.read_due(standing, under_way, now))


def _begin(svc: Services, scope: Scope, now: int) -> bool:
    """Begins what is due for a connection, judged again with its row locked; whether anything was."""
    with svc.store.write() as conn:
        standing = cadence_rows.locked(conn, scope, now)
        if standing is None:
            return False
        if day := rhythm.day_began(standing, now):
            _midnight(conn, standing, now)
        under_way = {run.kind for run in run_rows.open_runs(conn, scope.tenant_id) if run.scope == scope}
        match kind := rhythm.read_due(standing, under_way, now):
            case "reconcile":
                begin_reconcile(conn, scope, now)
            case "sync":
                begin_sync(conn, scope, now)
        return day or bool(kind)


def _midnight(conn: sa.Connection, standing: Standing, now: int) -> None:
    """Where a person must mend the connection first, its leads wait for the sync that finds it mended."""
    today = rhythm.local(now, standing.time_zone).date()
    if begin_day(conn, standing.scope, today) and not standing.trouble:
        run_rows.begin_run(conn, standing.scope, RESCORE, now)
