"""Published models: immutable, numbered per tenant; the newest one scores."""

from __future__ import annotations

from dataclasses import dataclass

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
