"""Reading streams: whoever takes their pages never waits for one that does not come."""

from __future__ import annotations

from typing import Any, cast

from adapters.contract import Adapter, Page
from connector.flows.pull import Arrived, Closed, Pull


def test_who_takes_pages_hears_that_reading_stops_however_many_pages_wait() -> None:
    for waiting in (0, 3, 8):
        pull = Pull(cast("Adapter", None))
        page: Page[Any] = Page((), "", complete=False)
        for _ in range(waiting):
            pull.arrivals.put(Arrived("contacts", page=page))
        pull.close()
        taken = [pull.arrivals.get(timeout=1)]
        while taken[-1].error is None:
            taken.append(pull.arrivals.get(timeout=1))
        assert isinstance(taken[-1].error, Closed)
