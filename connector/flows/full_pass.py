"""Full pass: what a reconciliation notices in a page of contacts beside what every sync takes from it.

Who was delivered, so that who was not can be asked for; who went or was merged; and which of the values that we wrote
are not in the record any more, because somebody changed them by hand or the CRM lost them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

import sqlalchemy as sa

from adapters.contract import Page, Record
from connector.core.mapping import BoundMapping
from connector.flows import ingest
from connector.store import full_passes as pass_rows
from connector.store import leads as lead_rows
from connector.store import runs as run_rows
from connector.store.runs import Run

RECONCILE = "reconcile"
UNCOMPARED = "scored_at"
"""The CRM gives a time back in a form of its own, and it rides with the others anyway."""


def own_fields(bound: BoundMapping) -> list[str]:
    """Our score fields, to be read back."""
    return [name for value, name in bound.writes.items() if value != UNCOMPARED]


def take_noticing(conn: sa.Connection, run: Run, bound: BoundMapping, page: Page[Record], at: int) -> int:
    """Stores a page of contacts as `ingest.take_contacts` does, and notices; how many leads it changed."""
    scope = run.scope
    went = [record.id for record in page.items if record.archived]
    merged = {old for record in page.items for old in record.replaces} | set(page.became)
    there = {crm_id for crm_id, lead in lead_rows.known_leads(conn, scope, {*went, *merged}).items() if _is_there(lead)}
    changed = ingest.take_contacts(conn, scope, bound, page, at)
    delivered = {record.id for record in page.items} | {problem.record_id for problem in page.problems}
    pass_rows.mark_seen(conn, scope, delivered, run.id)
    right = _put_right(conn, run, bound, page)
    retired = len(there.intersection(went) - merged)
    run_rows.add_found(conn, run, retired=retired, merged=len(there & merged), put_right=right)
    return changed


def _is_there(lead: lead_rows.Known) -> bool:
    return lead.known and not lead.archived


def _put_right(conn: sa.Connection, run: Run, bound: BoundMapping, page: Page[Record]) -> int:
    """Forgets what we wrote where the record holds something else, so that it is written again; for how many leads.

    What was written since the run began is left alone: the page may be older.
    """
    records = {record.id: record.properties for record in page.items if not record.archived}
    wrong: dict[int, str] = {}
    for crm_id, held in lead_rows.held_of(conn, run.scope, records).items():
        if held.pending or held.written_at is None or held.written_at >= run.started_at:
            continue
        written = json.loads(held.written)
        if lost := set(_lost(bound, written, records[crm_id])):
            wrong[held.id] = json.dumps({name: value for name, value in written.items() if name not in lost})
    lead_rows.set_written(conn, run.scope, wrong, None)
    lead_rows.mark_dirty(conn, run.scope, wrong)
    return len(wrong)


def _lost(bound: BoundMapping, written: Mapping[str, str | None], there: Mapping[str, str | None]) -> Iterator[str]:
    """Our fields that hold something else than we wrote; those that are not visible are passed over."""
    for name in own_fields(bound):
        if name in written and name in there and not same(written[name], there[name]):
            yield name


def same(ours: str | None, theirs: str | None) -> bool:
    """Whether a value that we wrote is what the CRM gives back: spaces, line ends and ``40`` as ``40.0`` aside."""
    left, right = (" ".join((one or "").split()) for one in (ours, theirs))
    return left == right or (bool(left and right) and _number(left) == _number(right) is not None)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
