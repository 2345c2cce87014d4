"""Activities and outcomes, one row per lead and source id: the same act counts once however often it arrives."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import sqlalchemy as sa

from connector.core.types import Activity, Acts
from connector.store import tables as t
from connector.store.database import Scope
from connector.store.prefixes import begins
from connector.store.upserts import insert, upsert


class OutcomeRow(NamedTuple):
    """How one sale to one lead stands."""

    lead_id: int
    source_id: str
    state: str
    created_at: int | None
    closed_at: int | None
    amount: float | None


_SIGNALS = "signal:"
"""How the source ids of signals begin, see core.mapping."""


def _key(scope: Scope) -> dict[str, Any]:
    return {"tenant_id": scope.tenant_id, "connection_id": scope.connection_id}


def _values(scope: Scope, rows: Iterable[Activity]) -> list[dict[str, Any]]:
    key = _key(scope)
    return [
        {
            **key,
            "lead_id": act.lead_id,
            "source_id": act.source_id,
            "kind": act.kind,
            "at": act.at,
            "campaign": act.campaign,
        }
        for act in rows
    ]


def replace_activities(
    conn: sa.Connection, scope: Scope, source_ids: Collection[str], rows: Iterable[Activity]
) -> set[int]:
    """Makes `rows` all there is of these source ids; the leads for whom that changed anything.

    An act that moved to another contact, changed or was deleted in the CRM is thereby followed.
    """
    before = _stored(conn, scope, source_ids)
    now = {(row.lead_id, row.source_id): row for row in rows}
    gone = [key for key in before if key not in now]
    new = [row for key, row in now.items() if before.get(key) != row]
    _delete(conn, scope, gone)
    if new:
        conn.execute(upsert(conn, t.activity), _values(scope, new))
    return {lead_id for lead_id, _ in gone} | {row.lead_id for row in new}


def _stored(conn: sa.Connection, scope: Scope, source_ids: Collection[str]) -> dict[tuple[int, str], Activity]:
    a = t.activity.c
    query = sa.select(a.lead_id, a.source_id, a.kind, a.at, a.campaign).where(
        a.tenant_id == scope.tenant_id, a.connection_id == scope.connection_id, a.source_id.in_(list(source_ids))
    )
    return {(row[0], row[1]): Activity(*row) for row in conn.execute(query).all()}


def _delete(conn: sa.Connection, scope: Scope, keys: Sequence[tuple[int, str]]) -> None:
    if keys:
        a = t.activity.c
        statement = sa.delete(t.activity).where(
            a.tenant_id == scope.tenant_id, a.lead_id == sa.bindparam("of_lead"), a.source_id == sa.bindparam("of_id")
        )
        conn.execute(statement, [{"of_lead": lead_id, "of_id": source_id} for lead_id, source_id in keys])


def add_signals(conn: sa.Connection, scope: Scope, rows: Iterable[Activity]) -> set[int]:
    """Adds acts read off the contact itself; the first sighting of a source id stays. The leads that got a new one."""
    now = {(row.lead_id, row.source_id): row for row in rows}
    a = t.activity.c
    leads = {lead_id for lead_id, _ in now}
    query = sa.select(a.lead_id, a.source_id).where(
        a.tenant_id == scope.tenant_id,
        a.lead_id.in_(list(leads)),
        begins(conn, a.source_id, _SIGNALS),
    )
    seen = {(row[0], row[1]) for row in conn.execute(query).all()} if leads else set()
    new = [row for key, row in now.items() if key not in seen]
    if new:
        statement = insert(conn, t.activity).on_conflict_do_nothing()
        conn.execute(statement, _values(scope, new))
    return {row.lead_id for row in new}


def add_activities(conn: sa.Connection, scope: Scope, rows: Iterable[Activity]) -> None:
    """Adds acts that do not come from the CRM; the first sighting of a source id stays."""
    if values := _values(scope, rows):
        conn.execute(insert(conn, t.activity).on_conflict_do_nothing(), values)


def activities_of(conn: sa.Connection, scope: Scope, lead_ids: Collection[int]) -> list[Activity]:
    """All acts of these leads, clustered by lead."""
    a = t.activity.c
    query = (
        sa.select(a.lead_id, a.source_id, a.kind, a.at, a.campaign)
        .where(a.tenant_id == scope.tenant_id, a.lead_id.in_(list(lead_ids)))
        .order_by(a.lead_id, a.source_id)
    )
    return [Activity(*row) for row in conn.execute(query).all()]


def acts_of(conn: sa.Connection, scope: Scope, lead_ids: Collection[int]) -> Acts:
    """The same in columns, as scoring wants them."""
    a = t.activity.c
    query = sa.select(a.lead_id, a.kind, a.at, a.campaign).where(
        a.tenant_id == scope.tenant_id, a.lead_id.in_(list(lead_ids))
    )
    rows = conn.execute(query).all()
    return Acts(*zip(*rows, strict=True)) if rows else Acts((), (), (), ())


def replace_outcomes(
    conn: sa.Connection, scope: Scope, source_ids: Collection[str], rows: Iterable[OutcomeRow]
) -> None:
    """Makes `rows` all there is of these deals."""
    o = t.outcome.c
    chosen = sa.and_(
        o.tenant_id == scope.tenant_id, o.connection_id == scope.connection_id, o.source_id.in_(list(source_ids))
    )
    conn.execute(sa.delete(t.outcome).where(chosen))
    now = {(row.lead_id, row.source_id): row for row in rows}
    if now:
        conn.execute(sa.insert(t.outcome), [{**_key(scope), **row._asdict()} for row in now.values()])


def with_activities(conn: sa.Connection, scope: Scope, lead_ids: Collection[int]) -> set[int]:
    """Those of the leads that have any activity."""
    a = t.activity.c
    query = sa.select(a.lead_id).distinct().where(a.tenant_id == scope.tenant_id, a.lead_id.in_(list(lead_ids)))
    return set(conn.execute(query).scalars())


def move(conn: sa.Connection, scope: Scope, losers: Collection[int], winner: int) -> None:
    """Gives the acts and outcomes of merged-away leads to the one that stays."""
    rows = activities_of(conn, scope, losers)
    if rows:
        statement = insert(conn, t.activity).on_conflict_do_nothing()
        conn.execute(statement, _values(scope, [replace(row, lead_id=winner) for row in rows]))
        by_lead: dict[int, list[str]] = defaultdict(list)
        for row in rows:
            by_lead[row.lead_id].append(row.source_id)
        _delete(conn, scope, [(lead_id, source_id) for lead_id, ids in by_lead.items() for source_id in ids])
    o = t.outcome.c
    conn.execute(sa.delete(t.outcome).where(o.tenant_id == scope.tenant_id, o.lead_id.in_(list(losers))))


def forget_signal(conn: sa.Connection, scope: Scope, name: str) -> None:
    """Removes what one signal of the contact has told so far: it is not listened to any more."""
    a = t.activity.c
    told = sa.or_(a.source_id == f"{_SIGNALS}{name}", begins(conn, a.source_id, f"{_SIGNALS}{name}:"))
    conn.execute(
        sa.delete(t.activity).where(a.tenant_id == scope.tenant_id, a.connection_id == scope.connection_id, told)
    )
