"""What the newest contacts hold in one property of the CRM."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

SHOWN = 3
"""Distinct values that are shown."""
SHOWN_LENGTH = 60
"""Characters shown of each."""


class Sample(NamedTuple):
    """A property among some contacts. Values are people's data: they are shown to admins and kept nowhere."""

    values: tuple[str, ...] = ()
    """Up to three distinct values, the most frequent first, cut to be shown."""
    filled: int = 0
    """How many contacts hold something in it."""
    of: int = 0
    """How many were looked at."""
    raw: Sequence[str] = ()
    """Every value that is not empty, in the order of the contacts."""

    @property
    def percent(self) -> int:
        """How many of a hundred contacts hold something, rounded down; 1 where it is less but not none."""
        if not self.of:
            return 0
        return max(100 * self.filled // self.of, 1 if self.filled else 0)


def sample_of(values: Iterable[str | None], of: int) -> Sample:
    """The sample of a property whose value in each contact is given; None and blanks are no value."""
    raw = [value for value in values if value is not None and not value.isspace() and value]
    counts: dict[str, int] = {}
    for value in raw:
        counts[value] = counts.get(value, 0) + 1
    # Sorting is stable: of two as frequent the newer contact's comes first.
    shown = sorted(counts, key=lambda value: -counts[value])[:SHOWN]
    return Sample(tuple(map(_cut, shown)), len(raw), of, raw)


def _cut(value: str) -> str:
    line = " ".join(value.split())
    return line if len(line) <= SHOWN_LENGTH else line[: SHOWN_LENGTH - 1] + "…"
