"""Rows the CRM refuses: its sentences, the leads, and trying again."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from connector.flows import retrying
from connector.flows.services import Refused
from connector.store import refused as refused_rows
from connector.store import runs as run_rows
from connector.store.connections import connections_of
from connector.web.shared import actor, is_id, services

pages = Blueprint("refused", __name__)

PAGE = 50


@pages.get("/refused")
def rows() -> str:
    """Refused rows, all or those of which the CRM says one sentence."""
    return _page("")


def _page(problem: str) -> str:
    svc = services()
    said, after = request.args.get("said", "").replace("\x00", ""), request.args.get("after", "0")
    if not is_id(after):
        abort(400)
    with svc.store.read() as conn:
        found = refused_rows.page(conn, svc.tenant.id, said, int(after), PAGE + 1)
        sentences = refused_rows.sentences(conn, svc.tenant.id)
        halted = any(run_rows.is_halted(conn, one.scope) for one in connections_of(conn, svc.tenant.id))
    return render_template(
        "refused.html",
        rows=found[:PAGE],
        more=url_for(".rows", said=said or None, after=found[PAGE - 1].lead_id) if len(found) > PAGE else "",
        first=after == "0",
        said=said,
        sentences=sentences,
        total=sum(one.rows for one in sentences),
        again=request.args.get("again", ""),
        halted=halted,
        problem=problem,
    )


@pages.post("/refused")
def retry() -> BaseResponse | tuple[str, int]:
    """Has one row tried again, or those of one sentence, or all."""
    try:
        again = _retried()
    except Refused as problem:
        return _page(str(problem)), 409
    return redirect(url_for(".rows", again=again), 303)


def _retried() -> int:
    svc = services()
    lead, said = request.form.get("lead", ""), request.form.get("said", "")
    if lead:
        if not is_id(lead):
            abort(400)
        return retrying.retry_one(svc, int(lead), actor())
    if said:
        return retrying.retry_same(svc, said, actor())
    if request.form.get("all") != "yes":
        abort(400)
    return retrying.retry_all(svc, actor())
