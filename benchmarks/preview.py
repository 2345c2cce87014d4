"""What a preview costs: ``python -m benchmarks.preview [--leads 100000] [--million] [--rounds 12]``.

For each size a book is laid into a SQLite file of its own, as `benchmarks.nightly` does, with outcomes, and read as the
screen reads it. Then a form is sent to the page again and again, each time with one edit more: other points, another
line between tiers, another decay, another condition. Measured is the server's time for the whole answer, and its CPU.
One JSON object is the last line, and the exit code is 1 when a limit is missed.
"""

from __future__ import annotations

import argparse
import gc
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np

from benchmarks.figures import Figure
from benchmarks.large import large_book
from connector.flows import visits
from connector.flows.actors import Role
from connector.flows.book import book
from connector.flows.bookcase import BookLoading
from connector.flows.publish import published_text
from connector.flows.services import Services
from connector.flows.visits import Browser
from connector.services import assemble
from connector.settings import Settings
from connector.store import accounts
from connector.web.app import create_app
from connector.web.guard import COOKIE

SIZES = (100_000,)
MILLION = 1_000_000
LIMITS = {100_000: 400.0, MILLION: 3000.0}
"""Milliseconds at the 95th percentile."""
LONG = 3600.0
Edit = Callable[[str, int], str]


def main() -> None:
    options = _options()
    if options.measure:
        print(json.dumps(_measured(options.measure, options.rounds)))
        return
    found: list[Figure] = []
    for leads in (*options.leads, *([MILLION] if options.million else [])):
        with large_book(leads, "term_life") as (svc, _, _as_of):
            svc.store.close()
            figures = _in_its_own_process(str(svc.store.engine.url), options.rounds)
        print(f"{leads:,} leads:", json.dumps(figures), flush=True)
        found += [Figure(f"{name}_at_{leads}", value, most=_limit(name, leads)) for name, value in figures.items()]
    print(*(each for each in found if each.most is not None), sep="\n")
    print(json.dumps({figure.name: figure.value for figure in found}))
    sys.exit(not all(figure.met for figure in found))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--leads", type=int, nargs="*", default=SIZES, help="sizes of the books")
    parser.add_argument("--million", action="store_true", help="a book of 1,000,000 too; making it takes long")
    parser.add_argument("--rounds", type=int, default=12, help="edits of each kind")
    parser.add_argument("--measure", default="", help=argparse.SUPPRESS)
    return parser.parse_args()


def _limit(name: str, leads: int) -> float | None:
    return LIMITS.get(leads) if name.endswith("_p95_ms") else None


def _in_its_own_process(url: str, rounds: int) -> Mapping[str, float]:
    """So that the memory is that of the preview alone."""
    command = [sys.executable, "-m", "benchmarks.preview", "--measure", url, "--rounds", str(rounds)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


# ---------------------------------------------------------------------------------------------------------- measuring


def _measured(url: str, rounds: int) -> dict[str, float]:
    svc = assemble(Settings(database_url=url))
    try:
        return {**_reading(svc), **_edits(svc, rounds)}
    finally:
        svc.close()


def _reading(svc: Services) -> dict[str, float]:
    before, began, began_cpu = _resident(), time.perf_counter(), time.process_time()
    found = book(svc, LONG)
    assert not isinstance(found, BookLoading)
    seconds, cpu = time.perf_counter() - began, time.process_time() - began_cpu
    gc.collect()
    return {
        "leads": len(found),
        "activities": sum(len(chunk.batch.activities) for chunk in found.chunks),
        "read_s": round(seconds, 1),
        "read_cpu_s": round(cpu, 1),
        "book_mb": round(found.size / 1e6),
        "grown_mb": round(_resident() - before),
        "peak_mb": round(_status("VmHWM")),
    }


def _resident() -> float:
    return _status("VmRSS")


def _status(name: str) -> float:
    """Megabytes of this process, as Linux counts them."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(name))
    return int(line.split()[1]) / 1024


def _edits(svc: Services, rounds: int) -> dict[str, float]:
    send, live = _sender(svc), published_text(svc)
    found = {"first_ms": round(send(live), 1)}
    for name, edit in EDITS.items():
        began = time.process_time()
        times = [send(text) for text in _drafts(live, edit, rounds)]
        cpu = (time.process_time() - began) * 1000 / rounds
        p50, p95 = np.percentile(times, [50, 95])
        found |= {f"{name}_p50_ms": round(float(p50), 1), f"{name}_p95_ms": round(float(p95), 1)}
        found[f"{name}_cpu_ms"] = round(cpu, 1)
    return found


def _drafts(live: str, edit: Edit, rounds: int) -> Iterator[str]:
    for number in range(1, rounds + 1):
        text = edit(live, number)
        assert text != live
        yield text


def _points(text: str, number: int) -> str:
    return re.sub(r"points: 12\b", f"points: {12 + number}", text, count=1)


def _threshold(text: str, number: int) -> str:
    return re.sub(r"SQL: (\d+)", lambda found: f"SQL: {int(found[1]) - number}", text, count=1)


def _decay(text: str, number: int) -> str:
    return re.sub(r"percent: (\d+)", lambda found: f"percent: {int(found[1]) + number}", text, count=1)


def _condition(text: str, number: int) -> str:
    return re.sub(r"within_days: (\d\d+)", lambda found: f"within_days: {int(found[1]) - number}", text, count=1)


EDITS: Mapping[str, Edit] = {"points": _points, "threshold": _threshold, "decay": _decay, "condition": _condition}


def _sender(svc: Services) -> Callable[[str], float]:
    """Sends a model to the page as somebody who is signed in; the milliseconds until its answer."""
    app = create_app(svc)
    app.config["WTF_CSRF_ENABLED"] = False
    now = svc.now()
    with svc.store.write() as conn:
        account = accounts.add_account(conn, "bench@example.com", "Bench", now)
        accounts.add_member(conn, svc.tenant.id, account.id, Role.ADMIN, now)
        secret = visits.begin(conn, svc.tenant.id, account.id, Browser("benchmark", "127.0.0.1"), now)
    client = app.test_client()
    client.set_cookie(COOKIE, secret)

    def send(text: str) -> float:
        began = time.perf_counter()
        answer = client.post("/model/preview", data={"base": text}, headers={"HX-Request": "true"})
        spent = (time.perf_counter() - began) * 1000
        assert answer.status_code == 200
        assert "Biggest moves" in answer.text
        assert "This is no model yet" not in answer.text
        return spent

    return send


if __name__ == "__main__":
    main()
