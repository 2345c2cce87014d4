"""The book as a whole: every open lead of a tenant with what scoring reads of it, in stretches of ids."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from connector.core.types import Acts
from connector.store import tables as t


class BookLead(NamedTuple):
    """An open lead. `fields` is JSON; `stage` is that of its last card, None where it has none."""

    id: int
    connection_id: int
    created_at: int
    fields: str
    held_at: int | None
    stage: str | None


class Decided(NamedTuple):
    """A sale to a lead that was decided: `won` or lost, and when."""

    lead_id: int
    won: bool
    closed_at: int


def count_open(conn: sa.Connection, tenant_id: int) -> int:
    """How many leads the tenant has, of all its connections, archived ones not counted."""
    query = sa.select(sa.func.count()).select_from(t.lead).where(_is_open(tenant_id))
    return int(conn.execute(query).scalar_one())


def open_leads(conn: sa.Connection, tenant_id: int, after: int, limit: int) -> Sequence[BookLead]:
    """The open leads by id, from the one after `after`."""
    lead = t.lead.c
    query = (
        sa.select(lead.id, lead.connection_id, lead.created_at, lead.fields, lead.held_at, t.card.c.stage)
        .outerjoin(t.card, t.card.c.lead_id == lead.id)
        .where(_is_open(tenant_id), lead.id > after)
        .order_by(lead.id)
        .limit(limit)
    )
    return [BookLead(*row) for row in conn.execute(query)]


def acts_between(conn: sa.Connection, tenant_id: int, first: int, last: int) -> Acts:
    """All acts of the tenant's leads with ids from `first` to `last`, in columns, clustered by lead."""
    a = t.activity.c
    query = sa.select(a.lead_id, a.kind, a.at, a.campaign).where(
        a.tenant_id == tenant_id, a.lead_id.between(first, last)
    )
    rows = conn.execute(query).all()
    return Acts(*zip(*rows, strict=True)) if rows else Acts((), (), (), ())


def decided_between(conn: sa.Connection, tenant_id: int, first: int, last: int) -> Sequence[Decided]:
    """The sales to these leads that were won or lost at a known time, the earliest of each lead first."""
    o = t.outcome.c
    query = (
        sa.select(o.lead_id, o.state == "won", o.closed_at)
        .where(
            o.tenant_id == tenant_id,
            o.lead_id.between(first, last),
            o.state.in_(("won", "lost")),
            o.closed_at.is_not(None),
        )
        .order_by(o.lead_id, o.closed_at, o.source_id)
    )
    return [Decided(row[0], bool(row[1]), row[2]) for row in conn.execute(query)]


def state_of(conn: sa.Connection, tenant_id: int) -> str:
    """A text that is another one when something may have changed in the book; cheap, whatever its size.

    Whatever changes a lead leaves a trace in one of these: the counts of the newest runs, the last event that was
    worked on, the last thing that others told us, the last move of a score (a hold, a release, a new day).
    """
    r, told = t.run.c, t.told_event.c
    counted = (r.id, r.state, r.contacts, r.activities, r.outcomes, r.changed, r.scored)
    runs = sa.select(*counted).where(r.tenant_id == tenant_id).order_by(r.started_at.desc(), r.id.desc()).limit(8)
    connections = sa.select(t.connection.c.id).where(t.connection.c.tenant_id == tenant_id)
    done = sa.select(sa.func.max(t.inbox.c.done_at)).where(
        t.inbox.c.connection_id.in_(connections), t.inbox.c.done_at.is_not(None)
    )
    heard = sa.select(told.id).where(told.tenant_id == tenant_id).order_by(told.id.desc()).limit(1)
    moved = sa.select(sa.func.max(t.card_change.c.at)).where(t.card_change.c.tenant_id == tenant_id)
    found = [conn.execute(query).scalar() for query in (done, heard, moved)]
    return repr([found, [tuple(row) for row in conn.execute(runs)]])


def _is_open(tenant_id: int) -> sa.ColumnElement[bool]:
    return sa.and_(t.lead.c.tenant_id == tenant_id, t.lead.c.known, ~t.lead.c.archived)


class Face(NamedTuple):
    """What a lead is called by: its id in the CRM, and its fields as JSON."""

    crm_id: str
    fields: str


def faces(conn: sa.Connection, tenant_id: int, lead_ids: Collection[int]) -> dict[int, Face]:
    """Those of the leads that the tenant has, by id."""
    lead = t.lead.c
    query = sa.select(lead.id, lead.crm_id, lead.fields).where(lead.tenant_id == tenant_id, lead.id.in_(list(lead_ids)))
    return {row[0]: Face(*row[1:]) for row in conn.execute(query)}
