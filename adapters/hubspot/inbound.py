"""HubSpot's webhooks: signature version 3, and what an admin sets up for them. What is in them reads `events`.

https://developers.hubspot.com/docs/api-reference/webhooks. Versions 1 and 2 are not accepted: they carry no time, so a
recorded request could be sent again for ever.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Sequence
from datetime import datetime

from adapters.contract import Example, HookRejected, InboundRequest, Parsed
from adapters.hubspot.events import CONTACT_TYPE, parsed

SIGNATURE = "x-hubspot-signature-v3"
TIMESTAMP = "x-hubspot-request-timestamp"
WINDOW_MS = 5 * 60 * 1000

LARGEST = 1_000_000
"""Bytes of a body: HubSpot sends at most a hundred events, each of some 300 bytes and one value of a property."""

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

TOLD = ("creation", "deletion", "restore", "merge", "associationChange")
OLDER = "An older private app has no project: open Settings, Integrations, Private Apps, the app, Edit, Webhooks;"
NEVER_TOLD = frozenset({"hs_lastmodifieddate", "lastmodifieddate", "num_unique_conversion_events", "hs_object_id"})
"""Properties that cannot be subscribed to."""


class HubSpotInbound:
    """Webhooks of a HubSpot app. One URL serves every account of the app; events carry the account's id."""

    own_address = False
    signs = frozenset({"notes_last_updated"})
    largest = LARGEST

    def verify(self, request: InboundRequest, secrets: Sequence[str]) -> None:
        """See `Inbound.verify`. `request.url` is the public URL as HubSpot knows it."""
        given, sent = request.headers.get(SIGNATURE, ""), request.headers.get(TIMESTAMP, "")
        if not given or not sent:
            raise HookRejected(
                "The webhook is not signed. Check that it comes from a HubSpot app with signature version 3.",
                "missing signature or timestamp header",
                "not signed",
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
                "wrong signature",
            )

    def parse(self, request: InboundRequest) -> Parsed:
        """See `Inbound.parse`."""
        return parsed(request.body, request.received_at)

    def ack(self) -> tuple[str, bytes]:
        """See `Inbound.ack`: HubSpot looks at the status only."""
        return "text/plain; charset=utf-8", b""

    def sample(self, example: Example, secret: str, now: datetime) -> InboundRequest:
        """See `Inbound.sample`: one change of a property, signed."""
        at_ms = int(now.timestamp() * 1000)
        event = {
            "eventId": at_ms,
            "subscriptionId": 0,
            "portalId": int(example.account_id),
            "appId": 0,
            "occurredAt": at_ms,
            "subscriptionType": "object.propertyChange",
            "attemptNumber": 0,
            "objectId": int(example.record_id),
            "objectTypeId": CONTACT_TYPE,
            "propertyName": example.field,
            "changeSource": "CRM_UI",
        }
        body = json.dumps([event]).encode()
        signed = b"POST" + _decoded(example.address) + body + str(at_ms).encode("ascii")
        headers = {"content-type": "application/json", TIMESTAMP: str(at_ms)}
        headers[SIGNATURE] = _signature(secret, signed).decode("ascii")
        return InboundRequest("POST", example.address, headers, body, now)

    def setup(self, address: str, fields: Sequence[str]) -> Sequence[str]:
        """See `Inbound.setup`. https://developers.hubspot.com/docs/apps/developer-platform/add-features/webhooks."""
        return (
            "In the app's project, put this into src/app/webhooks/webhooks-hsmeta.json:",
            *(f"    {line}" for line in json.dumps(_webhooks(address, fields), indent=1).splitlines()),
            "Upload the project (hs project upload), and accept the new permissions where the app asks for them.",
            f"{OLDER} take {address} as target URL, and subscribe to the contact events named above.",
            "Copy the client secret from the app's Auth page: HubSpot signs with it.",
        )


def _webhooks(address: str, fields: Sequence[str]) -> dict[str, object]:
    objects = [{"subscriptionType": f"object.{what}", "objectType": "contact", "active": True} for what in TOLD]
    changes = [
        {"subscriptionType": "object.propertyChange", "objectType": "contact", "propertyName": name, "active": True}
        for name in dict.fromkeys([*fields, *sorted(HubSpotInbound.signs)])
        if name not in NEVER_TOLD
    ]
    erased = [{"subscriptionType": "contact.privacyDeletion", "active": True}]
    return {
        "uid": "leadtier-webhooks",
        "type": "webhooks",
        "config": {
            "settings": {"targetUrl": address, "maxConcurrentRequests": 10},
            "subscriptions": {"crmObjects": [*objects, *changes], "hubEvents": erased},
        },
    }


def _check_time(sent: str, now: datetime) -> None:
    if not (sent.isascii() and sent.isdigit() and len(sent) <= 16):
        raise HookRejected(
            "The webhook's timestamp is not a number. Check what sends it.", "malformed timestamp header", "not signed"
        )
    ahead = int(sent) - int(now.timestamp() * 1000)
    if abs(ahead) > WINDOW_MS:
        text = "The webhook was signed more than five minutes ago or ahead. Check this machine's clock."
        raise HookRejected(text, "timestamp outside the window", "from the future" if ahead > 0 else "too old")


def _decoded(url: str) -> bytes:
    return _ESCAPE.sub(lambda found: DECODED[found.group().upper()], url.encode())


def _signature(secret: str, signed: bytes) -> bytes:
    return base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest())
