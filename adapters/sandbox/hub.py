"""Everything a request may need, in one place."""

from __future__ import annotations

import threading
from collections import Counter, deque
from dataclasses import dataclass, field

from flask import current_app

from adapters.sandbox.faults import Faults
from adapters.sandbox.hubspot.delivery import Sender
from adapters.sandbox.hubspot.tokens import Tokens
from adapters.sandbox.limits import Limits
from adapters.sandbox.settings import Settings
from adapters.sandbox.store import Store

WRITES_KEPT = 50_000


@dataclass
class Hub:
    """The running sandbox behind the HTTP routes."""

    store: Store
    settings: Settings
    tokens: Tokens
    limits: Limits
    faults: Faults
    sender: Sender
    calls: Counter[str] = field(default_factory=Counter)
    """Requests by method and route."""
    statuses: Counter[int] = field(default_factory=Counter)
    writes: deque[tuple[float, float, int]] = field(default_factory=lambda: deque(maxlen=WRITES_KEPT))
    """Batch updates: when each began and was answered (seconds since 1970), and the port the caller had."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, call: str, status: int) -> None:
        """Notes one answered request."""
        with self._lock:
            self.calls[call] += 1
            self.statuses[status] += 1


def hub() -> Hub:
    """The sandbox that serves the present request."""
    found: Hub = current_app.extensions["sandbox"]
    return found
