"""Conditions on the fields of a lead, as values. What they mean for a lead is in `connector.core.criteria`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NumberIn:
    """The number is between `low` and `high`, both included."""

    field: str
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class DaysAhead:
    """The date is between `low` and `high` days after the day the score is for, both included; 0 is that day."""

    field: str
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Is:
    """The field says `wanted`."""

    field: str
    wanted: bool


@dataclass(frozen=True, slots=True)
class WordIn:
    """The text is one of `words`, in any case; with `wanted` false, it is none of them."""

    field: str
    words: frozenset[str]
    wanted: bool = True


@dataclass(frozen=True, slots=True)
class WordHas:
    """The text contains one of `parts`, in any case."""

    field: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StartsWith:
    """The text starts with one of `prefixes`."""

    field: str
    prefixes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """Whether the field says anything at all is `wanted`. Somebody can always tell."""

    field: str
    wanted: bool


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every condition holds. One that fails decides; else one that nobody can tell leaves the whole unknown."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Some condition holds. One that holds decides; else one that nobody can tell leaves the whole unknown."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The condition fails. What nobody can tell stays unknown."""

    condition: Condition


Leaf = NumberIn | DaysAhead | Is | WordIn | WordHas | StartsWith | Known
Condition = Leaf | AllOf | AnyOf | Not


def fields_of(condition: Condition) -> Iterator[str]:
    """The fields a condition reads, in order, each as often as it is named."""
    if isinstance(condition, AllOf | AnyOf):
        for part in condition.conditions:
            yield from fields_of(part)
    elif isinstance(condition, Not):
        yield from fields_of(condition.condition)
    else:
        yield condition.field
