"""Published versions of the scoring model: listed, compared, rolled back; and the models that ship, to begin from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import mappings
from connector.core.model import PRODUCT_INTEREST
from connector.flows.actors import Actor
from connector.flows.model_drafts import BaseMoved, ModelDraft, open_draft, save_text
from connector.flows.model_lines import EMPTY
from connector.flows.model_words import Differences, differences
from connector.flows.publish import PUBLISH, keep_version, usable
from connector.flows.services import Refused, Services
from connector.store import models as model_rows
from connector.store.audit import Change
from connector.store.models import StoredModel, Version
from mappings.splicing import YamlText

PAGE = 50
DRAFT = "draft"
"""What the draft is called where a version may be named by its number."""


class ListedVersion(NamedTuple):
    """A version with what its author noted when publishing it."""

    version: Version
    note: str


class Shipped(NamedTuple):
    """A model that ships with the product."""

    name: str
    title: str
    description: str
    lines: Sequence[str]
    """The ids of its product lines."""


def versions(svc: Services, before: int | None = None) -> Sequence[ListedVersion]:
    """The newest versions, at most `PAGE`."""
    with svc.store.read() as conn:
        found = model_rows.versions_of(conn, svc.tenant.id, before, PAGE)
        details = model_rows.publishing_details(conn, svc.tenant.id, PUBLISH)
    notes = {label: note for label, colon, note in (detail.partition(": ") for detail in details) if colon}
    return [ListedVersion(version, notes.get(version.label, "")) for version in found]


def leads_scored(svc: Services) -> Mapping[str, int]:
    """How many leads are scored by each version, by its label."""
    with svc.store.read() as conn:
        return model_rows.cards_by_label(conn, svc.tenant.id)


def version(svc: Services, number: int) -> StoredModel:
    """One version. Raises `LookupError` when the agency has none such."""
    with svc.store.read() as conn:
        found = model_rows.model_version(conn, svc.tenant.id, number)
    if found is None:
        raise LookupError(f"there is no version {number}")
    return found


def text_of(svc: Services, which: str) -> str:
    """The text of a version by its number, or of the draft. Raises `LookupError`."""
    if which == DRAFT:
        return open_draft(svc).text
    if not (which.isascii() and which.isdigit() and len(which) < 10):
        raise LookupError(f"there is no version {which}")
    return version(svc, int(which)).document


def compare(svc: Services, one: str, other: str) -> Differences:
    """What the second says otherwise than the first, each a number or `DRAFT`. Raises `LookupError`."""
    return differences(text_of(svc, one), text_of(svc, other), svc.vocabulary)


def roll_back(svc: Services, actor: Actor, number: int, live: int) -> StoredModel:
    """Publishes an old version again, as a new one. `live` is the version that its reader saw as the live one.

    Raises `LookupError`, `BaseMoved` when another is live, `Refused` when it says what the live one says, and
    `ModelRefused` or `DocumentError` when this program does not take it any more.
    """
    old = version(svc, number)
    usable(svc, old.document)
    with svc.store.write() as conn:
        now = model_rows.published_model(conn, svc.tenant.id)
        if now is None or now.version != live:
            raise BaseMoved(now)
        if (now.name, now.document) == (old.name, old.document):
            raise Refused(f"Version {now.version} says what version {number} says already.")
        change = Change(*differences(now.document, old.document, svc.vocabulary).sides())
        note = f"Rolled back to version {number}"
        return keep_version(conn, svc, (old.name, old.document), actor.email, note, change)


def lines_to_add(svc: Services, text: str) -> Sequence[str]:
    """The product lines that the agency knows and a model's text does not have."""
    there = [line["id"] for line in YamlText(text).value(("product_lines",)) or ()]
    return [choice for choice in svc.vocabulary.fields[PRODUCT_INTEREST].choices if choice not in there]


def source_of(line_id: str) -> str:
    """The shipped model that describes a product line most fully; `EMPTY` where none does."""
    having = [each for each in shipped() if line_id in each.lines]
    return min(having, key=lambda each: len(each.lines)).name if having else EMPTY


@lru_cache(maxsize=1)
def shipped() -> Sequence[Shipped]:
    """The models that ship, the starter first."""
    found = []
    for name in mappings.model_names():
        root = YamlText(mappings.model_text(name)).value(())
        lines = tuple(line["id"] for line in root["product_lines"])
        found.append(Shipped(name, root["name"], root.get("description", ""), lines))
    return found


def begin_from(svc: Services, actor: Actor, name: str, edition: int, seen: str = "") -> ModelDraft:
    """A shipped model becomes the draft. Raises `LookupError`, `DraftMoved`."""
    if name not in mappings.model_names():
        raise LookupError(f"no model is called {name}")
    return save_text(svc, actor, mappings.model_text(name), edition, seen)
