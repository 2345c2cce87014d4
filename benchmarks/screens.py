"""How long pages take and how much they weigh: ``python -m benchmarks.screens [pages sizes lists] [--million]``.

pages: every page of the app with real numbers in its address, on a book of 100,000 leads, 30 times each.
sizes: what a browser loads on its first visit and later, packed.
lists: the lead list, every filter and order, searches and pages deep in it, by default of 100,000 leads, with
`--million` of 1,000,000; on SQLite and with `--postgresql` (a server's address, or nothing for one of our own) there.

Times are of the whole request in this process, from the address to the last byte, signed in. Printed are all figures
with their limits; one JSON object is the last line, and the exit code is 1 when a limit is missed.
"""

from __future__ import annotations

import argparse
import gc
import gzip
import json
import math
import re
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from benchmarks import lead_book
from benchmarks.figures import Figure
from benchmarks.large import BOOK, large_book
from connector.flows import visits
from connector.flows.actors import Role
from connector.flows.publish import publish
from connector.flows.scoring import evaluator
from connector.flows.services import Services
from connector.flows.visits import Browser
from connector.services import assemble
from connector.settings import Settings
from connector.store import accounts, connections, flags
from connector.store import tables as t
from connector.store.database import Scope
from connector.store.flags import NewFlag
from connector.web.app import create_app
from connector.web.guard import COOKIE

MOST_MS, MOST_FIRST_KB, MOST_LATER_KB = 100.0, 300.0, 40.0
REQUESTS, LIST_REQUESTS = 30, 5
LEADS, MILLION = 100_000, 1_000_000
NOT_PAGES = ("static", "health", "metrics", "doors", "api", "oidc", "entrance", "sign_in", "flag_links")
"""Rooms that machines use, or nobody who is signed in."""
ELSEWHERE = re.compile(r"csv|export|download|file|text")
"""Addresses that answer with a file."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help="pages, sizes or lists; pages and sizes when none")
    parser.add_argument("--million", action="store_true", help="lists of 1,000,000 leads; making the book takes minutes")
    parser.add_argument("--postgresql", nargs="?", const="", metavar="URL", help="lists on PostgreSQL as well")
    options = parser.parse_args()
    parts = options.parts or (["lists"] if options.million or options.postgresql is not None else ["pages", "sizes"])
    found: list[Figure] = []
    if {"pages", "sizes"} & set(parts):
        found += _pages_and_sizes(parts)
    if "lists" in parts:
        leads = MILLION if options.million else LEADS
        for name, url in _databases(options.postgresql):
            with url as address:
                found += _lists(name, address, leads)
    print(*found, sep="\n")
    print(json.dumps({figure.name: figure.value for figure in found}))
    sys.exit(not all(figure.met for figure in found))


# ------------------------------------------------------------------------------------------------------------- pages


def _pages_and_sizes(parts: Sequence[str]) -> list[Figure]:
    with large_book(LEADS, "starter") as (svc, scope, _):
        with svc.store.write() as conn:
            _copy_words(conn, LEADS // BOOK)
            flag = NewFlag(1, "benchmark:1", "too_high", "", "", svc.now(), None, "", (), None)
            flags.add(conn, scope, flag)
        app = create_app(svc)
        client = _signed_in(svc, app)
        addresses = list(dict.fromkeys(_addresses(svc, app)))
        found = _timed_pages(client, addresses) if "pages" in parts else []
        return [*found, *(_sizes(client, addresses) if "sizes" in parts else [])]


def _copy_words(conn: sa.Connection, times: int) -> None:
    """Gives the copies of the book the words of their originals."""
    w = t.lead_word.c
    step = conn.execute(sa.select(sa.func.max(w.lead_id))).scalar_one()
    for copy in range(1, times):
        rows = sa.select(w.tenant_id, w.word, w.lead_id + copy * step).where(w.lead_id <= step)
        conn.execute(sa.insert(t.lead_word).from_select(["tenant_id", "word", "lead_id"], rows))


def _signed_in(svc: Services, app: Flask) -> FlaskClient:
    now = svc.now()
    with svc.store.write() as conn:
        account = accounts.add_account(conn, "owner@benchmark.example", "Owner", now)
        accounts.add_member(conn, svc.tenant.id, account.id, Role.OWNER, now)
        secret = visits.begin(conn, svc.tenant.id, account.id, Browser("benchmark", "127.0.0.1"), now)
    client = app.test_client()
    client.set_cookie(COOKIE, secret)
    return client


def _addresses(svc: Services, app: Flask) -> Iterator[str]:
    """Every page that can be looked at; raises `LookupError` for one whose address holds what nobody knows."""
    real = _real(svc)
    adapter = app.url_map.bind("localhost")
    for rule in sorted(app.url_map.iter_rules(), key=str):
        if "GET" in (rule.methods or ()) and rule.endpoint.split(".")[0] not in NOT_PAGES and not _is_file(rule):
            if missing := rule.arguments - real.keys():
                raise LookupError(f"{rule} needs {', '.join(missing)}: say in _real where there is one")
            yield adapter.build(rule.endpoint, {name: real[name] for name in rule.arguments})


def _is_file(rule: Rule) -> bool:
    return bool(ELSEWHERE.search(rule.endpoint.rpartition(".")[2]))


def _real(svc: Services) -> dict[str, Any]:
    """A number there is for each argument of an address."""
    first = {"lead_id": t.lead, "connection_id": t.connection, "run_id": t.run, "flag_id": t.flag, "account_id": t.account}
    with svc.store.read() as conn:
        found = {name: conn.execute(sa.select(sa.func.min(table.c.id))).scalar_one() for name, table in first.items()}
    name = evaluator(svc).model.criteria[0].id
    return {"number": 1, "kind": "hubspot", "name": name, **{name: value for name, value in found.items() if value}}


def _timed_pages(client: FlaskClient, addresses: Sequence[str]) -> list[Figure]:
    found = []
    for address in addresses:
        status = client.get(address).status_code  # makes what is made once
        if status != 200:
            print(f"{address}: {status}, not measured")
            continue
        p50, p95 = _times(client, address, REQUESTS)
        print(f"{address}: p50 {p50:.0f} ms, p95 {p95:.0f} ms", flush=True)
        found.append(Figure(f"p95_ms {address}", round(p95, 1), most=MOST_MS))
    return found


def _times(client: FlaskClient, address: str, requests: int) -> tuple[float, float]:
    """Milliseconds: the middle, and that of 95 of 100."""
    times = []
    for _ in range(requests):
        began = time.perf_counter()
        client.get(address).get_data()
        times.append((time.perf_counter() - began) * 1000)
    times.sort()
    return times[len(times) // 2], times[math.ceil(0.95 * len(times)) - 1]


# ------------------------------------------------------------------------------------------------------------- sizes


def _sizes(client: FlaskClient, addresses: Sequence[str]) -> list[Figure]:
    first = {address: _weight(client, address) for address in addresses}
    assets = _assets(client, "/")
    heaviest = max(first, key=lambda address: first[address])
    shown = ", ".join(f"{name.split('?')[0].rpartition('/')[2]} {size / 1000:.0f}" for name, size in assets.items())
    print(f"first visit: the overview {first['/'] / 1000:.0f} kB, {shown}; the heaviest page: {heaviest}")
    return [
        Figure("first_visit_kb", round((first["/"] + sum(assets.values())) / 1000, 1), most=MOST_FIRST_KB),
        Figure("heaviest_page_kb", round(first[heaviest] / 1000, 1), most=MOST_LATER_KB),
    ]


def _assets(client: FlaskClient, address: str) -> Mapping[str, int]:
    """What a page brings along, and what its style sheets do."""
    page = client.get(address).get_data(as_text=True)
    named = dict.fromkeys(name.partition("#")[0] for name in re.findall(r'(?:href|src)="(/static/[^"]+)"', page))
    found = {name: _weight(client, name) for name in named}
    for name in [name for name in found if ".css" in name]:
        for font in re.findall(r'url\("?([\w./?=-]+\.woff2[^")]*)', client.get(name).get_data(as_text=True)):
            font_at = f"/static/{font.rpartition('/')[2]}"
            found[font_at] = _weight(client, font_at)
    return found


def _weight(client: FlaskClient, address: str) -> int:
    answer = client.get(address, headers={"Accept-Encoding": "gzip"})
    body = answer.get_data()
    if answer.content_encoding or address.endswith(".woff2"):
        return len(body)
    return len(gzip.compress(body)) if len(body) > 500 else len(body)


# ------------------------------------------------------------------------------------------------------------- lists

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


def _databases(postgresql: str | None) -> Iterator[tuple[str, Any]]:
    yield "sqlite", _sqlite()
    if postgresql is not None:
        yield "postgresql", _postgresql(postgresql)


def _lists(name: str, url: str, leads: int) -> list[Figure]:
    svc = assemble(Settings(database_url=url))
    try:
        publish(svc, "starter", "the benchmark")
        scopes = [_connection(svc, account) for account in ("large", "small")]
        began = time.monotonic()
        lead_book.fill(svc.store, scopes, leads)
        print(f"{name}: a book of {leads:,} leads in {time.monotonic() - began:.0f} s", flush=True)
        gc.collect()
        gc.freeze()  # what the book left behind is not looked through while pages are timed
        client = _signed_in(svc, create_app(svc))
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
                slowest.append((_times(client, address, LIST_REQUESTS)[0], address))
    slowest.sort(reverse=True)
    print(*(f"{book}: {took:.0f} ms {address}" for took, address in slowest[:6]), sep="\n", flush=True)
    middle = slowest[len(slowest) // 2][0]
    print(f"{book}: {len(slowest)} pages of {kind}, the middle one {middle:.0f} ms", flush=True)
    return Figure(f"slowest_page_ms_{kind}_{book}", round(slowest[0][0], 1), most=MOST_MS)


if __name__ == "__main__":
    main()
