"""Links that work once: set-up, invitation, a way back in. The link holds the secret, we its digest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa

from connector.store import tables as t

KEPT = 30 * 86_400
"""Seconds for which a link that works no more is still known, to say so to who follows it."""


class Ticket(NamedTuple):
    """A link. `kind` is ``setup``, ``invitation`` or ``sign_in``; `role` and `email` may be empty."""

    id: int
    tenant_id: int
    kind: str
    email: str
    role: str
    author: str
    created_at: int
    ends_at: int
    used_at: int | None

    def works(self, now: int) -> bool:
        """Whether it still opens anything."""
        return self.used_at is None and now < self.ends_at


class NewTicket(NamedTuple):
    """What is kept of a new link."""

    digest: str
    kind: str
    email: str
    role: str
    author: str
    created_at: int
    ends_at: int


_COLUMNS = tuple(t.ticket.c[name] for name in Ticket._fields)


def issue(conn: sa.Connection, tenant_id: int, new: NewTicket) -> int:
    """Keeps a new link; its number."""
    conn.execute(sa.delete(t.ticket).where(t.ticket.c.ends_at < new.created_at - KEPT))
    values = {"tenant_id": tenant_id, **new._asdict()}
    issued: int = conn.execute(sa.insert(t.ticket).returning(t.ticket.c.id), values).scalar_one()
    return issued


def by_digest(conn: sa.Connection, digest: str) -> Ticket | None:
    """The link with that digest, whosever it is: it says which agency it is for."""
    row = conn.execute(sa.select(*_COLUMNS).where(t.ticket.c.digest == digest)).one_or_none()
    return Ticket(*row) if row else None


def use(conn: sa.Connection, ticket_id: int, at: int) -> bool:
    """Uses the link up; False when somebody was quicker or its time is over."""
    k = t.ticket.c
    works = sa.and_(k.id == ticket_id, k.used_at.is_(None), k.ends_at > at)
    return conn.execute(sa.update(t.ticket).where(works).values(used_at=at)).rowcount == 1


def open_of(conn: sa.Connection, tenant_id: int, kind: str, at: int) -> Sequence[Ticket]:
    """The agency's links of that kind that still work, newest first."""
    k = t.ticket.c
    works = sa.and_(k.tenant_id == tenant_id, k.kind == kind, k.used_at.is_(None), k.ends_at > at)
    return [Ticket(*row) for row in conn.execute(sa.select(*_COLUMNS).where(works).order_by(k.id.desc()))]


def invitations_to(conn: sa.Connection, email: str, at: int) -> Sequence[Ticket]:
    """Invitations to that address that still work, of whichever agency."""
    k = t.ticket.c
    works = sa.and_(k.kind == "invitation", k.email == email, k.used_at.is_(None), k.ends_at > at)
    return [Ticket(*row) for row in conn.execute(sa.select(*_COLUMNS).where(works).order_by(k.id))]


def revoke(conn: sa.Connection, tenant_id: int, ticket_id: int) -> Ticket | None:
    """Takes an unused link of the agency back; what it was, None when there is none such."""
    k = t.ticket.c
    mine = sa.and_(k.tenant_id == tenant_id, k.id == ticket_id, k.used_at.is_(None))
    row = conn.execute(sa.delete(t.ticket).where(mine).returning(*_COLUMNS)).one_or_none()
    return Ticket(*row) if row else None


def revoke_for(conn: sa.Connection, tenant_id: int, kind: str, email: str) -> None:
    """Takes the unused links of that kind to an address back."""
    k = t.ticket.c
    mine = sa.and_(k.tenant_id == tenant_id, k.kind == kind, k.email == email, k.used_at.is_(None))
    conn.execute(sa.delete(t.ticket).where(mine))
