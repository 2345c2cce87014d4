"""Who we are talking to: the account, what we may do there, and what it costs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Account:
    """The CRM account behind a connection."""

    id: str
    name: str
    time_zone: str
    currency: str
    record_url: str
    """Where a person opens a contact, with ``{id}`` for its id."""


@dataclass(frozen=True, slots=True)
class Quota:
    """Calls the account still has. `resets_at` is None where the vendor does not say."""

    used: int
    limit: int
    resets_at: datetime | None


class Need(StrEnum):
    """What a permission is for; the admin sees the sentence in the mapping of the adapter."""

    REQUIRED = "required"
    OPTIONAL = "optional"


@dataclass(frozen=True, slots=True)
class Permission:
    """One thing the connection may or may not do, found out by asking the CRM."""

    scope: str
    why: str
    need: Need
    granted: bool
    mend: str = ""
    """Where an admin grants it, in a sentence; empty where adding the scope to the app says it all."""
    creates_fields: bool = False
    """Whether `Writer.ensure_fields` can create nothing without it."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the adapter can do: feeds the README table, the screens and the engine's batch sizes."""

    name: str
    records: tuple[str, ...]
    """The vendor's objects that are read as leads."""
    grants: tuple[str, ...]
    """The ways to let us in, as an admin would name them."""
    write_batch: int
    sees_deletes: bool
    sees_merges: bool
    creates_fields: bool
    activity_types: tuple[str, ...]
    webhooks: bool
    history: bool
    writers: int = 4
    """How many `write` calls may run at once."""
    backfill_from: int | None = None
    """From how many waiting rows on `backfill` is used instead of `write`; None: never."""
    pace: tuple[int, float] | None = None
    """Calls that the vendor lets every account make, and in how many seconds; None: it counts by the day only."""


@dataclass(slots=True)
class Usage:
    """Calls made since the adapter was opened; a call that was refused counts, as the vendor counts it."""

    calls: int = 0
    throttled: int = 0
    """Answers with HTTP 429 (or the vendor's equal)."""
    retried: int = 0
    by_family: dict[str, int] = field(default_factory=dict)
