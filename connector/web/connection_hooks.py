"""A connection's webhooks: its address, the secrets that prove what comes there, and a trial by the real path."""

from __future__ import annotations

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from connector.flows import connection_hooks, hook_trial
from connector.flows.actors import Role
from connector.flows.connection_hooks import Added, Hooks
from connector.flows.hook_trial import Sent
from connector.flows.services import Refused
from connector.store.database import Scope
from connector.web.shared import actor, is_id, needs, services

pages = Blueprint("hooks", __name__)

Page = str | tuple[str, int] | BaseResponse


@pages.get("/connections/<int:connection_id>/webhooks")
def webhooks(connection_id: int) -> str:
    """The page."""
    return _page(connection_id)


def _page(
    connection_id: int, *, added: Added | None = None, problem: str = "", trial: Sent | None = None, refusal: str = ""
) -> str:
    return render_template(
        "connections/hooks.html",
        hooks=_known(connection_id),
        added=added,
        setup=connection_hooks.steps(added.steps) if added else (),
        problem=problem,
        steps=trial.steps if trial else (),
        waits=bool(trial and trial.event_id),
        refusal=refusal,
    )


def _known(connection_id: int) -> Hooks:
    if connection_id >= 2**31:
        abort(404)
    try:
        return connection_hooks.hooks(services(), Scope(services().tenant.id, connection_id))
    except LookupError:
        abort(404)


@pages.post("/connections/<int:connection_id>/webhooks")
def add(connection_id: int) -> Page:
    """Adds a secret; the address is shown once, on the page that answers."""
    hooks = _known(connection_id)
    try:
        made = connection_hooks.add(services(), hooks.connection, request.form.get("secret", "").strip(), actor())
    except Refused as problem:
        return _page(connection_id, problem=str(problem)), 400
    return _page(connection_id, added=made)


@pages.post("/connections/<int:connection_id>/webhooks/remove")
def remove(connection_id: int) -> Page:
    """Removes one of the connection's own secrets."""
    hooks, which = _known(connection_id), request.form.get("id", "")
    if not is_id(which):
        abort(400)
    try:
        connection_hooks.remove(services(), hooks, int(which), actor())
    except Refused as problem:
        return _page(connection_id, problem=str(problem)), 409
    return redirect(url_for("connections.hooks.webhooks", connection_id=connection_id), 303)


@pages.post("/connections/<int:connection_id>/webhooks/trial")
def trial(connection_id: int) -> Page:
    """Sends an event to our own door, over the network."""
    hooks = _known(connection_id)
    here = services().public_url or request.host_url.rstrip("/")
    try:
        sent = hook_trial.send(services(), hooks.connection.scope, here, request.form.get("address", ""))
    except Refused as problem:
        return _page(connection_id, refusal=str(problem)), 400
    if not sent.event_id:
        return _page(connection_id, trial=sent)
    return redirect(
        url_for(
            "connections.hooks.followed", connection_id=connection_id, event=sent.event_id, at=sent.at, _anchor="try"
        ),
        303,
    )


@pages.get("/connections/<int:connection_id>/webhooks/trial")
@needs(Role.ADMIN)
def followed(connection_id: int) -> Page:
    """What became of the event that was sent; asked again every two seconds while it waits."""
    hooks = _known(connection_id)
    event, at = request.args.get("event", "")[:300], request.args.get("at", "")
    if not event or not is_id(at):
        abort(400)
    steps = *hook_trial.received(), *hook_trial.follow(services(), hooks.connection.scope, event, int(at))
    waits = steps[-1].state is hook_trial.State.WAITS
    shown = {"steps": steps, "waits": waits}
    if request.headers.get("HX-Request"):
        page = render_template("connections/trial.html", **shown)
    else:
        page = render_template("connections/hooks.html", hooks=hooks, added=None, setup=(), **shown)
    return Response(page, headers={"Vary": "HX-Request"}, content_type="text/html; charset=utf-8")


@pages.get("/connections/<int:connection_id>/webhooks/setup.json")
@needs(Role.ADMIN)
def setup_file(connection_id: int) -> Response:
    """The long part of what is to be set up, as a file."""
    hooks = _known(connection_id)
    if not hooks.copied:
        abort(404)
    headers = {"Content-Disposition": f'attachment; filename="{connection_hooks.FILE}"'}
    return Response(hooks.copied, headers=headers, content_type="application/json; charset=utf-8")
