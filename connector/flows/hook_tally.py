"""Counting what was not kept. A flood of bad requests must not become a flood of writes.

The first count after a quiet second is written at once, what follows within the second together.
"""

from __future__ import annotations

import logging
import threading

from sqlalchemy.exc import SQLAlchemyError

from connector.flows.services import Services
from connector.store import hook_counts
from connector.store.database import StoreUnusable
from connector.store.hook_counts import NOBODY, OTHER, Count

LONGEST = 80
"""Letters of a reason."""
MOST_HELD = 500
"""Different counts held in memory; what more there is within a second is counted together."""
TOGETHER = 1.0
"""Seconds for which counts are gathered."""

_log = logging.getLogger(__name__)


class Tally:
    """Counts by source, connection and reason, and where they are kept. Safe to share between threads."""

    def __init__(self, svc: Services) -> None:
        self._svc = svc
        self._lock = threading.Lock()
        self._held: dict[tuple[str, int, str], Count] = {}
        self._wrote = 0
        self._timer: threading.Timer | None = None

    def add(self, count: Count) -> None:
        """Counts; written now or within a second."""
        with self._lock:
            self._hold(_clean(count))
            quiet = self._svc.now() != self._wrote
            if not quiet and self._timer is None:
                self._timer = threading.Timer(TOGETHER, self.flush)
                self._timer.daemon = True
                self._timer.start()
        if quiet:
            self.flush()

    def flush(self) -> None:
        """Writes what is held. When the database is away it is held on."""
        with self._lock:
            held, self._held, self._timer = self._held, {}, None
            self._wrote = now = self._svc.now()
        if not held:
            return
        try:
            with self._svc.store.write() as conn:
                hook_counts.add_counts(conn, held.values(), now)
        except (StoreUnusable, SQLAlchemyError) as error:
            _log.warning("counts of webhooks wait: %s", type(error).__name__)
            with self._lock:
                for count in held.values():
                    self._hold(count)

    def _hold(self, count: Count) -> None:
        key = (count.source, count.connection_id, count.reason)
        if key not in self._held and len(self._held) >= MOST_HELD:
            count = Count(count.source, NOBODY, OTHER, "More reasons than are kept apart.", count.number)
            key = (count.source, NOBODY, OTHER)
        before = self._held.get(key)
        self._held[key] = count._replace(number=count.number + (before.number if before else 0))


def _clean(count: Count) -> Count:
    """With a reason that any page and database shows: some letters of one line."""
    words = "".join(char if char.isprintable() else " " for char in count.reason).split()
    return count._replace(reason=" ".join(words)[:LONGEST] or OTHER)
