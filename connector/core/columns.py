"""A lead field for many leads at once.

Two shapes are enough. Numbers, booleans (0 and 1) and dates (day numbers) are `Numbers`; everything that is text is
`Words`, where each distinct value is kept once, so that a rule looks at a value only once however many leads have it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from connector.core.types import FieldValue
from connector.core.vocabulary import FieldKind

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
"""Day numbers count from 1970-01-01, which is day 0."""


def places(mask: Bools) -> Ints:
    """Where a column is true. The same as `np.flatnonzero`, without its cost for a single lead."""
    return mask.nonzero()[0]


@dataclass(frozen=True, slots=True)
class Numbers:
    """One number a lead; NaN where it is not known."""

    values: Floats

    def has(self, row: int) -> bool:
        """Whether the lead in this row has a value."""
        return not np.isnan(self.values[row])

    def known(self) -> Bools:
        """Where there is a value."""
        return ~np.isnan(self.values)

    def take(self, rows: Ints) -> Numbers:
        """The same column for these rows only."""
        return Numbers(self.values[rows])


@dataclass(frozen=True, slots=True)
class Words:
    """One code a lead, an index into `values`; -1 where it is not known."""

    codes: npt.NDArray[np.int32]
    values: Sequence[str]

    def has(self, row: int) -> bool:
        """Whether the lead in this row has a value."""
        return bool(self.codes[row] >= 0)

    def known(self) -> Bools:
        """Where there is a value."""
        return self.codes >= 0

    def take(self, rows: Ints) -> Words:
        """The same column for these rows only."""
        return Words(self.codes[rows], self.values)


Column = Numbers | Words


def column_of(kind: FieldKind, values: Iterable[FieldValue | None]) -> Column:
    """The column of a field from its value in each lead. A value of the wrong type is not known, rather than wrong."""
    if kind.numeric:
        read = {FieldKind.DATE: _day, FieldKind.BOOLEAN: _truth}.get(kind, _number)
        return Numbers(np.array([read(value) for value in values], dtype=np.float64))
    return _words(values)


def _words(values: Iterable[FieldValue | None]) -> Words:
    codes: dict[str, int] = {}
    found = [codes.setdefault(value, len(codes)) if isinstance(value, str) and value else -1 for value in values]
    return Words(np.array(found, dtype=np.int32), tuple(codes))


def _number(value: FieldValue | None) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else np.nan


def _truth(value: FieldValue | None) -> float:
    return float(value) if isinstance(value, bool) else np.nan


def _day(value: FieldValue | None) -> float:
    if not isinstance(value, str):
        return np.nan
    try:
        return float(date.fromisoformat(value).toordinal() - EPOCH_ORDINAL)
    except ValueError:
        return np.nan
