"""What a mapping file says, as values: fields, activity rules, engagement signals and the fields we write.

Everything here is plain data, so that a bound mapping can be stored with its connection and compared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from adapters.contract import WantedField
from connector.core.types import FieldValue, Problem
from connector.core.vocabulary import FALLBACK_KIND

DEFAULT_KEEP = 20


class MappingRefused(Exception):
    """A mapping file that cannot be used. `problems` holds every fault, each with its line and its mend."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(f"line {p.line}: {p.text}" if p.line else p.text for p in problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class FieldMap:
    """How one canonical field is found and read. `low` and `high` bound a number, both ends included."""

    name: str
    type: str
    candidates: tuple[str, ...]
    """Property names, the preferred first; none: a person said that the CRM does not keep it."""
    transform: str
    """A name in `TRANSFORMS`."""
    options: Mapping[str, FieldValue]
    """Values by the normal form of what the CRM holds; looked up before the transform runs."""
    low: float | None = None
    high: float | None = None
    sensitive: bool = False
    confirmed: bool = False
    """Whether a person chose the property, or agreed to it."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A property that matches one of these patterns, without regard to case; ``*`` stands for any text."""

    property: str
    patterns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """The kind of an activity all of whose conditions hold. `at` names a property with a better time."""

    kind: str
    when: tuple[Condition, ...]
    at: str = ""


@dataclass(frozen=True, slots=True)
class ActivityMap:
    """The kinds of one vendor type: the first rule that holds decides."""

    type: str
    rules: tuple[Rule, ...]
    otherwise: str = FALLBACK_KIND


@dataclass(frozen=True, slots=True)
class DatedSignal:
    """An act of which the contact record keeps the time, and perhaps a text that tells its kind."""

    name: str
    sources: tuple[tuple[str, str], ...]
    """Pairs of a time property and a text property; the text may be empty."""
    rules: tuple[Rule, ...]
    otherwise: str


@dataclass(frozen=True, slots=True)
class SwitchSignal:
    """A yes or no of which the record keeps no time: it is dated by the first property of `at` that holds one."""

    name: str
    kind: str
    when: str
    at: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CounterSignal:
    """A number of acts of which the record keeps the first and the last time."""

    name: str
    kind: str
    count: str
    last: str
    first: str = ""
    campaign: str = ""
    keep: int = DEFAULT_KEEP
    """At most this many acts, the newest, are told apart."""


@dataclass(frozen=True, slots=True)
class Signals:
    """What the CRM keeps on the contact itself about engagement."""

    dated: tuple[DatedSignal, ...] = ()
    switches: tuple[SwitchSignal, ...] = ()
    counters: tuple[CounterSignal, ...] = ()

    def all(self) -> tuple[DatedSignal | SwitchSignal | CounterSignal, ...]:
        """All of them."""
        return (*self.dated, *self.switches, *self.counters)

    def properties(self) -> tuple[str, ...]:
        """Every property the signals look at, in a stable order, each once."""
        names = [name for signal in self.dated for source in signal.sources for name in source]
        names += [name for switch in self.switches for name in (switch.when, *switch.at)]
        names += [n for c in self.counters for n in (c.count, c.first, c.last, c.campaign)]
        return tuple(dict.fromkeys(filter(None, names)))


@dataclass(frozen=True, slots=True)
class ScoreField:
    """A property of ours in the CRM: filled from `value` of the card, or read into a canonical field."""

    wanted: WantedField
    value: str = ""
    reads: FieldMap | None = None
    """Its candidate is named without prefix and suffix, like `wanted`."""


@dataclass(frozen=True, slots=True)
class PropertyGroup:
    """Where the CRM lists our properties."""

    name: str
    label: str


@dataclass(frozen=True, slots=True)
class ScoreFields:
    """The properties we create. `fields` are named without prefix and suffix."""

    group: PropertyGroup
    prefix: str
    fields: tuple[ScoreField, ...]
    suffix: str = ""
    changed_by: str = ""
    """The property that says who changed a record last; empty where the CRM has none."""

    def named(self, name: str) -> str:
        """The name a field of ours has in the CRM."""
        return f"{self.prefix}{name}{self.suffix}"


@dataclass(frozen=True, slots=True)
class CrmMapping:
    """One mapping file, checked."""

    crm: str
    fields: tuple[FieldMap, ...]
    activities: tuple[ActivityMap, ...]
    signals: Signals
    score_fields: ScoreFields
    custom: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The agency's own fields, as `Vocabulary.with_custom` takes them; how they are found stands in `fields`."""

    def with_prefix(self, prefix: str) -> CrmMapping:
        """The same mapping with score fields under other names, for an account where ours are taken."""
        return replace(self, score_fields=replace(self.score_fields, prefix=prefix))
