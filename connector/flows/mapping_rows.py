"""The rows of the mapping page: one per field that we need, with what gives it, samples, advice and status."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from adapters.contract import CrmField
from connector.core.mapping import BoundField
from connector.core.mapping.checking import Advice, AdviceKind, check_field
from connector.core.mapping.crm_mapping import FieldMap
from connector.core.mapping.sample import Sample
from connector.core.mapping.transform_table import TRANSFORMS
from connector.core.types import Problem
from connector.core.vocabulary import FieldSpec
from connector.flows.mapping_checks import drives_of, is_new_match
from connector.flows.mapping_drafts import MappingDraft
from connector.flows.mapping_matches import Matches
from connector.flows.mapping_names import shown_names
from connector.flows.mapping_options import OptionRow, options_of
from connector.flows.services import Services

READ_FROM_US = frozenset({"flag", "flag_note"})
"""Fields that a rep fills in properties of ours: they are no rows."""


class Status(StrEnum):
    """How a row stands; the text is what a person reads."""

    CONFIRMED = "Confirmed"
    MATCHED = "Auto-matched"
    NEW = "New match"
    CHECK = "Check values"
    MISSING = "Missing"
    NONE = "Not mapped"
    NOT_KEPT = "Not kept in the CRM"


@dataclass(frozen=True, slots=True)
class Row:
    """One field that we need. `name` is what its inputs are called after."""

    spec: FieldSpec
    own: bool
    required: bool
    why: str
    source: str
    """The property's API name; empty: none."""
    shown: str
    """What the input shows: the property as people name it."""
    live: CrmField | None
    sample: Sample | None
    advice: Sequence[Advice]
    status: Status
    reason: str
    """Why it was matched, with a percentage."""
    problems: Sequence[Problem]
    options: Sequence[OptionRow]
    map: FieldMap | None

    @property
    def name(self) -> str:
        """The field's name."""
        return self.spec.name

    @property
    def can_be_none(self) -> bool:
        """Whether somebody may say that the CRM keeps no such thing."""
        return not self.source

    @property
    def can_confirm(self) -> bool:
        """Whether there is a match that nobody has agreed to."""
        return bool(self.source) and self.map is not None and not self.map.confirmed

    @property
    def idle(self) -> bool:
        """Whether nothing gives it and nothing asks for it."""
        return self.status is Status.NONE

    @property
    def bounded(self) -> bool:
        """Whether it is a number that may be bounded."""
        return self.spec.type == "number"

    @property
    def to_check(self) -> bool:
        """Whether somebody should look at it."""
        return self.status in (Status.CHECK, Status.NEW, Status.MISSING)

    @property
    def transforms(self) -> Sequence[str]:
        """The ways in which the property may be read."""
        return [name for name, one in TRANSFORMS.items() if self.spec.type in one.gives]


@dataclass(frozen=True, slots=True)
class Rows:
    """All rows, those a score may read and those that it never does."""

    inputs: Sequence[Row]
    outcomes: Sequence[Row]

    def count(self, *statuses: Status) -> int:
        """How many of the first have one of these statuses."""
        return sum(row.status in statuses for row in self.inputs)


def rows(svc: Services, draft: MappingDraft, needed: frozenset[str], problems: Sequence[Problem]) -> Rows:
    """The rows of a draft. `needed` are the required fields, `problems` what `mapping_checks` found."""
    page = _Page(draft, needed, problems, drives_of(svc))
    specs = [spec for spec in draft.words.fields.values() if spec.name not in READ_FROM_US]
    made = [page.row(spec) for spec in specs]
    inputs = sorted(
        (row for row in made if not row.spec.outcome), key=lambda row: (not row.required, not row.spec.input)
    )
    return Rows(inputs, [row for row in made if row.spec.outcome])


class _Page:
    """What all rows share."""

    def __init__(
        self,
        draft: MappingDraft,
        needed: frozenset[str],
        problems: Sequence[Problem],
        drives: Mapping[str, Sequence[str]],
    ) -> None:
        self.draft, self.needed, self.problems, self.drives = draft, needed, problems, drives
        self.bound = {field.name: field for field in draft.bound.fields}
        self.maps = {one.name: one for one in draft.mapping.fields}
        self.live = dict(draft.look.live)
        self.shown = shown_names(draft.look.fields)
        self.matches = Matches(draft)

    def row(self, spec: FieldSpec) -> Row:
        bound, spelled = self.bound.get(spec.name), self.maps.get(spec.name)
        live = self.live.get(bound.property) if bound else None
        sample = self.draft.look.sample(bound.property) if bound and self.draft.look.contacts else None
        advice = check_field(bound.spec, live, sample or Sample(), spec.unit) if bound and live else []
        chosen = spelled.candidates[0] if spelled and spelled.confirmed and spelled.candidates else ""
        source = bound.property if bound else chosen
        return Row(
            spec=spec,
            own="type" in self.draft.mapping.custom.get(spec.name, {}),
            required=spec.name in self.needed,
            why=_why(spec, self.drives.get(spec.name, ())),
            source=source,
            shown=self.shown.get(source, source),
            live=live,
            sample=sample,
            advice=advice,
            status=self._status(spec, bound, spelled, advice),
            reason=self.matches.reason(bound) if bound else "",
            problems=[problem for problem in self.problems if problem.where == spec.name and problem.blocking],
            options=list(options_of(spec, spelled, live, sample)) if spelled else [],
            map=spelled,
        )

    def _status(
        self, spec: FieldSpec, bound: BoundField | None, spelled: FieldMap | None, advice: Sequence[Advice]
    ) -> Status:
        if bound is None:
            if spelled is not None and spelled.confirmed:
                return Status.MISSING if spelled.candidates else Status.NOT_KEPT
            answered = spec.name == "age" and "date_of_birth" in self.bound
            return Status.MISSING if spec.name in self.needed and not answered else Status.NONE
        if is_new_match(self.draft, bound):
            return Status.NEW
        if any(one.kind is not AdviceKind.INFO for one in advice):
            return Status.CHECK
        return Status.CONFIRMED if bound.spec.confirmed else Status.MATCHED


def _why(spec: FieldSpec, criteria: Sequence[str]) -> str:
    if not criteria:
        return spec.meaning
    more = f" and {len(criteria) - 1} more" if len(criteria) > 1 else ""
    return f"{spec.meaning}. Drives “{criteria[0]}”{more}"


def shown_values(draft: MappingDraft, page: Rows) -> dict[str, str]:
    """What every input of the page shows, by its path: see `mapping_edits.SEEN`."""
    return dict(_shown_values(draft, page))


def _shown_values(draft: MappingDraft, page: Rows) -> Iterator[tuple[str, str]]:
    for row in (*page.inputs, *page.outcomes):
        stem = f"field.{row.name}."
        yield f"{stem}from", row.shown
        if row.can_be_none:
            yield f"{stem}none", "1" if row.status is Status.NOT_KEPT else ""
        if row.can_confirm:
            yield f"{stem}confirmed", ""
        if row.map is not None and row.source:
            yield f"{stem}transform", "" if row.map.transform == row.spec.type else row.map.transform
            yield f"{stem}min", plain(row.map.low)
            yield f"{stem}max", plain(row.map.high)
        for option in row.options:
            yield f"{stem}option.{option.theirs}", option.ours
    yield "prefix", draft.mapping.score_fields.prefix


def plain(number: float | None) -> str:
    """A bound as an input shows it."""
    return "" if number is None else f"{number:g}" if abs(number) < 1e6 else f"{number:.0f}"
