"""When time alone next changes a card: the first day on which something about it may differ, all else being the same.

A day may be named too early, which costs one needless scoring, but never too late. What moves by itself: decay and
reset, acts that leave a window, dates that get their year, dates and ages in conditions, and what lies in the future.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property

import numpy as np

from connector.core.calendar import NEAR, AsOf, birthdays
from connector.core.columns import Bools, Floats, Ints, places
from connector.core.criteria.leads import AGE, BIRTH
from connector.core.criteria.table import DECAY, FLOOR, HOLD, RESET
from connector.core.criteria.timed import Timed
from connector.core.findings import Findings, Leaving
from connector.core.sheet import read_keys

NEVER = np.iinfo(np.int64).max
_FAR = 400 * 86_400
"""Seconds: what lies further ahead than this is looked at again then, so that no date is too far for the calendar."""
_CENTURY = 36_525


class Moving:
    """The days on which the cards of a batch may move by themselves."""

    def __init__(self, findings: Findings, as_of: AsOf) -> None:
        self._findings = findings
        self._as_of = as_of
        self._days = np.full(len(findings.batch), NEVER)

    def days(self) -> Ints:
        """For each lead the first such day after today, as the calendar counts them; `NEVER` for none."""
        self._leave()
        self._fade()
        self._begin()
        for each in self._findings.table.timed:
            self._turn(each)
        return self._days

    def _may(self, leads: Ints, days: Ints) -> None:
        """Notes that the cards of these leads, each named once, may move on these days."""
        self._days[leads] = np.minimum(self._days[leads], days)

    # ------------------------------------------------------------------------------------------------------- windows

    def _leave(self) -> None:
        """Acts leave their windows; and a date far enough back gets its year, which is like leaving a window."""
        groups = defaultdict(list)
        for each in (*self._findings.leaving, *self._dated_sums()):
            groups[each.days].append(each)
        for days, group in groups.items():
            first = np.full(len(self._days), NEVER)
            begins = self._as_of.start_of_day(days)
            for _, leads, at in group:
                first[leads] = np.minimum(first[leads], np.where(at >= begins, at, NEVER))
            found = places(first != NEVER)
            if len(found):
                self._may(found, self._as_of.calendar.days_of(first[found]) + days + 1)

    def _dated_sums(self) -> Iterator[Leaving]:
        hand = self._findings.table.model.hand_raiser
        for name, days in ((FLOOR, hand.within_days if hand else NEAR), (HOLD, NEAR)):
            row = self._findings.sheet.keys[self._findings.table.sums[name].row]
            leads = places(row != 0)
            if len(leads):
                yield Leaving(min(days, NEAR), leads, read_keys(row[leads]).at)

    # --------------------------------------------------------------------------------------------------------- decay

    def _fade(self) -> None:
        """The next step of the decay, or the reset, of leads that have points to lose."""
        sheet, table, last = self._findings.sheet, self._findings.table, self._findings.last_moments
        reset, decay = table.sums[RESET].row, table.sums[DECAY].row
        left = sheet.points[:reset].sum(axis=0, dtype=np.int64)
        left[sheet.keys[reset] != 0] = 0
        if not left.any():
            return
        fading = sheet.keys[decay] != 0
        after = np.zeros(len(left), dtype=np.int64)
        for days, percent in sorted(_steps(self._findings), reverse=True):
            moves = (left > 0) & (((left * percent + 50) // 100 > 0) | fading)
            after[moves & (last >= self._as_of.start_of_day(days - 1))] = days
        found = places(after != 0)
        if len(found):
            self._may(found, self._as_of.calendar.days_of(last[found]) + after[found])

    # ------------------------------------------------------------------------------------------------------ the future

    def _begin(self) -> None:
        """Acts, holds and leads that carry a later time than the score's become visible then."""
        batch, now = self._findings.batch, self._as_of.instant
        for starts in (batch.created, batch.held):
            later = places(starts > now)
            self._appear(later, starts[later])
        acts = batch.activities
        later = places(acts.at > now)
        later = later[self._findings.table.activities.watched[acts.kind[later]]]
        if len(later):
            first = np.diff(acts.lead[later], prepend=-1) != 0
            self._appear(acts.lead[later[first]], acts.at[later[first]])

    def _appear(self, leads: Ints, at: Ints) -> None:
        if len(leads):
            days = self._as_of.calendar.days_of(np.minimum(at, self._as_of.instant + _FAR))
            self._may(leads, np.maximum(days, self._as_of.today + 1))

    # ---------------------------------------------------------------------------------------------------------- fields

    def _turn(self, each: Timed) -> None:
        """A lead enters or leaves a range of days or of years."""
        dates = self._births if each.field == AGE else self._findings.leads.numbers(each.field)
        leads = places(self._asked(each) & ~np.isnan(dates))
        if not len(leads):
            return
        days = self._birthdays(each, leads) if each.field == AGE else self._days_of(each, dates[leads])
        known = np.isfinite(days)
        self._may(leads[known], np.minimum(days[known], self._as_of.today + _CENTURY).astype(np.int64))

    @cached_property
    def _births(self) -> Floats:
        """The dates of birth of leads whose age follows from it."""
        births, kept = self._findings.leads.numbers(BIRTH), self._findings.batch.fields.get(AGE)
        return births if kept is None else np.where(kept.known(), np.nan, births)

    def _asked(self, each: Timed) -> Bools | bool:
        if each.line is None:
            return True
        lines = self._findings.lines
        asked: Bools = lines.chosen == each.line
        return asked | lines.unknown | lines.foreign if each.chooses else asked

    def _days_of(self, each: Timed, dates: Floats) -> Floats:
        enters, leaves = np.ceil(dates - each.high), np.floor(dates - each.low) + 1
        later = np.where(leaves > self._as_of.today, leaves, np.nan)
        return np.where(enters > self._as_of.today, enters, later)

    def _birthdays(self, each: Timed, leads: Ints) -> Floats:
        """The birthday that brings the age over a bound."""
        ages = self._findings.leads.numbers(AGE)[leads]
        later = np.where(ages <= each.high, np.floor(each.high) + 1, np.nan)
        return birthdays(self._births[leads], np.where(ages < each.low, np.ceil(each.low), later))


def _steps(findings: Findings) -> Iterator[tuple[int, int]]:
    model = findings.table.model
    yield from ((step.days, step.percent) for step in model.decay)
    if model.reset_days is not None:
        yield model.reset_days, 100
