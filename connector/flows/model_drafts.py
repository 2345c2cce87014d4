"""The draft of the scoring model: opened, edited, thrown away, published. Nobody overwrites another silently."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import NamedTuple

import sqlalchemy as sa

import mappings
from connector.core.model import ModelRefused
from connector.flows.actors import Actor
from connector.flows.model_edits import EditRefused, checked
from connector.flows.model_words import differences
from connector.flows.publish import keep_version, usable
from connector.flows.scoring import model_from
from connector.flows.services import Refused, Services
from connector.store import audit
from connector.store import drafts as draft_rows
from connector.store import models as model_rows
from connector.store.audit import Change
from connector.store.drafts import MODEL, NewDraft
from connector.store.models import StoredModel

__all__ = [
    "BaseMoved",
    "DraftMoved",
    "EditRefused",
    "ModelDraft",
    "ModelRefused",
    "NothingChanged",
    "digest_of",
    "discard",
    "edit",
    "open_draft",
    "publish",
    "readable",
    "rebase",
    "save_text",
]

FIRST = "starter"
"""The shipped model that an agency without one begins from."""


class ModelDraft(NamedTuple):
    """What an admin edits. Without a draft of its own it is the live model, else the one to start from."""

    text: str
    edition: int
    """How often it was saved; 0: it is no draft yet."""
    based_on: int
    """The version it began from; 0: there was none."""
    author: str
    saved_at: int
    live: StoredModel | None
    changed: bool
    """Whether it says anything else than the live model does."""

    @property
    def digest(self) -> str:
        """What its reader saw, for `seen`: an edition alone may come again after a draft was thrown away."""
        return digest_of(self.text)

    @property
    def number(self) -> int:
        """The version that it would become."""
        return (self.live.version if self.live else 0) + 1


class DraftMoved(Exception):
    """Somebody saved, published or threw away the draft since its reader saw it. `theirs` is what stands there now."""

    def __init__(self, theirs: ModelDraft) -> None:
        super().__init__("Somebody else changed the draft meanwhile.")
        self.theirs = theirs


class BaseMoved(Exception):
    """Another version was published than the one the draft began from."""

    def __init__(self, live: StoredModel | None) -> None:
        super().__init__("Another version was published since this draft was begun.")
        self.live = live


class NothingChanged(Refused):
    """The draft says what the live version says."""


def digest_of(text: str) -> str:
    """A short name of a text."""
    return hashlib.sha256(text.replace("\r\n", "\n").encode()).hexdigest()[:16]


def open_draft(svc: Services) -> ModelDraft:
    """The draft as it stands."""
    with svc.store.read() as conn:
        return _draft(svc, conn)


def _draft(svc: Services, conn: sa.Connection) -> ModelDraft:
    live = model_rows.published_model(conn, svc.tenant.id)
    kept = draft_rows.draft_of(conn, svc.tenant.id, MODEL)
    if kept is not None:
        changed = live is None or kept.document != live.document
        return ModelDraft(kept.document, kept.edition, kept.based_on, kept.author, kept.saved_at, live, changed)
    if live is not None:
        return ModelDraft(live.document, 0, live.version, "", 0, live, changed=False)
    return ModelDraft(mappings.model_text(FIRST), 0, 0, "", 0, None, changed=True)


def _seen(svc: Services, conn: sa.Connection, edition: int, seen: str) -> ModelDraft:
    """The draft, if it is the one that was seen. Raises `DraftMoved`."""
    draft = _draft(svc, conn)
    if draft.edition != edition or (seen and seen != draft.digest):
        raise DraftMoved(draft)
    return draft


def edit(svc: Services, actor: Actor, edition: int, edits: Mapping[str, str], seen: str = "") -> ModelDraft:
    """Saves the draft with these edits; without any nothing is saved. `seen` is the digest of what the form showed.

    Raises `DraftMoved`, or `EditRefused` with a sentence by path.
    """
    with svc.store.read() as conn:
        draft = _seen(svc, conn, edition, seen)
    text, _ = checked(draft.text, edits, svc.vocabulary)
    return _save(svc, actor, draft, text)


def save_text(svc: Services, actor: Actor, text: str, edition: int, seen: str = "") -> ModelDraft:
    """Saves a whole text as the draft.

    Raises `DraftMoved`, `ModelRefused` with every fault and its line, `DocumentError` when it is no readable YAML.
    """
    with svc.store.read() as conn:
        draft = _seen(svc, conn, edition, seen)
    return _save(svc, actor, draft, readable(svc, text))


def readable(svc: Services, text: str) -> str:
    """A text that is a model, with line ends as files have them. Raises `ModelRefused` or `DocumentError`."""
    text = text.replace("\r\n", "\n").rstrip() + "\n"
    model_from(text, svc.vocabulary)
    return text


def _save(svc: Services, actor: Actor, draft: ModelDraft, text: str) -> ModelDraft:
    if text == draft.text and (draft.edition or draft.live):
        return draft
    new = NewDraft(text, draft.edition, draft.based_on, actor.email)
    with svc.store.write() as conn:
        if draft_rows.save_draft(conn, svc.tenant.id, MODEL, new, svc.now()) is None:
            raise DraftMoved(_draft(svc, conn))
        return _draft(svc, conn)


def discard(svc: Services, actor: Actor, edition: int, seen: str = "") -> ModelDraft:
    """Throws the draft away: what is live stands there again. Raises `DraftMoved`."""
    with svc.store.write() as conn:
        draft = _seen(svc, conn, edition, seen)
        if draft.edition:
            draft_rows.drop_draft(conn, svc.tenant.id, MODEL, draft.edition)
            change = _change(svc, draft.live.document if draft.live else "", draft.text)
            undone = Change(before=change.after, after=change.before)
            audit.record(conn, svc.tenant.id, actor.email, "discard draft", "model", svc.now(), undone)
        return _draft(svc, conn)


def rebase(svc: Services, actor: Actor, edition: int, seen: str = "") -> ModelDraft:
    """The same draft, begun from the version that is live now: publishing it replaces that one knowingly."""
    with svc.store.write() as conn:
        draft = _seen(svc, conn, edition, seen)
        new = NewDraft(draft.text, draft.edition, draft.live.version if draft.live else 0, actor.email)
        if draft_rows.save_draft(conn, svc.tenant.id, MODEL, new, svc.now()) is None:
            raise DraftMoved(_draft(svc, conn))
        return _draft(svc, conn)


def publish(svc: Services, actor: Actor, edition: int, note: str = "", seen: str = "") -> StoredModel:
    """The draft becomes the next version, and every lead is scored again with it.

    Raises `DraftMoved`, `BaseMoved`, `NothingChanged`, or `ModelRefused` with what makes the model useless.
    """
    draft = open_draft(svc)
    model = usable(svc, draft.text)
    with svc.store.write() as conn:
        draft = _seen(svc, conn, edition, seen or draft.digest)
        if draft.based_on != (draft.live.version if draft.live else 0):
            raise BaseMoved(draft.live)
        if not draft.changed:
            raise NothingChanged("Nothing to publish: the draft says what the live version says.")
        change = _change(svc, draft.live.document if draft.live else "", draft.text)
        stored = keep_version(conn, svc, (model.name, draft.text), actor.email, note, change)
        if draft.edition:
            draft_rows.drop_draft(conn, svc.tenant.id, MODEL, draft.edition)
    return stored


def _change(svc: Services, before: str, after: str) -> Change:
    return Change(*differences(before, after, svc.vocabulary).sides()) if before else Change("", "The first model")
