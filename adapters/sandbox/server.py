"""Serving the sandbox: as a process of its own, or in a thread for tests."""

from __future__ import annotations

import json
import logging
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

from waitress.server import create_server

from adapters.sandbox.app import create_app, hub_of
from adapters.sandbox.hub import Hub
from adapters.sandbox.hubspot.opening import Book, fill, is_open, open_account
from adapters.sandbox.hubspot.seeding import hubspot_book
from adapters.sandbox.settings import Settings
from adapters.sandbox.store import Store

LOOPBACK = "127.0.0.1"
THREADS = 8


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A sandbox that answers. `hub` holds its settings, faults, limits and counters for a caller in this process."""

    url: str
    token: str
    portal_id: int
    store: Store
    hub: Hub

    def announcement(self) -> dict[str, Any]:
        """What a program needs to connect."""
        return {"hubspot_url": self.url, "hubspot_token": self.token, "portal_id": self.portal_id}


def serve(
    port: int,
    leads: int,
    seed: int,
    *,
    extra_activities: int = 0,
    settings: Settings | None = None,
    as_of: datetime | None = None,
    path: Path | None = None,
) -> None:
    """Fills a sandbox with a generated book, says where it is in one JSON line, and serves until stopped.

    `port` 0 takes a free one. `extra_activities` makes every lead busier, for load tests. `as_of` is the book's
    present, now unless given. The data lie in `path`, or in a temporary file that goes when the server does. Call it in
    the main thread: SIGTERM and SIGINT end it by `SystemExit` with 0. Raises `OSError` when the port is taken.
    """
    settings = settings or Settings()
    book = hubspot_book(leads, seed, as_of or datetime.fromtimestamp(settings.clock(), UTC), extra_activities)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    with running(book, settings=settings, port=port, path=path) as sandbox:
        print(json.dumps(sandbox.announcement()), flush=True)  # noqa: T201 (programs read this line)
        threading.Event().wait()


def _end(_signal: int, _frame: FrameType | None) -> None:
    """Leaves every block on the way out, so that the temporary file goes."""
    raise SystemExit(0)


@contextmanager
def running(
    book: Book | None = None,
    *,
    settings: Settings | None = None,
    port: int = 0,
    path: Path | None = None,
) -> Iterator[Sandbox]:
    """A sandbox in a thread of this process, empty unless a book is given; it ends with the block.

    A file at `path` that an earlier run filled is served as it is.
    """
    # A client may have more calls under way than we have threads; waitress warns of every one that queues.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory(prefix="leadtier-sandbox-") as directory:
        store = Store(path or Path(directory) / "crm.db", settings)
        app = create_app(store)
        server = create_server(app, host=LOOPBACK, port=port, threads=THREADS, ident="sandbox")
        if not is_open(store):
            if book is None:
                open_account(store)
            else:
                fill(store, book)
        thread = threading.Thread(target=server.run, name="sandbox", daemon=True)
        thread.start()
        hub = hub_of(app)
        webhooks = hub.sender.start()
        try:
            url = f"http://{LOOPBACK}:{server.effective_port}"
            yield Sandbox(url, store.settings.token, store.settings.portal_id, store, hub)
        finally:
            hub.sender.stop()
            webhooks.join(timeout=10)
            server.trigger.pull_trigger(lambda: _close(server))
            thread.join(timeout=10)
            server.task_dispatcher.shutdown()
            store.close()


def _close(server: Any) -> None:
    """Runs inside the server's own loop, which ends when nothing is open any more."""
    for channel in list(server.active_channels.values()):
        channel.close()
    server.close()
