"""Three worker processes on PostgreSQL against one: many agencies, each with a CRM that takes its time to answer.

    python -m benchmarks.workers

Every agency reads, scores and writes its whole book once; the time runs from asking for the syncs to the end of the
last one, with all workers started before. Prints the figure with its limit, one JSON object as the last line, and ends
with 1 when the limit is missed. How it is defined stands in docs/benchmarks.md.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from benchmarks.figures import Figure, run
from benchmarks.running import LEADTIER, UNLIMITED, Crm, crm
from connector.flows import sync
from connector.flows.connect import connect
from connector.services import assemble
from connector.settings import Settings
from connector.store import connections, runs
from connector.store.database import Scope, Store
from connector.store.sealing import new_key
from tests.postgres import database, server

AGENCIES = 12
CRMS = 6
"""Sandboxes, two agencies each: one alone would be what everybody waits for."""
LEADS = 60
LATENCY = 0.25
"""Seconds the CRM takes for every answer."""
PATIENCE = 600


def workers() -> list[Figure]:
    """Leads a second with three workers over leads a second with one."""
    with server() as address, ExitStack() as stack:
        accounts = [stack.enter_context(crm(LEADS, "hubspot", UNLIMITED, latency=LATENCY)) for _ in range(CRMS)]
        seconds = {count: _seconds(address, accounts, count) for count in (1, 3)}
    for count, taken in seconds.items():
        each = f"{AGENCIES * LEADS / taken:,.0f} leads a second"
        print(f"{count} worker(s): {AGENCIES} agencies of {LEADS} leads in {taken:.1f} s, {each}")
    return [Figure("throughput_of_three_workers_over_one", round(seconds[1] / seconds[3], 2), least=2.0)]


def _seconds(address: str, accounts: Sequence[Crm], count: int) -> float:
    with database(address) as url, ExitStack() as stack:
        key = new_key()
        scopes = [_connected(url, key, accounts[number % CRMS], f"agency {number}") for number in range(AGENCIES)]
        svc = assemble(Settings(database_url=url, secret_keys=(key,)))
        stack.callback(svc.close)
        for _ in range(count):
            stack.enter_context(_worker(url, key))
        began = time.monotonic()
        asked = {scope: sync.begin(svc.for_tenant(scope.tenant_id), scope).id for scope in scopes}
        _until_done(svc.store, asked)
        return time.monotonic() - began


def _connected(url: str, key: str, account: Crm, agency: str) -> Scope:
    """An agency's connection; it does not sync by itself."""
    svc = assemble(Settings(database_url=url, secret_keys=(key,), tenant=agency))
    try:
        scope = connect(svc, account.kind, {"token": account.token}, account.url, account.kind).scope
        with svc.store.write() as conn:
            connections.set_cadence(conn, scope, 0, 0)
        return scope
    finally:
        svc.close()


@contextmanager
def _worker(url: str, key: str) -> Iterator[None]:
    env = {**os.environ, "LEADTIER_DATABASE_URL": url, "LEADTIER_SECRET_KEY": key, "LEADTIER_LOG_LEVEL": "ERROR"}
    with subprocess.Popen([*LEADTIER, "work"], env=env, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        while "Working" not in (line := process.stderr.readline()):
            assert line, "a worker did not start"
        try:
            yield
        finally:
            process.terminate()


def _until_done(store: Store, asked: dict[Scope, int]) -> None:
    until = time.monotonic() + PATIENCE
    open_ones = dict(asked)
    while open_ones:
        assert time.monotonic() < until, "the syncs did not end"
        time.sleep(0.2)
        with store.read() as conn:
            found = {scope: runs.run_by_id(conn, scope, run_id) for scope, run_id in open_ones.items()}
        assert all(one.open or one.state == "done" for one in found.values()), "a sync failed"
        open_ones = {scope: one.id for scope, one in found.items() if one.open}


if __name__ == "__main__":
    run({"workers": workers}, __doc__)
