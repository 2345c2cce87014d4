"""Write-back: drains a connection's outbox into the CRM, only what changed, by record id."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event

from adapters.contract import Adapter, AdapterError, WriteResult
from connector.flows.backfill import write_many
from connector.flows.emptying import may_go
from connector.flows.parts import DONE, MORE, Next
from connector.flows.services import Services
from connector.flows.written import doubt, keep, update_of
from connector.store import outbox as outbox_rows
from connector.store import runs as run_rows
from connector.store.database import Scope
from connector.store.outbox import Pending

BATCHES_A_SLICE = 8
LONGEST_PATIENCE = 45
"""Seconds a run waits for rows that the CRM asked to send again; later ones are the next run's."""


def write_some(svc: Services, scope: Scope, run_id: int) -> Next:
    """Writes the next rows that are due and keeps their results; very many by the CRM's own way for many."""
    able = svc.account(scope).capabilities
    with svc.store.write() as conn:
        run_rows.set_phase(conn, run_rows.run_by_id(conn, scope, run_id), "writing")
        if able.backfill_from is not None and outbox_rows.is_due(conn, scope, svc.now(), able.backfill_from):
            rows = None
        else:
            rows = outbox_rows.due(conn, scope, svc.now(), able.write_batch * BATCHES_A_SLICE)
            doubt(conn, scope, rows)
    if rows is None:
        return write_many(svc, scope, run_id)
    return write_rows(svc, scope, run_id, rows) if rows else _wait_or_done(svc, scope)


def write_rows(svc: Services, scope: Scope, run_id: int, rows: Sequence[Pending]) -> Next:
    """Batches side by side, as many as the CRM bears, siblings together; then their results in one transaction.

    What the CRM holds of the rows must be in doubt already, see `doubt`. After an error no further batch is begun: the
    next would meet the same, and every call is the account's.
    """
    adapter = svc.account(scope)
    size = adapter.capabilities.write_batch
    rows = sorted(may_go(svc, scope, rows), key=lambda row: row.family)
    batches = [rows[start : start + size] for start in range(0, len(rows), size)]
    failed = Event()
    with ThreadPoolExecutor(adapter.capabilities.writers) as pool:
        answers = list(pool.map(lambda batch: _send(adapter, batch, failed), batches))
    keep(svc, scope, run_id, [pair for answer in answers for pair in answer.results])
    if (error := next((answer.error for answer in answers if answer.error), None)) is not None:
        raise error
    return MORE


def _wait_or_done(svc: Services, scope: Scope) -> Next:
    """Rows that may be tried again soon are waited for; the others are the next run's."""
    with svc.store.read() as conn:
        soonest = outbox_rows.next_due(conn, scope)
    wait = soonest - svc.now() if soonest is not None else LONGEST_PATIENCE + 1
    return {"go": "wait", "wait": max(wait, 1)} if wait <= LONGEST_PATIENCE else DONE


@dataclass(frozen=True, slots=True)
class _Answer:
    """What became of one batch: results by row, the error that stopped it (nothing known to be written), or neither."""

    results: Sequence[tuple[Pending, WriteResult]] = ()
    error: AdapterError | None = None


def _send(adapter: Adapter, batch: Sequence[Pending], failed: Event) -> _Answer:
    if failed.is_set():
        return _Answer()
    updates = [update_of(row) for row in batch]
    try:
        return _Answer(list(zip(batch, adapter.write(updates), strict=True)))
    except AdapterError as error:
        failed.set()
        return _Answer(error=error)
