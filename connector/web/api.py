"""The ingest API: events of leads from other systems, under a key of their own.

No cookies, and every answer is JSON but for the page that explains it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from io import BytesIO
from typing import NoReturn

from flask import Blueprint, Response, abort, current_app, jsonify, make_response, render_template, request, url_for
from werkzeug.exceptions import HTTPException

from connector.flows import api_keys, told
from connector.flows.services import Refused
from connector.flows.telling import told_kinds
from connector.flows.told_csv import Sheet
from connector.flows.told_reading import read_events
from connector.store.api_keys import ApiKey
from connector.store.database import StoreUnusable
from connector.web import openapi
from connector.web.shared import services

pages = Blueprint("api", __name__)

COME_AGAIN = 5
"""Seconds after which a sender may try again when the database was out of reach."""
_OTHER = ["GET", "PUT", "PATCH", "DELETE"]

Sent = Sequence[tuple[int, object]]
"""What was sent, event by event: its place, and the document not yet judged."""


@pages.post("/api/v1/events")
def take_events() -> Response:
    """Keeps up to a thousand events and says what became of each."""
    svc = services()
    key = _speaker()
    good, rejected = read_events(_sent(), told_kinds(svc.vocabulary), svc.now())
    done = told.take(svc, key.tenant_id, good, key_id=key.id) if good else told.Taken()
    refused = sorted((*rejected, *done.rejected), key=lambda each: each.place)
    return jsonify(
        accepted=done.accepted,
        duplicates=done.duplicates,
        waiting=done.waiting,
        rejected=[{"index": one.place, "id": one.id, "error": one.error, "mend": one.mend} for one in refused],
    )


@pages.get("/api/v1/openapi.json")
def description() -> Response:
    """The API as an OpenAPI document."""
    return jsonify(openapi.document(told_kinds(services().vocabulary)))


@pages.get("/api/v1")
def explained() -> str:
    """The same for people."""
    svc = services()
    document = openapi.document(told_kinds(svc.vocabulary))
    address = svc.public_url + url_for("api.take_events", _external=not svc.public_url)
    example = json.dumps({"events": [openapi.EVENT]}, indent=2)
    return render_template("api.html", api=document, address=address, example=example, csv=openapi.CSV)


@pages.route("/api/v1/events", methods=_OTHER)
def only_post() -> Response:
    """Events are told, not read."""
    answer = _error(405, "Events can only be sent", "Use POST; GET /api/v1 explains it.")
    answer.headers["Allow"] = "POST"
    return answer


@pages.route("/api/<path:anything>", methods=[*_OTHER, "POST"])
def nothing_there(anything: str) -> Response:
    """An address that was mistyped gets JSON as well."""
    del anything
    return _error(404, "There is nothing at this address", "Events go to POST /api/v1/events.")


def _speaker() -> ApiKey:
    """The key of the request; 401 without one that works."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    found = api_keys.holder(services(), key.strip()) if scheme.lower() == "bearer" else None
    if found is None:
        answer = _refusal(401)
        answer.headers["WWW-Authenticate"] = 'Bearer realm="leadtier"' + (', error="invalid_token"' if key else "")
        abort(answer)
    return found


def _sent() -> Sent:
    """The events of the body; 400, 413 or 415 when it has none that can be read."""
    if request.headers.get("Content-Encoding", "identity") != "identity":
        abort(_refusal(415))
    if request.mimetype_params.get("charset", "utf-8").lower() not in {"utf-8", "utf8"}:
        abort(_refusal(415))
    readers = {"application/json": _from_json, "text/csv": _from_csv}
    if (read := readers.get(request.mimetype)) is None:
        abort(_refusal(415))
    request.max_content_length = openapi.MOST_BYTES
    sent = read(request.get_data(cache=False))
    if len(sent) > told.MOST:
        abort(_refusal(413))
    if not sent:
        _bad("There is no event in it", "Send 1 to 1,000 events.")
    return sent


def _from_json(body: bytes) -> Sent:
    try:
        document = json.loads(body.decode("utf-8-sig"), parse_constant=_no_number)
    except (ValueError, RecursionError):
        abort(_refusal(400))
    if not isinstance(document, dict) or not isinstance(document.get("events"), list):
        _bad("The body has no list of events", 'Send {"events": [...]}.')
    if strange := [name for name in document if name != "events"]:
        shown = ", ".join(ascii(name[:40]) for name in strange[:5])
        _bad(f"The body has fields that are not known: {shown}", 'Send {"events": [...]} and nothing beside it.')
    return list(enumerate(document["events"]))


def _no_number(name: str) -> NoReturn:
    """NaN and Infinity are not JSON, though Python would take them."""
    raise ValueError(name)


def _from_csv(body: bytes) -> Sent:
    try:
        rows = Sheet(BytesIO(body)).rows()
    except Refused as refused:
        _bad(str(refused), "See GET /api/v1 for an example.")
    return [(place, row.in_place(place)) for place, row in enumerate(rows)]


def _bad(error: str, mend: str) -> NoReturn:
    abort(_error(400, error, mend))


def _refusal(status: int) -> Response:
    """The error as the description shows it."""
    _, error, mend = openapi.ERRORS[status]
    return _error(status, error, mend)


def _error(status: int, error: str, mend: str) -> Response:
    answer = make_response(jsonify(error=error, mend=mend), status)
    if status == 503:
        answer.headers["Retry-After"] = str(COME_AGAIN)
    return answer


@pages.errorhandler(HTTPException)
def _http_error(error: HTTPException) -> Response:
    """An error of the framework, in the words of the API. Only the size of the body is one we cause ourselves."""
    if error.code == 413:
        text = f"The body has more than {openapi.MOST_BYTES:,} bytes"
        return _error(413, text, openapi.ERRORS[413][2])
    return _refusal(400 if error.code and error.code < 500 else 500)


@pages.errorhandler(StoreUnusable)
def _not_kept(error: StoreUnusable) -> Response:
    current_app.logger.error("the ingest API cannot keep events: %s", error)
    return _refusal(503)


@pages.errorhandler(Exception)
def _fault(error: Exception) -> Response:
    current_app.logger.exception("the ingest API failed", exc_info=error)
    return _refusal(500)
