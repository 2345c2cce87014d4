"""Starting: a person asks for a run on a page. It is begun here and done by whichever worker takes it."""

from __future__ import annotations

from collections.abc import Mapping

from connector.flows import rescore, sync
from connector.flows.actors import Actor
from connector.flows.full_pass import RECONCILE
from connector.flows.rescore import RESCORE
from connector.flows.scoring import NO_MODEL
from connector.flows.services import Refused, Services
from connector.flows.sync import SYNC
from connector.store import audit
from connector.store import models as model_rows
from connector.store import runs as run_rows
from connector.store.database import Scope
from connector.store.leaving import DISCONNECT
from connector.store.runs import Run

NOW, FULL, SCORES = "sync", "full", "rescore"
STARTS: Mapping[str, str] = {NOW: "Sync now", FULL: "Read everything again", SCORES: "Score all again"}
"""What a person may start, and how it is called."""


def start(svc: Services, scope: Scope, what: str, actor: Actor) -> Run:
    """Begins a run of the connection, or joins the one that is under way.

    Raises `Refused` where another must end first, `LookupError` when the agency has no such connection, `ValueError`
    for what is none of `STARTS`.
    """
    if what not in STARTS:
        raise ValueError(f"{what!r} is none of {', '.join(STARTS)}")
    connection = svc.connection(scope)
    _may_begin(svc, scope, what)
    run = rescore.begin_rescore(svc, scope) if what == SCORES else sync.begin(svc, scope, full=what == FULL)
    with svc.store.write() as conn:
        audit.record(conn, scope.tenant_id, actor.email, f"start {what}", f"{connection.name}, run {run.id}", svc.now())
    return run


def _may_begin(svc: Services, scope: Scope, what: str) -> None:
    with svc.store.read() as conn:
        if run_rows.open_run(conn, scope, DISCONNECT) is not None:
            raise Refused("This connection is being removed; nothing begins there any more.")
        under_way = {run.kind: run for run in run_rows.open_runs(conn, scope.tenant_id) if run.scope == scope}
        if model_rows.published_version(conn, scope.tenant_id) is None:
            raise Refused(NO_MODEL)
    joined = under_way.get(RESCORE if what == SCORES else SYNC)
    if joined is not None and joined.cancel:
        raise Refused(f"Run {joined.id} is just being cancelled. Try again in a moment.")
    if what == FULL and joined is not None:
        raise Refused(f"A sync is under way (run {joined.id}). Wait until it has ended, or cancel it first.")
    if what != SCORES and (reads := under_way.get(RECONCILE)) is not None:
        raise Refused(
            f"The nightly comparison is under way (run {reads.id}) and reads everything. Wait until it has ended, or "
            "cancel it first."
        )
