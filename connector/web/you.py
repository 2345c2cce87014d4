"""Who is signed in: name, password, and the browsers in which they are."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from connector.flows import people, visits
from connector.flows.actors import Role
from connector.flows.joining import Unfit
from connector.flows.throttling import Wait
from connector.store.sessions import Visit
from connector.web import browsers, guard
from connector.web.agents import browser_name
from connector.web.shared import actor, is_id, needs, services

pages = Blueprint("you", __name__)


@pages.get("/settings/you")
def you() -> Response:
    """The page."""
    return _page()


@pages.post("/settings/you/name")
@needs(Role.VIEWER)
def rename() -> Response:
    """Keeps another name."""
    name = request.form.get("name", "")
    try:
        people.rename(services(), actor(), name)
    except Unfit as unfit:
        return _page(400, name=name, problems=unfit.problems)
    return _done("name")


@pages.post("/settings/you/password")
@needs(Role.VIEWER)
def change_password() -> Response:
    """Keeps another password; every other session ends."""
    old, new = request.form.get("old_password", ""), request.form.get("new_password", "")
    try:
        secret = people.change_password(services(), actor(), browsers.came(actor().email), old, new)
    except Unfit as unfit:
        return _page(400, problems=unfit.problems)
    except Wait as wait:
        return _page(429, problems={"old": str(wait)})
    return browsers.renew(_done("password"), secret)


@pages.post("/settings/you/sessions/<session_id>/end")
@needs(Role.VIEWER)
def end(session_id: str) -> Response:
    """Ends one session of mine."""
    if not is_id(session_id) or not visits.end(services(), actor(), int(session_id)):
        abort(404)
    return _done("session")


@pages.post("/settings/you/sessions/end-others")
@needs(Role.VIEWER)
def end_others() -> Response:
    """Ends every session of mine but this one."""
    visits.end_others(services(), actor(), _mine().session_id)
    return _done("others")


def _mine() -> Visit:
    visit = guard.visit()
    if visit is None:
        abort(401)
    return visit


def _done(what: str) -> Response:
    return redirect(url_for(".you", done=what), 303)


def _page(status: int = 200, name: str | None = None, problems: dict[str, str] | None = None) -> Response:
    svc, me = services(), actor()
    shown: dict[str, Any] = {
        "name": me.name if name is None else name,
        "problems": problems or {},
        "has_password": people.has_password(svc, me),
        "sessions": [(one, browser_name(one.agent)) for one in visits.mine(svc, me)],
        "this": _mine().session_id,
        "done": request.args.get("done", ""),
    }
    return make_response(render_template("people/you.html", **shown), status)
