"""Pending grants: what an admin is about to connect, sealed, until it is connected, refused or too old.

The browser holds a random word, we its digest. Each belongs to one person in one agency.
"""

from __future__ import annotations

import sqlalchemy as sa

from connector.store import tables as t


def add_grant(conn: sa.Connection, tenant_id: int, account_id: int, digest: str, sealed: str, ends_at: int) -> None:
    """Keeps it until `ends_at`, in seconds since 1970."""
    values = {"tenant_id": tenant_id, "account_id": account_id, "digest": digest, "sealed": sealed, "ends_at": ends_at}
    conn.execute(sa.insert(t.pending_grant).values(values))


def grant_of(conn: sa.Connection, tenant_id: int, account_id: int, digest: str, at: int) -> str | None:
    """What was kept, sealed; None when there is none such of this person's, or its time is over."""
    query = sa.select(t.pending_grant.c.sealed).where(
        _is(tenant_id, account_id, digest), t.pending_grant.c.ends_at > at
    )
    return conn.execute(query).scalar_one_or_none()


def keep_grant(conn: sa.Connection, tenant_id: int, account_id: int, digest: str, sealed: str) -> None:
    """Keeps something newer in its place."""
    conn.execute(sa.update(t.pending_grant).where(_is(tenant_id, account_id, digest)).values(sealed=sealed))


def take_grant(conn: sa.Connection, tenant_id: int, account_id: int, digest: str, at: int) -> str | None:
    """The same, and it is gone: of two who come at once, one has it."""
    g = t.pending_grant.c
    gone = sa.delete(t.pending_grant).where(_is(tenant_id, account_id, digest)).returning(g.sealed, g.ends_at)
    row = conn.execute(gone).one_or_none()
    return row.sealed if row is not None and row.ends_at > at else None


def forget_grants(conn: sa.Connection, at: int) -> int:
    """Removes whatever is too old by now, whosever it was; how many."""
    return conn.execute(sa.delete(t.pending_grant).where(t.pending_grant.c.ends_at <= at)).rowcount


def _is(tenant_id: int, account_id: int, digest: str) -> sa.ColumnElement[bool]:
    g = t.pending_grant.c
    return sa.and_(g.digest == digest, g.tenant_id == tenant_id, g.account_id == account_id)
