"""Which product line a lead is measured by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from connector.core.columns import Bools, Ints, places
from connector.core.criteria.leads import LeadFields
from connector.core.criteria.profiles import find
from connector.core.criteria.table import Table
from connector.core.model import PRODUCT_INTEREST, Counting
from connector.core.types import Group


@dataclass(frozen=True, slots=True)
class Lines:
    """The place of each lead's product line in the model, and why it is that one where the lead did not say so."""

    chosen: Ints
    unknown: Bools
    """The lead's interest is not known: the best match was taken."""
    foreign: Bools
    """The lead asked about something that the model does not have: the best match was taken."""

    def rows(self, line: int) -> Ints:
        """The leads of a product line."""
        return places(self.chosen == line)


def choose_lines(table: Table, leads: LeadFields) -> Lines:
    """The line the lead asked about; else the one whose ideal customer it fits best, and of equals the first."""
    interest = leads.words(PRODUCT_INTEREST)
    known_lines = {line.id: place for place, line in enumerate(table.model.product_lines)}
    known = np.array([*(known_lines.get(word, -1) for word in interest.values), -1], dtype=np.int64)
    chosen = known[interest.codes]
    undecided = chosen < 0
    unknown = interest.codes < 0
    if undecided.any():
        rows = places(undecided)
        chosen[rows] = _best(table, leads.at(rows)) if len(known_lines) > 1 else 0
    return Lines(chosen, unknown, undecided & ~unknown)


def _best(table: Table, leads: LeadFields) -> Ints:
    fits = np.zeros((len(table.model.product_lines), leads.count), dtype=np.int64)
    for entry in table.criteria:
        criterion = entry.criterion
        if entry.line is None or criterion is None or isinstance(criterion.rule, Counting):
            continue
        if criterion.group is Group.FIT:
            fits[entry.line] += find(criterion.rule, leads).points
    best: Ints = fits.argmax(axis=0)
    return best
