"""The lead list under the clock: every filter and order, searches, first pages and pages deep in the list."""

from __future__ import annotations

import gc
import math
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from benchmarks import lead_book
from benchmarks.figures import Figure
from connector.flows import visits
from connector.flows.actors import Role
from connector.flows.publish import publish
from connector.flows.services import Services
from connector.flows.visits import Browser
from connector.services import assemble
from connector.settings import Settings
from connector.store import accounts, connections
from connector.store.database import Scope
from connector.store.sealing import new_key
from connector.web.app import create_app
from connector.web.guard import COOKIE

MOST_MS = 100.0
REQUESTS = 5
SORTS = ("score", "lowest", "moved", "newest")
DEEP = {"score": "28.500000", "lowest": "28.500000", "moved": f"{lead_book.NOW - 40 * 86_400}.500000",
        "newest": f"{lead_book.NOW - 450 * 86_400}.500000"}  # fmt: skip
FILTERS = (
    "", "tier=Hot", "tier=Warm", "tier=Cold", "stage=SQL", "owner=100", "owner=159", f"owner={lead_book.LEFT}",
    "owner=none", "owner=nobody-there", "line=home", "line=commercial_gl", "line=gone", "flagged=1", "held=1",
    "connection={small}", "connection={large}", "tier=Hot&owner=100", "tier=Cold&line=commercial_gl",
    f"tier=Hot&owner={lead_book.LEFT}&line=auto", "tier=Hot&held=1", "tier=Hot&connection={small}", "held=1&flagged=1",
)  # fmt: skip
SEARCHES = (
    "q=john", "q=smith", "q=john+smith", "q=j", "q=j+s", "q=com", "q=vera+nguwood", "q=zzzz", "q=mary+b&tier=Hot",
    f"q=john&owner={lead_book.LEFT}", "q=mary+j&owner=100&tier=Cold", "q=gmail&held=1", "q=com&tier=Hot&owner=120",
    "q=smith&tier=Hot&owner=159&line=commercial_gl", "q=a&connection={small}", "q=5777", "q=john.smith",
    "q=https://app.hubspot.com/contacts/1/record/0-1/5777",
)  # fmt: skip


@contextmanager
def _sqlite() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        yield f"sqlite:///{Path(folder) / 'lists.db'}"


@contextmanager
def _postgresql(given: str) -> Iterator[str]:
    from tests import postgres  # noqa: PLC0415 - only where it is asked for

    if given:
        with postgres.database(given) as url:
            yield url
    else:
        with postgres.server() as server, postgres.database(server) as url:
            yield url


def databases(postgresql: str | None) -> Iterator[tuple[str, AbstractContextManager[str]]]:
    """The databases to measure on: their kinds, and the addresses of empty ones."""
    yield "sqlite", _sqlite()
    if postgresql is not None:
        yield "postgresql", _postgresql(postgresql)


def lists(name: str, url: str, leads: int) -> list[Figure]:
    """The slowest pages of the list of a book of that size."""
    svc = assemble(Settings(database_url=url, secret_keys=(new_key(),)))
    try:
        publish(svc, "starter", "the benchmark")
        scopes = [_connection(svc, account) for account in ("large", "small")]
        began = time.monotonic()
        lead_book.fill(svc.store, scopes, leads)
        print(f"{name}: a book of {leads:,} leads in {time.monotonic() - began:.0f} s", flush=True)
        gc.collect()
        gc.freeze()  # what the book left behind is not looked through while pages are timed
        client = signed_in(svc, create_app(svc))
        ids = {"large": scopes[0].connection_id, "small": scopes[1].connection_id}
        return [_list_figure(f"{name}_{leads}", kind, client, ids) for kind in ("filters", "searches")]
    finally:
        svc.close()


def _connection(svc: Services, account: str) -> Scope:
    values = {"kind": "hubspot", "name": account, "account_id": account, "record_url": "https://crm.example/{id}",
              "base_url": None, "credentials": "sealed", "mapping": "{}"}  # fmt: skip
    with svc.store.write() as conn:
        return Scope(svc.tenant.id, connections.save_connection(conn, svc.tenant.id, values, lead_book.NOW))


def _list_figure(book: str, kind: str, client: FlaskClient, ids: Mapping[str, int]) -> Figure:
    """The slowest of all pages of all these lists: the first ones and those deep in them, in every order.

    A page takes what it takes in the middle of its requests; what else the machine did meanwhile is not the page's.
    """
    slowest: list[tuple[float, str]] = []
    for asked in FILTERS if kind == "filters" else SEARCHES:
        for sort in SORTS:
            for place in ("", f"after={DEEP[sort]}", f"before={DEEP[sort]}"):
                address = "/leads?" + "&".join(filter(None, (asked.format(**ids), f"sort={sort}", place)))
                client.get(address)
                slowest.append((times(client, address, REQUESTS)[0], address))
    slowest.sort(reverse=True)
    print(*(f"{book}: {took:.0f} ms {address}" for took, address in slowest[:6]), sep="\n", flush=True)
    middle = slowest[len(slowest) // 2][0]
    print(f"{book}: {len(slowest)} pages of {kind}, the middle one {middle:.0f} ms", flush=True)
    return Figure(f"slowest_page_ms_{kind}_{book}", round(slowest[0][0], 1), most=MOST_MS)


def signed_in(svc: Services, app: Flask) -> FlaskClient:
    """A browser in which an owner of the agency is signed in."""
    now = svc.now()
    with svc.store.write() as conn:
        account = accounts.add_account(conn, "owner@benchmark.example", "Owner", now)
        accounts.add_member(conn, svc.tenant.id, account.id, Role.OWNER, now)
        secret = visits.begin(conn, svc.tenant.id, account.id, Browser("benchmark", "127.0.0.1"), now)
    client = app.test_client()
    client.set_cookie(COOKIE, secret)
    return client


def times(client: FlaskClient, address: str, requests: int) -> tuple[float, float]:
    """Milliseconds: the middle, and that of 95 of 100."""
    took = []
    for _ in range(requests):
        began = time.perf_counter()
        client.get(address).get_data()
        took.append((time.perf_counter() - began) * 1000)
    took.sort()
    return took[len(took) // 2], took[math.ceil(0.95 * len(took)) - 1]
