"""Many requests, one commit: what waits for the disk together is written together.

SQLite makes one transaction durable after the other. With one per request the disk alone sets the pace, and on a slow
disk a few hundred requests a second queue up. So whoever may write next writes for everybody who waits. PostgreSQL
gathers commits by itself; there everybody writes alone.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from connector.store.database import Store, StoreUnusable
from connector.store.inbox import InboxEvent, add_events


@dataclass
class _Waiting:
    """One request's events. `failed` is what kept them from being written."""

    rows: Sequence[InboxEvent]
    received_ms: int
    done: bool = False
    failed: Exception | None = None


class Gathering:
    """Writes events into the inbox of this store. Safe to share between threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._alone = store.engine.dialect.name != "sqlite"
        self._turn = threading.Lock()
        self._list = threading.Lock()
        self._waiting: list[_Waiting] = []

    def add(self, rows: Sequence[InboxEvent], received_ms: int) -> None:
        """Returns when these events are durable; see `add_events`. Raises what `Store.write` raises."""
        mine = _Waiting(rows, received_ms)
        if self._alone:
            self._write([mine])
        else:
            with self._list:
                self._waiting.append(mine)
            with self._turn:
                if not mine.done:
                    with self._list:
                        together, self._waiting = self._waiting, []
                    self._settle(together)
        if mine.failed is not None:
            raise mine.failed

    def _settle(self, together: Sequence[_Waiting]) -> None:
        """Writes all, or says to each why not."""
        try:
            self._write(together)
        except SQLAlchemyError:  # somebody's events are refused: that must not cost the others theirs
            for each in together:
                each.failed = self._alone_failed(each)
        except StoreUnusable as error:
            for each in together:
                each.failed = error
        except BaseException as error:
            for each in together:
                each.failed = RuntimeError(f"the events were not written: {type(error).__name__}")
            raise
        finally:
            for each in together:
                each.done = True

    def _alone_failed(self, one: _Waiting) -> Exception | None:
        try:
            self._write([one])
        except (StoreUnusable, SQLAlchemyError) as error:
            return error
        return None

    def _write(self, together: Sequence[_Waiting]) -> None:
        with self._store.write() as conn:
            for each in together:
                add_events(conn, each.rows, each.received_ms)
