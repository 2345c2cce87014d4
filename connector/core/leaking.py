"""Fields that are probably known only after a sale: points for them would predict what has happened already.

The vocabulary marks such fields (`outcome`), and no model may read those; this finds the ones that nobody marked.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from connector.core.book import Book
from connector.core.model import Criterion, Model
from connector.core.types import Problem

ENOUGH_SOLD = 20
"""From so many sold leads on, a field that they have and others lack is no accident."""
SOLD_HAVE, OTHERS_HAVE = 0.8, 0.05
"""Shares of leads for which the field is filled."""


class _Filled(NamedTuple):
    """For how many leads, of how many, a field is filled."""

    sold: int
    all_sold: int
    others: int
    all_others: int


def leaks(model: Model, book: Book) -> list[Problem]:
    """One problem for each such field, at the first criterion that reads it."""
    readers: dict[str, Criterion] = {}
    for criterion in model.all_criteria():
        for field in criterion.fields():
            readers.setdefault(field, criterion)
    return [problem for field, reader in readers.items() for problem in _leak(field, reader, _filled(field, book))]


def _leak(field: str, reader: Criterion, filled: _Filled) -> Iterator[Problem]:
    if filled.all_sold < ENOUGH_SOLD or not filled.all_others:
        return
    sold, others = filled.sold / filled.all_sold, filled.others / filled.all_others
    if sold >= SOLD_HAVE and others <= OTHERS_HAVE:
        yield Problem(
            f"field {field}",
            f"{field} is filled for {sold:.0%} of the leads that were sold and for {others:.0%} of the others: "
            "it is probably known only after the sale.",
            "Give no points for it: it would predict what has happened already.",
            reader.line,
            blocking=False,
        )


def _filled(field: str, book: Book) -> _Filled:
    counts = np.zeros(4, dtype=np.int64)
    for chunk in book.chunks:
        rows = chunk.closings.rows[chunk.closings.won]
        column = chunk.batch.fields.get(field)
        known = np.zeros(len(chunk.batch), dtype=bool) if column is None else column.known()
        sold = int(known[rows].sum())
        counts += (sold, len(rows), int(known.sum()) - sold, len(chunk.batch) - len(rows))
    return _Filled(*counts.tolist())
