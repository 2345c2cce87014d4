"""Tenants: the agencies. One is made on first use, so that a single agency never has to think about it."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from connector.store import tables as t
from connector.store.upserts import insert


@dataclass(frozen=True, slots=True)
class Tenant:
    """One agency."""

    id: int
    name: str
    time_zone: str
    custom_fields: str = "{}"
    """Its own lead fields beside the vocabulary's, as JSON; see `Vocabulary.with_custom`."""


_COLUMNS = (t.tenant.c.id, t.tenant.c.name, t.tenant.c.time_zone, t.tenant.c.custom_fields)


def tenant_named(conn: sa.Connection, name: str) -> Tenant | None:
    """The tenant of that name, if there is one."""
    row = conn.execute(sa.select(*_COLUMNS).where(t.tenant.c.name == name)).one_or_none()
    return Tenant(*row) if row else None


RENAMED = "rename agency"
"""What the audit trail calls a change of name."""


def tenant_once_named(conn: sa.Connection, name: str) -> Tenant | None:
    """The tenant that had that name before it got another, the last one if there were several.

    The process's settings name the tenant they are for, and nobody changes them when an owner renames the agency.
    """
    was = sa.and_(t.audit.c.tenant_id == t.tenant.c.id, t.audit.c.action == RENAMED, t.audit.c.before == name)
    query = sa.select(*_COLUMNS).join(t.audit, was).order_by(t.audit.c.id.desc()).limit(1)
    row = conn.execute(query).one_or_none()
    return Tenant(*row) if row else None


def rename(conn: sa.Connection, tenant_id: int, name: str) -> None:
    """Gives the tenant another name, which no other has."""
    conn.execute(sa.update(t.tenant).where(t.tenant.c.id == tenant_id).values(name=name))


def tenant_by_id(conn: sa.Connection, tenant_id: int) -> Tenant:
    """The tenant. Raises `LookupError` when there is none such."""
    row = conn.execute(sa.select(*_COLUMNS).where(t.tenant.c.id == tenant_id)).one_or_none()
    if row is None:
        raise LookupError(f"There is no agency {tenant_id} here.")
    return Tenant(*row)


def add_tenant(conn: sa.Connection, name: str, time_zone: str, at: int) -> Tenant:
    """A new tenant; `time_zone` is an IANA name and decides when its days begin."""
    statement = insert(conn, t.tenant).values(name=name, time_zone=time_zone, created_at=at)
    conn.execute(statement.on_conflict_do_nothing(index_elements=["name"]))  # another process may be as new as this one
    made = tenant_named(conn, name)
    if made is None:
        raise LookupError(f"The agency {name!r} was removed while it was made. Start again.")
    return made


def set_time_zone(conn: sa.Connection, tenant_id: int, time_zone: str) -> None:
    """Moves the tenant's midnight, and with it the days on which time moves its cards: the next one looks at all."""
    conn.execute(sa.update(t.tenant).where(t.tenant.c.id == tenant_id).values(time_zone=time_zone))
    conn.execute(sa.update(t.card).where(t.card.c.tenant_id == tenant_id).values(moves_on=0))


def set_custom_fields(conn: sa.Connection, tenant_id: int, fields: str) -> None:
    """Keeps the tenant's own lead fields, as JSON."""
    conn.execute(sa.update(t.tenant).where(t.tenant.c.id == tenant_id).values(custom_fields=fields))
