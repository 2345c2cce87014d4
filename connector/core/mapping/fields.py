"""Reading one bound property: options first, then the transform, then the bounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from adapters.contract import FieldType
from connector.core.mapping.crm_mapping import FieldMap
from connector.core.mapping.transform_table import TRANSFORMS
from connector.core.mapping.transforms import Read, normal, read_text
from connector.core.types import FieldValue, Problem

_SHOWN = 40
"""Characters of a wrong value that a problem quotes."""
_NO_ANSWER = frozenset(
    ("", "na", "none", "null", "nil", "other", "unknown", "notknown", "notsure", "notgiven", "prefernottosay", "tbd")
)
"""What people write, in its normal form, when they do not know or do not say."""


def no_answer(text: str) -> bool:
    """Whether a text only says that there is no answer; nothing is wrong with that."""
    return normal(text) in _NO_ANSWER


@dataclass(frozen=True, slots=True)
class BoundField:
    """A canonical field and the live property that fills it."""

    name: str
    spec: FieldMap
    property: str
    label: str
    """What people in the CRM call the property."""
    type: FieldType
    """The type it had when it was bound; `drift` compares it with the live one."""
    reason: str
    """Why this property was chosen."""
    exact: Mapping[str, FieldValue] = field(default_factory=dict)
    """Canonical values by the stored value of a live option, where the option's label tells more than its value."""
    missing_on: tuple[str, ...] = ()
    """The kinds of record that did not have it when it was bound."""


def reader(bound: BoundField) -> Read:
    """The function that reads a raw value of this property; None when it cannot be read."""
    read = _many(_value(bound)) if bound.type is FieldType.CHOICES else _value(bound)
    return _bounded(read, bound.spec) if bound.spec.low is not None or bound.spec.high is not None else read


def value_reader(spec: FieldMap) -> Read:
    """The function that reads a value by the map alone, whatever property it comes from."""
    options, known = spec.options, TRANSFORMS.get(spec.transform)
    if known is None:
        return lambda raw: options.get(normal(raw))
    if not options:
        return known.read
    read = known.read
    return lambda raw: options[key] if (key := normal(raw)) in options else read(raw)


def _value(bound: BoundField) -> Read:
    exact, read = bound.exact, value_reader(bound.spec)
    if not exact:
        return read
    return lambda raw: exact[raw] if raw in exact else read(raw)


def _many(read: Read) -> Read:
    """Several choices in one property, as ``a;b`` in HubSpot: the first that can be read."""
    return lambda raw: next((value for part in raw[:2000].split(";") if (value := read(part)) is not None), None)


def _bounded(read: Read, spec: FieldMap) -> Read:
    low = float("-inf") if spec.low is None else spec.low
    high = float("inf") if spec.high is None else spec.high

    def bounded(raw: str) -> FieldValue | None:
        value = read(raw)
        return value if isinstance(value, int | float) and low <= value <= high else None

    return bounded


def complaint(bound: BoundField, raw: str) -> Problem | None:
    """What is wrong with a value that could not be read; None when it holds no answer at all.

    The value is quoted only where the field is not personal.
    """
    seen = read_text(raw)
    if seen is None or no_answer(seen):
        return None
    spec, wanted = bound.spec, expected(bound.spec)
    held = "a value" if spec.sensitive else f'"{_short(seen)}"'
    return Problem(
        where=spec.name,
        text=f"{bound.label} ({bound.property}) holds {held}, which is not {wanted}; it counts as empty.",
        mend=f"Correct it in the CRM: write {wanted}.{_option_hint(spec)}",
        blocking=False,
    )


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def expected(spec: FieldMap) -> str:
    """What a value should be: completes ‘Write …’ and ‘is not …’."""
    known = TRANSFORMS.get(spec.transform)
    if known is None:
        return "one of the options we know"
    if spec.low is None:
        return known.expects
    return f"a number from {spec.low:g} to {spec.high:g}" if spec.high is not None else f"a number from {spec.low:g} up"


def _option_hint(spec: FieldMap) -> str:
    if spec.transform in TRANSFORMS:
        return ""
    choices = sorted({str(value) for value in spec.options.values()})
    return f" Or map the option in the field mapping to one of {', '.join(choices)}."
