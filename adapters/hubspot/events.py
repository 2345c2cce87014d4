"""What a webhook of HubSpot hints at, event by event. One event that cannot be read costs none of the others.

A body holds up to a hundred events of any kinds and accounts, and hundreds of bodies may come in a second.
https://developers.hubspot.com/docs/api-reference/webhooks
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from adapters.contract import EventKind, HookRejected, InboundEvent, Parsed, Unread

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
LONGEST_ID = 200
"""Characters of an event's id; a longer one is known by its digest."""
LONGEST_NAME = 200
"""Characters of a property's name; HubSpot allows a hundred."""
DAY_MS = 86_400_000
FIRST_MS = 1_136_073_600_000
"""The year 2006, before which there was no HubSpot."""

_KEY = ("portalId", "objectId", "fromObjectId", "toObjectId", "propertyName", "eventId", "occurredAt")
_PLAIN = (str, int, float)
"""What has a place in an id or a value; anything else is rubbish."""

_MARK = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{},]', re.DOTALL)
_NO_EVENT = Unread("not an event", "A part of a webhook is no event that can be read. Nothing needs to be done.")
_NO_RECORD = Unread("no record id", "An event names no record. Nothing needs to be done: the next sync reads it.")
_NO_ACCOUNT = Unread("no account id", "An event names no account. Nothing needs to be done: the next sync reads it.")


def parsed(body: bytes, received_at: datetime) -> Parsed:
    """The events in a body. Raises `HookRejected` when it is no list of events at all."""
    events: list[InboundEvent] = []
    rejected: list[Unread] = []
    now_ms = int(received_at.timestamp() * 1000)
    for row in _rows(body):
        found = _event(row, received_at, now_ms) if isinstance(row, dict) else _NO_EVENT
        if isinstance(found, InboundEvent):
            events.append(found)
        else:
            rejected.append(found)
    return Parsed(events, rejected)


def _rows(body: bytes) -> list[Any]:
    rows = _loaded(body)
    if not isinstance(rows, list) or (rows and not any(isinstance(row, dict) for row in rows)):
        raise HookRejected(
            "This address takes the events of a HubSpot app's webhooks, a list. A workflow's webhook or a card's "
            "request belongs to another address.",
            "body is not a list of objects",
            "wrong family",
        )
    return rows


def _loaded(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise HookRejected("The webhook is not JSON. Check what sends it.", "body is not JSON", "not json") from None
    except (ValueError, RecursionError):  # a number too long to be read, or nested too deep
        return _one_by_one(body.decode("utf-8", "replace"))


def _one_by_one(text: str) -> list[Any]:
    """The elements of a JSON list, each read by itself; None for one that cannot be read."""
    depth, began, pieces = 0, 0, []
    for mark in _MARK.finditer(text):
        sign = mark.group()
        if sign in "[{":
            depth += 1
            began = began or mark.end()
        elif sign in "]}":
            depth -= 1
        if (sign == "," and depth == 1) or (sign == "]" and depth == 0):
            pieces.append(text[began : mark.start()])
            began = mark.end()
    return [_read(piece) for piece in pieces]


def _read(piece: str) -> Any:
    try:
        return json.loads(piece)
    except (ValueError, RecursionError):
        return None


def _event(row: Mapping[str, Any], received_at: datetime, now_ms: int) -> InboundEvent | Unread:
    get = row.get
    # The guide's table says eventType, what arrives says subscriptionType.
    subscription = _text(get("subscriptionType") or get("eventType"))
    kind, account = _kind(row, subscription), _id(get("portalId"))
    if kind is EventKind.UNKNOWN:
        what = f"{subscription} {_text(get('objectTypeId'))}".strip() or "without a type"
        return InboundEvent("", account, kind, "", received_at, what=what)
    field = get("propertyName")
    if field is not None and not (isinstance(field, str) and len(field) <= LONGEST_NAME):
        return _NO_EVENT
    record = _record_id(row, kind)
    if not (record and account):
        return _NO_RECORD if account else _NO_ACCOUNT
    return InboundEvent(
        _event_id(row, subscription),
        account,
        kind,
        record,
        _occurred(get("occurredAt"), received_at, now_ms),
        field,
        _value(get("propertyValue")),
        _text(get("changeSource")) in BULK_SOURCES,
        _merged(row, record) if kind is EventKind.MERGED else (),
        _text(get("sourceId"))[:LONGEST_NAME],
    )


def _kind(row: Mapping[str, Any], subscription: str) -> EventKind:
    object_name, _, what = subscription.partition(".")
    if object_name == "contact" or (object_name == "object" and row.get("objectTypeId") == CONTACT_TYPE):
        return KINDS.get(what, EventKind.UNKNOWN)
    if what == "associationChange" and _text(row.get("associationType")).endswith("_TO_CONTACT"):
        return EventKind.CHANGED
    return EventKind.UNKNOWN


def _event_id(row: Mapping[str, Any], subscription: str) -> str:
    """HubSpot's own eventId "is not guaranteed to be unique"; with these beside it, it is. The attempt is left out."""
    text = ":".join([subscription, *[str(value) if isinstance(value, _PLAIN) else "" for value in map(row.get, _KEY)]])
    if len(text) <= LONGEST_ID:
        return text
    return "long:" + hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _record_id(row: Mapping[str, Any], kind: EventKind) -> str:
    if kind is EventKind.MERGED:
        return _id(row.get("newObjectId")) or _id(row.get("primaryObjectId")) or _id(row.get("objectId"))
    if "associationType" in row and _text(row["associationType"]).endswith("_TO_CONTACT"):
        return _id(row.get("toObjectId"))
    return _id(row.get("objectId")) or _id(row.get("fromObjectId"))


def _merged(row: Mapping[str, Any], winner: str) -> tuple[str, ...]:
    """Every id that no longer stands for itself: a merge may make a new contact out of both."""
    more = row.get("mergedObjectIds")
    given = [row.get("primaryObjectId"), *(more if isinstance(more, list) else ())]
    return tuple(dict.fromkeys(one for one in map(_id, given) if one and one != winner))


def _id(value: object) -> str:
    """An id of HubSpot's: a whole number, which it sends as one or as text. Empty when it is none."""
    if type(value) is int:
        return str(value) if 0 < value < 2**63 else ""
    return value if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20 else ""


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _value(value: object) -> str | None:
    return str(value) if isinstance(value, _PLAIN) else None


def _occurred(value: object, received_at: datetime, now_ms: int) -> datetime:
    """When it happened; the time of arrival where that is not said, or is no time at which it can have happened."""
    at = int(value) if isinstance(value, str) and _id(value) else value
    if isinstance(at, int) and FIRST_MS <= at <= now_ms + DAY_MS:
        return datetime.fromtimestamp(at / 1000, UTC)
    return received_at
