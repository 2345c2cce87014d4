"""Fitting a mapping to the properties an account really has."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from adapters.contract import CrmField, FieldType, WantedField
from connector.core.mapping.bound import BoundMapping
from connector.core.mapping.crm_mapping import CrmMapping, FieldMap, ScoreFields, Signals
from connector.core.mapping.fields import BoundField, no_answer, value_reader
from connector.core.mapping.transform_table import READS_ANYTHING, TEXT_TRANSFORMS
from connector.core.mapping.transforms import normal
from connector.core.types import FieldValue, Problem

_WORDS = {FieldType.TEXT, FieldType.LONG_TEXT}
SUITS: Mapping[str, set[FieldType]] = {
    "number": {FieldType.NUMBER, FieldType.CHOICE, *_WORDS},
    "boolean": {FieldType.BOOLEAN, FieldType.CHOICE, *_WORDS},
    "date": {FieldType.DATE, FieldType.DATETIME, *_WORDS},
    "choice": {FieldType.CHOICE, FieldType.CHOICES, FieldType.BOOLEAN, *_WORDS},
    "state": {FieldType.CHOICE, *_WORDS},
    "zip": {FieldType.NUMBER, FieldType.CHOICE, *_WORDS},
    "text": set(FieldType),
}
"""The property types from which a canonical type can be read."""


def wanted_fields(mapping: CrmMapping) -> list[WantedField]:
    """The properties to create in the CRM, under their full names."""
    ours = mapping.score_fields
    return [
        replace(field.wanted, name=ours.named(field.wanted.name), for_people=field.reads is not None)
        for field in ours.fields
    ]


def bind(
    mapping: CrmMapping, live_fields: Sequence[CrmField], outcomes: Collection[str] = ()
) -> tuple[BoundMapping, list[Problem]]:
    """Picks the first candidate that exists for each canonical field; and what a person may want to mend.

    Nothing here blocks: a field nobody can fill stays unknown, and a score field that does not exist is not written.
    `outcomes` names canonical fields that no score reads (`FieldSpec.outcome`): an account may well do without them.
    """
    live = {field.name: field for field in live_fields}
    problems: list[Problem] = []
    maps = [*mapping.fields, *_read_from_us(mapping.score_fields)]
    similar = {normal(text): field for field in live.values() for text in (field.label, field.name)}
    chosen = {spec.name: found for spec in maps if (found := _find(spec, live, similar))}
    fields = [_bind_field(spec, *chosen[spec.name], problems) for spec in maps if spec.name in chosen]
    given = {field.name for field in fields}
    asked = [spec for spec in maps if spec.candidates and spec.name not in outcomes]
    problems += [_unmapped(spec) for spec in asked if spec.name not in given]
    writes, unwritten = _writes(mapping.score_fields, live)
    bound = BoundMapping(
        crm=mapping.crm,
        fields=tuple(fields),
        activities=mapping.activities,
        signals=_live_signals(mapping.signals, live),
        writes=writes,
        unwritten=unwritten,
        clears=_clears(mapping.score_fields, fields, live),
        changed_by=mapping.score_fields.changed_by if mapping.score_fields.changed_by in live else "",
        custom=mapping.custom,
    )
    return bound, problems + not_written(unwritten, live) + not_written_everywhere(bound, live)


# ------------------------------------------------------------------------------------------------------------- fields


def _read_from_us(ours: ScoreFields) -> Iterable[FieldMap]:
    """The fields a rep fills in properties of ours."""
    for spec in filter(None, (score_field.reads for score_field in ours.fields)):
        yield replace(spec, candidates=tuple(map(ours.named, spec.candidates)))


def _bind_field(spec: FieldMap, field: CrmField, reason: str, problems: list[Problem]) -> BoundField:
    exact, unread = read_options(spec, field)
    problems += [*_type_warning(spec, field), *_option_warning(spec, field, unread)]
    return BoundField(spec.name, spec, field.name, field.label, field.type, reason, exact, field.missing_on)


def _find(spec: FieldMap, live: Mapping[str, CrmField], similar: Mapping[str, CrmField]) -> tuple[CrmField, str] | None:
    """By exact name, then by a name or label that differs only in case and marks; what a person chose is that only."""
    for name in spec.candidates:
        if name in live:
            return live[name], f'has the name "{name}"'
    for name in () if spec.confirmed else spec.candidates:
        if field := similar.get(normal(name)):
            return field, f'is called "{field.label}"'
    return None


def _unmapped(spec: FieldMap) -> Problem:
    return Problem(
        where=spec.name,
        text=f"No field of this account gives {spec.name}; criteria about it say “not known”.",
        mend=f"Create a field named {spec.candidates[0]} in the CRM, or add the name of yours to the field mapping.",
        blocking=False,
    )


def _type_warning(spec: FieldMap, field: CrmField) -> list[Problem]:
    if field.type in SUITS[spec.type] or spec.transform in READS_ANYTHING:
        return []
    text = f"{field.label} ({field.name}) is a {plain(field.type)} property, but {spec.name} needs a {spec.type}."
    return [Problem(spec.name, text, "Map another property, or change its type in the CRM.", blocking=False)]


def plain(type: FieldType) -> str:
    """A type as a sentence names it."""
    return type.value.replace("_", " ")


def read_options(spec: FieldMap, field: CrmField) -> tuple[dict[str, FieldValue], list[str]]:
    """Canonical values of the live options, and the labels of those that cannot be read.

    People choose by label, so the label is read first: an option may be stored as ``3`` and say ``100k-150k``.
    """
    if spec.transform in TEXT_TRANSFORMS:
        return {}, []
    read = value_reader(spec)
    exact: dict[str, FieldValue] = {}
    unread = []
    for choice in field.choices:
        value = read(choice.label)
        value = read(choice.value) if value is None else value
        if value is not None:
            exact[choice.value] = value
        elif not no_answer(choice.label):
            unread.append(choice.label)
    return exact, unread


def _option_warning(spec: FieldMap, field: CrmField, unread: Sequence[str]) -> list[Problem]:
    if not unread:
        return []
    named = ", ".join(f'"{label}"' for label in unread[:5]) + (" …" if len(unread) > 5 else "")
    text = f"{field.label} ({field.name}) has options that stand for no {spec.name} we know: {named}."
    mend = f"Add them under fields.{spec.name}.options of the field mapping; until then they count as empty."
    return [Problem(spec.name, text, mend, blocking=False)]


# ---------------------------------------------------------------------------------------------- signals, score fields


def _live_signals(signals: Signals, live: Mapping[str, CrmField]) -> Signals:
    return Signals(
        dated=tuple(s for s in signals.dated if any(at in live for at, _ in s.sources)),
        switches=tuple(s for s in signals.switches if s.when in live),
        counters=tuple(s for s in signals.counters if s.count in live and s.last in live),
    )


def _writes(ours: ScoreFields, live: Mapping[str, CrmField]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Where each value of a card goes, and our properties that cannot be written."""
    writes, unwritten = {}, []
    anyhow = _anyhow(live)
    for score_field in filter(lambda each: each.value, ours.fields):
        name = ours.named(score_field.wanted.name)
        if (field := anyhow.get(name.lower())) and not field.read_only:
            writes[score_field.value] = field.name
        else:
            unwritten.append(name)
    return writes, tuple(unwritten)


def _clears(ours: ScoreFields, fields: Iterable[BoundField], live: Mapping[str, CrmField]) -> dict[str, str]:
    """What a rep fills in and we may empty again."""
    read = {score_field.reads.name for score_field in ours.fields if score_field.reads}
    return {field.name: field.property for field in fields if field.name in read and not live[field.property].read_only}


def _anyhow(live: Mapping[str, CrmField]) -> dict[str, CrmField]:
    """By name in lower case: a CRM may keep the capitals an admin typed and not mind them."""
    return {name.lower(): field for name, field in live.items()}


def not_written(unwritten: Sequence[str], live: Mapping[str, CrmField]) -> list[Problem]:
    """What to do about properties of ours that were not there, or could not be written, at binding."""
    anyhow = _anyhow(live)
    return [_not_writable(name, anyhow.get(name.lower())) for name in unwritten]


def _not_writable(name: str, field: CrmField | None) -> Problem:
    if field is None:
        text = f"The score field {name} does not exist in this account, so it is not written."
        mend = "Run `leadtier connect` again to create it, or create it by hand under exactly this name."
    elif field.read_only:
        text = f"The score field {name} is read-only, so it is not written."
        mend = "Ask the CRM's administrator to allow writing it, then connect again."
    else:
        text = f"The score field {name} exists now, but it did not when this account was connected; it is not written."
        mend = "Run `leadtier connect` again."
    return Problem(name, text, mend, blocking=False)


def not_written_everywhere(bound: BoundMapping, live: Mapping[str, CrmField]) -> list[Problem]:
    """Score fields that are written on some kinds of record, or on none any more."""
    written = [live[name] for name in bound.writes.values() if name in live]
    return [problem for field in written for problem in _closed(field)]


def _closed(field: CrmField) -> list[Problem]:
    if field.read_only:
        return [_not_writable(field.name, field)]
    if not (kinds := " and ".join([*field.missing_on, *field.read_only_on])):
        return []
    text = f"The score field {field.name} is not visible or not editable on {kinds}, so nothing is written there."
    mend = f"Give the integration user read and edit access to it on {kinds} in the CRM, then sync again."
    return [Problem(field.name, text, mend, blocking=False)]
