"""The frame of the mapping pages: whose mapping, what drifted, what stands between the draft and publishing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from adapters.contract import CrmField
from connector.core.mapping import differences, drift, wanted_fields
from connector.core.types import Problem
from connector.flows.mapping_drafts import MappingDraft
from connector.flows.services import Refused, Services
from connector.store import connections as connection_rows
from connector.store.connections import Connection


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around every page of a mapping."""

    connections: Sequence[Connection]
    """All of the agency, for the switch."""
    crm: str
    """What the kind of CRM is called."""
    drifted: Sequence[Problem]
    """What changed in the CRM since the live mapping was published."""
    blocking: Sequence[Problem]
    notes: Sequence[Problem]
    changes: Sequence[str]
    """What publishing would change, a sentence each."""
    next_version: int
    rows_of: frozenset[str]
    """The fields that have a row on the page; others are read from properties of ours."""

    @property
    def can_publish(self) -> bool:
        """Whether there is something to publish, and nothing speaks against it."""
        return bool(self.changes) and not self.blocking


def frame(svc: Services, draft: MappingDraft, problems: Sequence[Problem]) -> Frame:
    """The frame of a draft's pages; `problems` are what `mapping_checks.findings` said."""
    with svc.store.read() as conn:
        connections = connection_rows.connections_of(conn, svc.tenant.id)
    return Frame(
        connections=connections,
        crm=crm_name(svc, draft.connection.kind),
        drifted=drift(draft.live, draft.look.fields) if draft.look.fields else [],
        blocking=[problem for problem in problems if problem.blocking],
        notes=[problem for problem in problems if not problem.blocking],
        changes=changes(draft),
        next_version=draft.number + 1,
        rows_of=frozenset(draft.words.fields)
        - {one.reads.name for one in draft.mapping.score_fields.fields if one.reads},
    )


def changes(draft: MappingDraft) -> Sequence[str]:
    """What publishing would change, a sentence each; without the CRM's answer only what the draft itself says."""
    said = differences(draft.live, draft.bound)
    if said or not draft.look.fields:
        return said
    return ["Nothing is read or written otherwise; what was agreed to is kept."] if draft.edition else []


def crm_name(svc: Services, kind: str) -> str:
    """What people call a kind of CRM."""
    try:
        return svc.crm(kind).capabilities.name
    except Refused:
        return kind


# ---------------------------------------------------------------------------------------------------------- write back


class There(StrEnum):
    """Whether a score field is in the CRM; the text is what a person reads."""

    EXISTS = "Exists"
    MISSING = "Missing"
    READ_ONLY = "Read-only"
    DIFFERS = "Another type"
    UNKNOWN = "Not known"


@dataclass(frozen=True, slots=True)
class ScoreFieldRow:
    """A property of ours in the CRM. `for_people` are filled by reps and read by us."""

    name: str
    label: str
    type: str
    choices: str
    for_people: bool
    there: There


def score_fields(draft: MappingDraft) -> Sequence[ScoreFieldRow]:
    """The properties we write, and the two that reps fill in, under the names of the draft."""
    live = {field.name.lower(): field for field in draft.look.fields}
    return [
        ScoreFieldRow(
            one.name, one.label, one.type.value.replace("_", " "), ", ".join(choice.label for choice in one.choices),
            one.for_people, _there(one.type.value, one.for_people, live, one.name),
        )
        for one in wanted_fields(draft.mapping)
    ]  # fmt: skip


def _there(wanted: str, for_people: bool, live: Mapping[str, CrmField], name: str) -> There:
    if not live:
        return There.UNKNOWN
    if (found := live.get(name.lower())) is None:
        return There.MISSING
    if found.read_only and not for_people:
        return There.READ_ONLY
    texts = {"text", "long_text"}
    return There.EXISTS if found.type.value == wanted or {found.type.value, wanted} <= texts else There.DIFFERS
