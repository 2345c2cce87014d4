"""Which subscription an event concerns, and the JSON it becomes. Docs: "Webhooks API" and a recorded delivery."""

from __future__ import annotations

from typing import Any

from adapters.sandbox.hubspot.events import Event
from adapters.sandbox.tables.subscriptions import Subscription

CLASSIC_KINDS = ("contacts", "companies", "deals")
NOT_SUBSCRIBABLE = ("hs_lastmodifieddate", "lastmodifieddate", "num_unique_conversion_events")


def concerns(subscription: Subscription, event: Event) -> bool:
    """Whether the subscription asks for this event: ``contact.…`` by kind, ``object.…`` by type id."""
    subject, _, what = str(subscription["eventType"]).partition(".")
    if not subscription["active"] or what != event.what:
        return False
    if subject == "object":
        if subscription.get("objectTypeId") != event.kind.type_id or what == "privacyDeletion":
            return False
    elif subject != event.kind.singular or event.kind.name not in CLASSIC_KINDS:
        return False
    return what != "propertyChange" or subscription.get("propertyName") == event.details.get("propertyName")


def payload(subscription: Subscription, event: Event, event_id: int, portal_id: int, app_id: int) -> dict[str, Any]:
    """One event as it stands in a delivery."""
    body: dict[str, Any] = {
        "eventId": event_id,
        "subscriptionId": int(subscription["id"]),
        "portalId": portal_id,
        "appId": app_id,
        "occurredAt": event.at_ms,
        "subscriptionType": subscription["eventType"],
        "attemptNumber": 0,
    }
    if event.what != "associationChange":
        body["objectId"] = event.object_id
    if str(subscription["eventType"]).startswith("object."):
        body["objectTypeId"] = event.kind.type_id
    if event.what == "privacyDeletion":
        return body
    body |= event.details | {"changeSource": event.source.type}
    if event.source.id is not None:
        body["sourceId"] = event.source.id
    return body
