"""Ranges that a lead enters or leaves as days go by, although nobody touches its fields."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from connector.core.criteria.leads import AGE
from connector.core.model import AllOf, AnyOf, Bands, Condition, Counting, Criterion, DaysAhead, Not, NumberIn
from connector.core.types import Group


@dataclass(frozen=True, slots=True)
class Timed:
    """Both bounds belong to the range: of an age in years, or else of the days until the date in `field`."""

    field: str
    low: float
    high: float
    line: int | None
    """The place of the product line whose leads are asked; None for all."""
    chooses: bool
    """Whether it has a say in which product line a lead is measured by."""


def timed(line: int | None, criterion: Criterion) -> Iterator[Timed]:
    """The ranges of a criterion."""
    rule = criterion.rule
    chooses = line is not None and criterion.group is Group.FIT and not isinstance(rule, Counting)
    if isinstance(rule, Bands):
        found = [(rule.field, band.low, band.high) for band in rule.bands if rule.field == AGE]
    else:
        found = list(ranges(rule.or_when if isinstance(rule, Counting) else rule.condition))
    for field, low, high in found:
        yield Timed(field, low, high, line, chooses)


def ranges(condition: Condition | None) -> Iterator[tuple[str, float, float]]:
    """Field, low and high of each part of a condition that may turn by itself."""
    if isinstance(condition, AllOf | AnyOf):
        for part in condition.conditions:
            yield from ranges(part)
    elif isinstance(condition, Not):
        yield from ranges(condition.condition)
    elif isinstance(condition, DaysAhead) or (isinstance(condition, NumberIn) and condition.field == AGE):
        yield condition.field, condition.low, condition.high
