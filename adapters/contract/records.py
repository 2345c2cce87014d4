"""What is read: records, activities, outcomes and owners as the vendor names them, a page at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar


@dataclass(frozen=True, slots=True)
class Record:
    """A CRM contact as its vendor names it, untouched. Every property value is the vendor's string, or None."""

    id: str
    properties: Mapping[str, str | None]
    created_at: datetime | None = None
    updated_at: datetime | None = None
    archived: bool = False
    replaces: tuple[str, ...] = ()
    """Ids of records that were merged into this one, or that became it."""
    family: str = ""
    """Records of one family hinder each other when written at the same moment; they are written one after the other."""


@dataclass(frozen=True, slots=True)
class ActivityRecord:
    """One activity as its vendor names it. `type` is the vendor's object name (``calls``); others pass through."""

    id: str
    """Unique within the connection, type included (``calls:5512``); the same however often the act is read."""
    type: str
    contact_ids: tuple[str, ...]
    occurred_at: datetime | None
    properties: Mapping[str, str | None]
    updated_at: datetime | None = None
    archived: bool = False


class OutcomeState(StrEnum):
    """How the sale stands."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class OutcomeRecord:
    """A deal or opportunity, reduced to what evaluation needs. `amount` is in the account's currency."""

    id: str
    contact_ids: tuple[str, ...]
    state: OutcomeState
    created_at: datetime | None
    closed_at: datetime | None
    amount: float | None
    archived: bool = False


@dataclass(frozen=True, slots=True)
class Owner:
    """A CRM user who may own leads. `id` is the value the owner property holds."""

    id: str
    name: str
    email: str
    active: bool
    user_id: str = ""
    """What the CRM calls the same user elsewhere, where that is another id."""


@dataclass(frozen=True, slots=True)
class PastValue:
    """One version of a property: the value it took at `at`."""

    at: datetime
    value: str | None


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One row the adapter could not read or understand; the page went on without it."""

    record_id: str
    text: str
    """A sentence for the admin: what is wrong and what to do."""


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A page of a reading pass.

    `cursor` continues after this page when the pass is interrupted. On the last page `complete` is true and `cursor` is
    where the *next* pass starts: at or before the start of this one, less the adapter's overlap.
    """

    items: Sequence[T]
    cursor: str
    complete: bool
    problems: Sequence[RowProblem] = ()
    total: int | None = None
    """How many rows the pass will deliver, where the vendor says so; an estimate for the progress display only."""
    became: Mapping[str, str] = field(default_factory=dict)
    """Of a page of records: old ids and the new ones, where the new record is delivered elsewhere in the pass."""
    known_since: Mapping[str, datetime] = field(default_factory=dict)
    """Of a page of records, by id: since when somebody is known whose record is younger than that."""
