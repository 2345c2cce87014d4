"""What became of rows that were sent: remembered, tried again, set aside, or gone.

The values stay in the outbox until the CRM said yes to their row. A kill between the CRM's yes and ours writes the same
values again, which harms nothing.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import sqlalchemy as sa

from adapters.contract import AdapterError, Update, WriteResult, WriteStatus
from connector.core.mapping import BoundMapping
from connector.flows import tally
from connector.flows.services import Services
from connector.store import leads as lead_rows
from connector.store import outbox as outbox_rows
from connector.store import problems as problem_rows
from connector.store import refused as refused_rows
from connector.store import runs as run_rows
from connector.store.database import Scope
from connector.store.outbox import Pending
from connector.store.problems import ProblemRow

log = logging.getLogger(__name__)

FIRST_RETRY = 5
"""Seconds before a row is tried again; doubled with every attempt, up to a day."""
MOST_ATTEMPTS = 12
_Result = tuple[Pending, WriteResult]

REFUSED = refused_rows.WHERE
SAYS = "The CRM refused the score fields of this record: "
"""What stands before the CRM's sentence in the problem; the row keeps the sentence alone."""


def update_of(row: Pending) -> Update:
    """What is sent for a row: the values the CRM does not hold yet."""
    return Update(row.crm_id, changed(json.loads(row.written), json.loads(row.values)))


def changed(held: Mapping[str, str | None], wanted: Mapping[str, str | None]) -> dict[str, str | None]:
    """The values the CRM does not hold yet."""
    return {name: value for name, value in wanted.items() if name not in held or held[name] != value}


def doubt(conn: sa.Connection, scope: Scope, rows: Sequence[Pending]) -> None:
    """Forgets what the CRM holds of the values about to be sent, until it says yes.

    An answer that never comes leaves it open whether they arrived. Should the score go back to what it was, the doubt
    makes it be written again; remembering the old values would leave the new ones in the CRM for good.
    """
    sure: dict[int, str] = {}
    for row in rows:
        held = json.loads(row.written)
        sent = changed(held, json.loads(row.values))
        sure[row.lead_id] = json.dumps({name: value for name, value in held.items() if name not in sent})
    lead_rows.set_written(conn, scope, sure, None)


def keep(svc: Services, scope: Scope, run_id: int, results: Sequence[_Result]) -> None:
    """Stores what the CRM said of each row, in one transaction with the run's counts.

    That a record is gone is asked for once more before it is believed.
    """
    now = svc.now()
    sort = _sort(_confirmed(svc, scope, results), now)
    plain = _without_emptying(svc.mapping(scope), sort, [row for row, _ in results]) if sort.refused else {}
    with svc.store.write() as conn:
        outbox_rows.put(conn, scope, plain, now)
        lead_rows.set_written(conn, scope, {row.lead_id: row.values for row in sort.ok}, now)
        outbox_rows.remove(conn, scope, {row.lead_id: row.version for row in sort.ok})
        problem_rows.clear_problem(conn, scope, [row.crm_id for row in sort.ok], REFUSED)
        lead_rows.mark_gone(conn, scope, [row.crm_id for row in sort.gone])
        outbox_rows.postpone(conn, scope, sort.again)
        said = {lead_id: problem.text.removeprefix(SAYS) for lead_id, problem in sort.refused.items()}
        outbox_rows.park(conn, scope, said)
        problem_rows.add_problems(conn, scope, sort.refused.values(), now)
        run = run_rows.run_by_id(conn, scope, run_id)
        tally.count(conn, run, written=len(sort.ok), failed=len(sort.refused))


def _without_emptying(bound: BoundMapping, sort: _Sorted, rows: Sequence[Pending]) -> dict[int, str]:
    """Refused rows that would have emptied a rep's flag: they go again without it, for a score is worth more."""
    ours = set(bound.clears.values())
    plain: dict[int, str] = {}
    for row in (row for row in rows if row.lead_id in sort.refused):
        values = json.loads(row.values)
        if ours & values.keys():
            plain[row.lead_id] = json.dumps({name: value for name, value in values.items() if name not in ours})
            del sort.refused[row.lead_id]
    return plain


def _confirmed(svc: Services, scope: Scope, results: Sequence[_Result]) -> Sequence[_Result]:
    """The results, where rows said to be gone are tried again later if their records are there, or nobody can tell.

    Whoever is retired by mistake is not read again before it changes.
    """
    gone = [row.crm_id for row, result in results if result.status is WriteStatus.GONE]
    if not gone:
        return results
    there = _there(svc, scope, gone)
    return [
        (row, replace(result, status=WriteStatus.RETRY))
        if result.status is WriteStatus.GONE and row.crm_id in there
        else (row, result)
        for row, result in results
    ]


def _there(svc: Services, scope: Scope, crm_ids: Sequence[str]) -> Collection[str]:
    """Which of these records exist. One that was merged or converted comes under another id: it is gone."""
    try:
        page = svc.account(scope).contacts_by_id(crm_ids, [])
    except AdapterError as error:
        # What the other rows became must be kept all the same.
        log.warning("not confirmed that records are gone: %s", error.log)
        return crm_ids
    unreadable = {problem.record_id for problem in page.problems}
    return {record.id for record in page.items if not record.archived} | unreadable


@dataclass
class _Sorted:
    """Results by what is done with them."""

    ok: list[Pending] = field(default_factory=list)
    gone: list[Pending] = field(default_factory=list)
    again: dict[int, int] = field(default_factory=dict)
    refused: dict[int, ProblemRow] = field(default_factory=dict)


def _sort(results: Sequence[_Result], now: int) -> _Sorted:
    sort = _Sorted()
    for row, result in results:
        if result.status is WriteStatus.OK:
            sort.ok.append(row)
        elif result.status is WriteStatus.GONE:
            sort.gone.append(row)
        elif result.status is WriteStatus.RETRY and row.attempts < MOST_ATTEMPTS:
            sort.again[row.lead_id] = now + min(FIRST_RETRY * 2**row.attempts, 86_400)
        else:
            sort.refused[row.lead_id] = _refusal(row, result)
    return sort


def _refusal(row: Pending, result: WriteResult) -> ProblemRow:
    said = result.message or "no reason given"
    mend = "Mend the record in the CRM; every sync tries it again."
    return ProblemRow(row.crm_id, REFUSED, f"{SAYS}{said}", mend)
