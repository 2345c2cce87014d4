"""Published field mappings: a draft becomes the next version, an old version comes back, two are compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from adapters.contract import AdapterError, CrmField
from connector.core.mapping import BoundMapping, differences, from_document, to_document
from connector.core.types import Problem
from connector.flows.actors import Actor
from connector.flows.custom_fields import gather, in_the_way
from connector.flows.mapping_checks import findings, required
from connector.flows.mapping_drafts import DraftMoved, MappingDraft, as_draft, open_draft, saved_text
from connector.flows.mapping_text import narrowed
from connector.flows.reading_again import read_again
from connector.flows.services import Refused, Services
from connector.store import activities as activity_rows
from connector.store import audit, drafts, mapping_versions
from connector.store import leads as lead_rows
from connector.store import problems as problem_rows
from connector.store.audit import Change
from connector.store.database import Scope
from connector.store.mapping_versions import Heading, MappingVersion
from connector.store.problems import ProblemRow
from connector.store.sealing import SealBroken


class BaseMoved(Exception):
    """Somebody published since the draft was begun. `theirs` is the version that is live now."""

    def __init__(self, theirs: MappingVersion | None) -> None:
        super().__init__("Another version was published meanwhile.")
        self.theirs = theirs


class PublishRefused(Exception):
    """The mapping cannot be published as it is. `problems` say why."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(" ".join(problem.text for problem in problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Published:
    """What is about to be published, and how the audit trail names it."""

    draft: MappingDraft
    action: str
    detail: str
    required: frozenset[str]
    """Fields that must be answered for; none where what was good once comes back."""

    @property
    def source(self) -> str:
        """The file, each field narrowed to the property that gives it: nothing is matched anew by itself later."""
        return narrowed(self.draft.text, tuple((one.name, one.property) for one in self.draft.bound.fields))


def publish(svc: Services, scope: Scope, actor: Actor, edition: int) -> int:
    """Makes the draft the next version, judged by the CRM's properties as they are now; its number.

    The next sync reads everything, and every lead is scored again. Raises `DraftMoved`, `BaseMoved`, `PublishRefused`,
    and `Refused` while the CRM does not answer.
    """
    draft = open_draft(svc, scope, live=_live_fields(svc, scope))
    if draft.edition != edition:
        raise DraftMoved(saved_text(svc, scope))
    if draft.base_moved:
        raise BaseMoved(draft.version)
    return _publish(svc, actor, Published(draft, "publish mapping", draft.connection.name, required(svc)))


def roll_back(svc: Services, scope: Scope, actor: Actor, number: int) -> int:
    """Publishes an old version again as the next one; its number. A draft stays. Raises as `publish`."""
    with svc.store.read() as conn:
        old = mapping_versions.version_of(conn, scope, number)
    if old is None:
        raise LookupError(f"There is no version {number} here.")
    bound = from_document(old.document)
    text = narrowed(old.source, tuple((one.name, one.property) for one in bound.fields), agreed=True)
    draft = as_draft(svc, scope, text, live=_live_fields(svc, scope))
    detail = f"{draft.connection.name} to version {number}"
    return _publish(svc, actor, Published(draft, "roll back mapping", detail, frozenset()))


def _live_fields(svc: Services, scope: Scope) -> Sequence[CrmField]:
    """The account's properties at this moment: what is published is judged by nothing older."""
    try:
        return svc.account(scope).fields()
    except AdapterError as error:
        raise Refused(f"Nothing was published: without the CRM it cannot be checked. {error.admin}") from error
    except SealBroken as error:
        raise Refused(f"Nothing was published. {error}") from error


def _publish(svc: Services, actor: Actor, new: Published) -> int:
    draft, scope = new.draft, new.draft.scope
    refused = [problem for problem in findings(draft, new.required) if problem.blocking]
    if refused:
        raise PublishRefused(refused)
    source, document, at = new.source, to_document(draft.bound), svc.now()
    with svc.store.write() as conn:
        _demand_unmoved(conn, svc, draft)
        number = mapping_versions.publish_mapping(conn, scope, source, document, actor.email, at)
        gather(conn, scope.tenant_id, svc.vocabulary)
        _take_effect(conn, scope, draft, at)
        said = "\n".join(differences(draft.live, draft.bound)) or "Nothing is read or written otherwise."
        change = Change(f"version {draft.number}" if draft.number else "", f"version {number}\n{said}")
        audit.record(conn, scope.tenant_id, actor.email, new.action, new.detail, at, change)
    svc.looks.forget(scope)
    svc.for_tenant(scope.tenant_id)
    return number


def _demand_unmoved(conn: sa.Connection, svc: Services, draft: MappingDraft) -> None:
    """In the transaction that publishes: nobody was quicker, and the own fields are free to change."""
    newest = mapping_versions.newest(conn, draft.scope)
    if (newest.version if newest else 0) != draft.number:
        raise BaseMoved(newest)
    if problems := in_the_way(conn, svc.vocabulary, draft.scope, draft.mapping):
        raise PublishRefused(problems)
    about = drafts.about_mapping(draft.connection.id)
    if draft.edition and not drafts.drop_draft(conn, draft.scope.tenant_id, about, draft.edition):
        raise DraftMoved(drafts.draft_of(conn, draft.scope.tenant_id, about))


def _take_effect(conn: sa.Connection, scope: Scope, draft: MappingDraft, at: int) -> None:
    """What a new mapping means for the leads: read again, written whole where the names changed, scored again."""
    for name in _signal_names(draft.live) - _signal_names(draft.bound):
        activity_rows.forget_signal(conn, scope, name)
    if draft.live.writes != draft.bound.writes:
        lead_rows.forget_written(conn, scope)
    read_again(conn, scope, at)
    lead_rows.mark_all_dirty(conn, scope)
    rows = [ProblemRow("", f"field:{one.where}", one.text, one.mend) for one in draft.problems]
    problem_rows.replace_problems(conn, scope, [""], rows, at)


def _signal_names(bound: BoundMapping) -> set[str]:
    return {one.name for one in bound.signals.all()}


# ------------------------------------------------------------------------------------------------------------- history


@dataclass(frozen=True, slots=True)
class Compared:
    """Two versions and what is otherwise in the later one, a sentence each."""

    before: int
    after: int
    differences: Sequence[str]


def history(svc: Services, scope: Scope) -> Sequence[Heading]:
    """Every version, the newest first. Raises `LookupError` when the tenant has no such connection."""
    svc.connection(scope)
    with svc.store.read() as conn:
        return mapping_versions.history(conn, scope)


def version(svc: Services, scope: Scope, number: int) -> MappingVersion:
    """One version. Raises `LookupError` when there is none such."""
    svc.connection(scope)
    with svc.store.read() as conn:
        found = mapping_versions.version_of(conn, scope, number)
    if found is None:
        raise LookupError(f"There is no version {number} here.")
    return found


def compare(svc: Services, scope: Scope, before: int, after: int) -> Compared:
    """Two versions compared. Raises `LookupError` where one of them is not there."""
    old, new = (from_document(version(svc, scope, number).document) for number in (before, after))
    return Compared(before, after, differences(old, new))
