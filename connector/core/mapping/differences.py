"""Two bound mappings compared, in sentences a person can read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connector.core.mapping.bound import BoundMapping
from connector.core.mapping.crm_mapping import ActivityMap, FieldMap, Rule, Signals
from connector.core.mapping.fields import BoundField
from connector.core.mapping.transforms import normal


def differences(before: BoundMapping, after: BoundMapping) -> list[str]:
    """What is otherwise in `after`, a sentence each; empty where both read and write the same."""
    return [
        *_fields(before, after),
        *_own_fields(before.custom, after.custom),
        *_activities(before.activities, after.activities),
        *_signals(before.signals, after.signals),
        *_writes(before, after),
    ]


def reads_otherwise(before: BoundMapping, after: BoundMapping) -> bool:
    """Whether a record or an activity may come to something else; what is written to the CRM aside."""
    found = (
        *_fields(before, after),
        *_activities(before.activities, after.activities),
        *_signals(before.signals, after.signals),
    )
    return bool(found)


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _fields(before: BoundMapping, after: BoundMapping) -> Iterator[str]:
    old, new = ({field.name: field for field in one.fields} for one in (before, after))
    for name in dict.fromkeys([*old, *new]):
        if name not in new:
            yield f"{_title(name)} is not read any more; it came from {_source(old[name])}."
        elif name not in old:
            yield f"{_title(name)} is read from {_source(new[name])}."
        else:
            yield from _field(old[name], new[name])


def _source(field: BoundField) -> str:
    return f"“{field.label}” ({field.property})"


def _field(old: BoundField, new: BoundField) -> Iterator[str]:
    name = _title(new.name)
    if old.property != new.property:
        yield f"{name} comes from {_source(new)} instead of {_source(old)}."
    elif old.type is not new.type:
        yield f"{name} is read as {new.type.value.replace('_', ' ')}, which its property is now."
    if old.spec.transform != new.spec.transform:
        yield f"{name} is converted as {new.spec.transform} instead of {old.spec.transform}."
    yield from (f"{name}: {change}." for change in _bounds(old.spec, new.spec))
    yield from (f"{name}: {change}." for change in _options(old.spec.options, new.spec.options))


def _bounds(old: FieldMap, new: FieldMap) -> Iterator[str]:
    for what, was, now in (("smallest", old.low, new.low), ("largest", old.high, new.high)):
        if was != now:
            said = "no limit" if now is None else f"{now:,g}"
            yield f"the {what} value that counts is {said} instead of {'no limit' if was is None else f'{was:,g}'}"


def _options(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for option in dict.fromkeys([*old, *new]):
        if normal(str(new.get(option, old.get(option)))) == option:
            continue  # a choice field knows its own values
        if option not in new:
            yield f"“{option}” is not mapped any more (it was {_value(old[option])})"
        elif option not in old:
            yield f"“{option}” stands for {_value(new[option])}"
        elif old[option] != new[option]:
            yield f"“{option}” stands for {_value(new[option])} instead of {_value(old[option])}"


def _value(value: Any) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _own_fields(old: Mapping[str, Mapping[str, Any]], new: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for name in dict.fromkeys([*old, *new]):
        title = str((new.get(name) or old[name]).get("title") or _title(name))
        was, now = old.get(name, {}), new.get(name, {})
        if "type" in now and not was:
            yield f"“{title}” is a new field of your own ({now['type']})."
        elif "type" in was and not now:
            yield f"“{title}” is no field of your own any more."
        elif {**was, "choices": ()} != {**now, "choices": ()} and was and now:
            yield f"“{title}” is described in another way."
        yield from _choices(title, list(was.get("choices", ())), list(now.get("choices", ())))


def _choices(title: str, old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    if added := [one for one in new if one not in old]:
        yield f"“{title}” may be {', '.join(added)} too."
    if gone := [one for one in old if one not in new]:
        yield f"“{title}” has no choice {', '.join(gone)} any more."


def _activities(before: Sequence[ActivityMap], after: Sequence[ActivityMap]) -> Iterator[str]:
    old, new = ({each.type: each for each in one} for one in (before, after))
    nothing = ActivityMap("", ())
    for name in dict.fromkeys([*old, *new]):
        was, now = old.get(name, nothing), new.get(name, nothing)
        yield from _rules(name, was.rules, now.rules)
        if was.otherwise != now.otherwise:
            yield f"{_title(name)}: any other counts as “{_title(now.otherwise)}” instead of “{_title(was.otherwise)}”."


def _rules(name: str, old: Sequence[Rule], new: Sequence[Rule]) -> Iterator[str]:
    yield from (f"{_title(name)}: no longer, {_rule(rule)}." for rule in old if rule not in new)
    yield from (f"{_title(name)}: now, {_rule(rule)}." for rule in new if rule not in old)
    if list(old) != list(new) and sorted(map(repr, old)) == sorted(map(repr, new)):
        yield f"{_title(name)}: the rules stand in another order."


def _rule(rule: Rule) -> str:
    said = (f"{one.property or 'the text'} is {' or '.join(f'“{text}”' for text in one.patterns)}" for one in rule.when)
    at = f", dated by {rule.at}" if rule.at else ""
    return f"where {' and '.join(said)}, it counts as “{_title(rule.kind)}”{at}"


def _signals(before: Signals, after: Signals) -> Iterator[str]:
    old, new = ({each.name: each for each in one.all()} for one in (before, after))
    for name in dict.fromkeys([*old, *new]):
        if name not in new:
            yield f"The signal “{_title(name)}” of the contact is not read any more."
        elif name not in old:
            yield f"The signal “{_title(name)}” of the contact is read."
        elif old[name] != new[name]:
            yield f"The signal “{_title(name)}” of the contact is read in another way."


def _writes(before: BoundMapping, after: BoundMapping) -> Iterator[str]:
    for value in dict.fromkeys([*before.writes, *after.writes]):
        was, now = before.writes.get(value), after.writes.get(value)
        if was and not now:
            yield f"{_title(value)} is not written any more; it went to {was}."
        elif now and was != now:
            yield f"{_title(value)} is written to {now}{f' instead of {was}' if was else ''}."
