"""Signing in and out, and which agency is shown."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from connector.flows import sign_in as stories
from connector.flows import visits
from connector.flows.actors import Role
from connector.flows.services import Refused
from connector.flows.throttling import Wait
from connector.web import browsers, forms, guard
from connector.web.shared import is_id, needs, services

pages = Blueprint("sign_in", __name__)
KEPT = "kept:"
"""Before the names of fields that somebody had typed when the session ended."""


@pages.get("/sign-in")
def sign_in() -> Response:
    """The form; who is signed in already goes on."""
    back = guard.local(request.args.get("next", "/"))
    return redirect(back, 303) if guard.visit() else _form(200, back)


@pages.post("/sign-in")
def enter() -> Response:
    """Signs in and goes on, or back to a form that was sent when the session had ended."""
    svc, email = services(), request.form.get("email", "")
    back = guard.local(request.form.get("next", "/"))
    try:
        secret = stories.by_password(svc, email, request.form.get("password", ""), browsers.came(email))
    except Wait as wait:
        answer = _form(429, back, email, str(wait))
        answer.headers["Retry-After"] = str(wait.seconds)
        return answer
    except Refused as refused:
        return _form(400, back, email, str(refused))
    return entered(secret, back, as_before=True)


def entered(secret: str, back: str, *, as_before: bool = False) -> Response:
    """The answer to who just signed in: on to the page, or to what was typed before.

    `as_before`: to the agency that this browser showed the person last, if it showed one.
    """
    svc = services()
    visit = visits.resume(svc, secret)
    if visit is None:
        abort(500)
    before = browsers.agency_before(visit.account_id) if as_before else None
    if before is not None and visits.show(svc, visit, before):
        visit = visit._replace(tenant_id=before)
    others = browsers.change_hands(visit.account_id, visit.tenant_id)
    answer = _send_again(others=others) if _kept() else redirect(back, 303)
    return browsers.let_in(answer, secret, visit.email)


def _send_again(*, others: bool) -> Response:
    """What was typed before; to be copied only, where it was of `others`: another person, or another agency."""
    template = "form_refused.html" if others else "sign_in/send_again.html"
    return make_response(render_template(template, path=_path(), fields=_kept()))


def _form(status: int, back: str, email: str = "", problem: str = "") -> Response:
    provider = services().provider
    shown: dict[str, Any] = {"next": back, "email": email, "problem": problem, "provider": provider}
    if "path" in request.form:
        page = render_template("sign_in/again.html", path=_path(), fields=_kept(), can_send=True, **shown)
    else:
        page = render_template("sign_in/sign_in.html", **shown)
    return make_response(page, status)


def _path() -> str:
    return guard.local(request.form["path"])


def _kept() -> forms.Fields:
    fields = request.form.items(multi=True)
    return forms.typed((name.removeprefix(KEPT), value) for name, value in fields if name.startswith(KEPT))


@pages.post("/sign-out")
def sign_out() -> Response:
    """Ends this browser's session."""
    if visit := guard.visit():
        here = services().for_tenant(visit.tenant_id)
        visits.end(here, visits.actor_of(visit), visit.session_id)
    return browsers.let_out(redirect(url_for(".sign_in"), 303))


@pages.post("/agency")
@needs(Role.VIEWER)
def show_agency() -> Response:
    """Shows another agency of the person in this browser."""
    visit, wanted = guard.visit(), request.form.get("agency", "")
    if visit is None or not is_id(wanted) or not visits.show(services(), visit, int(wanted)):
        abort(404)
    browsers.change_hands(visit.account_id, int(wanted))
    return redirect(url_for("overview.overview"), 303)
