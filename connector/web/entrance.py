"""One-time links: the first set-up of an agency, an invitation, a way back in."""

from __future__ import annotations

from typing import Any, NamedTuple

from flask import Blueprint, make_response, redirect, render_template, request
from werkzeug.wrappers import Response

from connector.flows import joining, links, sign_in, visits
from connector.flows.joining import Newcomer, Unfit
from connector.flows.services import Refused
from connector.flows.throttling import Wait
from connector.store.tickets import Ticket
from connector.web import browsers, guard
from connector.web.shared import services
from connector.web.sign_in import entered

pages = Blueprint("entrance", __name__)


class Fields(NamedTuple):
    """A form of the entrance as it is shown again."""

    ticket: Ticket
    typed: Newcomer = Newcomer()
    problems: dict[str, str] = {}  # noqa: RUF012 - of a NamedTuple, and nobody writes it
    problem: str = ""


@pages.get("/setup/<token>")
def set_up(token: str) -> Response:
    """Asks who the first owner is."""
    try:
        return _page("sign_in/set_up.html", Fields(joining.set_up_ticket(services(), token)))
    except Refused as refused:
        return _over(refused)


@pages.post("/setup/<token>")
def make_owner(token: str) -> Response:
    """Makes the first owner and signs in."""
    try:
        ticket = joining.set_up_ticket(services(), token)
    except Refused as refused:
        return _over(refused)
    who = _newcomer()
    try:
        return entered(joining.set_up(services(), token, who, browsers.came(who.email)), "/")
    except (Refused, Unfit, Wait) as wrong:
        return _again("sign_in/set_up.html", Fields(ticket, who), wrong)


@pages.get("/invitation/<token>")
def invitation(token: str) -> Response:
    """Asks an invited person for a name and a password, or for the password where there is an account."""
    try:
        return _page("sign_in/invitation.html", Fields(links.opened(services(), "invitation", token)))
    except Refused as refused:
        return _over(refused)


@pages.post("/invitation/<token>")
def accept(token: str) -> Response:
    """Takes the invited person in."""
    svc = services()
    try:
        ticket = links.opened(svc, "invitation", token)
    except Refused as refused:
        return _over(refused)
    who = _newcomer()._replace(email=ticket.email)
    try:
        visit = guard.visit()
        if visit is not None and "as_me" in request.form:
            agency = joining.accept_as(svc, token, visits.actor_of(visit))
            visits.show(svc, visit, agency)
            browsers.change_hands(visit.account_id, agency)
            return redirect("/", 303)
        return entered(joining.accept(svc, token, who, browsers.came(ticket.email)), "/")
    except (Refused, Unfit, Wait) as wrong:
        return _again("sign_in/invitation.html", Fields(ticket, who), wrong)


@pages.get("/sign-in/link/<token>")
def link(token: str) -> Response:
    """Signs in at once where the address is this machine's own; elsewhere a button does, for who looks at every link in
    a message before its reader does must not use it up.
    """
    if guard.visit():
        return redirect("/", 303)
    if guard.bare(request.host) in guard.LOOPBACK:
        return follow(token)
    try:
        return _page("sign_in/link.html", Fields(links.opened(services(), "sign_in", token)))
    except Refused as refused:
        return _over(refused)


@pages.post("/sign-in/link/<token>")
def follow(token: str) -> Response:
    """Signs in by the link."""
    try:
        return entered(sign_in.by_link(services(), token, browsers.came()), "/")
    except Refused as refused:
        return _over(refused)


def _newcomer() -> Newcomer:
    return Newcomer(*(request.form.get(name, "") for name in Newcomer._fields))


def _again(template: str, fields: Fields, wrong: Exception) -> Response:
    """The form once more with everything typed but the password."""
    if isinstance(wrong, Unfit):
        return _page(template, fields._replace(problems=wrong.problems), 400)
    return _page(template, fields._replace(problem=str(wrong)), 429 if isinstance(wrong, Wait) else 400)


def _page(template: str, fields: Fields, status: int = 200) -> Response:
    svc, ticket = services(), fields.ticket
    visit = guard.visit()
    shown: dict[str, Any] = fields._asdict() | {
        "agency": svc.for_tenant(ticket.tenant_id).tenant.name,
        "has_account": joining.is_known(svc, ticket.email),
        "is_me": visit is not None and visit.email == ticket.email,
        "provider": svc.provider,
    }
    return make_response(render_template(template, **shown), status)


def _over(refused: Refused) -> Response:
    return make_response(render_template("sign_in/over.html", said=str(refused)), 410)
