"""The list of runs: what each read, scored and wrote, and how it ended."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request

from connector.store import screens
from connector.web.shared import is_id, services

pages = Blueprint("runs", __name__)

PAGE = 30


@pages.get("/runs")
def runs() -> str:
    """Runs, the newest first."""
    svc = services()
    before = request.args.get("before", "")
    if before and not is_id(before):
        abort(400)
    with svc.store.read() as conn:
        found = screens.runs_before(conn, svc.tenant.id, int(before) if before else None, PAGE + 1)
    more = found[PAGE - 1].id if len(found) > PAGE else None
    return render_template("runs.html", runs=found[:PAGE], more=more, first=not before)
