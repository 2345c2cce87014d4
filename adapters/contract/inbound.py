"""What is received: webhooks as raw requests, and the hints in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class InboundRequest:
    """A webhook as it came: raw bytes, and the *configured public* URL rather than the one the proxy shows us."""

    method: str
    url: str
    headers: Mapping[str, str]
    """Header names in lower case."""
    body: bytes
    received_at: datetime


class EventKind(StrEnum):
    """What a webhook hints at. The payload is never a fact: the record is read again."""

    CHANGED = "changed"
    DELETED = "deleted"
    RESTORED = "restored"
    MERGED = "merged"
    PRIVACY_DELETED = "privacy_deleted"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class InboundEvent:
    """One hint from a webhook."""

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
