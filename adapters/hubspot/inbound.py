"""HubSpot's webhooks: signature version 3, and what each event hints at.

https://developers.hubspot.com/docs/api-reference/webhooks. Versions 1 and 2 are not accepted: they carry no time, so a
recorded request could be sent again for ever.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from adapters.contract import EventKind, HookRejected, InboundEvent, InboundRequest

SIGNATURE = "x-hubspot-signature-v3"
TIMESTAMP = "x-hubspot-request-timestamp"
WINDOW_MS = 5 * 60 * 1000

DECODED = {
    b"%3A": b":",
    b"%2F": b"/",
    b"%3F": b"?",
    b"%40": b"@",
    b"%21": b"!",
    b"%24": b"$",
    b"%27": b"'",
    b"%28": b"(",
    b"%29": b")",
    b"%2A": b"*",
    b"%2C": b",",
    b"%3B": b";",
}
"""HubSpot signs the URL with exactly these escapes undone, and no others."""

_ESCAPE = re.compile(b"|".join(DECODED), re.IGNORECASE)

KINDS: Mapping[str, EventKind] = {
    "creation": EventKind.CHANGED,
    "propertyChange": EventKind.CHANGED,
    "associationChange": EventKind.CHANGED,
    "deletion": EventKind.DELETED,
    "restore": EventKind.RESTORED,
    "merge": EventKind.MERGED,
    "privacyDeletion": EventKind.PRIVACY_DELETED,
}

BULK_SOURCES = frozenset({"IMPORT", "BATCH_UPDATE", "CRM_UI_BULK_ACTION"})
"""Values of ``changeSource`` that mean many records at once; the last two are known from property histories."""

CONTACT_TYPE = "0-1"


class HubSpotInbound:
    """Webhooks of a HubSpot app. One URL serves every account of the app; events carry the account's id."""

    def verify(self, request: InboundRequest, secrets: Sequence[str]) -> None:
        """See `Inbound.verify`. `request.url` is the public URL as HubSpot knows it."""
        given, sent = request.headers.get(SIGNATURE, ""), request.headers.get(TIMESTAMP, "")
        if not given or not sent:
            raise HookRejected(
                "The webhook is not signed. Check that it comes from a HubSpot app with signature version 3.",
                "missing signature or timestamp header",
            )
        _check_time(sent, request.received_at)
        signed = request.method.upper().encode() + _decoded(request.url) + request.body + sent.encode("ascii")
        given_bytes = given.strip().encode("ascii", "replace")
        # Every secret is tried, so that the time taken does not tell which one fitted.
        if not any([hmac.compare_digest(_signature(secret, signed), given_bytes) for secret in secrets]):  # noqa: C419
            raise HookRejected(
                "The webhook's signature does not fit. Check the app's client secret and the public address that is "
                "set in Leadtier: it must be the one HubSpot calls, to the letter.",
                "wrong signature",
            )

    def parse(self, request: InboundRequest) -> Sequence[InboundEvent]:
        """See `Inbound.parse`."""
        try:
            rows = json.loads(request.body)
        except ValueError:
            raise HookRejected("The webhook is not JSON.", "body is not JSON") from None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            text = (
                "This address takes the events of a HubSpot app's webhooks, a list. A workflow's webhook or a card's "
                "request belongs to another address."
            )
            raise HookRejected(text, "body is not a list of objects")
        return [_event(row, request.received_at) for row in rows]


def _check_time(sent: str, now: datetime) -> None:
    if not (sent.isascii() and sent.isdigit() and len(sent) <= 16):
        raise HookRejected("The webhook's timestamp is not a number.", "malformed timestamp header")
    if abs(int(now.timestamp() * 1000) - int(sent)) > WINDOW_MS:
        text = "The webhook was signed more than five minutes ago or ahead. Check this machine's clock."
        raise HookRejected(text, "timestamp outside the window")


def _decoded(url: str) -> bytes:
    return _ESCAPE.sub(lambda found: DECODED[found.group().upper()], url.encode())


def _signature(secret: str, signed: bytes) -> bytes:
    return base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest())


def _event(row: Mapping[str, Any], received_at: datetime) -> InboundEvent:
    # The guide's table says eventType, what arrives says subscriptionType.
    subscription = str(row.get("subscriptionType") or row.get("eventType") or "")
    kind = _kind(row, subscription)
    value = row.get("propertyValue")
    return InboundEvent(
        event_id=_event_id(row, subscription),
        account_id=str(row.get("portalId") or ""),
        kind=kind,
        record_id=_record_id(row, kind),
        occurred_at=_occurred(row.get("occurredAt"), received_at),
        field=row.get("propertyName"),
        value=None if value is None else str(value),
        bulk=row.get("changeSource") in BULK_SOURCES,
        merged_ids=_merged(row) if kind is EventKind.MERGED else (),
    )


def _kind(row: Mapping[str, Any], subscription: str) -> EventKind:
    object_name, _, what = subscription.partition(".")
    about_contact = object_name == "contact" or (object_name == "object" and row.get("objectTypeId") == CONTACT_TYPE)
    return KINDS.get(what, EventKind.UNKNOWN) if about_contact else EventKind.UNKNOWN


def _event_id(row: Mapping[str, Any], subscription: str) -> str:
    """HubSpot's own eventId "is not guaranteed to be unique"; with these beside it, it is. The attempt is left out."""
    names = ("portalId", "objectId", "fromObjectId", "toObjectId", "propertyName", "eventId", "occurredAt")
    return ":".join([subscription, *(str(row.get(name, "")) for name in names)])


def _record_id(row: Mapping[str, Any], kind: EventKind) -> str:
    names = ["objectId", "fromObjectId"]
    if kind is EventKind.MERGED:
        names = ["newObjectId", "primaryObjectId", "objectId"]
    elif str(row.get("associationType", "")).endswith("_TO_CONTACT"):
        names = ["toObjectId"]
    return next((str(row[name]) for name in names if row.get(name) is not None), "")


def _merged(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Every id that no longer stands for itself: a merge may make a new contact out of both."""
    winner = _record_id(row, EventKind.MERGED)
    given = [row.get("primaryObjectId"), *(row.get("mergedObjectIds") or ())]
    merged = (str(one) for one in given if one is not None)
    return tuple(dict.fromkeys(one for one in merged if one != winner))


def _occurred(value: object, received_at: datetime) -> datetime:
    try:
        return datetime.fromtimestamp(int(str(value)) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return received_at
