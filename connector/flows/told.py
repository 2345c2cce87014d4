"""Told events become activities: at once for leads we know, when the contact arrives for those we do not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import sqlalchemy as sa

from connector.core.types import Activity
from connector.flows.services import Services
from connector.store import activities as activity_rows
from connector.store import api_keys, inbox
from connector.store import leads as lead_rows
from connector.store import told_events as told_rows
from connector.store.database import Scope, StoreUnusable
from connector.store.leads import LeadRow
from connector.store.told_events import LeadKey, ToldRow

MOST = 1_000
"""Events in one transaction."""
TRIES = 5
"""How often a batch is tried again that another writer was in the way of."""


class Told(NamedTuple):
    """One valid event; `place` says where it stood in what was sent. Either `email` or `crm_id` is empty."""

    place: int
    id: str
    connection: str
    crm_id: str
    email: str
    kind: str
    at: int
    campaign: str


class Rejected(NamedTuple):
    """One event that was not taken: what is wrong with it and what to do. `id` is None where it cannot be told."""

    place: int
    id: str | None
    error: str
    mend: str


@dataclass
class Taken:
    """What became of a batch. Every event is counted in exactly one of the four."""

    accepted: int = 0
    """Kept, and given to the lead."""
    duplicates: int = 0
    """Their id was told before; the first one stays, whatever this one says."""
    waiting: int = 0
    """Kept; nobody is known by that address or id yet."""
    rejected: list[Rejected] = field(default_factory=list)

    def add(self, other: Taken) -> None:
        """Counts another batch in; what it rejected is not carried over."""
        self.accepted += other.accepted
        self.duplicates += other.duplicates
        self.waiting += other.waiting


def as_address(text: object) -> str:
    """An e-mail address as it is compared: without blanks around it, in lower case."""
    return str(text or "").strip().lower()


def take(svc: Services, tenant_id: int, events: Sequence[Told], *, key_id: int = 0, hurry: bool = True) -> Taken:
    """Keeps at most `MOST` events in one transaction and gives them to the leads they name.

    With `hurry` each lead is scored and written within seconds, whatever else is under way; without, when its turn
    comes. `key_id` is the API key by which they came. Raises `StoreUnusable`, and then nothing is kept.
    """
    for _ in range(TRIES - 1):
        try:
            return _take(svc, tenant_id, events, key_id, hurry=hurry)
        except StoreUnusable as error:
            if not told_rows.crossed(error):
                raise
    return _take(svc, tenant_id, events, key_id, hurry=hurry)


def _take(svc: Services, tenant_id: int, events: Sequence[Told], key_id: int, *, hurry: bool) -> Taken:
    now = svc.clock().timestamp()
    with svc.store.write() as conn:
        told_rows.begin_telling(conn, tenant_id)
        api_keys.used_key(conn, tenant_id, key_id, int(now))
        batch = _sorted(conn, tenant_id, events, hold=True)
        new = told_rows.keep(conn, tenant_id, batch.rows(), int(now))
        given = _give(conn, tenant_id, [batch.first[event_id] for event_id in new], batch)
        if hurry:
            for scope, leads in given.items():
                inbox.touch(conn, scope, leads.values(), int(now * 1000), "told")
    return batch.taken(events, new)


def look(svc: Services, tenant_id: int, events: Sequence[Told]) -> Taken:
    """What `take` would say, without keeping anything."""
    with svc.store.read() as conn:
        batch = _sorted(conn, tenant_id, events, hold=False)
        new = batch.first.keys() - told_rows.kept(conn, tenant_id, batch.first)
    return batch.taken(events, new)


@dataclass
class _Batch:
    """Events by id, the first of each, with the leads they name."""

    first: Mapping[str, Told]
    leads: Mapping[str, Sequence[LeadKey]]
    rejected: list[Rejected]

    def rows(self) -> list[ToldRow]:
        return [
            ToldRow(*event[1:], lead_id=self.leads[event.id][0].id if self.leads[event.id] else None)
            for event in self.first.values()
        ]

    def taken(self, events: Sequence[Told], new: Collection[str]) -> Taken:
        waiting = sum(not self.leads[event_id] for event_id in new)
        duplicates = len(events) - len(self.rejected) - len(new)
        return Taken(len(new) - waiting, duplicates, waiting, self.rejected)


def _sorted(conn: sa.Connection, tenant_id: int, events: Sequence[Told], *, hold: bool) -> _Batch:
    names = told_rows.connection_names(conn, tenant_id)
    first: dict[str, Told] = {}
    rejected: list[Rejected] = []
    for event in events:
        if refusal := _unplaced(event, names):
            rejected.append(refusal)
        else:
            first.setdefault(event.id, event)
    emails = {event.email for event in first.values() if event.email}
    crm_ids = {event.crm_id for event in first.values() if event.crm_id}
    by_name: dict[tuple[str, str], list[LeadKey]] = defaultdict(list)
    for lead in told_rows.leads_told_of(conn, tenant_id, emails, crm_ids, hold=hold):
        by_name[lead.email, ""].append(lead)
        by_name["", lead.crm_id].append(lead)
    leads = {event.id: _named(by_name.get((event.email, event.crm_id), ()), event, names) for event in first.values()}
    return _Batch(first, leads, rejected)


def _unplaced(event: Told, names: Mapping[str, int]) -> Rejected | None:
    """Why it cannot be told which CRM is meant."""
    known = ", ".join(names) or "none"
    if event.connection and event.connection not in names:
        text = "connection: nothing is connected under this name"
        return Rejected(event.place, event.id, text, f"The connections are: {known}.")
    if event.crm_id and not event.connection and len(names) > 1:
        text = "crm_id: several CRMs are connected, and each has ids of its own"
        return Rejected(event.place, event.id, text, f"Say which one with connection: {known}.")
    return None


def _named(leads: Iterable[LeadKey], event: Told, names: Mapping[str, int]) -> list[LeadKey]:
    return [lead for lead in leads if not event.connection or lead.connection_id == names[event.connection]]


def _give(
    conn: sa.Connection, tenant_id: int, events: Iterable[Told], batch: _Batch
) -> Mapping[Scope, Mapping[int, str]]:
    """Makes activities of the events; the leads that got one, by connection: CRM id by lead id."""
    acts: dict[Scope, list[Activity]] = defaultdict(list)
    given: dict[Scope, dict[int, str]] = defaultdict(dict)
    for event in events:
        for lead in batch.leads[event.id]:
            scope = Scope(tenant_id, lead.connection_id)
            acts[scope].append(Activity(lead.id, source_id(event.id), event.kind, event.at, event.campaign))
            given[scope][lead.id] = lead.crm_id
    for scope, rows in acts.items():
        activity_rows.add_activities(conn, scope, rows)
        lead_rows.mark_dirty(conn, scope, given[scope])
    return given


def source_id(event_id: str) -> str:
    """What an activity is known by that was told; no CRM's own ids begin so."""
    return f"told:{event_id}"


def match_arrivals(
    conn: sa.Connection, scope: Scope, rows: Iterable[LeadRow], ids: Mapping[str, int], changed: Collection[int]
) -> None:
    """Gives waiting events to the leads they waited for. `changed` are the leads that are new or different.

    The leads are marked dirty already, being new or different; the transaction began with `begin_arriving`.
    """
    arrived = {row.crm_id: row.email for row in rows if ids[row.crm_id] in changed and not row.archived}
    if not arrived or not told_rows.any_waiting(conn, scope.tenant_id):
        return
    by_email: dict[str, list[str]] = defaultdict(list)
    for crm_id, email in arrived.items():
        by_email[email].append(crm_id)
    acts: list[Activity] = []
    lead_of: dict[int, int] = {}
    for event in told_rows.waiting_for(conn, scope, by_email.keys(), arrived.keys()):
        leads = [ids[crm_id] for crm_id in (by_email[event.email] if event.email else [event.crm_id])]
        lead_of[event.id] = min(leads)
        acts += [Activity(lead, source_id(event.event_id), event.kind, event.at, event.campaign) for lead in leads]
    activity_rows.add_activities(conn, scope, acts)
    told_rows.settle(conn, scope.tenant_id, lead_of)


def match_merged(conn: sa.Connection, scope: Scope, became: Mapping[str, str]) -> None:
    """Gives events that wait for records which stand for nobody any more to the leads that these became.

    So it is with a contact that was merged before we ever read it. The transaction began with `begin_arriving`, and the
    page that tells of the merges is stored.
    """
    if not became or not told_rows.any_waiting(conn, scope.tenant_id):
        return
    waiting = told_rows.waiting_for(conn, scope, (), became)
    there = lead_rows.known_leads(conn, scope, {became[event.crm_id] for event in waiting})
    lead_of = {
        event.id: lead.id
        for event in waiting
        if (lead := there.get(became[event.crm_id])) is not None and lead.known and not lead.archived
    }
    activity_rows.add_activities(
        conn,
        scope,
        [
            Activity(lead_of[event.id], source_id(event.event_id), event.kind, event.at, event.campaign)
            for event in waiting
            if event.id in lead_of
        ],
    )
    told_rows.settle(conn, scope.tenant_id, lead_of)
    lead_rows.mark_dirty(conn, scope, set(lead_of.values()))
