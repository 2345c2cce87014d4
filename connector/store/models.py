"""Published models: immutable, numbered per tenant; the newest one scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import sqlalchemy as sa

from connector.store import tables as t


@dataclass(frozen=True, slots=True)
class StoredModel:
    """A published model as its author wrote it."""

    version: int
    name: str
    document: str

    @property
    def label(self) -> str:
        """What is written next to a score: name and number."""
        return f"{self.name} v{self.version}"


class Version(NamedTuple):
    """A published version as a list names it."""

    version: int
    name: str
    author: str
    published_at: int

    @property
    def label(self) -> str:
        """What is written next to a score: name and number."""
        return f"{self.name} v{self.version}"


def published_model(conn: sa.Connection, tenant_id: int) -> StoredModel | None:
    """The model that scores now."""
    m = t.model.c
    query = sa.select(m.version, m.name, m.document).where(m.tenant_id == tenant_id).order_by(m.version.desc()).limit(1)
    row = conn.execute(query).one_or_none()
    return StoredModel(*row) if row else None


def published_version(conn: sa.Connection, tenant_id: int) -> int | None:
    """The number of the model that scores now: all that is needed to know whether it is the one at hand."""
    m = t.model.c
    version: int | None = conn.execute(sa.select(sa.func.max(m.version)).where(m.tenant_id == tenant_id)).scalar_one()
    return version


def publish_model(conn: sa.Connection, tenant_id: int, name: str, document: str, author: str, at: int) -> StoredModel:
    """Adds a version; old ones stay, so that every score can be explained by the model that made it."""
    last = published_model(conn, tenant_id)
    stored = StoredModel(last.version + 1 if last else 1, name, document)
    values = {"version": stored.version, "name": name, "document": document, "author": author, "published_at": at}
    conn.execute(sa.insert(t.model).values(tenant_id=tenant_id, **values))
    return stored


def versions_of(conn: sa.Connection, tenant_id: int, before: int | None = None, limit: int = 50) -> Sequence[Version]:
    """The newest versions, or those older than number `before`, the newest first."""
    m = t.model.c
    query = sa.select(m.version, m.name, m.author, m.published_at).where(m.tenant_id == tenant_id)
    if before is not None:
        query = query.where(m.version < before)
    return [Version(*row) for row in conn.execute(query.order_by(m.version.desc()).limit(limit))]


def model_version(conn: sa.Connection, tenant_id: int, version: int) -> StoredModel | None:
    """One version with its document."""
    m = t.model.c
    query = sa.select(m.version, m.name, m.document).where(m.tenant_id == tenant_id, m.version == version)
    row = conn.execute(query).one_or_none()
    return StoredModel(*row) if row else None


def cards_by_label(conn: sa.Connection, tenant_id: int) -> Mapping[str, int]:
    """How many leads are scored by each version, by its label. It looks at every card: seconds of a large book."""
    c = t.card.c
    query = (
        sa.select(c.model_version, sa.func.count().label("leads"))
        .where(c.tenant_id == tenant_id)
        .group_by(c.model_version)
    )
    return {row.model_version: row.leads for row in conn.execute(query)}


def publishing_details(conn: sa.Connection, tenant_id: int, action: str, limit: int = 500) -> Sequence[str]:
    """What the audit trail keeps of publishing: the label of the version, and behind a colon what its author noted."""
    a = t.audit.c
    query = sa.select(a.detail).where(a.tenant_id == tenant_id, a.action == action)
    return list(conn.execute(query.order_by(a.id.desc()).limit(limit)).scalars())
