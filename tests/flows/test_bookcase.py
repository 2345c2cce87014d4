"""The bookcase: books are read beside the requests, served while a newer one is read, and forgotten when too many."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import numpy as np
import pytest

from connector.core.batch import Batch
from connector.core.book import Book, Chunk, Closings
from connector.core.types import Lead
from connector.flows.bookcase import Bookcase, BookLoading, Told
from tests.flows.conftest import VOCABULARY

LONG = 30.0


def a_book(leads: int = 1, state: str = "") -> Book:
    batch = Batch.of([Lead(number, 5, {}) for number in range(1, leads + 1)], [], VOCABULARY, [])
    none = Closings(np.zeros(0, np.int64), np.zeros(0, bool), np.zeros(0, np.int64))
    return Book([Chunk(batch, np.ones(leads, np.int32), none)], frozenset(), datetime(2026, 11, 22, tzinfo=UTC), state)


@pytest.fixture
def case() -> Iterator[Bookcase]:
    made = Bookcase()
    yield made
    made.close()


def look(
    case: Bookcase,
    read: Callable[[Book | None, Told], Book],
    tenant_id: int = 1,
    patience: float = LONG,
    *,
    usable: bool = True,
    current: bool = True,
) -> Book | BookLoading:
    return case.look(tenant_id, read, lambda _: usable, lambda _: current, patience)


def unexpected(_before: Book | None, _told: Told) -> Book:
    raise AssertionError("nothing was to be read")


def test_a_small_book_is_there_at_the_first_look_and_is_read_once(case: Bookcase) -> None:
    book = a_book()
    assert look(case, lambda *_: book) is book
    assert look(case, unexpected) is book


def test_a_book_being_read_says_how_far_it_is_and_nobody_waits_for_it(case: Bookcase) -> None:
    half, go = threading.Event(), threading.Event()
    book = a_book()

    def read(_before: Book | None, told: Told) -> Book:
        told(500, 1000)
        half.set()
        go.wait(LONG)
        return book

    assert isinstance(look(case, read, patience=0), BookLoading)
    half.wait(LONG)
    place = look(case, unexpected, patience=0)
    assert (place, place.percent) == (BookLoading(500, 1000), 50)
    go.set()
    case.settle()
    assert look(case, unexpected, patience=0) is book


def test_an_old_book_serves_while_the_next_one_is_read(case: Bookcase) -> None:
    old, new, go = a_book(), a_book(), threading.Event()
    look(case, lambda *_: old)

    def read(before: Book | None, _told: Told) -> Book:
        assert before is old
        go.wait(LONG)
        return new

    assert look(case, read, current=False, patience=0) is old
    assert look(case, unexpected, current=False) is old
    go.set()
    case.settle()
    assert look(case, unexpected) is new


def test_a_book_that_lacks_a_field_is_no_use_meanwhile(case: Bookcase) -> None:
    look(case, lambda *_: a_book())
    new = a_book()
    assert look(case, lambda *_: new, usable=False) is new


def test_a_reading_that_fails_says_so_and_the_next_look_tries_again(case: Bookcase) -> None:
    def fail(_before: Book | None, _told: Told) -> Book:
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        look(case, fail)
    book = a_book()
    assert look(case, lambda *_: book) is book


def test_beyond_the_budget_the_book_used_longest_ago_is_forgotten() -> None:
    books = {tenant_id: a_book(1000) for tenant_id in (1, 2, 3)}
    case = Bookcase(budget=int(2.5 * books[1].size))
    for tenant_id in (1, 2, 1, 3):
        assert look(case, lambda *_, of=tenant_id: books[of], tenant_id) is books[tenant_id]
    assert look(case, unexpected, 1) is books[1]
    assert look(case, unexpected, 3) is books[3]
    again = a_book()
    assert look(case, lambda *_: again, 2) is again
    case.close()


def test_a_book_larger_than_the_budget_is_kept_while_it_is_the_one_asked_for() -> None:
    case, book = Bookcase(budget=10), a_book(1000)
    assert look(case, lambda *_: book) is book
    assert look(case, unexpected) is book
    case.close()


def test_closing_stops_a_reading_at_its_next_chunk() -> None:
    case, begun, seen = Bookcase(), threading.Event(), []

    def read(_before: Book | None, told: Told) -> Book:
        for chunk in range(10_000_000):
            told(chunk, 10_000_000)
            begun.set()
            seen.append(chunk)
        return a_book()

    look(case, read, patience=0)
    begun.wait(LONG)
    case.close()
    assert len(seen) < 10_000_000
