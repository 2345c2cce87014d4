"""Open accounts: one adapter per connection and process, so that its call budget and its pool of sockets are one."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from adapters.contract import Adapter, Quota
from connector.flows import meters
from connector.store.connections import Connection


@dataclass
class _Opened:
    adapter: Adapter
    sealed: str
    kind: str
    calls: int = 0
    throttled: int = 0


class SeenQuota(NamedTuple):
    """What the CRM said of the day's calls, and when; None: it sets no such limit, or does not say."""

    quota: Quota | None
    at: int


@dataclass
class OpenAccounts:
    """The accounts this process has open."""

    open_one: Callable[[Connection], Adapter]
    quotas: dict[int, SeenQuota] = field(default_factory=dict)
    """The day's calls as this process last saw them, by connection; a page shows it without asking again."""
    _opened: dict[int, _Opened] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, connection: Connection) -> Adapter:
        """The connection's account; opened anew when its credentials were changed by somebody else."""
        with self._lock:
            opened = self._opened.get(connection.id)
            if opened is None or opened.sealed != connection.sealed:
                opened = self._opened[connection.id] = _Opened(
                    self.open_one(connection), connection.sealed, connection.kind
                )
            return opened.adapter

    def keeps(self, connection_id: int, sealed: str) -> None:
        """The open account itself refreshed its credentials: it need not be opened anew."""
        with self._lock:
            if (opened := self._opened.get(connection_id)) is not None:
                opened.sealed = sealed

    def new_calls(self, connection_id: int) -> tuple[int, int]:
        """Calls made, and calls throttled, since this was last asked."""
        with self._lock:
            opened = self._opened.get(connection_id)
            if opened is None:
                return 0, 0
            usage = opened.adapter.usage
            new = usage.calls - opened.calls, usage.throttled - opened.throttled
            opened.calls, opened.throttled = usage.calls, usage.throttled
            meters.called(opened.kind, *new)
            return new

    def calls(self, connection_id: int) -> int:
        """Calls made so far by the connection's account in this process."""
        with self._lock:
            opened = self._opened.get(connection_id)
            return opened.adapter.usage.calls if opened else 0

    def forget(self, connection_id: int) -> None:
        """Closes the connection's account, if it is open: its connection goes."""
        with self._lock:
            if (opened := self._opened.pop(connection_id, None)) is not None:
                opened.adapter.close()

    def close(self) -> None:
        """Closes every account."""
        with self._lock:
            for opened in self._opened.values():
                opened.adapter.close()
            self._opened.clear()
