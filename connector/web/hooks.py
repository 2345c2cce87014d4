"""The doors for webhooks, and the page that shows what came through them and what did not.

A door answers a few bytes of plain text: its caller is a machine, and perhaps an attacker.
"""

from __future__ import annotations

from typing import cast

from flask import Blueprint, Flask, Response, current_app, render_template, request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.urls import iri_to_uri

from connector.flows.heard_hooks import heard_today, midnight, refused_lately
from connector.flows.hooks import AWAY, NOT_HERE, Answer, Door
from connector.flows.services import Services
from connector.store import connections as connection_rows
from connector.store import hook_counts
from connector.web.shared import services

doors = Blueprint("doors", __name__)
pages = Blueprint("webhooks", __name__)

_DOOR = "leadtier.door"


def install(app: Flask, svc: Services, public_url: str) -> None:
    """Opens the doors. `public_url` is the address that CRMs call, without a slash at its end."""
    app.extensions[_DOOR] = Door(svc), public_url
    app.register_blueprint(doors)
    app.register_blueprint(pages)


@doors.post("/hooks/<kind>", strict_slashes=False, provide_automatic_options=False)
@doors.post("/hooks/<kind>/<key>", strict_slashes=False, provide_automatic_options=False)
def hook(kind: str, key: str | None = None) -> Response:
    """Takes a webhook."""
    door, public_url = _door()
    body = _body(door.largest(kind))
    if body is None:
        return _response(door.too_large(kind))
    headers = {name.lower(): value for name, value in request.headers.items()}
    return _response(door.receive(kind, key, _called(public_url), headers, body))


def _body(largest: int) -> bytes | None:
    """The body as it came; None when it is larger. 0: of no size that we would read."""
    if not largest:
        return b""
    # One more than is allowed: at the limit itself Werkzeug cuts a chunked body off without a word.
    request.max_content_length = largest + 1
    try:
        body = request.get_data(cache=False)
    except RequestEntityTooLarge:
        return None
    return body if len(body) <= largest else None


@doors.errorhandler(Exception)
def _unforeseen(error: Exception) -> Response:
    """Whatever it is, the vendor sends again, and the log says what to mend."""
    current_app.logger.exception("a webhook failed", exc_info=error)
    return _response(AWAY)


@pages.get("/webhooks")
def webhooks() -> str:
    """What came, per connection, and what was refused or not understood."""
    svc = services()
    _door()[0].flush()
    with svc.store.read() as conn:
        refused = hook_counts.counts_for(conn, svc.tenant.id)
        ids = {one.name: one.id for one in connection_rows.connections_of(conn, svc.tenant.id)}
    return render_template(
        "hooks.html",
        heard=list(heard_today(svc).values()),
        refused=refused,
        ids=ids,
        unheard={one.connection: one.refusals for one in refused_lately(svc)},
        midnight=midnight(svc),
    )


def _door() -> tuple[Door, str]:
    return cast("tuple[Door, str]", current_app.extensions[_DOOR])


def _called(public_url: str) -> str:
    """The address as the CRM knows it; where none is set, as we see it ourselves."""
    path = iri_to_uri(request.path)
    query = request.query_string.decode("latin-1")
    return f"{public_url or request.host_url.rstrip('/')}{path}{'?' if query else ''}{query}"


def _response(answer: Answer) -> Response:
    response = Response(answer.body, answer.status, content_type=answer.content_type)
    if answer.retry_after:
        response.headers["Retry-After"] = str(answer.retry_after)
    return response


def plain_error(code: int) -> Response:
    """The answer to what no door takes: another method, another path."""
    body = NOT_HERE.body if code == 404 else f"Error {code}.\n".encode()
    return Response(body, code, content_type=NOT_HERE.content_type)
