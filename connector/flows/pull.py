"""Pull: reads the CRM's streams side by side and hands their pages to one hand that stores them.

Reading waits on the network, so every stream (contacts, each activity type, outcomes) has a thread; storing is done by
the caller alone, page by page. A stream that is cut off goes on later from the cursor of its last stored page.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from adapters.contract import Adapter, Page

CONTACTS = "contacts"
OUTCOMES = "outcomes"
ACTIVITIES = "activities:"

Stream = Callable[[], Iterator[Page[Any]]]

Places = dict[str, tuple[str, bool]]
"""Per stream: the cursor after its last stored page, and whether the stream has ended."""


class Closed(Exception):
    """The process stops reading; the run stays open and goes on at the next start."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """One thing a stream delivered: a page, or the error that ended it."""

    stream: str
    page: Page[Any] | None = None
    error: BaseException | None = None


@dataclass
class Pull:
    """The streams of one run, being read."""

    adapter: Adapter
    fields: Sequence[str] = ()
    """The properties that the contacts are asked for."""
    arrivals: queue.Queue[Arrived] = field(default_factory=lambda: queue.Queue(maxsize=8))
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self, streams: Mapping[str, Stream]) -> None:
        """Begins reading every stream."""
        for name, pages in streams.items():
            thread = threading.Thread(target=self._read, args=(name, pages), name=f"pull {name}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _read(self, stream: str, pages: Stream) -> None:
        try:
            for page in pages():
                self._put(Arrived(stream, page=page))
                if self._stop.is_set():
                    return
        except BaseException as error:
            self._put(Arrived(stream, error=error))

    def _put(self, arrived: Arrived) -> None:
        while not self._stop.is_set():
            try:
                self.arrivals.put(arrived, timeout=0.2)
            except queue.Full:
                continue
            return

    def close(self) -> None:
        """Stops reading; pages not taken yet are read again another time. Whoever waits for one gets `Closed`."""
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=60)
        last = Arrived("", error=Closed())
        while not self._put_last(last):
            with contextlib.suppress(queue.Empty):
                self.arrivals.get_nowait()

    def _put_last(self, last: Arrived) -> bool:
        """Whether there was room. Where there is none a page makes it: who takes the last must not wait for another."""
        try:
            self.arrivals.put_nowait(last)
        except queue.Full:
            return False
        return True


def stream_names(adapter: Adapter) -> list[str]:
    """Everything there is to read in this CRM."""
    return [CONTACTS, *(f"{ACTIVITIES}{kind}" for kind in adapter.capabilities.activity_types), OUTCOMES]


def unfinished(adapter: Adapter, places: Places) -> list[str]:
    """The streams that have not ended yet."""
    return [name for name in stream_names(adapter) if not places.get(name, ("", False))[1]]


def streams_of(adapter: Adapter, fields: list[str], places: Places, start: Mapping[str, str]) -> dict[str, Stream]:
    """What is left to read: per stream, a function that gives its pages.

    `places` is where this run stands, `start` where the connection's last finished run left off.
    """
    cursors = {**start, **{name: cursor for name, (cursor, _) in places.items()}}
    return {name: _reader(adapter, name, fields, cursors.get(name) or None) for name in unfinished(adapter, places)}


def _reader(adapter: Adapter, name: str, fields: list[str], cursor: str | None) -> Stream:
    if name == CONTACTS:
        return lambda: adapter.contacts(cursor, fields)
    if name == OUTCOMES:
        return lambda: adapter.outcomes(cursor)
    return lambda: adapter.activities(name.removeprefix(ACTIVITIES), cursor)
