"""The audit trail: who did what, when, and what it was before and after."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa

from connector.store import tables as t


class Entry(NamedTuple):
    """One line of the trail."""

    id: int
    at: int
    actor: str
    action: str
    detail: str
    change: Change


class Change(NamedTuple):
    """What something was before and is after, as the screens show it; empty where there is nothing."""

    before: str = ""
    after: str = ""


NO_CHANGE = Change()


def record(
    conn: sa.Connection, tenant_id: int, actor: str, action: str, detail: str, at: int, change: Change = NO_CHANGE
) -> None:
    """Adds a line. Neither secrets nor what is known of a lead belong into it: it outlives both."""
    values = {"actor": actor, "action": action, "detail": detail, "at": at, **change._asdict()}
    conn.execute(sa.insert(t.audit).values(tenant_id=tenant_id, **values))


class Chosen(NamedTuple):
    """Which lines are wanted; empty: all."""

    actor: str = ""
    action: str = ""


ALL = Chosen()


def entries(
    conn: sa.Connection, tenant_id: int, before_id: int | None = None, limit: int = 50, chosen: Chosen = ALL
) -> Sequence[Entry]:
    """The newest lines, or those older than `before_id`."""
    a = t.audit.c
    query = sa.select(a.id, a.at, a.actor, a.action, a.detail, a.before, a.after).where(a.tenant_id == tenant_id)
    query = query.where(*(a[name] == value for name, value in chosen._asdict().items() if value))
    if before_id is not None:
        query = query.where(a.id < before_id)
    return [Entry(*row[:5], Change(*row[5:])) for row in conn.execute(query.order_by(a.id.desc()).limit(limit))]


def actors(conn: sa.Connection, tenant_id: int) -> Sequence[str]:
    """Everybody who did something, by name."""
    return _distinct(conn, t.audit.c.actor, tenant_id)


def actions(conn: sa.Connection, tenant_id: int) -> Sequence[str]:
    """Everything that was done, by name."""
    return _distinct(conn, t.audit.c.action, tenant_id)


def _distinct(conn: sa.Connection, column: sa.Column[str], tenant_id: int) -> Sequence[str]:
    query = sa.select(column).where(t.audit.c.tenant_id == tenant_id).distinct().order_by(column)
    return conn.execute(query).scalars().all()
