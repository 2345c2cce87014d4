"""Serving the sandbox: as a process of its own, or in a thread for tests."""

from __future__ import annotations

import json
import logging
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

from waitress.server import create_server

from adapters.sandbox.app import create_app, hub_of, salesforce_hub_of
from adapters.sandbox.hubspot.opening import Book, fill, is_open, open_account
from adapters.sandbox.hubspot.seeding import hubspot_book
from adapters.sandbox.played import Sandbox
from adapters.sandbox.salesforce.book import fill as fill_org
from adapters.sandbox.salesforce.filling import fill_once, open_file
from adapters.sandbox.salesforce.org import Org
from adapters.sandbox.salesforce.settings import OrgSettings
from adapters.sandbox.settings import Settings
from adapters.sandbox.store import Store

LOOPBACK = "127.0.0.1"
THREADS = 8
HUBSPOT, SALESFORCE = "hubspot", "salesforce"
BOTH = frozenset({HUBSPOT, SALESFORCE})


def serve(  # noqa: PLR0913 - one switch each
    port: int,
    leads: int,
    seed: int,
    *,
    extra_activities: int = 0,
    settings: Settings | None = None,
    org_settings: OrgSettings | None = None,
    as_of: datetime | None = None,
    path: Path | None = None,
    crms: frozenset[str] = BOTH,
) -> None:
    """Fills a sandbox with a generated book, says where it is in one JSON line, and serves until stopped.

    `port` 0 takes a free one. `extra_activities` makes every lead busier, for load tests. `as_of` is the book's
    present, now unless given. `crms` says which sides are played. HubSpot's data lie in `path`, Salesforce's beside it
    ("crm.db", "crm-salesforce.db"), or both in temporary files that go when the server does. Call it in the main
    thread: SIGTERM and SIGINT end it by `SystemExit` with 0. Raises `OSError` when the port is taken.
    """
    settings = settings or Settings()
    present = as_of or datetime.fromtimestamp(settings.clock(), UTC)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)

    def fill_salesforce(org: Org) -> None:
        fill_org(org, leads, seed, present, extra_activities)

    with running(
        hubspot_book(leads, seed, present, extra_activities),
        hubspot=HUBSPOT in crms,
        salesforce=fill_salesforce if SALESFORCE in crms else None,
        settings=settings,
        org_settings=org_settings,
        port=port,
        path=path,
    ) as sandbox:
        print(json.dumps(sandbox.announcement()), flush=True)  # noqa: T201 (programs read this line)
        threading.Event().wait()


def _end(_signal: int, _frame: FrameType | None) -> None:
    """Leaves every block on the way out, so that the temporary files go."""
    raise SystemExit(0)


@contextmanager
def running(
    book: Book | None = None,
    *,
    hubspot: bool = True,
    salesforce: Callable[[Org], None] | None = None,
    settings: Settings | None = None,
    org_settings: OrgSettings | None = None,
    port: int = 0,
    path: Path | None = None,
) -> Iterator[Sandbox]:
    """A sandbox in a thread of this process; it ends with the block.

    The HubSpot side is empty unless a book is given. The Salesforce side is played when `salesforce` is given, which
    fills a new org. Files that an earlier run filled are served as they are.
    """
    # A client may have more calls under way than we have threads; waitress warns of every one that queues.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory(prefix="leadtier-sandbox-") as directory, ExitStack() as stack:
        home = path or Path(directory) / "crm.db"
        store = stack.enter_context(closing(Store(home, settings))) if hubspot else None
        org = (
            stack.enter_context(closing(open_file(_beside(home), org_settings or OrgSettings())))
            if salesforce
            else None
        )
        app = create_app(store) if org is None else create_app(store, org=org)
        # The port is taken before the filling, which may last, so that a port that cannot be had is known at once.
        server = create_server(app, host=LOOPBACK, port=port, threads=THREADS, ident="sandbox")
        if store is not None:
            _fill_once(store, book)
        if org is not None and salesforce is not None:
            fill_once(org, salesforce)
        sandbox = Sandbox(
            f"http://{LOOPBACK}:{server.effective_port}",
            None if store is None else hub_of(app),
            None if org is None else salesforce_hub_of(app),
        )
        stack.enter_context(answering(server))
        stack.enter_context(_delivering(sandbox))
        yield sandbox


def _beside(path: Path) -> Path:
    """Where the Salesforce side's data lie when HubSpot's lie here."""
    return path.with_name(f"{path.stem}-salesforce{path.suffix}")


def _fill_once(store: Store, book: Book | None) -> None:
    if is_open(store):
        return
    if book is None:
        open_account(store)
    else:
        fill(store, book)


@contextmanager
def answering(server: Any) -> Iterator[None]:
    """A web server, bound already, answers in a thread until the end of the block."""
    thread = threading.Thread(target=server.run, name="sandbox", daemon=True)
    thread.start()
    try:
        yield
    finally:
        # The loop may wake by itself, find the order and close the trigger before it has been pulled.
        with suppress(OSError):
            server.trigger.pull_trigger(lambda: _close(server))
        thread.join(timeout=10)
        server.task_dispatcher.shutdown()


@contextmanager
def _delivering(sandbox: Sandbox) -> Iterator[None]:
    """Webhooks and outbound messages go out meanwhile."""
    hubspot, salesforce = sandbox.sides
    threads = [] if hubspot is None else [hubspot.sender.start()]
    threads += [] if salesforce is None else [salesforce.outbound.start()]
    try:
        yield
    finally:
        if hubspot is not None:
            hubspot.sender.stop()
        if salesforce is not None:
            salesforce.close()
        for thread in threads:
            thread.join(timeout=10)


def _close(server: Any) -> None:
    """Runs inside the server's own loop, which ends when nothing is open any more."""
    for channel in list(server.active_channels.values()):
        channel.close()
    server.close()
