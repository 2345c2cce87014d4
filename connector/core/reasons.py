"""The three reasons: their texts for many leads at once, each distinct one made once, and the lines behind them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from connector.core.calendar import AsOf, needs_year
from connector.core.columns import Ints
from connector.core.criteria.table import HOLD, RESET
from connector.core.sheet import POINT_BITS, POINTS_AT, RANK_BITS, TIME_AT, TIME_BITS, VARIANT_BITS
from connector.core.types import Line
from connector.core.wording import Wording, pointed

Texts = npt.NDArray[np.object_]

_LABELS = 1 << (VARIANT_BITS + RANK_BITS)
_SIZES = 1 << POINT_BITS
_ENOUGH = 200_000
"""Texts remembered before the memory is emptied."""

REASONS = 3
"""How many reasons a card has at most."""
_FIRST = (HOLD, RESET)
"""Lines that come before all others, whatever their points; a hold is a reason even where there was nothing to take."""


def behind_reasons(lines: Iterable[Line]) -> tuple[Line, ...]:
    """The lines of a card behind its reasons, in their order: what `Sheet.top` finds in keys, told from lines alone."""
    moving = [line for line in lines if line.points or line.id == HOLD]
    return tuple(sorted(moving, key=_place)[:REASONS])


def _place(line: Line) -> tuple[int, int, int, str]:
    first = _FIRST.index(line.id) if line.id in _FIRST else len(_FIRST)
    return first, -abs(line.points), -(line.at or 0), line.id


class ReasonTexts:
    """Makes reasons from keys, and remembers them: tomorrow's reasons are mostly today's."""

    def __init__(self, wording: Wording) -> None:
        self._wording = wording
        self._made: dict[tuple[int, int, int, bool], str] = {}

    def texts(self, keys: Ints, as_of: AsOf) -> Texts:
        """The reason of each key, in the same shape; an empty text for no line.

        A text depends on the line, its points, a day and whether that is long ago. The distinct ones are found part by
        part, so that small tables do instead of sorting.
        """
        flat = keys.ravel()
        labels, label = _distinct(flat & (_LABELS - 1), _LABELS)
        pairs, pair = _distinct(label * _SIZES + ((flat >> POINTS_AT) & (_SIZES - 1)), len(labels) * _SIZES)
        first, day = _days((flat >> TIME_AT) & ((1 << TIME_BITS) - 1), as_of)
        count = int(day.max(initial=0)) + 1
        triples, triple = _distinct(pair * count + day, len(pairs) * count)
        kinds = pairs[triples // count]
        parts = zip(
            labels[kinds // _SIZES].tolist(), (kinds % _SIZES).tolist(), (triples % count).tolist(), strict=True
        )
        texts = [self._text(label, size, first + day if day else 0, as_of.today) for label, size, day in parts]
        return np.array(texts, dtype=object)[triple].reshape(keys.shape)

    def _text(self, label: int, size: int, day: int, today: int) -> str:
        key = label, size, day, needs_year(day, today)
        text = self._made.get(key)
        if text is None:
            if len(self._made) > _ENOUGH:
                self._made.clear()
            text = self._made[key] = self._make(label, size, day, today)
        return text

    def _make(self, label: int, size: int, day: int, today: int) -> str:
        if not (size or label):
            return ""
        rank, variant = label >> VARIANT_BITS, label & ((1 << VARIANT_BITS) - 1)
        return pointed(self._wording.text(rank, variant, day or None, today), self._wording.signed(rank, variant, size))


def _days(at: Ints, as_of: AsOf) -> tuple[int, Ints]:
    """The local day of each time, counted from a first day so that 0 is left for no time."""
    days = np.zeros_like(at)
    timed = np.flatnonzero(at)
    if not len(timed):
        return 0, days
    found = as_of.calendar.days_of(at[timed])
    before = int(found.min()) - 1
    days[timed] = found - before
    return before, days


def _distinct(values: Ints, bound: int) -> tuple[Ints, Ints]:
    """The distinct values, all from 0 and below `bound`, and the place of each value among them."""
    seen = np.zeros(bound, dtype=np.bool_)
    seen[values] = True
    distinct = np.flatnonzero(seen)
    places = np.empty(bound, dtype=np.int64)
    places[distinct] = np.arange(len(distinct))
    return distinct, places[values]
