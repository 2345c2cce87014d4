"""The list of problems: everything a person may want to mend, each with how."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request, url_for

from connector.store import screens
from connector.web.shared import is_id, services

pages = Blueprint("problems", __name__)

PAGE = 50


@pages.get("/problems")
def problems() -> str:
    """Problems in the order they were found, all or those of one place."""
    svc = services()
    where = request.args.get("where", "").replace("\x00", "")
    after = request.args.get("after", "0")
    if not is_id(after):
        abort(400)
    with svc.store.read() as conn:
        found = screens.problems_page(conn, svc.tenant.id, where, int(after), PAGE + 1)
    more = url_for(".problems", where=where or None, after=found[PAGE - 1].id) if len(found) > PAGE else ""
    return render_template("problems.html", problems=found[:PAGE], more=more, first=after == "0", where=where)
