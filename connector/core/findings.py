"""Filling the work sheet: what every criterion of the model finds about every lead."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from connector.core.batch import Batch
from connector.core.calendar import NEAR, AsOf
from connector.core.columns import Ints, places
from connector.core.criteria.counting import Bits, Runs, runs_in_campaigns, runs_of, satisfying
from connector.core.criteria.judging import judge
from connector.core.criteria.leads import LeadFields
from connector.core.criteria.profiles import find
from connector.core.criteria.table import Entry, Table
from connector.core.lines import Lines, choose_lines
from connector.core.model import Bands, Count, Counting, Profile
from connector.core.sheet import Sheet
from connector.core.silence import Silences


class Leaving(NamedTuple):
    """Acts on which a line depends: on the day after they are `days` days old, something about it changes."""

    days: int
    leads: Ints
    at: Ints


class Findings:
    """The criteria's part of an evaluation. `fill` writes it on the sheet; the rest is for the sum that follows."""

    def __init__(self, table: Table, batch: Batch, as_of: AsOf) -> None:
        self.table = table
        self.batch = batch
        self.sheet = Sheet.blank(table.size, len(batch))
        self.leads = LeadFields(batch.fields, len(batch), as_of.today)
        self.leaving: list[Leaving] = []
        """At most one for a lead and criterion each; see `connector.core.moving`."""
        self.lines: Lines = choose_lines(table, self.leads)
        self._bits: Bits = table.activities.bits(batch.activities, as_of)
        silences = Silences(batch, satisfying(self._bits, table.by_lead))
        self.last_moments = silences.last_moments()
        self._forget_before_silence(silences, as_of)

    def fill(self) -> None:
        """Writes what every criterion found."""
        self._fill(self.table.shared, None)
        for line, entries in enumerate(self.table.by_line):
            rows = self.lines.rows(line)
            if len(rows):
                self._fill(entries, rows)

    def raised_hands(self) -> Runs:
        """The leads that raised a hand, and the newest act by which they did."""
        return runs_of(satisfying(self._bits, self.table.raised), self.batch.activities.lead)

    def _forget_before_silence(self, silences: Silences, as_of: AsOf) -> None:
        days = self.table.model.reset_days
        counted_from = None if days is None else silences.counted_from(days, as_of.calendar)
        if counted_from is not None:
            acts = self.batch.activities
            counts = acts.at >= counted_from[acts.lead]
            engagement = self._bits.dtype.type(self.table.engagement_bits)
            self._bits &= counts * engagement | ~engagement

    def _fill(self, entries: tuple[Entry, ...], rows: Ints | None) -> None:
        leads = self.leads if rows is None else self.leads.at(rows)
        for entry in entries:
            rule = entry.criterion.rule
            if isinstance(rule, Counting):
                self._count(entry, rule, leads, rows)
            else:
                self._profile(entry, rule, leads, rows)

    def _profile(self, entry: Entry, rule: Profile | Bands, leads: LeadFields, rows: Ints | None) -> None:
        found = find(rule, leads)
        hits = places(found.points != 0)
        variant = found.variant if isinstance(found.variant, int) else found.variant[hits]
        self.sheet.put(entry, _of(rows, hits), found.points[hits], variant=variant)
        self.sheet.unknown[entry.row, slice(None) if rows is None else rows] = found.unknown

    def _count(self, entry: Entry, rule: Counting, leads: LeadFields, rows: Ints | None) -> None:
        runs = self._runs(entry, rule)
        if rows is not None and len(runs.leads):
            runs = runs.where(self.lines.chosen[runs.leads] == entry.line)
        acts, newest = self.batch.activities, runs.newest
        at = acts.at[newest]
        variant = acts.kind[newest].astype(np.int64) if entry.shows_act else 0
        counted = np.minimum(runs.counts, rule.up_to)
        self.sheet.put(entry, runs.leads, rule.points * counted, at, variant)
        self._leave(rule, runs, counted, at)
        if rule.or_when is not None:
            also = _of(rows, places(judge(rule.or_when, leads).yes))
            self.sheet.put(entry, also[self.sheet.points[entry.row, also] == 0], rule.points)

    def _leave(self, rule: Counting, runs: Runs, counted: Ints, at: Ints) -> None:
        """Which act of each run keeps the line as it is: the oldest that is needed for the points and for the date."""
        if not len(runs.leads):
            return
        if rule.within_days is not None:
            spare = counted - 1 if rule.up_to > 1 else rule.times - 1
            needed = at if rule.times == rule.up_to == 1 else self.batch.activities.at[runs.newest_but(spare)]
            self.leaving.append(Leaving(rule.within_days, runs.leads, needed))
        if rule.within_days is None or rule.within_days > NEAR:
            self.leaving.append(Leaving(NEAR, runs.leads, at))

    def _runs(self, entry: Entry, rule: Counting) -> Runs:
        acts = satisfying(self._bits, entry.bit)
        if not len(acts):
            return Runs(acts, acts, acts, acts)
        if rule.count is Count.IN_ONE_CAMPAIGN:
            return runs_in_campaigns(acts, self.batch.activities, rule.times)
        runs = runs_of(acts, self.batch.activities.lead)
        return runs.at_least(rule.times) if rule.times > 1 else runs


def _of(rows: Ints | None, hits: Ints) -> Ints:
    return hits if rows is None else rows[hits]
