"""Large books: 10,000 believable leads of the sandbox, scored and written, and as many copies of them as are wanted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from benchmarks.running import synced
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

BOOK = 10_000
NEWEST = 13
"""Activities left to a lead; many have fewer, so that there are 10 on average."""


@contextmanager
def large_book(leads: int, model: str, *, midnight: bool = False) -> Iterator[tuple[Services, Scope, datetime]]:
    """A book of that size in a SQLite file of its own, with 10 activities a lead, scored as of now or next midnight."""
    with synced(BOOK) as (_, connector, _ran):
        svc = assemble(Settings(database_url=connector.database))
        try:
            with svc.store.read() as conn:
                scope = connection_rows.connections_of(conn, svc.tenant.id)[0].scope
            publish(svc, model, "the benchmark")
            now = svc.clock().astimezone(svc.zone)
            as_of = now.replace(hour=0, minute=10) + timedelta(days=1) if midnight else now
            with svc.store.write() as conn:
                thin_out(conn)
            settle(svc, scope, as_of)
            with svc.store.write() as conn:
                repeat(conn, leads // BOOK)
            yield svc, scope, as_of
        finally:
            svc.close()


def thin_out(conn: sa.Connection) -> None:
    """Leaves each lead its newest activities, so many that there are 10 a lead on average."""
    ranked = sa.select(
        t.activity.c.lead_id,
        t.activity.c.source_id,
        sa.func.row_number().over(partition_by=t.activity.c.lead_id, order_by=t.activity.c.at.desc()).label("place"),
    ).subquery()
    old = sa.select(ranked.c.lead_id, ranked.c.source_id).where(ranked.c.place > NEWEST)
    conn.execute(sa.delete(t.activity).where(sa.tuple_(t.activity.c.lead_id, t.activity.c.source_id).in_(old)))


def repeat(conn: sa.Connection, times: int) -> None:
    """Lays copies of the whole book beside it, scored and written as it is."""
    step = conn.execute(sa.select(sa.func.max(t.lead.c.id))).scalar_one()
    for copy in range(1, times):
        shift, name = copy * step, sa.literal(f"{copy:04}-")
        _copy(conn, t.lead, {"id": t.lead.c.id + shift, "crm_id": name + t.lead.c.crm_id}, t.lead.c.id <= step)
        for table in (t.activity, t.outcome, t.card):
            new = {"lead_id": table.c.lead_id + shift}
            if table is not t.card:
                new["source_id"] = name + table.c.source_id
            else:
                new["document"] = sa.func.json_set(table.c.document, "$.lead_id", table.c.lead_id + shift)
            _copy(conn, table, new, table.c.lead_id <= step)


def _copy(conn: sa.Connection, table: sa.Table, new: Mapping[str, Any], where: sa.ColumnElement[bool]) -> None:
    columns = [column.name for column in table.columns]
    rows = sa.select(*(new.get(name, table.c[name]) for name in columns)).where(where)
    conn.execute(sa.insert(table).from_select(columns, rows))


def settle(svc: Services, scope: Scope, as_of: datetime) -> None:
    """Every lead has its card, and the CRM holds all of them."""
    at = int(as_of.timestamp())
    for leads in scored(svc, scope, as_of):
        with svc.store.write() as conn:
            rows = outbox_rows.pending(conn, scope, leads)
            lead_rows.set_written(conn, scope, {row.lead_id: row.values for row in rows.values()}, at)
            outbox_rows.remove(conn, scope, {row.lead_id: row.version for row in rows.values()})


def scored(svc: Services, scope: Scope, as_of: datetime) -> Iterator[Sequence[int]]:
    """Scores what is dirty as a rescore does, chunk by chunk; the leads of each."""
    while True:
        with svc.store.write() as conn:
            leads = lead_rows.dirty_leads(conn, scope, CHUNK)
            if leads:
                score_leads(conn, svc, scope, leads, as_of)
        if not leads:
            return
        yield [lead.id for lead in leads]
