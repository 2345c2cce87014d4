"""How many patterns of good signs reach a score.

A pattern says of every good criterion how far it is met: not at all, or one of its levels. Their number doubles with
every criterion, so they are not listed: for each number of points it is counted how many patterns give it, criterion
by criterion, which is exact and quick.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from connector.core.model import Criterion, Model, ProductLine
from connector.core.types import Group


class Reach(NamedTuple):
    """Of so many patterns, so many reach the line."""

    reached: int
    patterns: int


def reach(model: Model, line: ProductLine, score: int) -> Reach:
    """How many patterns of a lead of this product line give at least `score`, decay and bad signs left aside."""
    totals = Counter({0: 1})
    for group in (Group.FIT, Group.ENGAGEMENT):
        criteria = [each for each in (*model.criteria, *line.criteria) if each.group is group]
        totals = _together(totals, _capped(_patterns(criteria), model.caps.get(group)))
    return Reach(sum(ways for points, ways in totals.items() if points >= score), totals.total())


def _patterns(criteria: Iterable[Criterion]) -> Counter[int]:
    ways = Counter({0: 1})
    for criterion in criteria:
        ways = _together(ways, Counter([0, *criterion.levels()]))
    return ways


def _together(left: Counter[int], right: Counter[int]) -> Counter[int]:
    sums: Counter[int] = Counter()
    for points, ways in left.items():
        for more, others in right.items():
            sums[points + more] += ways * others
    return sums


def _capped(ways: Counter[int], cap: int | None) -> Counter[int]:
    if cap is None:
        return ways
    kept: Counter[int] = Counter()
    for points, count in ways.items():
        kept[min(points, cap)] += count
    return kept
