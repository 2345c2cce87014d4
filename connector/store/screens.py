"""What the screens show: lists and pages across a tenant's connections. Read only; every query has the tenant."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from connector.core.types import ScoreCard
from connector.store import tables as t
from connector.store.cards import load_card


class LeadRecord(NamedTuple):
    """A lead with all that stands beside it. `waiting` are values not written yet, `refused` the CRM's sentence."""

    id: int
    crm_id: str
    connection_id: int
    connection: str
    record_url: str
    created_at: int
    fields: Mapping[str, Any]
    archived: bool
    dirty: bool
    written: Mapping[str, str | None]
    written_at: int | None
    waiting: Mapping[str, str | None]
    refused: str
    held_at: int | None
    owner: str
    """What the owner is called in the CRM; empty: nobody, or nobody we know."""


class ListedAct(NamedTuple):
    """One activity of a lead."""

    kind: str
    at: int
    campaign: str


class ListedProblem(NamedTuple):
    """A problem with the lead it is about; `lead_id` is None for one of the connection as a whole."""

    id: int
    connection: str
    record_id: str
    lead_id: int | None
    where: str
    text: str
    mend: str
    at: int
    connection_id: int


class ProblemGroup(NamedTuple):
    """Problems of one kind: an example, and how many there are."""

    example: ListedProblem
    records: int


def spread(conn: sa.Connection, tenant_id: int) -> list[tuple[str, int, int]]:
    """Tier, score and how many leads have them."""
    c = t.card.c
    query = sa.select(c.tier, c.score, sa.func.count()).where(c.tenant_id == tenant_id).group_by(c.tier, c.score)
    return [(row[0], row[1], row[2]) for row in conn.execute(query)]


def lead_record(conn: sa.Connection, tenant_id: int, lead_id: int) -> LeadRecord | None:
    """The lead, if the tenant has it."""
    lead, box = t.lead.c, t.outbox.c
    query = (
        sa.select(
            t.lead, t.connection.c.name, t.connection.c.record_url, box["values"].label("waiting"), box.parked,
            t.owner.c.name.label("owner"),
        )
        .join(t.connection, t.connection.c.id == lead.connection_id)
        .outerjoin(t.outbox, box.lead_id == lead.id)
        .outerjoin(t.card, t.card.c.lead_id == lead.id)
        .outerjoin(
            t.owner,
            sa.and_(t.owner.c.connection_id == lead.connection_id, t.owner.c.owner_id == t.card.c.owner_id),
        )
        .where(lead.tenant_id == tenant_id, lead.id == lead_id, lead.known)
    )  # fmt: skip
    row = conn.execute(query).one_or_none()
    return _record(row) if row else None


def _record(row: sa.Row[Any]) -> LeadRecord:
    return LeadRecord(
        id=row.id,
        crm_id=row.crm_id,
        connection_id=row.connection_id,
        connection=row.name,
        record_url=row.record_url,
        created_at=row.created_at,
        fields=json.loads(row.fields),
        archived=row.archived,
        dirty=row.dirty > 0,
        written=json.loads(row.written),
        written_at=row.written_at,
        waiting=json.loads(row.waiting or "{}"),
        refused=row.parked or "",
        held_at=row.held_at,
        owner=row.owner or "",
    )


def card_of(conn: sa.Connection, tenant_id: int, lead_id: int) -> ScoreCard | None:
    """The lead's last card, if it has one."""
    c = t.card.c
    query = sa.select(c.document).where(c.tenant_id == tenant_id, c.lead_id == lead_id)
    text = conn.execute(query).scalar_one_or_none()
    return load_card(text) if text else None


def moves_on(conn: sa.Connection, tenant_id: int, lead_id: int) -> int | None:
    """The first day (proleptic ordinal in the tenant's zone) on which time alone may change its card; None: never."""
    c = t.card.c
    query = sa.select(c.moves_on).where(c.tenant_id == tenant_id, c.lead_id == lead_id)
    day: int | None = conn.execute(query).scalar_one_or_none()
    return day


def acts_of(conn: sa.Connection, tenant_id: int, lead_id: int, limit: int) -> tuple[int, Sequence[ListedAct]]:
    """How many activities a lead has, and the newest of them."""
    a = t.activity.c
    mine = sa.and_(a.tenant_id == tenant_id, a.lead_id == lead_id)
    total = conn.execute(sa.select(sa.func.count()).where(mine)).scalar_one()
    query = sa.select(a.kind, a.at, a.campaign).where(mine).order_by(a.at.desc(), a.source_id).limit(limit)
    return total, [ListedAct(*row) for row in conn.execute(query)]


_PROBLEMS = t.problem.join(t.connection, t.connection.c.id == t.problem.c.connection_id).outerjoin(
    t.lead,
    sa.and_(t.lead.c.connection_id == t.problem.c.connection_id, t.lead.c.crm_id == t.problem.c.record_id),
)


def _problems(tenant_id: int) -> sa.Select[Any]:
    p = t.problem.c
    columns = (p.id, t.connection.c.name, p.record_id, t.lead.c.id, p.where, p.text, p.mend, p.at, p.connection_id)
    return sa.select(*columns).select_from(_PROBLEMS).where(p.tenant_id == tenant_id)


def problems_page(
    conn: sa.Connection,
    tenant_id: int,
    where: str = "",
    after: int = 0,
    limit: int = 50,
    connection_id: int | None = None,
) -> list[ListedProblem]:
    """Problems in the order they were found, from the one after `after`; `where` keeps those of one place."""
    query = _problems(tenant_id).where(t.problem.c.id > after).order_by(t.problem.c.id).limit(limit)
    if where:
        query = query.where(t.problem.c.where == where)
    if connection_id is not None:
        query = query.where(t.problem.c.connection_id == connection_id)
    return [ListedProblem(*row) for row in conn.execute(query)]


def problem_groups(conn: sa.Connection, tenant_id: int, limit: int) -> list[ProblemGroup]:
    """One example of each kind of problem with how many there are; those of a connection as a whole come first."""
    p = t.problem.c
    whole = p.record_id == ""
    counted = (
        sa.select(sa.func.min(p.id).label("first"), sa.func.count().label("count"))
        .where(p.tenant_id == tenant_id)
        .group_by(p.connection_id, p.where, whole)
        .subquery()
    )
    query = _problems(tenant_id).add_columns(counted.c.count).join(counted, counted.c.first == p.id)
    ordered = query.order_by(~whole, counted.c.count.desc(), p.id).limit(limit)
    return [ProblemGroup(ListedProblem(*row[:-1]), row[-1]) for row in conn.execute(ordered)]


def problems_of_lead(conn: sa.Connection, tenant_id: int, lead_id: int) -> list[ListedProblem]:
    """What is wrong with one record."""
    query = _problems(tenant_id).where(t.lead.c.id == lead_id).order_by(t.problem.c.id)
    return [ListedProblem(*row) for row in conn.execute(query)]


def runs_before(conn: sa.Connection, tenant_id: int, before: int | None, limit: int) -> Sequence[sa.Row[Any]]:
    """The tenant's runs with the name of their connection, newest first, those older than run `before`."""
    query = (
        sa.select(t.run, t.connection.c.name)
        .join(t.connection, t.connection.c.id == t.run.c.connection_id)
        .where(t.run.c.tenant_id == tenant_id)
        .order_by(t.run.c.id.desc())
        .limit(limit)
    )
    return conn.execute(query.where(t.run.c.id < before) if before else query).all()


def synced_at(conn: sa.Connection, tenant_id: int) -> dict[int, int]:
    """When the last run that read all that was new began, by connection: the CRM is mirrored up to there."""
    return ended_well_at(conn, tenant_id, ("sync", "reconcile"))


def ended_well_at(conn: sa.Connection, tenant_id: int, kinds: Collection[str]) -> dict[int, int]:
    """When the last run of these kinds that ended well began, by connection."""
    r = t.run.c
    query = (
        sa.select(r.connection_id, sa.func.max(r.started_at))
        .where(r.tenant_id == tenant_id, r.kind.in_(kinds), r.state == "done")
        .group_by(r.connection_id)
    )
    return {row[0]: row[1] for row in conn.execute(query)}
