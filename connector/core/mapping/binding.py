"""Fitting a mapping to the properties an account really has, and noticing later that they changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from adapters.contract import CrmField, FieldType, WantedField
from connector.core.mapping.bound import BoundMapping
from connector.core.mapping.crm_mapping import CrmMapping, FieldMap, ScoreFields, Signals
from connector.core.mapping.fields import BoundField, no_answer, value_reader
from connector.core.mapping.transforms import READS_ANYTHING, TEXT_TRANSFORMS, normal
from connector.core.types import FieldValue, Problem

_WORDS = {FieldType.TEXT, FieldType.LONG_TEXT}
_SUITS: Mapping[str, set[FieldType]] = {
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
    fields = [found for spec in maps if (found := _bind_field(spec, live, problems))]
    given = {field.name for field in fields}
    problems += [_unmapped(spec) for spec in maps if spec.name not in given and spec.name not in outcomes]
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
    )
    return bound, problems + _not_written(unwritten, live) + _not_written_everywhere(bound, live)


# ------------------------------------------------------------------------------------------------------------- fields


def _read_from_us(ours: ScoreFields) -> Iterable[FieldMap]:
    """The fields a rep fills in properties of ours."""
    for spec in filter(None, (score_field.reads for score_field in ours.fields)):
        yield replace(spec, candidates=tuple(map(ours.named, spec.candidates)))


def _bind_field(spec: FieldMap, live: Mapping[str, CrmField], problems: list[Problem]) -> BoundField | None:
    found = _find(spec.candidates, live)
    if found is None:
        return None
    field, reason = found
    exact, unread = _read_options(spec, field)
    problems += [*_type_warning(spec, field), *_option_warning(spec, field, unread)]
    return BoundField(spec.name, spec, field.name, field.label, field.type, reason, exact, field.missing_on)


def _find(candidates: Sequence[str], live: Mapping[str, CrmField]) -> tuple[CrmField, str] | None:
    """By exact name, then by a name or label that differs only in case and marks."""
    for name in candidates:
        if name in live:
            return live[name], f'has the name "{name}"'
    similar = {normal(text): field for field in live.values() for text in (field.label, field.name)}
    for name in candidates:
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
    if field.type in _SUITS[spec.type] or spec.transform in READS_ANYTHING:
        return []
    text = f"{field.label} ({field.name}) is a {_plain(field.type)} property, but {spec.name} needs a {spec.type}."
    return [Problem(spec.name, text, "Map another property, or change its type in the CRM.", blocking=False)]


def _plain(type: FieldType) -> str:
    return type.value.replace("_", " ")


def _read_options(spec: FieldMap, field: CrmField) -> tuple[dict[str, FieldValue], list[str]]:
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


def _not_written(unwritten: Sequence[str], live: Mapping[str, CrmField]) -> list[Problem]:
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


def _not_written_everywhere(bound: BoundMapping, live: Mapping[str, CrmField]) -> list[Problem]:
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


# -------------------------------------------------------------------------------------------------------------- drift


def drift(bound: BoundMapping, live_fields: Sequence[CrmField]) -> list[Problem]:
    """What changed in the account since it was bound: properties that are gone, hidden or have another type.

    A score field that is gone is blocking: the CRM would refuse every row that names it.
    """
    live = {field.name: field for field in live_fields}
    read = [problem for field in bound.fields for problem in _drifted(field, live.get(field.property))]
    gone = [name for name in bound.writes.values() if name not in live]
    written = [_written_field_gone(name) for name in gone] + _not_written_everywhere(bound, live)
    return read + written + _not_written(bound.unwritten, live)


def _drifted(field: BoundField, live: CrmField | None) -> list[Problem]:
    which = f"{field.label} ({field.property}), which gives {field.name},"
    if live is None:
        text = f"{which} is not there any more, or is hidden from us."
        mend = "Restore it in the CRM or let the integration user read it, or connect again to map another."
        return [Problem(field.name, text, mend, blocking=False)]
    if kinds := " and ".join(kind for kind in live.missing_on if kind not in field.missing_on):
        text = f"{which} is not visible on {kinds} any more, so it counts as not known there."
        mend = f"Give the integration user read access to it on {kinds} in the CRM, or connect again to do without."
        return [Problem(field.name, text, mend, blocking=False)]
    if live.type is not field.type:
        was, now = _plain(field.type), _plain(live.type)
        text = f"{which} was a {was} property and is now {now}."
        return [Problem(field.name, text, "Connect again to read it by its new type.", blocking=False)]
    return []


def _written_field_gone(name: str) -> Problem:
    text = f"The score field {name} is not there any more, or is hidden from us, so scores cannot be written."
    mend = "Restore it in the CRM or let the integration user edit it, or run `leadtier connect` again to create it."
    return Problem(name, text, mend)
