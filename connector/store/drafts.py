"""Drafts: one of the model and one of each connection's field mapping, whoever edits."""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa

from connector.store import tables as t

MODEL = "model"


class Draft(NamedTuple):
    """A draft as it was saved last. `edition` counts its savings from 1; `based_on` is the version it began from."""

    document: str
    edition: int
    based_on: int
    author: str
    saved_at: int


class NewDraft(NamedTuple):
    """What is saved. `edition` is the one that its author saw: 0 where there was no draft."""

    document: str
    edition: int
    based_on: int
    author: str


def about_mapping(connection_id: int) -> str:
    """What a draft of this connection's field mapping is kept under."""
    return f"mapping:{connection_id}"


def draft_of(conn: sa.Connection, tenant_id: int, about: str) -> Draft | None:
    """The draft, if there is one."""
    d = t.draft.c
    query = sa.select(d.document, d.edition, d.based_on, d.author, d.saved_at).where(_is(tenant_id, about))
    row = conn.execute(query).one_or_none()
    return Draft(*row) if row else None


def save_draft(conn: sa.Connection, tenant_id: int, about: str, new: NewDraft, at: int) -> Draft | None:
    """Saves it; None when somebody else saved or dropped it since its author saw it, and then nothing is changed."""
    saved = Draft(new.document, new.edition + 1, new.based_on, new.author, at)
    if new.edition:
        seen = sa.and_(_is(tenant_id, about), t.draft.c.edition == new.edition)
        changed = conn.execute(sa.update(t.draft).where(seen).values(**saved._asdict())).rowcount
        return saved if changed else None
    if draft_of(conn, tenant_id, about) is not None:
        return None
    conn.execute(sa.insert(t.draft).values(tenant_id=tenant_id, about=about, **saved._asdict()))
    return saved


def drop_draft(conn: sa.Connection, tenant_id: int, about: str, edition: int) -> bool:
    """Throws it away; false when it is not the one that was seen."""
    seen = sa.and_(_is(tenant_id, about), t.draft.c.edition == edition)
    return bool(conn.execute(sa.delete(t.draft).where(seen)).rowcount)


def _is(tenant_id: int, about: str) -> sa.ColumnElement[bool]:
    return sa.and_(t.draft.c.tenant_id == tenant_id, t.draft.c.about == about)
