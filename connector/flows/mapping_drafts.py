"""The draft of a connection's field mapping: opened, edited, thrown away. Nothing here reads or writes a lead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import mappings
from adapters.contract import CrmField, FieldType
from connector.core.mapping import BoundMapping, CrmMapping, MappingRefused, bind
from connector.core.types import Problem
from connector.core.vocabulary import Vocabulary
from connector.flows.account_look import outcomes
from connector.flows.actors import Actor
from connector.flows.custom_fields import words_for
from connector.flows.looks import Look
from connector.flows.mapping_edits import LONGEST, EditRefused, apply
from connector.flows.mapping_look import look
from connector.flows.mapping_names import resolved
from connector.flows.mapping_source import shipped
from connector.flows.mapping_text import narrowed, parsed
from connector.flows.services import Services
from connector.store import audit, drafts, mapping_versions
from connector.store.connections import Connection
from connector.store.database import Scope
from connector.store.drafts import Draft, NewDraft
from connector.store.mapping_versions import MappingVersion


class DraftMoved(Exception):
    """Somebody else saved or dropped the draft meanwhile. `theirs` is what stands now, None where nothing does."""

    def __init__(self, theirs: Draft | None) -> None:
        super().__init__("The draft was changed by somebody else meanwhile.")
        self.theirs = theirs


@dataclass(frozen=True, slots=True)
class MappingDraft:
    """A draft, or what one would begin from (`edition` 0), with all that is needed to judge it."""

    connection: Connection
    text: str
    """A mapping file."""
    edition: int
    based_on: int
    """The version it began from; 0: older than versions are."""
    author: str
    saved_at: int
    mapping: CrmMapping
    bound: BoundMapping
    """The mapping fitted to the live properties; to those that were published where the CRM does not answer."""
    problems: Sequence[Problem]
    """What binding found."""
    live: BoundMapping
    """What reads and writes now."""
    version: MappingVersion | None
    """The version that is `live`."""
    look: Look
    words: Vocabulary
    """The words with this draft's own fields."""
    base: Vocabulary
    """The words without them: those that ship, and other connections' own."""

    @property
    def scope(self) -> Scope:
        """Whose mapping it is."""
        return self.connection.scope

    @property
    def number(self) -> int:
        """The number of the version that is live; 0 where there is none yet."""
        return self.version.version if self.version else 0

    @property
    def base_moved(self) -> bool:
        """Whether somebody published since it was begun."""
        return bool(self.edition) and self.based_on != self.number

    @property
    def changed(self) -> bool:
        """Whether it says something else than what is live."""
        return self.edition > 0


def open_draft(
    svc: Services, scope: Scope, *, fresh: bool = False, live: Sequence[CrmField] | None = None
) -> MappingDraft:
    """The draft as it was saved last, or the live mapping; `fresh` asks the CRM again for its properties.

    `live` are the properties where they were asked for just now.

    Raises `MappingRefused` or `DocumentError` when the saved text is not usable any more, `Refused` where no mapping
    ships for a connection older than versions are, and `LookupError` when the tenant has no such connection.
    """
    found = look(svc, scope, fresh=fresh)
    found = found if live is None else replace(found, fields=live)
    with svc.store.read() as conn:
        version = mapping_versions.newest(conn, scope)
        saved = drafts.draft_of(conn, scope.tenant_id, drafts.about_mapping(scope.connection_id))
    return _made(svc, svc.connection(scope), version, saved or _begun(svc, scope, version), found)


def as_draft(svc: Services, scope: Scope, text: str, *, live: Sequence[CrmField] | None = None) -> MappingDraft:
    """A mapping file that nobody saved, judged as the draft would be. Raises as `open_draft`."""
    found = look(svc, scope)
    found = found if live is None else replace(found, fields=live)
    with svc.store.read() as conn:
        version = mapping_versions.newest(conn, scope)
    saved = Draft(text, 0, version.version if version else 0, "", 0)
    return _made(svc, svc.connection(scope), version, saved, found)


def saved_text(svc: Services, scope: Scope) -> Draft | None:
    """The draft's text as it stands, usable or not."""
    with svc.store.read() as conn:
        return drafts.draft_of(conn, scope.tenant_id, drafts.about_mapping(scope.connection_id))


def _made(
    svc: Services, connection: Connection, version: MappingVersion | None, saved: Draft, found: Look
) -> MappingDraft:
    live = svc.mapping(connection.scope)
    base = words_for(svc, connection.scope)
    mapping = parsed(saved.document, base)
    words = base.with_custom(mapping.custom)
    bound, problems = bind(mapping, found.fields or _remembered(live), outcomes(words))
    return MappingDraft(connection, *saved, mapping, bound, problems, live, version, found, words, base)


def _begun(svc: Services, scope: Scope, version: MappingVersion | None) -> Draft:
    """What a draft begins from: the live mapping with every field narrowed to the property that gives it now."""
    connection = svc.connection(scope)
    text = version.source if version else shipped(connection.kind)
    pairs = tuple((field.name, field.property) for field in svc.mapping(scope).fields)
    return Draft(narrowed(text, pairs), 0, version.version if version else 0, "", 0)


def _remembered(live: BoundMapping) -> list[CrmField]:
    """The properties as they were when the live mapping was published, for when the CRM does not answer."""
    read = [CrmField(one.property, one.label, one.type, missing_on=one.missing_on) for one in live.fields]
    others = {*live.writes.values(), *live.signals.properties()} - {field.name for field in read}
    return read + [CrmField(name, name, FieldType.TEXT) for name in sorted(others)]


# ------------------------------------------------------------------------------------------------------------- changes


def edit(svc: Services, scope: Scope, actor: Actor, edition: int, edits: Mapping[str, str]) -> MappingDraft:
    """Saves the draft with these edits, as `mapping_edits` names them; properties may be given by their labels.

    Raises `EditRefused` with a sentence by path, `DraftMoved` when `edition` is not what stands now.
    """
    draft = open_draft(svc, scope)
    if draft.edition != edition:
        raise DraftMoved(saved_text(svc, scope))
    text = edited(draft, edits)
    if text != draft.text or not edition:
        _save(svc, scope, NewDraft(text, edition, draft.based_on, actor.email))
    return open_draft(svc, scope)


def edited(draft: MappingDraft, edits: Mapping[str, str]) -> str:
    """The draft's text with these edits, checked; nothing is saved. Raises `EditRefused`."""
    text = apply(draft.text, resolved(edits, draft.look.fields))
    try:
        parsed(text, draft.base)
    except mappings.DocumentError as error:
        raise EditRefused({"": str(error)}) from error
    except MappingRefused as error:
        raise EditRefused(beside(error.problems)) from error
    return text


def beside(problems: Sequence[Problem]) -> dict[str, str]:
    """What is wrong with a mapping, by the paths of the inputs that show it."""
    found: dict[str, str] = {}
    for problem in problems:
        path = _input(problem.where)
        sentence = f"{problem.text} {problem.mend}"
        found[path] = f"{found[path]} {sentence}" if path in found else sentence
    return found


def _input(where: str) -> str:
    head, _, rest = where.partition(".")
    match head:
        case "fields":
            name, _, key = rest.partition(".")
            return f"field.{name}.{key.replace('options.', 'option.')}" if key else f"field.{name}.from"
        case "custom":
            return f"custom.{rest}" if "." in rest else f"custom.{rest}.label"
        case "activities":
            return f"activity.{rest.replace('.rules.', '.rule.')}"
    return ""


def save_text(svc: Services, scope: Scope, actor: Actor, text: str, edition: int) -> MappingDraft:
    """Saves a whole mapping file as the draft.

    Raises `DocumentError`, `MappingRefused`, `EditRefused`, `DraftMoved`.
    """
    if len(text) > LONGEST:
        raise EditRefused({"": f"A mapping may have {LONGEST:,} characters, and this has {len(text):,}."})
    judged = as_draft(svc, scope, text.replace("\r\n", "\n"))
    if judged.mapping.crm != judged.connection.kind:
        kinds = f"This is a mapping for {judged.mapping.crm}, and the connection is to {judged.connection.kind}."
        raise EditRefused({"": kinds})
    saved = saved_text(svc, scope)
    _save(svc, scope, NewDraft(judged.text, edition, saved.based_on if saved else judged.number, actor.email))
    return open_draft(svc, scope)


def take_as_newest(svc: Services, scope: Scope, actor: Actor, edition: int) -> MappingDraft:
    """Lets the draft stand on the version that is live now, though somebody published since it was begun."""
    draft = open_draft(svc, scope)
    _save(svc, scope, NewDraft(draft.text, edition, draft.number, actor.email))
    return open_draft(svc, scope)


def discard(svc: Services, scope: Scope, actor: Actor, edition: int) -> None:
    """Throws the draft away. Raises `DraftMoved`."""
    about = drafts.about_mapping(scope.connection_id)
    with svc.store.write() as conn:
        if not drafts.drop_draft(conn, scope.tenant_id, about, edition):
            raise DraftMoved(drafts.draft_of(conn, scope.tenant_id, about))
        name = svc.connection(scope).name
        audit.record(conn, scope.tenant_id, actor.email, "discard mapping draft", name, svc.now())


def _save(svc: Services, scope: Scope, new: NewDraft) -> None:
    about = drafts.about_mapping(scope.connection_id)
    with svc.store.write() as conn:
        if drafts.save_draft(conn, scope.tenant_id, about, new, svc.now()) is None:
            raise DraftMoved(drafts.draft_of(conn, scope.tenant_id, about))
