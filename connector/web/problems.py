"""The list of problems: everything a person may want to mend, by kind with how many, each with how."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request, url_for

from connector.store import screens
from connector.web.shared import is_id, services

pages = Blueprint("problems", __name__)

PAGE = 50
MOST_KINDS = 200
OF_FIELDS = ("drift:", "field:")
"""How the place of a problem begins that is about a field of the mapping; those of records name the field alone."""


@pages.get("/problems")
def problems() -> str:
    """Problems by kind, or all those of one place in the order they were found."""
    svc = services()
    where = request.args.get("where", "").replace("\x00", "")
    connection, after = request.args.get("connection", ""), request.args.get("after", "0")
    if not is_id(after) or (connection and not is_id(connection)):
        abort(400)
    of = int(connection) if connection else None
    with svc.store.read() as conn:
        if not where and after == "0":
            groups = screens.problem_groups(conn, svc.tenant.id, MOST_KINDS)
            return render_template("problems/kinds.html", groups=groups, field_of=field_of)
        found = screens.problems_page(conn, svc.tenant.id, where, int(after), PAGE + 1, of)
    last = found[PAGE - 1].id if len(found) > PAGE else None
    more = url_for(".problems", where=where or None, connection=of, after=last) if last else ""
    return render_template("problems/list.html", problems=found[:PAGE], more=more, where=where, field_of=field_of)


def field_of(where: str) -> str:
    """The field of ours that a problem is about; empty where it is about none."""
    for start in OF_FIELDS:
        where = where.removeprefix(start)
    return where if where in services().vocabulary.fields else ""
