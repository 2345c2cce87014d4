"""The call budget that several processes share: the adapter contract's `Ledger` over the rows of `store.call_slots`."""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections import defaultdict, deque
from collections.abc import Callable
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from adapters.contract import CROSSING, Ledger
from connector.store import call_slots
from connector.store.database import Scope, Store, StoreUnusable

log = logging.getLogger(__name__)


def ledger_for(store: Store, scope: Scope, worker: str = "") -> Ledger | None:
    """The ledger of a connection; None on SQLite, where one process makes all the calls and counts them by itself.

    `worker` says in the rows who called, for people who look.
    """
    if store.engine.dialect.name == "sqlite":
        return None
    return CallLedger(store, scope, worker or f"{socket.gethostname()}:{os.getpid()}")


class CallLedger:
    """One connection's calls. Each method is one short transaction; see `adapters.contract.Ledger`."""

    def __init__(self, store: Store, scope: Scope, worker: str) -> None:
        self._store = store
        self._scope = scope
        self._worker = worker
        self._lock = threading.Lock()
        self._open: defaultdict[str, deque[int]] = defaultdict(deque)
        self._ended: list[int] = []
        self._held: dict[str, int] = {}

    def take(self, family: str, limit: int, window: float) -> float:
        """Takes a slot, or says how long to wait. Raises `StoreUnusable`."""
        with self._store.write() as conn:
            slot = call_slots.take(conn, self._scope, family, self._worker, limit, window)
        with self._lock:
            self._held[family] = slot.held
            if slot.id is not None:
                self._open[family].append(slot.id)
        return slot.wait

    def give_back(self, family: str) -> None:
        """Ends one of our calls: which one does not matter to the count.

        What the database does not take now it is told with the next; until then the slot is held for longer.
        """
        with self._lock:
            self._ended.append(self._open[family].popleft())
            ended, self._ended = self._ended, []
        if not self._told(call_slots.end, ended):
            with self._lock:
                self._ended += ended

    def learn(self, family: str, limit: int, window: float) -> None:
        """Keeps the vendor's limit for every process."""
        self._told(call_slots.learn, family, limit, window)

    def observe(self, family: str, used: int) -> None:
        """Asks the database only when the count of our last slot leaves calls unexplained."""
        with self._lock:
            unexplained = used - self._held.get(family, 0) > CROSSING
        if unexplained:
            self._told(call_slots.observe, family, used, CROSSING)

    def pause(self, family: str, seconds: float) -> None:
        """Closes the family for every process."""
        self._told(call_slots.pause, family, seconds)

    def _told(self, what: Callable[..., Any], *words: object) -> bool:
        """Whether the database could be told. An answer of the vendor is not lost because it could not."""
        try:
            with self._store.write() as conn:
                what(conn, self._scope, *words)
        except (StoreUnusable, SQLAlchemyError) as error:
            log.warning("the shared count of calls could not be kept: %s", type(error).__name__)
            return False
        return True
