"""Drawing from weighted lists, fast: a cumulative table and one random number."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from itertools import accumulate
from random import Random
from typing import Generic, TypeVar

T = TypeVar("T")


class Table(Generic[T]):
    """Items with weights."""

    def __init__(self, items: Sequence[T], weights: Sequence[float]) -> None:
        """Weights need not sum to anything."""
        self._items = tuple(items)
        self._ends = list(accumulate(weights))

    def pick(self, rng: Random) -> T:
        """One item, by weight."""
        return self._items[bisect(self._ends, rng.random() * self._ends[-1])]


def one_of(rng: Random, items: Sequence[T]) -> T:
    """One item, each as likely as the others. Unlike `Random.choice` it costs one number."""
    return items[int(rng.random() * len(items))]


def between(rng: Random, low: int, high: int) -> int:
    """A whole number from `low` to `high`, both included."""
    return low + int(rng.random() * (high - low + 1))


def thousands(amount: float) -> int:
    """The amount to the nearest thousand, as people say it."""
    return int(round(amount, -3))
