"""``/_sandbox/salesforce/outbound``: defining outbound messages, as an administrator does under Setup."""

from __future__ import annotations

from flask import Blueprint, Response

from adapters.sandbox.salesforce.api.answers import answer, nothing, sent_object
from adapters.sandbox.salesforce.api.routes import refused
from adapters.sandbox.salesforce.errors import ApiError, not_found
from adapters.sandbox.salesforce.hub import hub

outbound = Blueprint("salesforce_outbound", __name__, url_prefix="/_sandbox/salesforce/outbound")
outbound.register_error_handler(ApiError, refused)


@outbound.get("")
def list_messages() -> Response:
    """The messages defined, oldest first."""
    return answer([each.as_json() for each in hub().outbound.definitions()])


@outbound.post("")
def add_message() -> Response:
    """Defines a message: ``{"sobject", "fields": [], "url"}``; ``name``, ``when_changed``, ``quiet_users`` optional."""
    try:
        return answer(hub().outbound.add(sent_object()).as_json(), 201)
    except ValueError as problem:
        return answer({"message": str(problem)}, 400)


@outbound.delete("/<definition_id>")
def remove_message(definition_id: str) -> Response:
    """Removes a message and what waits for it."""
    if not hub().outbound.remove(definition_id):
        raise not_found()
    return nothing()
