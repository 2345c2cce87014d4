"""What one lead did and what became of it, for its page."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from connector.store import tables as t


class OutcomeSeen(NamedTuple):
    """A sale as the CRM tells it: open, won or lost, since when, and for how much."""

    state: str
    created_at: int | None
    closed_at: int | None
    amount: float | None


def last_act(conn: sa.Connection, tenant_id: int, lead_id: int, kinds: Collection[str]) -> int | None:
    """When a lead last did something of these kinds, if ever."""
    a = t.activity.c
    query = sa.select(sa.func.max(a.at)).where(a.tenant_id == tenant_id, a.lead_id == lead_id, a.kind.in_(kinds))
    at: int | None = conn.execute(query).scalar_one()
    return at


def outcomes_of(conn: sa.Connection, tenant_id: int, lead_id: int) -> Sequence[OutcomeSeen]:
    """The sales a lead has a part in, the newest first."""
    o = t.outcome.c
    query = sa.select(o.state, o.created_at, o.closed_at, o.amount)
    mine = query.where(o.tenant_id == tenant_id, o.lead_id == lead_id)
    return [OutcomeSeen(*row) for row in conn.execute(mine.order_by(sa.func.coalesce(o.created_at, 0).desc()))]
