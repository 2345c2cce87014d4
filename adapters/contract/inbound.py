"""What is received: webhooks as raw requests, and the hints in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class InboundRequest:
    """A webhook as it came: raw bytes, and the *configured public* URL rather than the one the proxy shows us."""

    method: str
    url: str
    headers: Mapping[str, str]
    """Header names in lower case."""
    body: bytes
    received_at: datetime


class Example(NamedTuple):
    """What a webhook that tries our door speaks of: a record that exists, and one of its properties."""

    address: str
    """Where it is posted to, as the vendor knows it."""
    account_id: str
    record_id: str
    field: str


class EventKind(StrEnum):
    """What a webhook hints at. The payload is never a fact: the record is read again."""

    CHANGED = "changed"
    DELETED = "deleted"
    RESTORED = "restored"
    MERGED = "merged"
    PRIVACY_DELETED = "privacy_deleted"
    UNKNOWN = "unknown"


class InboundEvent(NamedTuple):
    """One hint from a webhook. A named tuple, because tens of thousands are made in a second."""

    event_id: str
    """Unique per delivery content, stable across redeliveries."""
    account_id: str
    kind: EventKind
    record_id: str
    occurred_at: datetime
    field: str | None = None
    value: str | None = None
    bulk: bool = False
    """Sent by an import or a bulk edit: a sync will follow up, one job per event would drown us."""
    merged_ids: tuple[str, ...] = ()
    who: str = ""
    """Who changed it, as the vendor names people and apps; empty where it does not say."""
    what: str = ""
    """The vendor's name of such an event; said of those we do not know."""


class Unread(NamedTuple):
    """A part of a webhook that is no event: a few words that stay the same, and a sentence for a person."""

    reason: str
    text: str


class Parsed(NamedTuple):
    """What a webhook holds. One bad row never costs the others."""

    events: Sequence[InboundEvent]
    rejected: Sequence[Unread] = ()
