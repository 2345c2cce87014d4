"""People of the agency: who is in and as what, who is invited."""

from __future__ import annotations

from flask import Blueprint, abort, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from connector.flows import people as stories
from connector.flows.actors import Role
from connector.flows.joining import Unfit
from connector.flows.services import Refused
from connector.web.shared import actor, is_id, needs, services

pages = Blueprint("people", __name__)


@pages.get("/settings/people")
def people() -> Response:
    """Who is in."""
    return _page()


@pages.post("/settings/people/invite")
@needs(Role.OWNER)
def invite() -> Response:
    """Makes an invitation and shows its link, this once."""
    svc, email = services(), request.form.get("email", "")
    try:
        token = stories.invite(svc, actor().email, email, _role())
    except Unfit as unfit:
        return _page(400, email=email, problem=unfit.problems["email"])
    return _page(email=email.strip().lower(), link=_address(token))


@pages.post("/settings/people/invitations/<ticket_id>/take-back")
@needs(Role.OWNER)
def take_back(ticket_id: str) -> Response:
    """An invitation works no more."""
    try:
        stories.take_back(services(), actor().email, _id(ticket_id))
    except Refused as refused:
        return _page(409, said=str(refused))
    return redirect(url_for(".people"), 303)


@pages.post("/settings/people/<account_id>/role")
@needs(Role.OWNER)
def set_role(account_id: str) -> Response:
    """Gives a person another role."""
    try:
        stories.set_role(services(), actor().email, _id(account_id), _role())
    except Refused as refused:
        return _page(409, said=str(refused))
    return redirect(url_for(".people"), 303)


@pages.post("/settings/people/<account_id>/remove")
@needs(Role.OWNER)
def remove(account_id: str) -> Response:
    """Takes a person out."""
    try:
        stories.remove(services(), actor().email, _id(account_id))
    except Refused as refused:
        return _page(409, said=str(refused))
    return redirect(url_for(".people"), 303)


@pages.errorhandler(LookupError)
def _stranger(_: LookupError) -> Response:
    return _page(404, said="That person is not in this agency any more.")


def _id(text: str) -> int:
    if not is_id(text):
        abort(404)
    return int(text)


def _role() -> Role:
    try:
        return Role(request.form.get("role", ""))
    except ValueError:
        abort(400)


def _address(token: str) -> str:
    """Where the link leads: the public address, for who is invited sits elsewhere."""
    path = url_for("entrance.invitation", token=token)
    return f"{services().public_url or request.host_url.rstrip('/')}{path}"


def _page(status: int = 200, email: str = "", problem: str = "", link: str = "", said: str = "") -> Response:
    svc = services()
    page = render_template(
        "people/people.html",
        members=stories.members(svc),
        invited=stories.invited(svc),
        roles=list(reversed(Role)),
        role=request.form.get("role", Role.ADMIN),
        email=email,
        problem=problem,
        link=link,
        said=said,
    )
    return make_response(page, status)
