"""Re-reading: the truth about records that were hinted at, page by page, and what became of each."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from adapters.contract import ActivityRecord, Adapter, Misconfigured, Page, Record
from connector.core.mapping import BoundMapping
from connector.flows import ingest
from connector.flows.events import Hints
from connector.flows.services import Services
from connector.store import leads as lead_rows
from connector.store.database import Scope

log = logging.getLogger(__name__)

MOST_STRANGERS = 100
"""People nobody has heard of yet, named by an activity, who are read along; the rest is the next sync's."""
MOST_NAMED = 2000
"""Leads named by activities who are scored along; with more the rest of them waits for a quiet moment."""


@dataclass
class Found:
    """What was asked for and what came back."""

    asked: set[str] = field(default_factory=set)
    records: set[str] = field(default_factory=set)
    became: dict[str, str] = field(default_factory=dict)
    unreadable: set[str] = field(default_factory=set)
    named: set[str] = field(default_factory=set)
    """Contacts named by activities."""

    @property
    def gone(self) -> set[str]:
        """Records that the CRM does not have any more, under whatever id."""
        return self.asked - self.records - self.became.keys() - self.unreadable

    def now(self, crm_id: str) -> str:
        """The id that stands for a record now."""
        return self.became.get(crm_id, crm_id)

    def note(self, page: Page[Record]) -> None:
        """Takes note of a page of contacts."""
        self.records |= {record.id for record in page.items if not record.archived}
        self.became |= page.became
        self.became |= {old: record.id for record in page.items for old in record.replaces}
        self.unreadable |= {problem.record_id for problem in page.problems}


@dataclass(frozen=True, slots=True)
class Piece:
    """One page, of contacts or of activities."""

    contacts: Page[Record] | None = None
    activities: Page[ActivityRecord] | None = None

    @property
    def size(self) -> int:
        """How many rows it has."""
        page: Page[Any] | None = self.contacts or self.activities
        return len(page.items) if page else 0

    def take(self, conn: sa.Connection, scope: Scope, bound: BoundMapping, at: int) -> int:
        """Stores it; how many leads it changed."""
        if self.contacts is not None:
            return ingest.take_contacts(conn, scope, bound, self.contacts, at)
        if self.activities is not None:
            return ingest.take_activities(conn, scope, bound, self.activities, at)
        return 0


def reread(
    svc: Services, scope: Scope, bound: BoundMapping, hints: Hints, found: Found, *, strangers: bool
) -> Iterator[Piece]:
    """Everything the hints ask to read. With `strangers` also people that only an activity has named so far.

    Raises the error family. No page of it is stored here.
    """
    adapter = svc.account(scope)
    yield from _read(adapter, bound, list(hints.read), hints.deep, found)
    if strangers and (new := _strangers(svc, scope, found)):
        yield from _read(adapter, bound, new, new, found)


def _read(
    adapter: Adapter, bound: BoundMapping, ids: list[str], deep: Collection[str], found: Found
) -> Iterator[Piece]:
    if not ids:
        return
    page = adapter.contacts_by_id(ids, list(bound.properties))
    found.asked |= set(ids)
    found.note(page)
    yield Piece(contacts=page)
    busy = {found.now(one) for one in deep} & found.records
    if busy:
        yield from _activities(adapter, sorted(busy), found)


def _activities(adapter: Adapter, ids: list[str], found: Found) -> Iterator[Piece]:
    """Activities; where a permission is missing, those that may be read. Every sync tells people what is missing."""
    try:
        for page in adapter.activities_of(ids):
            found.named |= {contact for act in page.items for contact in act.contact_ids}
            if page.items or page.problems:
                yield Piece(activities=page)
    except Misconfigured as error:
        log.warning("activities were not read: %s", error.log)


def _strangers(svc: Services, scope: Scope, found: Found) -> list[str]:
    named = found.named - found.asked - found.records
    if not named:
        return []
    with svc.store.read() as conn:
        known = lead_rows.known_leads(conn, scope, named)
    return sorted(one for one in named if one not in known or not (known[one].known or known[one].archived))[
        :MOST_STRANGERS
    ]
