"""Connections: one CRM account of a tenant, its sealed credentials, cursors and published field mapping."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from connector.store import tables as t
from connector.store.database import Scope


@dataclass(frozen=True, slots=True)
class Connection:
    """One CRM account of a tenant. `cursors` holds, per stream, where the next pass starts."""

    id: int
    tenant_id: int
    kind: str
    name: str
    account_id: str
    record_url: str
    base_url: str | None
    sealed: str
    mapping: Mapping[str, Any]
    cursors: Mapping[str, str]
    trouble: str
    rescored_on: str
    sync_every: int
    """Seconds between syncs that begin by themselves; 0: none does."""
    sync_at: int
    live_at: int
    """Not before that is live work done: the CRM asked for patience, or it failed."""
    retry_at: int
    nightly_on: str
    missing: str

    @property
    def scope(self) -> Scope:
        """Whose rows this is about."""
        return Scope(self.tenant_id, self.id)


def _of(row: sa.Row[Any]) -> Connection:
    return Connection(
        id=row.id,
        tenant_id=row.tenant_id,
        kind=row.kind,
        name=row.name,
        account_id=row.account_id,
        record_url=row.record_url,
        base_url=row.base_url,
        sealed=row.credentials,
        mapping=json.loads(row.mapping),
        cursors=json.loads(row.cursors),
        trouble=row.trouble,
        rescored_on=row.rescored_on,
        sync_every=row.sync_every,
        sync_at=row.sync_at,
        live_at=row.live_at,
        retry_at=row.retry_at,
        nightly_on=row.nightly_on,
        missing=row.missing,
    )


def connections_of(conn: sa.Connection, tenant_id: int) -> Sequence[Connection]:
    """The tenant's connections, oldest first."""
    query = sa.select(t.connection).where(t.connection.c.tenant_id == tenant_id).order_by(t.connection.c.id)
    return [_of(row) for row in conn.execute(query)]


def connection_by_id(conn: sa.Connection, scope: Scope) -> Connection:
    """The connection. Raises `LookupError` when the tenant has no such connection."""
    query = sa.select(t.connection).where(_is(scope))
    row = conn.execute(query).one_or_none()
    if row is None:
        raise LookupError(
            f"There is no connection {scope.connection_id} here. `leadtier doctor` lists what is connected."
        )
    return _of(row)


def connection_to(conn: sa.Connection, tenant_id: int, kind: str, account_id: str) -> Connection | None:
    """The tenant's connection to this account, if there is one."""
    c = t.connection.c
    query = sa.select(t.connection).where(c.tenant_id == tenant_id, c.kind == kind, c.account_id == account_id)
    row = conn.execute(query).one_or_none()
    return _of(row) if row else None


def _is(scope: Scope) -> sa.ColumnElement[bool]:
    return sa.and_(t.connection.c.tenant_id == scope.tenant_id, t.connection.c.id == scope.connection_id)


_AFRESH = {"trouble": "", "retry_at": 0, "live_at": 0}
"""What a connection no longer waits for when somebody has connected it again."""


def save_connection(conn: sa.Connection, tenant_id: int, values: Mapping[str, Any], at: int) -> int:
    """Adds the connection, or renews the one to the same account; its id. Leads and cursors of an old one stay."""
    same = sa.and_(
        t.connection.c.tenant_id == tenant_id,
        t.connection.c.kind == values["kind"],
        t.connection.c.account_id == values["account_id"],
    )
    found = conn.execute(sa.select(t.connection.c.id).where(same)).scalar_one_or_none()
    if found is not None:
        conn.execute(sa.update(t.connection).where(t.connection.c.id == found).values(**values, **_AFRESH))
        return int(found)
    new = sa.insert(t.connection).values(tenant_id=tenant_id, created_at=at, **values)
    return int(conn.execute(new.returning(t.connection.c.id)).scalar_one())


def set_cursors(conn: sa.Connection, scope: Scope, cursors: Mapping[str, str]) -> None:
    """Moves the connection on to where the next pass starts."""
    conn.execute(sa.update(t.connection).where(_is(scope)).values(cursors=json.dumps(cursors)))


def set_mapping(conn: sa.Connection, scope: Scope, mapping: Mapping[str, Any]) -> None:
    """Publishes a field mapping."""
    conn.execute(sa.update(t.connection).where(_is(scope)).values(mapping=json.dumps(mapping)))


def set_credentials(conn: sa.Connection, scope: Scope, sealed: str) -> None:
    """Keeps refreshed credentials."""
    conn.execute(sa.update(t.connection).where(_is(scope)).values(credentials=sealed))


def rename(conn: sa.Connection, scope: Scope, name: str) -> bool:
    """Calls it so from now on; False when another of the tenant's is called so."""
    c = t.connection.c
    taken = sa.select(c.id).where(c.tenant_id == scope.tenant_id, c.name == name, c.id != scope.connection_id)
    if conn.execute(taken).first() is not None:
        return False
    conn.execute(sa.update(t.connection).where(_is(scope)).values(name=name))
    return True


def set_trouble(conn: sa.Connection, scope: Scope, sentence: str) -> None:
    """What a person must do before this connection works again; empty when all is well."""
    conn.execute(sa.update(t.connection).where(_is(scope)).values(trouble=sentence))


def set_rescored_on(conn: sa.Connection, scope: Scope, day: str) -> None:
    """The tenant's date for which every lead has been marked for scoring."""
    conn.execute(sa.update(t.connection).where(_is(scope)).values(rescored_on=day))


def set_cadence(conn: sa.Connection, scope: Scope, every: int, at: int) -> None:
    """How many seconds lie between syncs (0: none begins by itself), and when the next is due."""
    conn.execute(sa.update(t.connection).where(_is(scope)).values(sync_every=every, sync_at=at))


def set_sync_at(conn: sa.Connection, scope: Scope, at: int) -> None:
    """When the next sync is due."""
    conn.execute(sa.update(t.connection).where(_is(scope)).values(sync_at=at))


def try_again_at(conn: sa.Connection, scope: Scope, at: int) -> None:
    """The last sync or reconciliation failed: no other begins by itself before that, and a sync then at the latest."""
    sooner = sa.case((t.connection.c.sync_at > at, at), else_=t.connection.c.sync_at)
    conn.execute(sa.update(t.connection).where(_is(scope)).values(retry_at=at, sync_at=sooner))


def ended_well(conn: sa.Connection, scope: Scope) -> None:
    """The last sync or reconciliation ended well: the next need not wait."""
    conn.execute(sa.update(t.connection).where(_is(scope)).values(retry_at=0))


def set_nightly_on(conn: sa.Connection, scope: Scope, day: str) -> None:
    """The tenant's date of the last reconciliation that came to its end."""
    conn.execute(sa.update(t.connection).where(_is(scope)).values(nightly_on=day))


def set_missing(conn: sa.Connection, scope: Scope, question: str) -> None:
    """The question that stands, as JSON: so many leads were not seen. Empty: none."""
    conn.execute(sa.update(t.connection).where(_is(scope)).values(missing=question))


def set_live_at(conn: sa.Connection, scope: Scope, at: int) -> None:
    """Before that no live work is done; 0: at any time."""
    conn.execute(sa.update(t.connection).where(_is(scope)).values(live_at=at))
