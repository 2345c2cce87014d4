"""Sessions: who is signed in, in which browser, and whose pages it shows. The browser has the secret, we its digest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa

from connector.store import tables as t

SEEN_EVERY = 60
"""Seconds: when a session was last seen is not kept more precisely, because writing it each time would cost more."""


class Visit(NamedTuple):
    """A session with the person behind it and the role in the agency that is shown."""

    session_id: int
    tenant_id: int
    account_id: int
    email: str
    name: str
    role: str
    seen_at: int
    ends_at: int


class SessionRow(NamedTuple):
    """A session as its owner sees it."""

    id: int
    agent: str
    address: str
    created_at: int
    seen_at: int


class NewSession(NamedTuple):
    """What is kept when somebody signs in."""

    digest: str
    account_id: int
    agent: str
    address: str
    created_at: int
    ends_at: int


def begin(conn: sa.Connection, tenant_id: int, new: NewSession) -> int:
    """A new session that shows this agency; its number."""
    values = {"tenant_id": tenant_id, "seen_at": new.created_at, **new._asdict()}
    begun: int = conn.execute(sa.insert(t.session).returning(t.session.c.id), values).scalar_one()
    return begun


def visit(conn: sa.Connection, digest: str) -> Visit | None:
    """Whose session that is; None when there is none, or when the person is no longer in the agency it shows."""
    s, a, m = t.session.c, t.account.c, t.membership.c
    is_in = sa.and_(m.tenant_id == s.tenant_id, m.account_id == s.account_id)
    query = (
        sa.select(s.id, s.tenant_id, a.id, a.email, a.name, m.role, s.seen_at, s.ends_at)
        .join(t.account, a.id == s.account_id)
        .join(t.membership, is_in)
        .where(s.digest == digest)
    )
    row = conn.execute(query).one_or_none()
    return Visit(*row) if row else None


def seen(conn: sa.Connection, session_id: int, at: int) -> None:
    """The session is in use; kept at most once a minute."""
    stale = sa.and_(t.session.c.id == session_id, t.session.c.seen_at <= at - SEEN_EVERY)
    conn.execute(sa.update(t.session).where(stale).values(seen_at=at))


def show(conn: sa.Connection, session_id: int, account_id: int, tenant_id: int) -> bool:
    """Shows another agency of the person from now on; False where they are in none such."""
    m = t.membership.c
    is_in = sa.exists().where(m.tenant_id == tenant_id, m.account_id == account_id)
    mine = sa.and_(t.session.c.id == session_id, t.session.c.account_id == account_id, is_in)
    return conn.execute(sa.update(t.session).where(mine).values(tenant_id=tenant_id)).rowcount == 1


def sessions_of(conn: sa.Connection, account_id: int, seen_since: int, at: int) -> Sequence[SessionRow]:
    """A person's sessions that still open pages, last seen first."""
    s = t.session.c
    query = sa.select(s.id, s.agent, s.address, s.created_at, s.seen_at)
    lives = query.where(s.account_id == account_id, s.seen_at > seen_since, s.ends_at > at)
    return [SessionRow(*row) for row in conn.execute(lives.order_by(s.seen_at.desc(), s.id.desc()))]


def end(conn: sa.Connection, account_id: int, session_id: int) -> bool:
    """Ends one session of the person; False when there was none such."""
    s = t.session.c
    return conn.execute(sa.delete(t.session).where(s.account_id == account_id, s.id == session_id)).rowcount == 1


def end_others(conn: sa.Connection, account_id: int, keep: int | None = None) -> int:
    """Ends every session of the person but one; how many."""
    chosen = t.session.c.account_id == account_id
    if keep is not None:
        chosen = sa.and_(chosen, t.session.c.id != keep)
    return conn.execute(sa.delete(t.session).where(chosen)).rowcount


def end_in(conn: sa.Connection, tenant_id: int, account_id: int) -> int:
    """Ends the person's sessions that show this agency; how many."""
    s = t.session.c
    return conn.execute(sa.delete(t.session).where(s.tenant_id == tenant_id, s.account_id == account_id)).rowcount


def forget_ended(conn: sa.Connection, seen_since: int, at: int) -> None:
    """Removes what opens no page any more."""
    s = t.session.c
    conn.execute(sa.delete(t.session).where(sa.or_(s.ends_at <= at, s.seen_at <= seen_since)))
