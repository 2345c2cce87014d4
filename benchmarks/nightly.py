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
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from benchmarks.figures import Figure
from benchmarks.running import synced
from connector.flows.midnight import begin_day
from connector.flows.publish import publish
from connector.flows.rescore import CHUNK, score_leads
from connector.flows.services import Services
from connector.services import assemble
from connector.settings import Settings
from connector.store import connections as connection_rows
from connector.store import leads as lead_rows
from connector.store import outbox as outbox_rows
from connector.store import tables as t
from connector.store.database import Scope

SIZES = (10_000, 100_000)
CPU_PER_MILLION, WRITTEN_SHARE = 10.0, 7.0
"""Seconds, and per cent of the records."""
BOOK = 10_000
NEWEST = 13
"""Activities left to a lead; many have fewer, so that there are 10 on average."""


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
    with synced(BOOK) as (_, connector, _ran):
        svc = assemble(Settings(database_url=connector.database))
        try:
            with svc.store.read() as conn:
                scope = connection_rows.connections_of(conn, svc.tenant.id)[0].scope
            publish(svc, model, "the benchmark")
            today = svc.clock().astimezone(svc.zone).replace(hour=0, minute=10) + timedelta(days=1)
            with svc.store.write() as conn:
                _thin_out(conn)
            _settle(svc, scope, today)
            with svc.store.write() as conn:
                _repeat(conn, leads // BOOK)
            return _measured(svc, scope, leads, today + timedelta(days=1))
        finally:
            svc.close()


# --------------------------------------------------------------------------------------------------------- the book


def _thin_out(conn: sa.Connection) -> None:
    """Leaves each lead its newest activities, so many that there are 10 a lead on average."""
    ranked = sa.select(
        t.activity.c.lead_id,
        t.activity.c.source_id,
        sa.func.row_number().over(partition_by=t.activity.c.lead_id, order_by=t.activity.c.at.desc()).label("place"),
    ).subquery()
    old = sa.select(ranked.c.lead_id, ranked.c.source_id).where(ranked.c.place > NEWEST)
    conn.execute(sa.delete(t.activity).where(sa.tuple_(t.activity.c.lead_id, t.activity.c.source_id).in_(old)))


def _repeat(conn: sa.Connection, times: int) -> None:
    """Lays copies of the whole book beside it, scored and written as it is."""
    step = conn.execute(sa.select(sa.func.max(t.lead.c.id))).scalar_one()
    for copy in range(1, times):
        shift, name = copy * step, sa.literal(f"{copy:04}-")
        _copy(conn, t.lead, {"id": t.lead.c.id + shift, "crm_id": name + t.lead.c.crm_id}, t.lead.c.id <= step)
        for table in (t.activity, t.card):
            new = {"lead_id": table.c.lead_id + shift}
            if table is t.activity:
                new["source_id"] = name + table.c.source_id
            else:
                new["document"] = sa.func.json_set(table.c.document, "$.lead_id", table.c.lead_id + shift)
            _copy(conn, table, new, table.c.lead_id <= step)


def _copy(conn: sa.Connection, table: sa.Table, new: Mapping[str, Any], where: sa.ColumnElement[bool]) -> None:
    columns = [column.name for column in table.columns]
    rows = sa.select(*(new.get(name, table.c[name]) for name in columns)).where(where)
    conn.execute(sa.insert(table).from_select(columns, rows))


# ------------------------------------------------------------------------------------------------------------ nights


def _settle(svc: Services, scope: Scope, as_of: datetime) -> None:
    """Every lead has its card, and the CRM holds all of them."""
    at = int(as_of.timestamp())
    for leads in _scored(svc, scope, as_of):
        with svc.store.write() as conn:
            rows = outbox_rows.pending(conn, scope, leads)
            lead_rows.set_written(conn, scope, {row.lead_id: row.values for row in rows.values()}, at)
            outbox_rows.remove(conn, scope, {row.lead_id: row.version for row in rows.values()})


def _scored(svc: Services, scope: Scope, as_of: datetime) -> Iterator[Sequence[int]]:
    """Scores what is dirty as a rescore does, chunk by chunk; the leads of each."""
    while True:
        with svc.store.write() as conn:
            leads = lead_rows.dirty_leads(conn, scope, CHUNK)
            if leads:
                score_leads(conn, svc, scope, leads, as_of)
        if not leads:
            return
        yield [lead.id for lead in leads]


def _measured(svc: Services, scope: Scope, leads: int, as_of: datetime) -> Night:
    began, began_cpu = time.perf_counter(), time.process_time()
    with svc.store.write() as conn:
        due = begin_day(conn, scope, as_of.astimezone(svc.zone).date())
    scored = sum(map(len, _scored(svc, scope, as_of)))
    cpu, seconds = time.process_time() - began_cpu, time.perf_counter() - began
    assert scored == due
    with svc.store.read() as conn:
        waiting = outbox_rows.counts(conn, scope)["waiting"]
    return Night(leads, due, waiting, cpu, seconds)


if __name__ == "__main__":
    main()
