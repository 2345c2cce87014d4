"""Backfill: very many rows by the CRM's own way for many, streamed, so that a book of any size takes little memory."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from itertools import islice

from adapters.contract import Update, WriteResult
from connector.flows import cancelling
from connector.flows.emptying import may_go
from connector.flows.parts import MORE, Next
from connector.flows.services import Services
from connector.flows.written import doubt, keep, update_of
from connector.store import outbox as outbox_rows
from connector.store.database import Scope

PAGE = 2000
FIRST = ("", 0)
"""Before every family and lead."""


class _Sent:
    """Which rows went out, in order, and in which version: two numbers a row."""

    def __init__(self) -> None:
        self.leads = array("q")
        self.versions = array("q")


def write_many(svc: Services, scope: Scope, run_id: int) -> Next:
    """Sends every row that is due, siblings beside each other, and keeps the results as they come.

    A row whose values changed while it was on its way stays in the outbox and is written again. So does one whose
    result is not waited for because the run was cancelled.
    """
    sent = _Sent()
    results = svc.account(scope).backfill(_draw(svc, scope, sent))
    told = 0
    while some := list(islice(results, PAGE)):
        _keep_some(svc, scope, run_id, sent, told, some)
        told += len(some)
        if cancelling.is_asked(svc, scope, run_id):
            break
    return MORE


def _draw(svc: Services, scope: Scope, sent: _Sent) -> Iterator[Update]:
    after, now = FIRST, svc.now()
    while True:
        with svc.store.write() as conn:
            rows, after = outbox_rows.due_after(conn, scope, now, after, PAGE)
            doubt(conn, scope, rows)
        if not rows:
            return
        for row in may_go(svc, scope, rows):
            sent.leads.append(row.lead_id)
            sent.versions.append(row.version)
            yield update_of(row)


def _keep_some(
    svc: Services, scope: Scope, run_id: int, sent: _Sent, start: int, results: Sequence[WriteResult]
) -> None:
    leads = sent.leads[start : start + len(results)]
    versions = sent.versions[start : start + len(results)]
    with svc.store.read() as conn:
        waiting = outbox_rows.pending(conn, scope, list(leads))
    same = (
        (row, result)
        for lead_id, version, result in zip(leads, versions, results, strict=True)
        if (row := waiting.get(lead_id)) is not None and row.version == version
    )
    keep(svc, scope, run_id, list(same))
