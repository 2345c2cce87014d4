"""A connection that leaves: its rows go in portions, so that nobody else waits long for the database.

Leads take with them what hangs on them: activities, outcomes, cards, history, flags, words, rows that wait.
"""

from __future__ import annotations

import sqlalchemy as sa

from connector.store import tables as t
from connector.store.database import Scope
from connector.store.drafts import about_mapping

DISCONNECT = "disconnect"
"""The kind of the run that removes a connection. It ends with the connection, and its row goes with it."""
SEALED_SHUT = 2**53
"""A time that never comes, in seconds since 1970."""


def shut(conn: sa.Connection, scope: Scope, sentence: str) -> None:
    """From now on nothing begins by itself, and no webhook of the connection's own address is let in."""
    values = {"trouble": sentence, "sync_every": 0, "live_at": SEALED_SHUT, "retry_at": SEALED_SHUT, "missing": ""}
    conn.execute(sa.update(t.connection).where(_is(scope)).values(values))
    mine = sa.select(t.connection.c.id).where(_is(scope))
    conn.execute(sa.delete(t.hook_secret).where(t.hook_secret.c.connection_id.in_(mine)))


def leads_left(conn: sa.Connection, scope: Scope) -> int:
    """How many leads, known or not, are there still."""
    lead = t.lead.c
    mine = sa.and_(lead.tenant_id == scope.tenant_id, lead.connection_id == scope.connection_id)
    return int(conn.execute(sa.select(sa.func.count()).where(mine)).scalar_one())


def remove_leads(conn: sa.Connection, scope: Scope, limit: int) -> int:
    """Removes up to so many leads with all that hangs on them, and what others told of them; how many."""
    lead = t.lead.c
    mine = sa.and_(lead.tenant_id == scope.tenant_id, lead.connection_id == scope.connection_id)
    ids = conn.execute(sa.select(lead.id).where(mine).order_by(lead.id).limit(limit)).scalars().all()
    if ids:
        told = t.told_event.c
        conn.execute(sa.delete(t.told_event).where(told.tenant_id == scope.tenant_id, told.lead_id.in_(ids)))
        conn.execute(sa.delete(t.lead).where(mine, lead.id.in_(ids)))
    return len(ids)


def remove_events(conn: sa.Connection, scope: Scope, limit: int) -> int:
    """Removes up to so many hints; how many."""
    return _some(conn, t.inbox, scope, limit)


def remove_runs(conn: sa.Connection, scope: Scope, limit: int) -> int:
    """Removes up to so many runs and problems but the run that does this; how many."""
    keep = t.run.c.kind != DISCONNECT
    return _some(conn, t.run, scope, limit, keep) + _some(conn, t.problem, scope, limit)


def remove_connection(conn: sa.Connection, scope: Scope) -> bool:
    """Removes the connection with what is left of it; False when it is gone already."""
    named = sa.select(t.connection.c.name).where(_is(scope)).scalar_subquery()
    told = t.told_event.c
    waiting = sa.and_(told.tenant_id == scope.tenant_id, told.connection == named, told.lead_id.is_(None))
    conn.execute(sa.delete(t.told_event).where(waiting))
    mine = sa.select(t.connection.c.id).where(_is(scope)).scalar_subquery()
    conn.execute(sa.delete(t.hook_count).where(t.hook_count.c.connection_id == mine))
    draft = t.draft.c
    about = about_mapping(scope.connection_id)
    conn.execute(sa.delete(t.draft).where(draft.tenant_id == scope.tenant_id, draft.about == about))
    return conn.execute(sa.delete(t.connection).where(_is(scope))).rowcount > 0


def _some(conn: sa.Connection, table: sa.Table, scope: Scope, limit: int, *also: sa.ColumnElement[bool]) -> int:
    mine = sa.and_(table.c.tenant_id == scope.tenant_id, table.c.connection_id == scope.connection_id, *also)
    chosen = sa.select(table.c.id).where(mine).limit(limit)
    return conn.execute(sa.delete(table).where(table.c.id.in_(chosen))).rowcount


def _is(scope: Scope) -> sa.ColumnElement[bool]:
    return sa.and_(t.connection.c.tenant_id == scope.tenant_id, t.connection.c.id == scope.connection_id)
