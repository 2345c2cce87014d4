"""Flags as lists show them: with their leads, chosen and page by page. Read only."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from connector.store import tables as t
from connector.store.flags import COLUMNS, NAMES, Flag


class Chosen(NamedTuple):
    """Which flags to list; empty or None: whichever. `owner_id` is the CRM's."""

    kind: str = ""
    owner_id: str = ""
    connection_id: int | None = None


WHICHEVER = Chosen()


class ListedFlag(NamedTuple):
    """A flag in a list, with its lead; `score` is the lead's score now, None when it has none.

    `reasons` are the lines behind the reasons that the rep saw, by their ids.
    """

    flag: Flag
    crm_id: str
    fields: Mapping[str, Any]
    archived: bool
    held_at: int | None
    score: int | None
    tier: str
    reasons: tuple[str, ...]
    connection: str
    owner: str


def owners_of_open(conn: sa.Connection, tenant_id: int) -> Sequence[tuple[str, str]]:
    """Whose leads have flags that wait: the CRM's ids and names, by name."""
    f, card = t.flag.c, t.card.c
    query = (
        sa.select(card.owner_id, sa.func.min(sa.func.coalesce(t.owner.c.name, card.owner_id)).label("name"))
        .select_from(t.flag.join(t.card, card.lead_id == f.lead_id).outerjoin(t.owner, _owns(f.connection_id)))
        .where(f.tenant_id == tenant_id, f.answered_at.is_(None), card.owner_id != "")
        .group_by(card.owner_id)
        .order_by("name", card.owner_id)
    )
    return [(row[0], row[1]) for row in conn.execute(query)]


def _owns(connection_id: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    return sa.and_(t.owner.c.connection_id == connection_id, t.owner.c.owner_id == t.card.c.owner_id)


def page(
    conn: sa.Connection,
    tenant_id: int,
    *,
    is_open: bool,
    after: tuple[int, int] | None = None,
    limit: int = 50,
    chosen: Chosen = WHICHEVER,
) -> list[ListedFlag]:
    """Flags that wait, or those with an answer, the newest first, from the one after `after` (time and id)."""
    f = t.flag.c
    at = f.at if is_open else f.answered_at
    state = f.answered_at.is_(None) if is_open else f.answered_at.is_not(None)
    query = _listed(tenant_id).where(state).order_by(at.desc(), f.id.desc()).limit(limit)
    if after is not None:
        query = query.where(sa.or_(at < after[0], sa.and_(at == after[0], f.id < after[1])))
    if chosen.kind:
        query = query.where(f.kind == chosen.kind)
    if chosen.owner_id:
        query = query.where(t.card.c.owner_id == chosen.owner_id)
    if chosen.connection_id is not None:
        query = query.where(f.connection_id == chosen.connection_id)
    return [_listed_flag(row) for row in conn.execute(query)]


def listed(conn: sa.Connection, tenant_id: int, flag_id: int) -> ListedFlag | None:
    """One flag as a list shows it, if the tenant has it."""
    row = conn.execute(_listed(tenant_id).where(t.flag.c.id == flag_id)).one_or_none()
    return _listed_flag(row) if row else None


def _listed(tenant_id: int) -> sa.Select[Any]:
    lead, card = t.lead.c, t.card.c
    return (
        sa.select(
            *COLUMNS, lead.crm_id, lead.fields, lead.archived, lead.held_at, card.score.label("now"), card.tier,
            t.flag.c.reasons, t.connection.c.name.label("connection"), t.owner.c.name.label("owner"),
        )
        .join(t.lead, lead.id == t.flag.c.lead_id)
        .join(t.connection, t.connection.c.id == t.flag.c.connection_id)
        .outerjoin(t.card, card.lead_id == lead.id)
        .outerjoin(t.owner, _owns(t.flag.c.connection_id))
        .where(t.flag.c.tenant_id == tenant_id)
    )  # fmt: skip


def _listed_flag(row: sa.Row[Any]) -> ListedFlag:
    size = len(NAMES)
    crm_id, fields, archived, held_at, score, tier, reasons, connection, owner = row[size:]
    behind = tuple(reasons.split(",")) if reasons else ()
    flag = Flag(*row[:size])
    return ListedFlag(
        flag, crm_id, json.loads(fields), archived, held_at, score, tier or "", behind, connection, owner or ""
    )
