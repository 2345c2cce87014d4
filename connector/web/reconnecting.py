"""Connecting again: other credentials for the very account, another look at it, and fields that are missing."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from connector.flows import account_trial, connection_fields, ways
from connector.flows.account_trial import NotLetIn
from connector.flows.actors import Role
from connector.flows.grants import Held
from connector.flows.services import Refused
from connector.store.connections import Connection
from connector.store.database import Scope
from connector.web.connecting import Page, form_page, take_form
from connector.web.shared import actor, needs, services

pages = Blueprint("reconnecting", __name__)


@pages.get("/connections/<int:connection_id>/reconnect")
@needs(Role.ADMIN)
def reconnect(connection_id: int) -> str:
    """The ways in once more, with what may be shown of what is stored."""
    wish = account_trial.again(services(), _known(connection_id))
    way = request.args.get("way", "") or wish.way
    return form_page(Held(wish.kind, way, wish.settings, wish.base_url, again=connection_id))


@pages.post("/connections/<int:connection_id>/reconnect")
def begin(connection_id: int) -> Page:
    """Takes the form, or, where it sends nothing but the way, goes on with what is stored."""
    svc = services()
    stored = account_trial.again(svc, _known(connection_id))
    form = dict(request.form)
    if "base_url" not in form:
        form = {**ways.public(svc, stored.kind, stored.settings), "base_url": stored.base_url or "", **form}
    wish = Held(stored.kind, form.get("way", "") or stored.way, {}, again=connection_id)
    elsewhere = ways.goes_elsewhere(svc, stored.kind, form, stored.settings, stored.base_url)
    return take_form(wish, form, stored.settings, elsewhere=elsewhere)


@pages.get("/connections/<int:connection_id>/look")
@needs(Role.ADMIN)
def look(connection_id: int) -> Page:
    """The account as it is now: what we may do there, which fields."""
    svc, connection = services(), _known(connection_id)
    try:
        seen = account_trial.look_now(svc, connection.scope)
    except NotLetIn as problem:
        return render_template("connections/checked.html", connection=connection, seen=None, problem=str(problem)), 400
    fields = connection_fields.lines(seen.fields)
    return render_template("connections/checked.html", connection=connection, seen=seen, fields=fields, problem="")


@pages.post("/connections/<int:connection_id>/fields")
def create_fields(connection_id: int) -> Page:
    """Creates the score fields that are missing."""
    connection = _known(connection_id)
    try:
        seen = account_trial.create_missing(services(), connection.scope, actor())
    except Refused as problem:
        return render_template("connections/checked.html", connection=connection, seen=None, problem=str(problem)), 409
    flash(connection_fields.summary(seen.fields))
    return redirect(url_for("connections.reconnecting.look", connection_id=connection_id), 303)


def _known(connection_id: int) -> Connection:
    if connection_id >= 2**31:
        abort(404)
    try:
        return services().connection(Scope(services().tenant.id, connection_id))
    except LookupError:
        abort(404)
