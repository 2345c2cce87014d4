"""Counting activities, for many leads at once.

Which criteria an activity counts for depends only on its kind and on which windows it lies in, so a small table
answers that for all activities in one go: a row of bits, one a criterion. Activities are clustered by lead and in time
order, so the last of a lead's run is its newest, and the length of the run is the count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from connector.core.batch import NO_CAMPAIGN, Activities
from connector.core.calendar import AsOf
from connector.core.columns import Bools, Ints, places

Bits = npt.NDArray[np.unsignedinteger]


@dataclass(frozen=True, slots=True)
class Watch:
    """What one bit stands for: these kinds, at most so many days back (None: ever)."""

    kinds: frozenset[int]
    within_days: int | None = None


class Runs(NamedTuple):
    """Activities by lead: the rows of the leads, how many acts each has, and where among `acts` each one's end."""

    leads: Ints
    counts: Ints
    ends: Ints
    acts: Ints
    """Acts with those of one run side by side, in order of time."""

    @property
    def newest(self) -> Ints:
        """The newest act of each lead."""
        return self.acts[self.ends]

    def newest_but(self, places: Ints | int) -> Ints:
        """The act so many places before the newest of each lead; `places` are fewer than the counts."""
        found: Ints = self.acts[self.ends - places]
        return found

    def where(self, chosen: Bools) -> Runs:
        """Only these leads."""
        return Runs(self.leads[chosen], self.counts[chosen], self.ends[chosen], self.acts)

    def at_least(self, times: int) -> Runs:
        """Only the leads with so many acts."""
        return self.where(self.counts >= times)


class ActivityTable:
    """Which watches an activity satisfies, by kind and age."""

    def __init__(self, watches: Sequence[Watch]) -> None:
        self._windows = sorted({watch.within_days for watch in watches if watch.within_days is not None}, reverse=True)
        ages = len(self._windows) + 1
        width = next(
            width for width in (np.uint8, np.uint16, np.uint32, np.uint64) if len(watches) <= width(0).nbytes * 8
        )
        self._bits: Bits = np.zeros(256 * ages, dtype=width)
        self.watched: Bools = np.zeros(256, dtype=np.bool_)
        """By kind, whether anybody looks for it."""
        for place, watch in enumerate(watches):
            self.watched[list(watch.kinds)] = True
            youngest = 0 if watch.within_days is None else self._windows.index(watch.within_days) + 1
            for kind in watch.kinds:
                self._bits[kind * ages + youngest : (kind + 1) * ages] |= width(1 << place)

    def bits(self, activities: Activities, as_of: AsOf) -> Bits:
        """One row of bits an activity; none of them set for what lies after `as_of`."""
        codes = activities.kind.astype(np.int16)
        if self._windows:
            codes *= len(self._windows) + 1
        for days in self._windows:
            codes += activities.at >= as_of.start_of_day(days)
        found = self._bits.take(codes, mode="clip")
        late = activities.at > as_of.instant
        if late.any():
            found[late] = 0
        return found


def satisfying(bits: Bits, place: int) -> Ints:
    """The activities that satisfy the watch at `place`."""
    return places((bits & bits.dtype.type(1 << place)) != 0)


def runs_of(acts: Ints, lead: Ints) -> Runs:
    """The runs of these acts, which are in canonical order."""
    if not len(acts):
        return Runs(acts, acts, acts, acts)
    leads = lead[acts]
    ends = places(_last_of_run(leads))
    counts = ends + 1
    counts[1:] -= ends[:-1] + 1
    return Runs(leads[ends], counts, ends, acts)


def runs_in_campaigns(acts: Ints, activities: Activities, times: int) -> Runs:
    """The leads with at least `times` of these acts in one campaign; the run is that of the campaign heard of last."""
    acts = acts[activities.campaign[acts] != NO_CAMPAIGN]
    frequent = runs_of(acts, activities.lead)
    acts = acts[np.repeat(frequent.counts >= times, frequent.counts)]
    # A stable sort by campaign alone leaves acts of one lead and campaign side by side, the newest last.
    campaigns = activities.campaign[acts]
    order = np.argsort(_narrow(campaigns), kind="stable")
    by_campaign = acts[order]
    ends = places(_last_of_run(activities.lead[by_campaign]) | _last_of_run(campaigns[order]))
    ends = ends[np.diff(ends, prepend=-1) >= times]
    ends = ends[np.argsort(by_campaign[ends])]
    leads = activities.lead[by_campaign[ends]]
    last = places(_last_of_run(leads))
    return Runs(leads[last], np.full(len(last), times), ends[last], by_campaign)


def _narrow(codes: npt.NDArray[np.int32]) -> npt.NDArray[np.integer]:
    """As 16 bits where they fit: NumPy sorts those by counting, which is many times faster."""
    return codes.astype(np.uint16) if len(codes) and codes.min() >= 0 and codes.max() < 1 << 16 else codes


def _last_of_run(values: npt.NDArray[np.integer]) -> Bools:
    last = np.ones(len(values), dtype=bool)
    np.not_equal(values[1:], values[:-1], out=last[:-1])
    return last
