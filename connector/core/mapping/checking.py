"""What an admin should know of a mapped property before publishing: type, values, options, how often it is filled."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from adapters.contract import CrmField, FieldType
from connector.core.mapping.crm_mapping import FieldMap
from connector.core.mapping.sample import SHOWN_LENGTH, Sample
from connector.core.mapping.sampled import Seen
from connector.core.mapping.transform_table import READS_ANYTHING
from connector.core.types import FieldValue

SELDOM = 20
"""Percent of contacts below which a property is called seldom filled."""
_EXAMPLES = 3
_THOUSANDS = 0.8
"""The share of dollar values below 1,000 from which on they are taken for thousands."""

_PLAIN: Mapping[str, re.Pattern[str]] = {
    "number": re.compile(r"-?\d+(?:\.\d+)?"),
    "boolean": re.compile(r"true|false|yes|no", re.IGNORECASE),
    "date": re.compile(r"\d{4}-\d{2}-\d{2}(?:T.*)?"),
    "state": re.compile(r"[A-Z]{2}"),
    "zip": re.compile(r"\d{5}"),
}
_PLAIN_WORDS = {
    "number": "plain numbers",
    "boolean": "plain yes or no",
    "date": "plain days",
    "state": "two-letter codes",
    "zip": "five digits",
}
_NEEDED = {
    "number": "a number",
    "boolean": "a yes or no",
    "date": "a day",
    "choice": "one of our choices",
    "state": "a US state",
    "zip": "a ZIP code",
    "text": "a text",
}
_IS = {
    FieldType.TEXT: "text",
    FieldType.LONG_TEXT: "a long text",
    FieldType.NUMBER: "a number",
    FieldType.BOOLEAN: "a check box",
    FieldType.DATE: "a day",
    FieldType.DATETIME: "a time",
    FieldType.CHOICE: "a choice",
    FieldType.CHOICES: "a choice of several",
}


class AdviceKind(StrEnum):
    """How much an advice matters."""

    INFO = "info"
    WARN = "warn"
    BLOCK = "block"
    """Nothing of the property can be read as the field."""


class Advice(NamedTuple):
    """Something to know about a mapped property.

    `conversion` names the transform that reads what the text speaks of. Where it is the transform of the field map
    already, it is at work; else choosing it is the mend.
    """

    text: str
    kind: AdviceKind
    conversion: str | None = None


def check_field(field_map: FieldMap, live: CrmField, sample: Sample, unit: str = "") -> list[Advice]:
    """Everything worth saying about `live` as the source of the field. `unit` is that of the field, if it has one."""
    seen = Seen(field_map, live, sample)
    found = [*_type(seen), *_conversions(seen), *_unread(seen), *_outside(seen), *_thousands(seen, unit)]
    return [*found, *_options(seen), *_several(seen), *_kinds(live), *_filled(sample)]


def _type(seen: Seen) -> Iterator[Advice]:
    needed, wrong, mend = _NEEDED[seen.map.type], _wrong(seen), seen.mend()
    if seen.total and not seen.read and seen.map.type != "choice":
        text = f"{wrong if not seen.suits else ''} None of its values reads as {needed} ({_quoted(seen.unread)})."
        yield Advice(text.strip(), AdviceKind.WARN if mend else AdviceKind.BLOCK, mend)
    elif not seen.suits:
        yield Advice(wrong, AdviceKind.WARN, mend)


def _wrong(seen: Seen) -> str:
    return f"Wrong type: {seen.live.label} is {_IS[seen.live.type]}, {_NEEDED[seen.map.type]} is needed."


def _conversions(seen: Seen) -> Iterator[Advice]:
    """Values that are read, but not as they stand."""
    plain = _PLAIN.get(seen.map.type)
    if plain is None or seen.live.type in (FieldType.BOOLEAN, FieldType.CHOICE, FieldType.CHOICES):
        return
    if seen.map.transform in READS_ANYTHING or (seen.map.type, seen.live.type) == ("date", FieldType.DATETIME):
        return
    turned = [(value, n, found) for value, n, found in seen.read if not plain.fullmatch(value.strip())]
    if turned:
        count = sum(n for _, n, _ in turned)
        examples = [(_cut(value), _said(found)) for value, _, found in turned[:_EXAMPLES]]
        shown, read_as = ", ".join(value for value, _ in examples), ", ".join(found for _, found in examples)
        text = f"{_of(count, seen.total)} not {_PLAIN_WORDS[seen.map.type]} ({shown}); they are read as {read_as}."
        if seen.live.type not in _natural(seen.map.type):
            text = f"{_wrong(seen)} {text}"
        yield Advice(text, AdviceKind.INFO, seen.map.transform)


def _unread(seen: Seen) -> Iterator[Advice]:
    """Values that count as empty."""
    if not seen.unread or not seen.read or seen.live.choices:
        return
    count = sum(n for _, n in seen.unread)
    if seen.map.type == "choice":
        text = (
            f"{_of(count, seen.total)} none of our choices ({_quoted(seen.unread)}); they count as empty until mapped."
        )
        yield Advice(text, AdviceKind.WARN)
        return
    read_as = f"cannot be read as {_NEEDED[seen.map.type]}"
    text = f"{count:,} of {seen.total:,} values {read_as} ({_quoted(seen.unread)}); they count as empty."
    yield Advice(text, AdviceKind.WARN, seen.mend())


def _outside(seen: Seen) -> Iterator[Advice]:
    low = float("-inf") if seen.map.low is None else seen.map.low
    high = float("inf") if seen.map.high is None else seen.map.high
    numbers = [(value, n, found) for value, n, found in seen.read if isinstance(found, int | float)]
    out = [(value, n) for value, n, found in numbers if not low <= found <= high]
    if out:
        span = f"{low:g} to {high:g}" if low > float("-inf") and high < float("inf") else ""
        span = span or (f"{low:g} up" if low > float("-inf") else f"up to {high:g}")
        count = sum(n for _, n in out)
        text = f"{_of(count, seen.total)} outside {span} ({_quoted(out)}); they count as empty."
        yield Advice(text, AdviceKind.WARN)


def _thousands(seen: Seen, unit: str) -> Iterator[Advice]:
    if not unit.startswith("USD") or seen.map.transform == "thousands":
        return
    small = sum(n for _, n, found in seen.read if isinstance(found, int | float) and 1 <= found < 1000)
    if small and small >= _THOUSANDS * seen.total:
        text = f"{_of(small, seen.total)} below 1,000; are they thousands of dollars?"
        yield Advice(text, AdviceKind.WARN, "thousands")


def _options(seen: Seen) -> Iterator[Advice]:
    if not seen.strange:
        return
    named = ", ".join(f"“{_cut(label)}”" for label in seen.strange[:_EXAMPLES])
    more = f" and {len(seen.strange) - _EXAMPLES} more" if len(seen.strange) > _EXAMPLES else ""
    stand = "option stands" if len(seen.strange) == 1 else "options stand"
    text = f"{len(seen.strange)} {stand} for nothing of ours: {named}{more}. They count as empty until mapped."
    nothing = len(seen.strange) == len(seen.live.choices)
    yield Advice(text, AdviceKind.BLOCK if nothing and not seen.read else AdviceKind.WARN)


def _several(seen: Seen) -> Iterator[Advice]:
    if seen.live.type is not FieldType.CHOICES or seen.map.type == "text":
        return
    count = sum(n for value, n in seen.answers if ";" in value)
    having = f": {count} of {seen.total} contacts have more than one" if count else ""
    yield Advice(f"It takes several choices{having}. The first that can be read counts.", AdviceKind.INFO)


def _kinds(live: CrmField) -> Iterator[Advice]:
    if live.missing_on:
        text = f"Not there, or hidden from us, on {' and '.join(live.missing_on)}; it counts as not known there."
        yield Advice(text, AdviceKind.INFO)


def _filled(sample: Sample) -> Iterator[Advice]:
    if sample.of and sample.percent < SELDOM:
        how = f"Only {sample.percent} % of the contacts have" if sample.filled else "None of the contacts has"
        text = f"{how} something in it; for the others criteria about it say “not known”."
        yield Advice(text, AdviceKind.WARN)


def _natural(type: str) -> set[FieldType]:
    return {"number": {FieldType.NUMBER}, "date": {FieldType.DATE, FieldType.DATETIME}}.get(
        type, {FieldType.TEXT, FieldType.LONG_TEXT}
    )


def _of(count: int, total: int) -> str:
    return f"{count:,} of {total:,} values {'is' if count == 1 else 'are'}"


def _quoted(values: Sequence[tuple[str, int]]) -> str:
    return ", ".join(_cut(value) for value, _ in values[:_EXAMPLES])


def _cut(value: str) -> str:
    line = " ".join(value.split())
    return line if len(line) <= SHOWN_LENGTH else line[: SHOWN_LENGTH - 1] + "…"


def _said(value: FieldValue) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)
