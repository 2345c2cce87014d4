"""Connecting a CRM: choose it, choose a way in, look at the account, then connect it."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from connector.flows import account_trial, connection_fields, grants, ways
from connector.flows.account_trial import NotLetIn
from connector.flows.actors import Role
from connector.flows.grants import Back, Held, NotGranted
from connector.flows.services import Refused
from connector.web.shared import actor, needs, services

pages = Blueprint("connecting", __name__)

Page = str | tuple[str, int] | BaseResponse


def redirect_uri() -> str:
    """Where a CRM sends the browser back to."""
    return (services().public_url or request.host_url.rstrip("/")) + "/connections/callback"


@pages.get("/connections/new")
@needs(Role.ADMIN)
def choose() -> str:
    """Every CRM that is installed: what is read there, what it needs, and why."""
    return render_template("connections/choose.html", crms=sorted(services().crms.items()))


@pages.get("/connections/new/<kind>")
@needs(Role.ADMIN)
def ways_in(kind: str) -> str:
    """The ways into this CRM, one of them open as a form."""
    return form_page(Held(_known(kind), request.args.get("way", ""), {}))


def form_page(wish: Held, problem: str = "", problems: Mapping[str, str] | None = None) -> str:
    """The form of a way in, with what was typed but for secrets."""
    svc = services()
    into = ways.entrance(svc, wish.kind, wish.way)
    return render_template(
        "connections/way.html",
        kind=wish.kind,
        crm=svc.crm(wish.kind),
        entrances=ways.entrances(svc, wish.kind),
        into=into,
        typed=ways.public(svc, wish.kind, wish.settings),
        wish=wish,
        again=account_trial.name_of(svc, wish),
        problem=problem,
        problems=problems or {},
        redirect_uri=redirect_uri(),
    )


@pages.post("/connections/new/<kind>")
def begin(kind: str) -> Page:
    """Takes the form: to the CRM's consent page, or to a look at the account."""
    return take_form(Held(_known(kind), request.form.get("way", ""), {}), request.form)


def take_form(
    wish: Held, form: Mapping[str, str], stored: Mapping[str, str] | None = None, *, elsewhere: bool = False
) -> Page:
    """Goes on with what was typed, or shows the form again."""
    svc = services()
    into = ways.entrance(svc, wish.kind, wish.way)
    read = ways.typed(into, form, stored, elsewhere=elsewhere)
    address = form.get("base_url", "")
    said = Held(
        wish.kind, into.way.name, read.settings, address, form.get("name", "")[:100], wish.again, redirect_uri()
    )
    if read.problems:
        return form_page(said, problems=read.problems), 400
    try:
        made = grants.sane(said)
        if into.way.consent:
            return render_template("connections/going.html", url=grants.ask(svc, actor(), made), crm=svc.crm(wish.kind))
        return redirect(url_for("connections.connecting.look", grant=grants.hold(svc, actor(), made)), 303)
    except Refused as problem:
        return form_page(said, str(problem)), 400


@pages.get("/connections/callback")
@needs(Role.ADMIN)
def callback() -> Page:
    """The CRM sends the browser back: with a code, or with what it has against it."""
    given = request.args
    back = Back(given.get("state", ""), given.get("code", ""), given.get("error", ""))
    try:
        word = grants.redeem(services(), actor(), back)
    except NotGranted as problem:
        return form_page(problem.wish, str(problem)), 400
    except Refused as problem:
        return render_template("connections/nothing.html", problem=str(problem)), 400
    return redirect(url_for("connections.connecting.look", grant=word), 303)


@pages.get("/connections/look")
@needs(Role.ADMIN)
def look() -> Page:
    """The account as it is: who, what we may do there, which fields. Nothing is written anywhere."""
    return _looked(request.args.get("grant", ""))


def _looked(word: str, problem: str = "") -> Page:
    svc = services()
    try:
        wish = grants.held(svc, actor(), word)
    except Refused as over:
        return render_template("connections/nothing.html", problem=str(over)), 400
    try:
        tried = account_trial.look(svc, actor(), word, wish)
    except NotLetIn as wrong:
        return form_page(wish, problem or str(wrong)), 400
    page = render_template(
        "connections/looked.html",
        tried=tried,
        wish=wish,
        word=word,
        problem=problem,
        crm=svc.crm(wish.kind),
        fields=connection_fields.lines(tried.seen.fields),
    )
    return (page, 409) if problem else page


@pages.post("/connections/look")
def connect() -> Page:
    """Connects: creates the score fields and saves."""
    svc, word = services(), request.form.get("grant", "")
    try:
        done = account_trial.connect(svc, actor(), word)
    except Refused as problem:
        return _looked(word, str(problem))
    flash(f"{done.name} is connected to account {done.account.id}. {connection_fields.summary(done.fields)}")
    return redirect(url_for("connections.connection", connection_id=done.scope.connection_id), 303)


@pages.get("/connections/new/<kind>/fields")
@needs(Role.ADMIN)
def package(kind: str) -> Response:
    """The score fields as a file for the CRM's own tools."""
    try:
        made = connection_fields.export(services(), _known(kind))
    except Refused:
        abort(404)
    headers = {"Content-Disposition": f'attachment; filename="{made.filename}"'}
    return Response(made.content, headers=headers, content_type="application/octet-stream")


def _known(kind: str) -> str:
    if kind not in services().crms:
        abort(404)
    return kind
