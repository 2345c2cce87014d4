"""Secrets by which webhooks prove themselves, and whose events they may speak of.

A secret of an app proves every account of that kind: only the operator adds one. A secret of a connection belongs to
the connection's own address, and proves that connection's account alone. An address is known by the digest of its
secret part. Several secrets may be valid at once, so that one can be replaced without a gap.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from connector.store import tables as t
from connector.store.database import Scope


class HookSecret(NamedTuple):
    """A secret as it is listed. `connection` is its name; empty: of an app."""

    id: int
    kind: str
    connection: str
    created_at: int


class OwnAddress(NamedTuple):
    """What stands behind a connection's own address."""

    scope: Scope
    account_id: str
    sealed: Sequence[str]


class Route(NamedTuple):
    """A connection that hears of an account; `mapping` is its published mapping, JSON."""

    tenant_id: int
    connection_id: int
    mapping: str


_SECRET = t.hook_secret.c
_CONNECTION = t.connection.c


def add_app_secret(conn: sa.Connection, kind: str, sealed: str, at: int) -> int:
    """Adds a secret that proves every account of this kind; its id."""
    new = sa.insert(t.hook_secret).values(kind=kind, sealed=sealed, created_at=at)
    return int(conn.execute(new.returning(_SECRET.id)).scalar_one())


def add_own_secret(conn: sa.Connection, scope: Scope, address: str, sealed: str, at: int) -> int:
    """Adds a secret of the connection's own address; its id. Raises `NoResultFound` when it is not the tenant's."""
    mine = sa.select(
        _CONNECTION.kind, _CONNECTION.id, sa.literal(address), sa.literal(sealed), sa.literal(at, sa.BigInteger)
    ).where(_CONNECTION.tenant_id == scope.tenant_id, _CONNECTION.id == scope.connection_id)
    columns = ["kind", "connection_id", "address", "sealed", "created_at"]
    new = sa.insert(t.hook_secret).from_select(columns, mine)
    return int(conn.execute(new.returning(_SECRET.id)).scalar_one())


def address_of(conn: sa.Connection, scope: Scope) -> str:
    """The digest of the connection's newest address; empty when it has none."""
    query = _listed(scope.tenant_id, _SECRET.address).where(_SECRET.connection_id == scope.connection_id)
    return str(conn.execute(query.order_by(_SECRET.id.desc()).limit(1)).scalar_one_or_none() or "")


def own_secrets(conn: sa.Connection, scope: Scope) -> Sequence[str]:
    """The sealed secrets of the connection's own address, the newest first."""
    query = _listed(scope.tenant_id, _SECRET.sealed).where(_SECRET.connection_id == scope.connection_id)
    return conn.execute(query.order_by(_SECRET.id.desc())).scalars().all()


def app_secrets(conn: sa.Connection, kind: str) -> Sequence[str]:
    """The sealed secrets of the app of this kind."""
    query = sa.select(_SECRET.sealed).where(_SECRET.kind == kind, _SECRET.connection_id.is_(None))
    return conn.execute(query.order_by(_SECRET.id)).scalars().all()


def behind(conn: sa.Connection, kind: str, address: str) -> OwnAddress | None:
    """The connection whose own address this is, with all of its secrets; None when it is nobody's."""
    its = (
        sa.select(_SECRET.connection_id)
        .where(_SECRET.kind == kind, _SECRET.address == address, _SECRET.connection_id.is_not(None))
        .limit(1)
        .scalar_subquery()
    )
    query = (
        sa.select(_CONNECTION.tenant_id, _CONNECTION.id, _CONNECTION.account_id, _SECRET.sealed)
        .join(t.connection, _CONNECTION.id == _SECRET.connection_id)
        .where(_SECRET.connection_id == its)
        .order_by(_SECRET.id)
    )
    rows = conn.execute(query).all()
    return OwnAddress(Scope(rows[0][0], rows[0][1]), rows[0][2], [row[3] for row in rows]) if rows else None


def routes(conn: sa.Connection, kind: str, account_id: str) -> Sequence[Route]:
    """Every connection, whoever's, that is to this account: where the events of a proven webhook go."""
    query = sa.select(_CONNECTION.tenant_id, _CONNECTION.id, _CONNECTION.mapping)
    found = query.where(_CONNECTION.kind == kind, _CONNECTION.account_id == account_id).order_by(_CONNECTION.id)
    return [Route(*row) for row in conn.execute(found)]


def secrets_for(conn: sa.Connection, tenant_id: int) -> Sequence[HookSecret]:
    """The secrets of the tenant's connections and those of apps, oldest first."""
    name = sa.func.coalesce(_CONNECTION.name, "")
    query = _listed(tenant_id, _SECRET.id, _SECRET.kind, name, _SECRET.created_at).order_by(_SECRET.id)
    return [HookSecret(*row) for row in conn.execute(query)]


def remove_secret(conn: sa.Connection, tenant_id: int, secret_id: int) -> bool:
    """Removes a secret of the tenant's or of an app; False when there is none such."""
    mine = _listed(tenant_id, _SECRET.id).where(_SECRET.id == secret_id)
    return conn.execute(sa.delete(t.hook_secret).where(_SECRET.id.in_(mine))).rowcount > 0


def _listed(tenant_id: int, *columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """Of the secrets a tenant may see: its own, and the apps'."""
    joined = sa.outerjoin(t.hook_secret, t.connection, _CONNECTION.id == _SECRET.connection_id)
    mine = sa.or_(_SECRET.connection_id.is_(None), _CONNECTION.tenant_id == tenant_id)
    return sa.select(*columns).select_from(joined).where(mine)
