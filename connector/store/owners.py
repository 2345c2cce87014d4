"""Owners: the CRM's users who may own leads."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from adapters.contract import Owner
from connector.store import tables as t
from connector.store.database import Scope


def replace_owners(conn: sa.Connection, scope: Scope, owners: Sequence[Owner]) -> None:
    """Makes these all the owners of the connection."""
    o = t.owner.c
    conn.execute(sa.delete(t.owner).where(o.tenant_id == scope.tenant_id, o.connection_id == scope.connection_id))
    whose = {"tenant_id": scope.tenant_id, "connection_id": scope.connection_id}
    rows = [
        {
            **whose,
            "owner_id": owner.id,
            "name": owner.name,
            "email": owner.email,
            "active": owner.active,
            "user_id": owner.user_id,
        }
        for owner in {owner.id: owner for owner in owners}.values()
    ]
    if rows:
        conn.execute(sa.insert(t.owner), rows)


def name_of(conn: sa.Connection, scope: Scope, user: str) -> str:
    """What a user is called, by the id an owner property holds or the one the CRM uses elsewhere; empty: not known."""
    o = t.owner.c
    query = sa.select(o.name).where(
        o.tenant_id == scope.tenant_id,
        o.connection_id == scope.connection_id,
        sa.or_(o.owner_id == user, o.user_id == user),
    )
    return str(conn.execute(query.limit(1)).scalar_one_or_none() or "") if user else ""


def names_of_all(conn: sa.Connection, tenant_id: int) -> dict[str, str]:
    """The tenant's owners by the id an owner property holds, in the order of their names; all names of an id shared."""
    o = t.owner.c
    query = sa.select(o.owner_id, o.name).where(o.tenant_id == tenant_id).order_by(o.name, o.owner_id)
    found: dict[str, list[str]] = {}
    for owner_id, name in conn.execute(query):
        found.setdefault(owner_id, []).append(name)
    return {owner_id: " / ".join(dict.fromkeys(names)) for owner_id, names in found.items()}
