"""What publishing writes into the CRMs, and about how long that takes: an estimate, with what it rests on."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from adapters.contract import Capabilities
from connector.flows.services import Services
from connector.store import connections as connection_rows
from connector.store import outbox as outbox_rows
from connector.store.connections import Connection

ROUND_TRIP = 0.25
"""Seconds that a call takes, about."""
BULK = 300
"""Seconds that a bulk job of a CRM takes, about, whatever its size up to 100,000 rows."""
BULK_ROWS = 100_000


@dataclass(frozen=True, slots=True)
class WriteCost:
    """What one connection's CRM gets. `seconds` and `calls` are None where nobody can say."""

    connection: str
    crm: str
    records: int
    """Records in which a rep would see a difference."""
    waiting: int
    """Records that wait to be written already."""
    calls: int | None
    seconds: int | None
    basis: str


def costs(svc: Services, records: Mapping[int, int]) -> list[WriteCost]:
    """The cost of writing so many records, by connection id. Asks no CRM."""
    found = []
    with svc.store.read() as conn:
        for connection in connection_rows.connections_of(conn, svc.tenant.id):
            count = records.get(connection.id, 0)
            waiting = outbox_rows.counts(conn, connection.scope)["waiting"]
            found.append(_cost(svc, connection, count, waiting))
    return found


def _cost(svc: Services, connection: Connection, records: int, waiting: int) -> WriteCost:
    crm = svc.crms.get(connection.kind)
    if crm is None:
        return WriteCost(connection.name, connection.kind, records, waiting, None, None, "No adapter is installed.")
    able = crm.capabilities
    if able.backfill_from is not None and records >= able.backfill_from:
        jobs = math.ceil(records / BULK_ROWS)
        basis = f"{_many(jobs, 'bulk job')} of up to {BULK_ROWS:,} records, some minutes each; the CRM decides when."
        return WriteCost(connection.name, able.name, records, waiting, None, jobs * BULK, basis)
    calls = math.ceil(records / able.write_batch)
    seconds = math.ceil(max(calls * ROUND_TRIP / able.writers, _paced(able, calls)))
    return WriteCost(connection.name, able.name, records, waiting, calls, seconds, _basis(able, calls))


def _paced(able: Capabilities, calls: int) -> float:
    """Seconds for which the vendor's limit holds so many calls back."""
    if able.pace is None:
        return 0.0
    most, seconds = able.pace
    return max(0, math.ceil(calls / most) - 1) * seconds


def _basis(able: Capabilities, calls: int) -> str:
    limit = ""
    if able.pace is not None:
        most, seconds = able.pace
        limit = f", at most {most} calls in {seconds:g} seconds (the smallest limit {able.name} gives an account)"
    at_once = "one after the other" if able.writers == 1 else f"{able.writers} at a time"
    each = f"{_many(calls, 'call')} of up to {able.write_batch} records, a quarter of a second each, {at_once}"
    return f"{each}{limit}. Reading that goes on meanwhile shares the calls."


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"
