"""The work sheet of an evaluation: a row for every line of the table, a column for every lead.

A key says all that ranking and wording need about one line of one lead in one integer, so that the three largest keys
*are* the three reasons, in order: size of the points, then when (newer is larger), then the rank of the id, and at the
end, where it can no longer decide anything, which of its texts the line shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from connector.core.columns import Bools, Ints
from connector.core.criteria.table import Entry, SumEntry

Points = npt.NDArray[np.int16]

VARIANT_BITS, RANK_BITS, TIME_BITS, POINT_BITS = 7, 9, 32, 13
RANK_AT = VARIANT_BITS
TIME_AT = RANK_AT + RANK_BITS
POINTS_AT = TIME_AT + TIME_BITS
TIMES, RANKS, VARIANTS = (1 << TIME_BITS) - 1, (1 << RANK_BITS) - 1, (1 << VARIANT_BITS) - 1
FIRST = 1 << (POINTS_AT + POINT_BITS)
"""Set in the key of a line that comes before all others, whatever its points."""
VERY_FIRST = FIRST << 1
"""Set in the key of the one line that comes before even those, points or none."""


class KeyParts(NamedTuple):
    """What a key says. `points` is their size without a sign."""

    points: Ints
    at: Ints
    rank: Ints
    variant: Ints


def read_keys(keys: Ints) -> KeyParts:
    """The parts of keys."""
    return KeyParts(
        points=(keys >> POINTS_AT) & ((1 << POINT_BITS) - 1),
        at=(keys >> TIME_AT) & TIMES,
        rank=(keys >> RANK_AT) & RANKS,
        variant=keys & VARIANTS,
    )


@dataclass(frozen=True, slots=True)
class Sheet:
    """Points, keys and what is not known, by row of the table and column of the lead."""

    points: Points
    keys: Ints
    unknown: Bools

    @classmethod
    def blank(cls, rows: int, leads: int) -> Sheet:
        """With no points anywhere."""
        shape = (rows, leads)
        return cls(np.zeros(shape, np.int16), np.zeros(shape, np.int64), np.zeros(shape, np.bool_))

    def put(
        self,
        entry: Entry | SumEntry,
        leads: Ints,
        points: Ints | int,
        at: Ints | int = 0,
        variant: Ints | int = 0,
        first: int = 0,
    ) -> None:
        """Writes a line into the columns of these leads. `points` are 0 only with `first`, `at` is 0 for no time."""
        if len(leads):
            self.points[entry.row, leads] = points
            size = np.abs(np.asarray(points)) << POINTS_AT
            self.keys[entry.row, leads] = size | at << TIME_AT | variant | (entry.rank << RANK_AT) | first

    def clear(self, leads: Bools) -> None:
        """Takes everything away from these leads."""
        self.points[:, leads] = 0
        self.keys[:, leads] = 0
        self.unknown[:, leads] = False

    def top(self) -> Ints:
        """The three largest keys of each lead, largest first; 0 where there are no more lines."""
        if self.keys.shape[1] <= _FEW:
            ordered: Ints = np.sort(self.keys, axis=0)[::-1][:3]
            return ordered
        return _largest_three(self.keys)


_FEW = 64
"""Up to so many leads, sorting whole columns beats the network; both find the same keys."""


def _largest_three(keys: Ints) -> Ints:
    """Each row is let sink into the three best so far."""
    best = np.zeros((3, keys.shape[1]), dtype=np.int64)
    beaten = np.empty_like(best[0])
    rest = np.empty_like(beaten)
    for row in keys:
        np.minimum(best[0], row, out=beaten)
        np.maximum(best[0], row, out=best[0])
        np.minimum(best[1], beaten, out=rest)
        np.maximum(best[1], beaten, out=best[1])
        np.maximum(best[2], rest, out=best[2])
    return best
