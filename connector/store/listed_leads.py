"""Leads as a list shows them: what stands in a row, read for the few of a page."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from connector.core.types import ScoreCard
from connector.store import tables as t
from connector.store.cards import Change, last_changes, load_card
from connector.store.prefixes import looked_at


class ListedLead(NamedTuple):
    """A scored lead in a list. `flagged`: a flag waits for an answer; `move`: what moved its score last."""

    id: int
    crm_id: str
    connection_id: int
    record_url: str
    created_at: int
    fields: Mapping[str, Any]
    held_at: int | None
    card: ScoreCard
    owner: str
    flagged: bool
    move: Change | None


def listed_leads(conn: sa.Connection, tenant_id: int, lead_ids: Sequence[int]) -> list[ListedLead]:
    """These leads as a list shows them, in their order; one that has no card any more is left out."""
    c, lead, o = t.card.c, t.lead.c, t.owner.c
    named = sa.and_(o.connection_id == lead.connection_id, o.owner_id == c.owner_id, o.tenant_id == tenant_id)
    query = (
        sa.select(lead.id, lead.crm_id, lead.connection_id, t.connection.c.record_url, lead.created_at, lead.fields,
                  lead.held_at, c.document, o.name)
        .join_from(t.card, t.lead, lead.id == c.lead_id)
        .join(t.connection, t.connection.c.id == lead.connection_id)
        .outerjoin(t.owner, named)
        .where(looked_at(c.tenant_id) == tenant_id, c.lead_id.in_(lead_ids))
    )  # fmt: skip
    moves, flagged = last_changes(conn, tenant_id, lead_ids), _flagged(conn, tenant_id, lead_ids)
    found = {
        row[0]: ListedLead(
            *row[:5], json.loads(row[5]), row[6], load_card(row[7]), row[8] or "", row[0] in flagged, moves.get(row[0])
        )
        for row in conn.execute(query)
    }
    return [found[lead_id] for lead_id in lead_ids if lead_id in found]


def _flagged(conn: sa.Connection, tenant_id: int, lead_ids: Sequence[int]) -> set[int]:
    """Those of these leads with a flag that waits for an answer."""
    f = t.flag.c
    mine = looked_at(f.tenant_id) == tenant_id
    query = sa.select(f.lead_id).where(mine, f.lead_id.in_(lead_ids), f.answered_at.is_(None))
    return set(conn.execute(query).scalars())
