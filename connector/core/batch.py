"""Leads and their activities in columns: what the evaluator reads, for one lead as for a million."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from connector.core.columns import Column, Ints, column_of, places
from connector.core.types import Activity, Acts, Lead, Stage
from connector.core.vocabulary import FALLBACK_KIND, Vocabulary

NO_CAMPAIGN = -1
STAGES = (Stage.NONE, Stage.MQL, Stage.SQL)
"""A stage is kept as its index here."""


@dataclass(frozen=True, slots=True)
class Activities:
    """Activities in columns, clustered by lead and in time order within a lead.

    `lead` is the row of the lead in the batch, `kind` the code in the vocabulary, `at` seconds since 1970 UTC and
    `campaign` any number that is the same for the same campaign, `NO_CAMPAIGN` for none.
    """

    lead: Ints
    kind: npt.NDArray[np.uint8]
    at: Ints
    campaign: npt.NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.at)

    def take(self, rows: Ints) -> Activities:
        """The same columns for these rows only."""
        return Activities(self.lead[rows], self.kind[rows], self.at[rows], self.campaign[rows])

    def sorted(self) -> Activities:
        """In canonical order: by lead, time, kind. Costs next to nothing when they are so already."""
        if len(self) < 2 or self._in_order():
            return self
        return self.take(np.lexsort((self.kind, self.at, self.lead)))

    def _in_order(self) -> bool:
        """Only places where time does not rise need a second look: they must be a new lead, or a tie in kind order."""
        doubtful = np.flatnonzero(self.at[1:] <= self.at[:-1])
        before, after = self.take(doubtful), self.take(doubtful + 1)
        tie = (after.lead == before.lead) & (after.at == before.at) & (after.kind >= before.kind)
        return bool(((after.lead > before.lead) | tie).all() and (self.lead[1:] >= self.lead[:-1]).all())


@dataclass(frozen=True, slots=True)
class Batch:
    """Leads in columns. A field without a column is not known for any lead.

    Build it with `of` from rows, or with `of_columns` where columns are at hand.
    """

    lead_ids: Ints
    created: Ints
    previous: npt.NDArray[np.int8]
    """The stage of the last card as an index into `STAGES`."""
    fields: Mapping[str, Column]
    activities: Activities
    held: Ints
    """Since when the lead is on hold; 0 for not at all."""

    def __len__(self) -> int:
        return len(self.lead_ids)

    def take(self, rows: Ints) -> Batch:
        """These leads only, in the order of `rows`."""
        acts = self.activities
        starts = np.searchsorted(acts.lead, rows)
        counts = np.searchsorted(acts.lead, rows, side="right") - starts
        ends = np.cumsum(counts)
        chosen = acts.take(np.repeat(starts - ends + counts, counts) + np.arange(ends[-1] if len(rows) else 0))
        return Batch(
            self.lead_ids[rows],
            self.created[rows],
            self.previous[rows],
            {name: column.take(rows) for name, column in self.fields.items()},
            Activities(np.repeat(np.arange(len(rows)), counts), chosen.kind, chosen.at, chosen.campaign),
            self.held[rows],
        )

    @classmethod
    def of_columns(
        cls,
        lead_ids: Ints,
        created: Ints,
        fields: Mapping[str, Column],
        activities: Activities,
        previous: npt.NDArray[np.int8] | None = None,
        held: Ints | None = None,
    ) -> Batch:
        """From columns, as a store or a benchmark has them. Each act must stand there once (its source id is unique).

        Activities are put in order when they are not. Raises `ValueError` when columns differ in length or an activity
        points at no lead.
        """
        count = len(lead_ids)
        known = previous if previous is not None else np.zeros(count, dtype=np.int8)
        holds = held if held is not None else np.zeros(count, dtype=np.int64)
        lengths = {len(created), len(known), len(holds), *(len(column.known()) for column in fields.values())}
        if lengths - {count}:
            raise ValueError(f"the columns of {count} leads must all be of that length, not {sorted(lengths)}")
        ordered = activities.sorted()
        if len(ordered) and ordered.at.min() < 0:
            raise ValueError("an activity lies before 1970")
        if len(ordered) and not 0 <= ordered.lead[0] <= ordered.lead[-1] < count:
            raise ValueError(f"an activity points at a lead outside the batch of {count}")
        return cls(lead_ids, created, known, fields, ordered, holds)

    @classmethod
    def of(
        cls,
        leads: Sequence[Lead],
        activities: Iterable[Activity] | Acts,
        vocabulary: Vocabulary,
        fields: Collection[str] | None = None,
    ) -> Batch:
        """From rows in any order. Activities of leads that are not given are left out.

        In rows, the same act (lead and source id) counts once; should two versions of it differ, the earliest is
        believed, so that a later one, which may lie in the future, changes nothing. A time before 1970 counts as 1970.
        `fields` limits the columns to those a model reads (`Evaluator.fields`).
        """
        wanted = vocabulary.fields.keys() if fields is None else fields
        return cls(
            lead_ids=np.array([lead.id for lead in leads], dtype=np.int64),
            created=np.array([lead.created_at for lead in leads], dtype=np.int64),
            previous=np.array([STAGES.index(lead.previous_stage or Stage.NONE) for lead in leads], dtype=np.int8),
            fields={
                name: column_of(vocabulary.fields[name].type, [lead.fields.get(name) for lead in leads])
                for name in wanted
            },
            activities=_stored(leads, activities, vocabulary)
            if isinstance(activities, Acts)
            else _distinct(leads, activities, vocabulary),
            held=np.array([0 if lead.held_at is None else max(lead.held_at, 1) for lead in leads], dtype=np.int64),
        )


def _rows(leads: Sequence[Lead]) -> dict[int, int]:
    row = {lead.id: place for place, lead in enumerate(leads)}
    if len(row) != len(leads):
        raise ValueError("a lead stands in the batch twice")
    return row


def _stored(leads: Sequence[Lead], acts: Acts, vocabulary: Vocabulary) -> Activities:
    row, codes = _rows(leads), {name: kind.code for name, kind in vocabulary.kinds.items()}
    other = vocabulary.code_of(FALLBACK_KIND)
    campaigns = {"": NO_CAMPAIGN}
    found = Activities(
        lead=np.array([row.get(lead_id, -1) for lead_id in acts.lead_ids], dtype=np.int64),
        kind=np.array([codes.get(kind, other) for kind in acts.kinds], dtype=np.uint8),
        at=np.maximum(np.array(acts.at, dtype=np.int64), 0),
        campaign=np.array([campaigns.setdefault(name, len(campaigns) - 1) for name in acts.campaigns], dtype=np.int32),
    )
    return (found if (found.lead >= 0).all() else found.take(places(found.lead >= 0))).sorted()


def _distinct(leads: Sequence[Lead], activities: Iterable[Activity], vocabulary: Vocabulary) -> Activities:
    row = _rows(leads)
    distinct: dict[tuple[int, str], tuple[int, int, int, str]] = {}
    for act in activities:
        if act.lead_id in row:
            place = row[act.lead_id]
            version = (place, max(act.at, 0), vocabulary.code_of(act.kind), act.campaign)
            key = (place, act.source_id)
            distinct[key] = min(version, distinct.get(key, version))
    ordered = sorted(distinct.values())
    campaigns = {name: code for code, name in enumerate(sorted({version[3] for version in ordered} - {""}))}
    return Activities(
        lead=np.array([version[0] for version in ordered], dtype=np.int64),
        kind=np.array([version[2] for version in ordered], dtype=np.uint8),
        at=np.array([version[1] for version in ordered], dtype=np.int64),
        campaign=np.array([campaigns.get(version[3], NO_CAMPAIGN) for version in ordered], dtype=np.int32),
    )
