"""Connections: the agency's CRM accounts, how each one is doing, and what is set there."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from connector.flows import connection_settings, disconnect, run_progress, standings
from connector.flows.actors import Role
from connector.flows.connection_fields import problems_of
from connector.flows.services import Refused
from connector.flows.standings import Standing
from connector.flows.starting import STARTS
from connector.store.database import Scope
from connector.web import connecting, connection_hooks, reconnecting
from connector.web.shared import actor, needs, services

pages = Blueprint("connections", __name__)
pages.register_blueprint(connecting.pages)
pages.register_blueprint(reconnecting.pages)
pages.register_blueprint(connection_hooks.pages)

Page = str | tuple[str, int] | Response


@pages.get("/connections")
def connections() -> Response:
    """Every CRM account of the agency."""
    part = "accounts" if request.headers.get("HX-Request") else "list"
    page = render_template(f"connections/{part}.html", standings=standings.standings(services()))
    return Response(page, headers={"Vary": "HX-Request"}, content_type="text/html; charset=utf-8")


@pages.get("/connections/<int:connection_id>")
def connection(connection_id: int) -> str:
    """One connection."""
    return _page(connection_id)


def _page(connection_id: int, **wrong: str) -> str:
    """The page; `wrong` says what is wrong by the name of the input, and `typed_name` what was typed there."""
    svc = services()
    one = known(connection_id)
    under_way = run_progress.progress(svc, one.run.id) if one.run is not None and not one.leaving else None
    return render_template(
        "connections/one.html",
        one=one,
        progress=under_way,
        problems=problems_of(svc, one.connection.scope),
        intervals=connection_settings.intervals(one.connection.sync_every),
        wrong=wrong,
    )


def known(connection_id: int) -> Standing:
    """How the connection stands; 404 where the agency has none such."""
    try:
        return standings.standing(services(), scope_of(connection_id))
    except LookupError:
        abort(404)


def scope_of(connection_id: int) -> Scope:
    """Whose rows a page is about; 404 for what is no number of a row."""
    if connection_id >= 2**31:
        abort(404)
    return Scope(services().tenant.id, connection_id)


def _back(connection_id: int) -> Response:
    return redirect(url_for("connections.connection", connection_id=connection_id), 303)


@pages.post("/connections/<int:connection_id>")
def save(connection_id: int) -> Page:
    """Saves the name and the interval."""
    svc, scope = services(), known(connection_id).connection.scope
    name, every = request.form.get("name", ""), request.form.get("every", "")
    try:
        connection_settings.rename(svc, scope, actor(), name)
    except Refused as problem:
        return _page(connection_id, name=str(problem), typed_name=name), 400
    try:
        connection_settings.set_interval(svc, scope, actor(), connection_settings.seconds(every))
    except Refused as problem:
        return _page(connection_id, every=str(problem)), 400
    flash("Saved.")
    return _back(connection_id)


@pages.post("/connections/<int:connection_id>/runs")
def start(connection_id: int) -> Page:
    """Begins a run, or joins the one that is under way."""
    what = request.form.get("what", "")
    if what not in STARTS:
        abort(400)
    try:
        connection_settings.start(services(), known(connection_id).connection.scope, actor(), what)
    except Refused as problem:
        return _page(connection_id, start=str(problem)), 409
    return _back(connection_id)


@pages.get("/connections/<int:connection_id>/disconnect")
@needs(Role.OWNER)
def leave(connection_id: int) -> str:
    """Says what disconnecting does, and asks."""
    return render_template("connections/disconnect.html", one=known(connection_id), problem="")


@pages.post("/connections/<int:connection_id>/disconnect")
@needs(Role.OWNER)
def disconnect_it(connection_id: int) -> Page:
    """Begins to remove the connection."""
    one = known(connection_id)
    try:
        disconnect.begin(services(), one.connection.scope, actor(), request.form.get("name", ""))
    except Refused as problem:
        return render_template("connections/disconnect.html", one=one, problem=str(problem)), 400
    return redirect(url_for("connections.connections"), 303)
