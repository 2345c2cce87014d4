"""Full passes: which leads a reading of the whole book has delivered, and which it has not."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa

from connector.store import tables as t
from connector.store.database import Scope


def _there(scope: Scope) -> sa.ColumnElement[bool]:
    mine = sa.and_(t.lead.c.tenant_id == scope.tenant_id, t.lead.c.connection_id == scope.connection_id)
    return sa.and_(mine, t.lead.c.known, ~t.lead.c.archived)


def mark_seen(conn: sa.Connection, scope: Scope, crm_ids: Collection[str], run_id: int) -> None:
    """The CRM delivered these records to this run."""
    if crm_ids:
        chosen = sa.and_(_there(scope), t.lead.c.crm_id.in_(list(crm_ids)))
        conn.execute(sa.update(t.lead).where(chosen).values(seen=run_id))


def _unseen(scope: Scope, run_id: int, began: int) -> sa.ColumnElement[bool]:
    return sa.and_(_there(scope), t.lead.c.seen != run_id, t.lead.c.created_at < began)


def unseen(conn: sa.Connection, scope: Scope, run_id: int, began: int, limit: int) -> Sequence[str]:
    """CRM ids of leads made before `began` that were not delivered to this run."""
    query = sa.select(t.lead.c.crm_id).where(_unseen(scope, run_id, began)).order_by(t.lead.c.id).limit(limit)
    return conn.execute(query).scalars().all()


def count(conn: sa.Connection, scope: Scope, run_id: int, began: int) -> tuple[int, int]:
    """How many leads there are that were made before `began`, and how many of them were not delivered to this run."""
    missing: sa.ColumnElement[Any] = sa.func.count().filter(_unseen(scope, run_id, began))
    query = sa.select(sa.func.count(), missing).where(_there(scope), t.lead.c.created_at < began)
    of, gone = conn.execute(query).one()
    return of, gone


def count_there(conn: sa.Connection, scope: Scope) -> int:
    """How many leads the connection has that the CRM has too, as far as we know."""
    found: int = conn.execute(sa.select(sa.func.count()).select_from(t.lead).where(_there(scope))).scalar_one()
    return found
