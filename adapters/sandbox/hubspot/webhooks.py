"""The webhooks configuration API of a public app. Docs: "Webhooks API"."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlsplit

from flask import Response

from adapters.sandbox.hub import hub
from adapters.sandbox.hubspot.answers import answer, nothing, required, sent
from adapters.sandbox.hubspot.common import batch_answer, batch_inputs, number_of
from adapters.sandbox.hubspot.errors import ApiError, invalid, not_found
from adapters.sandbox.hubspot.kinds import kind_named
from adapters.sandbox.hubspot.payloads import CLASSIC_KINDS, NOT_SUBSCRIBABLE
from adapters.sandbox.hubspot.routes import open_api
from adapters.sandbox.hubspot.times import iso
from adapters.sandbox.tables.subscriptions import Subscription

SUBSCRIPTIONS_MOST = 1_000
_WHATS = ("creation", "deletion", "propertyChange", "associationChange", "merge", "restore")


@open_api.get("/webhooks/v3/<int:app_id>/settings")
def read_webhook_settings(app_id: int) -> Response:
    """Where the app's events go."""
    found = hub().store.subscriptions.settings(app_id)
    if found is None:
        raise not_found(f"No webhook settings for the app {app_id}")
    return answer(found)


@open_api.put("/webhooks/v3/<int:app_id>/settings")
def configure_webhooks(app_id: int) -> Response:
    """Says where the app's events go. The vendor takes https only; so do we, except for this very machine."""
    body = sent()
    required(body, "targetUrl", "throttling")
    target = urlsplit(str(body["targetUrl"]))
    if target.scheme != "https" and target.hostname not in ("127.0.0.1", "localhost", "::1"):
        raise invalid("The target URL must use https")
    now = iso(hub().settings.now_ms())
    old = hub().store.subscriptions.settings(app_id) or {}
    new = {
        "targetUrl": str(body["targetUrl"]),
        "throttling": body["throttling"],
        "createdAt": old.get("createdAt", now),
        "updatedAt": now,
    }
    hub().store.subscriptions.configure(app_id, new)
    return answer(new)


@open_api.delete("/webhooks/v3/<int:app_id>/settings")
def clear_webhooks(app_id: int) -> Response:
    """Sends nothing any more."""
    hub().store.subscriptions.configure(app_id, None)
    return nothing()


@open_api.get("/webhooks/v3/<int:app_id>/subscriptions")
def list_subscriptions(app_id: int) -> Response:
    """What the app wants to be told."""
    return answer({"results": hub().store.subscriptions.of(app_id)})


@open_api.post("/webhooks/v3/<int:app_id>/subscriptions")
def create_subscription(app_id: int) -> Response:
    """One more thing the app wants to be told."""
    body = sent()
    required(body, "eventType")
    if len(hub().store.subscriptions.of(app_id)) >= SUBSCRIPTIONS_MOST:
        message = (
            "Couldn't create another subscription. You've reached the maximum number allowed per application "
            f"({SUBSCRIPTIONS_MOST})."
        )
        raise ApiError(400, message, "VALIDATION_ERROR", extra={"requestId": uuid.uuid4().hex})
    _check(body)
    now = iso(hub().settings.now_ms())
    kept = {key: body[key] for key in ("eventType", "propertyName", "objectTypeId") if body.get(key) is not None}
    new = kept | {"active": bool(body.get("active", False)), "createdAt": now, "updatedAt": now}
    return answer(hub().store.subscriptions.put(app_id, new), 201)


@open_api.get("/webhooks/v3/<int:app_id>/subscriptions/<id>")
def read_subscription(app_id: int, id: str) -> Response:
    """One subscription."""
    return answer(_found(app_id, id))


@open_api.patch("/webhooks/v3/<int:app_id>/subscriptions/<id>")
def update_subscription(app_id: int, id: str) -> Response:
    """Switches one subscription on or off."""
    return answer(_switched(app_id, _found(app_id, id), sent()))


@open_api.post("/webhooks/v3/<int:app_id>/subscriptions/batch/update")
def batch_update_subscriptions(app_id: int) -> Response:
    """Switches several subscriptions on or off."""
    rows = batch_inputs(sent())
    results = [_switched(app_id, _found(app_id, str(row.get("id"))), row) for row in rows]
    return answer(*batch_answer(results, [], 200))


@open_api.delete("/webhooks/v3/<int:app_id>/subscriptions/<id>")
def remove_subscription(app_id: int, id: str) -> Response:
    """Forgets one subscription."""
    if not hub().store.subscriptions.remove(app_id, number_of(id) or 0):
        raise not_found(f"No subscription {id} for the app {app_id}")
    return nothing()


def _found(app_id: int, id: str) -> Subscription:
    for one in hub().store.subscriptions.of(app_id):
        if one["id"] == id:
            return one
    raise not_found(f"No subscription {id} for the app {app_id}")


def _switched(app_id: int, old: Subscription, given: dict[str, Any]) -> Subscription:
    required(given, "active")
    new = old | {"active": bool(given["active"]), "updatedAt": iso(hub().settings.now_ms())}
    return hub().store.subscriptions.put(app_id, new)


def _check(body: dict[str, Any]) -> None:
    subject, _, what = str(body["eventType"]).partition(".")
    kind = kind_named(str(body.get("objectTypeId") or "")) if subject == "object" else kind_named(subject)
    known = kind is not None and (subject == "object" or kind.name in CLASSIC_KINDS) and what in _WHATS
    if not known and body["eventType"] != "contact.privacyDeletion":
        raise invalid(f"Invalid event type {body['eventType']} for object type {body.get('objectTypeId')}")
    if what == "propertyChange":
        required(body, "propertyName")
        if body["propertyName"] in NOT_SUBSCRIBABLE:
            raise invalid(f"Changes of the property {body['propertyName']} cannot be subscribed to")
