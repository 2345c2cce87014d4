"""A field that only sold leads have says that they were sold, whatever it is called."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from scoring_support import WORDS, small

from connector.core.batch import Batch
from connector.core.book import Book, Chunk, Closings
from connector.core.leaking import ENOUGH_SOLD, leaks
from connector.core.types import Lead

MODEL = small(criteria="  - {id: big, group: fit, text: Big, points: 9, when: {field: coverage_amount, at_least: 5}}")


def book_of(sold: int, sold_have: int, others: int, others_have: int) -> Book:
    """So many leads sold and not, so many of each with a coverage amount."""
    filled = [number < sold_have for number in range(sold)] + [number < others_have for number in range(others)]
    leads = [Lead(row + 1, 5, {"coverage_amount": 9} if has else {}) for row, has in enumerate(filled)]
    batch = Batch.of(leads, [], WORDS, ["coverage_amount"])
    rows = np.arange(sold + others)
    closings = Closings(rows, rows < sold, np.zeros(len(rows), dtype=np.int64))
    return Book([Chunk(batch, np.ones(len(rows), np.int32), closings)], frozenset(), datetime.now(UTC), "")


def test_a_field_that_sold_leads_have_and_others_lack_is_pointed_out_at_its_criterion() -> None:
    (problem,) = leaks(MODEL, book_of(50, 48, 1000, 20))
    assert problem.text == (
        "coverage_amount is filled for 96% of the leads that were sold and for 2% of the others: "
        "it is probably known only after the sale."
    )
    assert problem.line
    assert not problem.blocking


@pytest.mark.parametrize(
    "counts",
    [(50, 48, 1000, 300), (50, 20, 1000, 0), (ENOUGH_SOLD - 1, ENOUGH_SOLD - 1, 1000, 0), (50, 50, 0, 0), (0, 0, 9, 9)],
)
def test_a_field_that_others_have_too_or_few_sold_leads_says_nothing(counts: tuple[int, int, int, int]) -> None:
    assert leaks(MODEL, book_of(*counts)) == []


def test_a_field_that_no_criterion_reads_is_nobodys_business() -> None:
    assert leaks(small(), book_of(50, 50, 1000, 0)) == []
