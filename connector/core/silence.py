"""How long a lead has been silent, and where a long silence wiped out what came before it.

Only moments of the lead itself break a silence: what it did, and the creation of its record. What the agency does (a
call nobody answered) does not.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from connector.core.batch import Activities, Batch
from connector.core.calendar import LocalCalendar
from connector.core.columns import Ints, places
from connector.core.criteria.counting import Runs, runs_of

NEVER = np.iinfo(np.int64).min
_DAY = 86_400


class Silences:
    """The moments of the leads of a batch, none after the score's own time."""

    def __init__(self, batch: Batch, own_acts: Ints) -> None:
        self._created = batch.created
        self._activities: Activities = batch.activities
        self._acts = own_acts
        self._runs: Runs = runs_of(own_acts, batch.activities.lead)

    def last_moments(self) -> Ints:
        """When each lead was last heard of."""
        last = self._created.copy()
        leads = self._runs.leads
        last[leads] = np.maximum(last[leads], self._activities.at[self._runs.newest])
        return last

    def counted_from(self, days: int, calendar: LocalCalendar) -> Ints | None:
        """From when on each lead's engagement counts: the end of its last silence of at least `days` days.

        None when no lead was ever silent for so long.
        """
        before, after, leads = self._long_gaps((days - 2) * _DAY)
        if not len(leads):
            return None
        silent = calendar.days_of(after) - calendar.days_of(before) >= days
        if not silent.any():
            return None
        counted = np.full(len(self._created), NEVER)
        np.maximum.at(counted, leads[silent], after[silent])
        return counted

    def _long_gaps(self, seconds: int) -> tuple[Ints, Ints, Ints]:
        """Gaps between neighbouring moments that are longer than `seconds`: from, to, and whose."""
        pairs = [*self._between_acts(seconds), self._around_first(seconds), self._around_last(seconds)]
        before, after, leads = (np.concatenate(parts) for parts in zip(*pairs, strict=True))
        return before, after, leads

    def _between_acts(self, seconds: int) -> Sequence[tuple[Ints, Ints, Ints]]:
        at, lead = self._activities.at[self._acts], self._activities.lead[self._acts]
        long = places(at[1:] - at[:-1] > seconds)
        long = long[lead[long] == lead[long + 1]]
        before, after, leads = at[long], at[long + 1], lead[long]
        # A creation between the two is a moment too; one outside them leaves one of the halves empty.
        middle = np.clip(self._created[leads], before, after)
        return (before, middle, leads), (middle, after, leads)

    def _around_first(self, seconds: int) -> tuple[Ints, Ints, Ints]:
        leads, counts = self._runs.leads, self._runs.counts
        own = np.cumsum(counts) - counts
        first = self._activities.at[self._acts[own]]
        created = self._created[leads]
        long = first - created > seconds
        return created[long], first[long], leads[long]

    def _around_last(self, seconds: int) -> tuple[Ints, Ints, Ints]:
        leads = self._runs.leads
        last, created = self._activities.at[self._runs.newest], self._created[leads]
        long = created - last > seconds
        return last[long], created[long], leads[long]
