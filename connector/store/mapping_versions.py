"""Published field mappings: immutable, numbered per connection; the newest one reads and writes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from connector.store import connections
from connector.store import tables as t
from connector.store.database import Scope


class MappingVersion(NamedTuple):
    """A version as its author published it."""

    version: int
    source: str
    """A mapping file."""
    document: Mapping[str, Any]
    """What the file was bound to, see `connector.core.mapping.to_document`."""
    author: str
    published_at: int


class Heading(NamedTuple):
    """A version in a list."""

    version: int
    author: str
    published_at: int


def publish_mapping(
    conn: sa.Connection, scope: Scope, source: str, document: Mapping[str, Any], author: str, at: int
) -> int:
    """Makes this the mapping that reads and writes, as the next version; its number.

    The same file with the same binding as the newest version is no new one.
    """
    last = newest(conn, scope)
    connections.set_mapping(conn, scope, document)
    text = json.dumps(document)
    if last is not None and (last.source, last.document) == (source, json.loads(text)):
        return last.version
    number = last.version + 1 if last else 1
    values = {"version": number, "source": source, "document": text, "author": author, "published_at": at}
    conn.execute(
        sa.insert(t.mapping_version).values(tenant_id=scope.tenant_id, connection_id=scope.connection_id, **values)
    )
    return number


def newest(conn: sa.Connection, scope: Scope) -> MappingVersion | None:
    """The version that reads and writes now; None where the connection is older than versions are."""
    return _one(conn, _of(scope).order_by(t.mapping_version.c.version.desc()).limit(1))


def version_of(conn: sa.Connection, scope: Scope, number: int) -> MappingVersion | None:
    """One version, if there is such."""
    return _one(conn, _of(scope).where(t.mapping_version.c.version == number))


def history(conn: sa.Connection, scope: Scope) -> Sequence[Heading]:
    """Every version, the newest first."""
    v = t.mapping_version.c
    query = sa.select(v.version, v.author, v.published_at).where(_is(scope)).order_by(v.version.desc())
    return [Heading(*row) for row in conn.execute(query)]


def _of(scope: Scope) -> sa.Select[tuple[int, str, str, str, int]]:
    v = t.mapping_version.c
    return sa.select(v.version, v.source, v.document, v.author, v.published_at).where(_is(scope))


def _one(conn: sa.Connection, query: sa.Select[Any]) -> MappingVersion | None:
    row = conn.execute(query).one_or_none()
    return MappingVersion(row[0], row[1], json.loads(row[2]), row[3], row[4]) if row else None


def _is(scope: Scope) -> sa.ColumnElement[bool]:
    v = t.mapping_version.c
    return sa.and_(v.tenant_id == scope.tenant_id, v.connection_id == scope.connection_id)
