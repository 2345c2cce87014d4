"""Which records to look at when a field mapping is tried out: the newest, and those of a name. Read only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa

from connector.core.types import Activity, Stage
from connector.store import tables as t
from connector.store.database import Scope
from connector.store.lead_filters import Filter
from connector.store.lead_lists import Order, page
from connector.store.prefixes import begins
from connector.store.runs import Run, run_of
from connector.store.words import words_typed

BESIDE = ("signal:", "told:")
"""How the source ids of acts begin that reading a record again does not bring back as they were."""


class Seen(NamedTuple):
    """A lead as far as trying out a mapping needs to know it."""

    id: int
    crm_id: str
    created_at: int
    held_at: int | None
    stage: Stage | None
    """That of its last card."""


class Named(NamedTuple):
    """A lead by the name it goes by; `fields` is JSON."""

    crm_id: str
    fields: str


def _here(scope: Scope) -> sa.ColumnElement[bool]:
    c = t.lead.c
    return sa.and_(c.tenant_id == scope.tenant_id, c.connection_id == scope.connection_id, c.known, ~c.archived)


def newest_ids(conn: sa.Connection, scope: Scope, limit: int) -> list[str]:
    """CRM ids of the leads that came last, the newest first."""
    query = sa.select(t.lead.c.crm_id).where(_here(scope)).order_by(t.lead.c.id.desc()).limit(limit)
    return list(conn.execute(query).scalars())


def seen(conn: sa.Connection, scope: Scope, crm_ids: Sequence[str]) -> dict[str, Seen]:
    """What is known of these records, by CRM id."""
    c = t.lead.c
    query = (
        sa.select(c.id, c.crm_id, c.created_at, c.held_at, t.card.c.stage)
        .join(t.card, t.card.c.lead_id == c.id, isouter=True)
        .where(_here(scope), c.crm_id.in_(list(crm_ids)))
    )
    rows = (Seen(*row[:4], Stage(row[4]) if row[4] else None) for row in conn.execute(query))
    return {row.crm_id: row for row in rows}


def newest(conn: sa.Connection, scope: Scope, limit: int) -> list[Named]:
    """The leads that came last, the newest first."""
    query = sa.select(t.lead.c.crm_id, t.lead.c.fields).where(_here(scope)).order_by(t.lead.c.id.desc()).limit(limit)
    return [Named(*row) for row in conn.execute(query)]


def named(conn: sa.Connection, scope: Scope, text: str, limit: int) -> list[Named]:
    """Scored leads with words that begin like those of `text`, the newest first."""
    words = tuple(words_typed(text))
    kept = Filter(connection_id=scope.connection_id, words=words)
    found = [row.lead_id for row in page(conn, scope.tenant_id, kept, Order.NEWEST, limit=limit).leads] if words else []
    query = sa.select(t.lead.c.id, t.lead.c.crm_id, t.lead.c.fields).where(_here(scope), t.lead.c.id.in_(found))
    rows = {row[0]: Named(*row[1:]) for row in conn.execute(query)}
    return [rows[lead_id] for lead_id in found if lead_id in rows]


def crm_id_of(conn: sa.Connection, scope: Scope, lead_id: int) -> str | None:
    """The CRM id of a lead by our number of it."""
    return conn.execute(sa.select(t.lead.c.crm_id).where(_here(scope), t.lead.c.id == lead_id)).scalar_one_or_none()


def acts_beside(conn: sa.Connection, scope: Scope, lead_id: int) -> list[Activity]:
    """What is known of a lead that the CRM does not tell again: first sightings on the record, and what others told."""
    a = t.activity.c
    beside = sa.or_(*(begins(conn, a.source_id, mark) for mark in BESIDE))
    query = (
        sa.select(a.lead_id, a.source_id, a.kind, a.at, a.campaign)
        .where(a.tenant_id == scope.tenant_id, a.connection_id == scope.connection_id, a.lead_id == lead_id, beside)
        .order_by(a.source_id)
    )
    return [Activity(*row) for row in conn.execute(query)]


def size(conn: sa.Connection, scope: Scope) -> int:
    """How many leads the connection has."""
    return int(conn.execute(sa.select(sa.func.count()).select_from(t.lead).where(_here(scope))).scalar_one())


def largest_sync(conn: sa.Connection, scope: Scope) -> Run | None:
    """The sync that read the most contacts and ended well: how long reading everything takes."""
    r = t.run.c
    mine = sa.and_(r.tenant_id == scope.tenant_id, r.connection_id == scope.connection_id)
    query = sa.select(t.run).where(mine, r.kind == "sync", r.state == "done", r.contacts > 0)
    row = conn.execute(query.order_by(r.contacts.desc(), r.id.desc()).limit(1)).one_or_none()
    return run_of(row) if row else None
