"""Runs: the list, one run with its live progress, what a person may start and cancel."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from connector.flows import cancelling, run_progress, starting
from connector.flows.pace import pace
from connector.flows.run_folding import Fold, fold
from connector.flows.run_progress import Progress
from connector.flows.services import Refused
from connector.store import connections as connection_rows
from connector.store import run_lists
from connector.store.database import Scope
from connector.store.run_lists import Chosen
from connector.web.shared import actor, is_id, services

pages = Blueprint("runs", __name__)

LINES = 40
"""Lines of a page; one may stand for many runs that found nothing."""
LOOKED_AT = 400
"""Runs that a page of them may hold at most."""
KINDS: Mapping[str, str] = {
    "sync": "Sync",
    "rescore": "Scoring",
    "reconcile": "Nightly comparison",
    "disconnect": "Disconnecting",
    "live": "Live work",
}
STATES: Mapping[str, str] = {"running": "Running", "done": "Done", "failed": "Failed", "cancelled": "Cancelled"}


@pages.get("/runs")
def runs() -> str:
    """Runs, the newest first, and what may be started."""
    return _list("")


def _list(problem: str) -> str:
    svc = services()
    chosen, before = _chosen(), request.args.get("before", "")
    if before and not is_id(before):
        abort(400)
    with svc.store.read() as conn:
        connections = connection_rows.connections_of(conn, svc.tenant.id)
        found = run_lists.page(conn, svc.tenant.id, chosen, int(before) if before else None, LOOKED_AT)
    lines = list(islice(fold(found), LINES))
    return render_template(
        "runs/list.html",
        lines=lines,
        more=_more(lines, len(found)),
        first=not before,
        chosen=chosen,
        connections=connections,
        paces={one.id: pace(svc, one.scope) for one in connections},
        kinds=KINDS,
        states=STATES,
        starts=starting.STARTS,
        problem=problem,
    )


def _chosen() -> Chosen:
    connection, kind, state = (request.args.get(name, "") for name in ("connection", "kind", "state"))
    if (connection and not is_id(connection)) or kind not in {"", *KINDS} or state not in {"", *STATES}:
        abort(400)
    return Chosen(int(connection) if connection else None, kind, state)


def _more(lines: list[Fold], found: int) -> int | None:
    """Before which run the next page begins; None when all are shown."""
    shown = sum(map(len, lines))
    return lines[-1][-1].run.id if lines and (shown < found or found == LOOKED_AT) else None


@pages.get("/runs/<int:run_id>")
def run(run_id: int) -> str:
    """One run."""
    return _one(run_id, "")


def _one(run_id: int, problem: str) -> str:
    found = _progress(run_id)
    return render_template("runs/run.html", progress=found, run=found.run, kinds=KINDS, states=STATES, problem=problem)


@pages.get("/runs/<int:run_id>/progress")
def progress(run_id: int) -> str:
    """How far a run is: the fragment that asks for itself every two seconds until the run has ended."""
    return render_template("runs/progress.html", progress=_progress(run_id))


def _progress(run_id: int) -> Progress:
    if run_id >= 2**31:
        abort(404)
    try:
        return run_progress.progress(services(), run_id)
    except LookupError:
        abort(404)


@pages.post("/runs/<int:run_id>/cancel")
def cancel(run_id: int) -> BaseResponse | tuple[str, int] | str:
    """Cancels a run."""
    found = _progress(run_id)
    try:
        cancelling.cancel(services(), found.run.scope, run_id, actor())
    except Refused as problem:
        return _one(run_id, str(problem)), 409
    if request.headers.get("HX-Request"):
        return progress(run_id)
    return redirect(url_for(".run", run_id=run_id), 303)


@pages.post("/runs")
def start() -> BaseResponse | tuple[str, int]:
    """Begins a run, or joins the one that is under way."""
    svc = services()
    connection, what = request.form.get("connection", ""), request.form.get("what", "")
    if not is_id(connection) or what not in starting.STARTS:
        abort(400)
    scope = Scope(svc.tenant.id, int(connection))
    try:
        begun = starting.start(svc, scope, what, actor())
    except LookupError:
        abort(404)
    except Refused as problem:
        return _list(str(problem)), 409
    return redirect(url_for(".run", run_id=begun.id), 303)
