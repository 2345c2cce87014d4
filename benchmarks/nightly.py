"""What midnight costs: ``python -m benchmarks.nightly [--leads 10000 100000] [--million] [--model term_life]``.

For each size a book is laid into a SQLite file of its own: 10,000 believable leads of the sandbox with 10 activities
each, synced, scored as of shortly after midnight and taken as written to the CRM, and larger books as so many copies of
them. A quiet day later, the pass of the next midnight is measured: finding the leads that time may have moved, scoring
them from the store, keeping their cards and planning what to write. Printed are CPU seconds per million leads of the
book and the share of records to write; one JSON object is the last line, and the exit code is 1 when a limit is missed.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from benchmarks.figures import Figure
from benchmarks.large import large_book, scored
from connector.flows.midnight import begin_day
from connector.flows.services import Services
from connector.store import outbox as outbox_rows
from connector.store.database import Scope

SIZES = (10_000, 100_000)
CPU_PER_MILLION, WRITTEN_SHARE = 10.0, 7.0
"""Seconds, and per cent of the records."""


@dataclass(frozen=True)
class Night:
    """One midnight pass."""

    leads: int
    due: int
    to_write: int
    cpu: float
    seconds: float

    def figures(self) -> list[Figure]:
        """Held against the limits."""
        return [
            Figure(f"cpu_s_per_million_at_{self.leads}", round(self.cpu / self.leads * 1e6, 2), most=CPU_PER_MILLION),
            Figure(f"written_percent_at_{self.leads}", round(self.to_write / self.leads * 100, 2), most=WRITTEN_SHARE),
        ]

    def __str__(self) -> str:
        shares = f"{self.due / self.leads:.2%} due, {self.to_write / self.leads:.2%} to write"
        return f"{self.leads:>9,} leads: {shares}, {self.cpu:.2f} CPU s, {self.seconds:.2f} s on the wall"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--leads", type=int, nargs="+", default=SIZES, help="sizes of the books")
    parser.add_argument("--million", action="store_true", help="a book of 1,000,000 too; making it takes long")
    parser.add_argument("--model", default="term_life", help="a model that ships with us; a fuller one moves more")
    options = parser.parse_args()
    found: list[Figure] = []
    for leads in (*options.leads, *([1_000_000] if options.million else [])):
        night = _night(leads, options.model)
        print(night, *night.figures(), sep="\n", flush=True)
        found += night.figures()
    print(json.dumps({figure.name: figure.value for figure in found}))
    sys.exit(not all(figure.met for figure in found))


def _night(leads: int, model: str) -> Night:
    """A book of that size, and its quiet night."""
    with large_book(leads, model, midnight=True) as (svc, scope, today):
        return _measured(svc, scope, leads, today + timedelta(days=1))


def _measured(svc: Services, scope: Scope, leads: int, as_of: datetime) -> Night:
    began, began_cpu = time.perf_counter(), time.process_time()
    with svc.store.write() as conn:
        due = begin_day(conn, scope, as_of.astimezone(svc.zone).date())
    done = sum(map(len, scored(svc, scope, as_of)))
    cpu, seconds = time.process_time() - began_cpu, time.perf_counter() - began
    assert done == due
    with svc.store.read() as conn:
        waiting = outbox_rows.counts(conn, scope)["waiting"]
    return Night(leads, due, waiting, cpu, seconds)


if __name__ == "__main__":
    main()
