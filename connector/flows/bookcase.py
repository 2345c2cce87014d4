"""The bookcase: books that a process has read, one a tenant, and the hand that reads them beside the requests."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from connector.core.book import Book

ENOUGH_BYTES = 1_500_000_000
"""Memory for books unless the operator says otherwise: a book of a million leads, or many small ones."""


class Stopped(Exception):
    """The process ends; the book that is being read is not wanted any more."""


@dataclass(frozen=True, slots=True)
class BookLoading:
    """The book is being read; `of` is 0 until its leads are counted."""

    done: int
    of: int

    @property
    def percent(self) -> int:
        """How far, in whole percent."""
        return min(99, 100 * self.done // self.of) if self.of else 0


Told = Callable[[int, int], None]
"""Hears how many leads are read of how many. Raises `Stopped` when nobody wants them any more."""


@dataclass
class _Shelf:
    book: Book | None = None
    reading: Future[Book] | None = None
    place: BookLoading = BookLoading(0, 0)


class Bookcase:
    """Keeps the books used last within `budget` bytes; the one asked for stays, however large. Safe to share."""

    def __init__(self, budget: int = ENOUGH_BYTES) -> None:
        self.budget = budget
        self._lock = threading.Lock()
        self._shelves: OrderedDict[int, _Shelf] = OrderedDict()
        self._stop = threading.Event()
        self._reader: ThreadPoolExecutor | None = None

    def look(
        self,
        tenant_id: int,
        read: Callable[[Book | None, Told], Book],
        usable: Callable[[Book], bool],
        current: Callable[[Book], bool],
        patience: float,
    ) -> Book | BookLoading:
        """The tenant's book; else how far its reading is, after waiting for it at most `patience` seconds.

        One that is not `current` is read again by `read`, which gets it; it is served meanwhile where it is `usable`.
        Who begins a reading waits for it, so that small books are always new. Raises what the reading raised; the next
        look tries again.
        """
        with self._lock:
            shelf = self._shelves.setdefault(tenant_id, _Shelf())
            self._shelves.move_to_end(tenant_id)
            self._take(shelf)
            book = shelf.book
            begins = shelf.reading is None and not (book is not None and current(book) and usable(book))
            if begins:
                shelf.place = BookLoading(0, 0)
                shelf.reading = self._hand().submit(self._read, shelf, book, read)
            reading = shelf.reading
            served = book if book is not None and usable(book) else None
        if reading is None or (served is not None and not begins):
            return self._found(served, shelf)
        wait([reading], patience)
        with self._lock:
            self._take(shelf)
            self._make_room(tenant_id)
            return self._found(shelf.book if reading.done() else served, shelf)

    def settle(self) -> None:
        """Waits until nothing is being read."""
        with self._lock:
            readings = [shelf.reading for shelf in self._shelves.values() if shelf.reading is not None]
        wait(readings)

    def close(self) -> None:
        """Stops reading and forgets all books."""
        self._stop.set()
        with self._lock:
            reader, self._reader = self._reader, None
            self._shelves.clear()
        if reader is not None:
            reader.shutdown(cancel_futures=True)

    def _hand(self) -> ThreadPoolExecutor:
        """One at a time: two books read at once would only take twice as long, and twice the memory on the way."""
        if self._reader is None:
            self._reader = ThreadPoolExecutor(1, thread_name_prefix="book")
        return self._reader

    def _read(self, shelf: _Shelf, book: Book | None, read: Callable[[Book | None, Told], Book]) -> Book:
        def told(done: int, of: int) -> None:
            if self._stop.is_set():
                raise Stopped
            shelf.place = BookLoading(done, of)

        return read(book, told)

    def _take(self, shelf: _Shelf) -> None:
        """Puts what was read on the shelf."""
        if shelf.reading is not None and shelf.reading.done():
            reading, shelf.reading = shelf.reading, None
            shelf.book = reading.result()

    def _make_room(self, tenant_id: int) -> None:
        """Forgets the books used longest ago; one that is being read is not there yet."""
        for other in list(self._shelves):
            kept = sum(shelf.book.size for shelf in self._shelves.values() if shelf.book is not None)
            if kept > self.budget and other != tenant_id and self._shelves[other].reading is None:
                del self._shelves[other]

    def _found(self, book: Book | None, shelf: _Shelf) -> Book | BookLoading:
        return shelf.place if book is None else book
