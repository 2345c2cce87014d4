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
import gzip
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from benchmarks.figures import Figure
from benchmarks.large import BOOK, large_book
from benchmarks.screens_list import MOST_MS, databases, lists, signed_in, times
from connector.flows.scoring import evaluator
from connector.flows.services import Services
from connector.store import flags
from connector.store import tables as t
from connector.store.flags import NewFlag
from connector.web.app import create_app

MOST_FIRST_KB, MOST_LATER_KB = 300.0, 40.0
REQUESTS = 30
LEADS, MILLION = 100_000, 1_000_000
NOT_PAGES = ("static", "health", "metrics", "doors", "api", "oidc", "entrance", "sign_in", "flag_links")
"""Rooms that machines use, or nobody who is signed in."""
ELSEWHERE = re.compile(r"csv|export|download|file|text")
"""Addresses that answer with a file."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help="pages, sizes or lists; pages and sizes when none")
    parser.add_argument(
        "--million", action="store_true", help="lists of 1,000,000 leads; making the book takes minutes"
    )
    parser.add_argument("--postgresql", nargs="?", const="", metavar="URL", help="lists on PostgreSQL as well")
    options = parser.parse_args()
    parts = options.parts or (["lists"] if options.million or options.postgresql is not None else ["pages", "sizes"])
    found: list[Figure] = []
    if {"pages", "sizes"} & set(parts):
        found += _pages_and_sizes(parts)
    if "lists" in parts:
        leads = MILLION if options.million else LEADS
        for name, url in databases(options.postgresql):
            with url as address:
                found += lists(name, address, leads)
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
        client = signed_in(svc, app)
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
    first = {
        "lead_id": t.lead,
        "connection_id": t.connection,
        "run_id": t.run,
        "flag_id": t.flag,
        "account_id": t.account,
    }
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
        p50, p95 = times(client, address, REQUESTS)
        print(f"{address}: p50 {p50:.0f} ms, p95 {p95:.0f} ms", flush=True)
        found.append(Figure(f"p95_ms {address}", round(p95, 1), most=MOST_MS))
    return found


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


if __name__ == "__main__":
    main()
