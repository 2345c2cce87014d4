"""Query locators: a result whose ids are fixed, to be read on page by page.

They live two days, and there is no limit on how many are open (Salesforce app limits cheat sheet, "API query cursors").
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

from adapters.sandbox.salesforce.ids import make_id
from adapters.sandbox.salesforce.soql import Rows

LIFE_SECONDS = 2 * 86_400
PREFIX = "0r8"


@dataclass(frozen=True, slots=True)
class Locator:
    """An open result."""

    name: str
    rows: Rows
    page: int
    """Records a page, as the query asked for."""
    until: float


class Locators:
    """The open results of an org."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._serials = count(1)
        self._open: dict[str, Locator] = {}

    def keep(self, rows: Rows, page: int) -> Locator:
        """Opens a locator over a result."""
        now = self._clock()
        with self._lock:
            for name in [name for name, each in self._open.items() if each.until <= now]:
                del self._open[name]
            locator = Locator(make_id(PREFIX, next(self._serials)), rows, page, now + LIFE_SECONDS)
            self._open[locator.name] = locator
        return locator

    def find(self, name: str) -> Locator | None:
        """The open locator of this name; None when it is unknown or too old."""
        found = self._open.get(name)
        return found if found is not None and self._clock() < found.until else None
