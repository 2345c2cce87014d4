"""How many leads stood in each tier at the beginning of each day."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from connector.core.types import Tier
from connector.store import tables as t
from connector.store.upserts import insert

KEPT = 400
"""Days."""


def keep_day(conn: sa.Connection, tenant_id: int, day: int) -> None:
    """Keeps how many leads stand in each tier now for this day (proleptic ordinal), unless that is kept already.

    A book without any scored lead has no standing: the first sync would look like a week's work.
    """
    d = t.tier_day.c
    if conn.execute(sa.select(d.tier).where(d.tenant_id == tenant_id, d.day == day).limit(1)).first():
        return
    found = standing(conn, tenant_id)
    if not any(found.values()):
        return
    rows = [{"tenant_id": tenant_id, "day": day, "tier": tier, "leads": leads} for tier, leads in found.items()]
    conn.execute(insert(conn, t.tier_day).on_conflict_do_nothing(), rows)
    conn.execute(sa.delete(t.tier_day).where(d.tenant_id == tenant_id, d.day < day - KEPT))


def standing(conn: sa.Connection, tenant_id: int) -> dict[str, int]:
    """How many leads stand in each tier now, the hottest first."""
    c = t.card.c
    query = sa.select(c.tier, sa.func.count()).where(c.tenant_id == tenant_id).group_by(c.tier)
    found = {row[0]: row[1] for row in conn.execute(query)}
    return {tier.value: found.get(tier.value, 0) for tier in Tier}


def days_since(conn: sa.Connection, tenant_id: int, day: int) -> Mapping[int, Mapping[str, int]]:
    """Leads by tier at the beginning of each day kept from that day on, the oldest first."""
    d = t.tier_day.c
    query = sa.select(d.day, d.tier, d.leads).where(d.tenant_id == tenant_id, d.day >= day).order_by(d.day)
    found: dict[int, dict[str, int]] = {}
    for of, tier, leads in conn.execute(query):
        found.setdefault(of, {})[tier] = leads
    return found
