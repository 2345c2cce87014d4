"""The call budget that three processes share on PostgreSQL, against a sandbox CRM that counts like the vendor.

    python -m benchmarks.budget         # both parts, two minutes
    python -m benchmarks.budget burst   # one of them

Each process calls as fast as it is let, with several threads. Prints every figure with its
limit, one JSON object as the last line, and ends with 1 when a limit is missed.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from bisect import bisect_left
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from multiprocessing.synchronize import Barrier

from adapters.contract import Retry
from adapters.hubspot.client import SEARCH_LIMIT, Client
from adapters.hubspot.paths import Paths
from adapters.oauth import StaticToken
from adapters.sandbox.played import Sandbox
from adapters.sandbox.server import running
from adapters.sandbox.settings import Settings
from benchmarks.figures import Figure, run
from connector.flows.call_ledger import CallLedger
from connector.store import connections, tenants
from connector.store.database import Scope, Store, open_store
from tests import postgres

PROCESSES = 3
THREADS = 4
VENDOR_BURST, BURST_WINDOW = 190, 10.0
"""Calls in any 10 seconds that HubSpot allows a private app of a Professional account."""
VENDOR_SEARCHES = 5
"""Searches a second, the whole account together."""
SECONDS = 45.0


def burst() -> list[Figure]:
    """Calls of every kind, of which HubSpot allows 190 in any 10 seconds."""
    return measured("burst", search=False, limit=VENDOR_BURST, ours=VENDOR_BURST, window=BURST_WINDOW)


def search() -> list[Figure]:
    """Searches, of which HubSpot allows 5 a second; one of them is left to others."""
    ours, window = SEARCH_LIMIT
    return measured("search", search=True, limit=VENDOR_SEARCHES, ours=ours, window=window)


def measured(name: str, *, search: bool, limit: int, ours: int, window: float) -> list[Figure]:
    """Three processes at once: the most calls in any window, refusals, and how much of what we allow ourselves is used.

    `limit` is the vendor's, `ours` what we let ourselves make of it.
    """
    settings = Settings(burst_limit=VENDOR_BURST, search_limit=VENDOR_SEARCHES)
    with running(settings=settings) as crm, database() as address, connection(address) as (store, scope):
        noted = note(crm)
        hammer(crm, address, scope, search, SECONDS)
        cost = ledger_seconds(store, scope)
    arrivals = sorted(at for at, _ in noted)
    refused = sum(not passed for _, passed in noted)
    print(f"{name}: {PROCESSES} processes with {THREADS} threads each made {len(arrivals)} calls")
    print(f"a slot taken and given back where nobody waits: {cost * 1000:.1f} ms")
    return [
        Figure(f"{name}_peak_over_limit", round(most(arrivals, window) / limit, 3), most=1.0),
        Figure(f"{name}_answers_429", refused, most=0),
        Figure(f"{name}_limit_used", used(arrivals, ours, window), least=0.85),
    ]


def most(arrivals: list[float], window: float) -> int:
    """The most calls in any rolling window."""
    return max(bisect_left(arrivals, start + window) - place for place, start in enumerate(arrivals))


def used(arrivals: list[float], calls: int, window: float) -> float:
    """The least time that so many calls need, where `calls` may leave in any `window`, over the time they took."""
    windows = (len(arrivals) - 1) // calls
    return round(windows * window / (arrivals[windows * calls] - arrivals[0]), 3)


def note(crm: Sandbox) -> list[tuple[float, bool]]:
    """Fills with the moments at which the vendor counted a call, and whether it let it pass."""
    arrivals: list[tuple[float, bool]] = []
    limits, take = crm.hub.limits, crm.hub.limits.take

    def counted(token: str, *, search: bool) -> str | None:
        at = time.time()
        policy = take(token, search=search)
        arrivals.append((at, policy is None))
        return policy

    limits.take = counted  # type: ignore[method-assign]
    return arrivals


def hammer(crm: Sandbox, address: str, scope: Scope, search: bool, seconds: float) -> None:
    """The processes, for that long once all are ready."""
    spawn = multiprocessing.get_context("spawn")
    ready = spawn.Barrier(PROCESSES)
    words = (crm.url, crm.token, address, scope, search, seconds, ready)
    processes = [spawn.Process(target=work, args=words) for _ in range(PROCESSES)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()


def work(url: str, token: str, address: str, scope: Scope, search: bool, seconds: float, ready: Barrier) -> None:
    """One process: threads that list owners, or search."""
    store = open_store(address)
    client = Client(
        host=url,
        tokens=StaticToken("HubSpot", token),
        paths=Paths(),
        clock=lambda: datetime.now(UTC),
        sleep=time.sleep,
        ledger=CallLedger(store, scope, str(os.getpid())),
    )

    def ask() -> object:
        return client.search("contacts", {"limit": 1}) if search else client.get(client.paths.owners())

    ready.wait()
    until = time.time() + seconds
    threads = [threading.Thread(target=again, args=(ask, until)) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store.close()


def again(ask: Callable[[], object], until: float) -> None:
    """Asks again and again; a refusal is in the vendor's count."""
    while time.time() < until:
        with suppress(Retry):
            ask()


def ledger_seconds(store: Store, scope: Scope, times: int = 200) -> float:
    """What the ledger adds to a call when nobody waits."""
    ledger = CallLedger(store, scope, "alone")
    began = time.perf_counter()
    for _ in range(times):
        ledger.take("alone", times, 10.0)
        ledger.give_back("alone")
    return (time.perf_counter() - began) / times


@contextmanager
def database() -> Iterator[str]:
    """A database of our own on the server that the tests use too."""
    with postgres.server() as address, postgres.database(address) as url:
        yield url


@contextmanager
def connection(address: str) -> Iterator[tuple[Store, Scope]]:
    """A connection whose calls are counted."""
    store = open_store(address)
    values = {"kind": "hubspot", "name": "hubspot", "account_id": "1", "record_url": "", "base_url": None}
    values |= {"credentials": "", "mapping": "{}"}
    with store.write() as conn:
        tenant = tenants.add_tenant(conn, "bench", "UTC", 0)
        scope = Scope(tenant.id, connections.save_connection(conn, tenant.id, values, 0))
    yield store, scope
    store.close()


if __name__ == "__main__":
    run({"burst": burst, "search": search}, __doc__)
