"""The org's calls of 24 hours, shared by everybody who calls it."""

from __future__ import annotations

import threading
from collections.abc import Callable

WINDOW_SECONDS = 86_400


class Quota:
    """Counts calls; starts again 24 hours after the first one.

    The vendor's window rolls; a counter that starts again is near enough, and easier to reckon with in a test.
    """

    def __init__(self, limit: Callable[[], int], clock: Callable[[], float]) -> None:
        self._limit = limit
        self._clock = clock
        self._lock = threading.Lock()
        self._since = clock()
        self.used = 0
        """Calls in the present window; a test may set it."""

    @property
    def limit(self) -> int:
        """Calls allowed in the window."""
        return self._limit()

    def take(self, calls: int = 1) -> bool:
        """Counts calls; False, and uncounted, when none is left."""
        with self._lock:
            if self._clock() - self._since >= WINDOW_SECONDS:
                self._since, self.used = self._clock(), 0
            if self.used >= self.limit:
                return False
            self.used += calls
            return True

    def header(self) -> str:
        """The value of ``Sforce-Limit-Info``."""
        return f"api-usage={self.used}/{self.limit}"

    def remaining(self) -> int:
        """Calls left in the window."""
        return max(self.limit - self.used, 0)
