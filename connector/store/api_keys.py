"""Keys of the ingest API: kept as a digest, so that nobody who reads the database can use one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from connector.store import tables as t
from connector.store.upserts import insert

USED_EVERY = 60
"""Seconds: the time of last use is not kept more precisely, because writing it for every request would cost more."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One key. Times are seconds since 1970; a revoked one keeps its name."""

    id: int
    tenant_id: int
    name: str
    created_at: int
    used_at: int | None
    revoked_at: int | None


_COLUMNS = tuple(t.api_key.c[name] for name in ApiKey.__dataclass_fields__)


def add_key(conn: sa.Connection, tenant_id: int, name: str, digest: str, at: int) -> bool:
    """Keeps a new key; False when the tenant has one of that name."""
    values = {"tenant_id": tenant_id, "name": name, "digest": digest, "created_at": at}
    statement = insert(conn, t.api_key).on_conflict_do_nothing(index_elements=["tenant_id", "name"])
    return conn.execute(statement.returning(t.api_key.c.id), values).first() is not None


def key_by_digest(conn: sa.Connection, digest: str) -> ApiKey | None:
    """The key with that digest, whosever it is: it says which tenant is speaking."""
    row = conn.execute(sa.select(*_COLUMNS).where(t.api_key.c.digest == digest)).one_or_none()
    return ApiKey(*row) if row else None


def keys_of(conn: sa.Connection, tenant_id: int) -> Sequence[ApiKey]:
    """The tenant's keys, oldest first."""
    query = sa.select(*_COLUMNS).where(t.api_key.c.tenant_id == tenant_id).order_by(t.api_key.c.id)
    return [ApiKey(*row) for row in conn.execute(query)]


def revoke_key(conn: sa.Connection, tenant_id: int, name: str, at: int) -> bool:
    """The key of that name works no more; False when there is none that did."""
    key = t.api_key.c
    chosen = sa.and_(key.tenant_id == tenant_id, key.name == name, key.revoked_at.is_(None))
    return conn.execute(sa.update(t.api_key).where(chosen).values(revoked_at=at)).rowcount == 1


def used_key(conn: sa.Connection, tenant_id: int, key_id: int, at: int) -> None:
    """The key was used; kept at most once a minute."""
    key = t.api_key.c
    stale = sa.or_(key.used_at.is_(None), key.used_at <= at - USED_EVERY)
    chosen = sa.and_(key.tenant_id == tenant_id, key.id == key_id, stale)
    conn.execute(sa.update(t.api_key).where(chosen).values(used_at=at))
