"""Writing scores back: two hundred records a call, one result per row, whatever Salesforce answers.

sObject Collections answer 200 even when every row failed, and name no id in a failed one: rows are known by position.
A call refused whole is halved until the row stands alone; a row the answer does not mention is never taken for written.
https://developer.salesforce.com/docs/platform/api-rest/guide/resources-composite-sobjects-collections-update.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adapters.contract import AdapterError, Update, WriteResult, WriteStatus
from adapters.salesforce import paths
from adapters.salesforce.client import Client
from adapters.salesforce.errors import Refused
from adapters.salesforce.org import Org
from adapters.salesforce.outgoing import OBJECTS, Outgoing, Planner
from adapters.salesforce.verdicts import Act, Refusal, of_row, trouble_of_account

BATCH = 200

UNKNOWN = Refusal("UNKNOWN", "Salesforce did not say what became of this row.", decided=Act.RETRY)

Fates = dict[str, Refusal | None]
"""By id; None is written."""


def write(org: Org, updates: Sequence[Update]) -> Sequence[WriteResult]:
    """One result per update, in order; see `Writer.write`."""
    ids = [update.contact_id for update in updates]
    if len(ids) > BATCH or len(set(ids)) < len(ids):
        raise ValueError(f"write takes at most {BATCH} updates and no record twice; got {len(ids)}")
    fates = _write(org, [update for update in updates if update.values])
    return [result_of(one, fates.get(one)) for one in ids]


def result_of(contact_id: str, fate: Refusal | None) -> WriteResult:
    """A row's result; None is written."""
    return fate.result(contact_id) if fate else WriteResult(contact_id, WriteStatus.OK)


def not_reached(problem: AdapterError) -> Refusal:
    """What is said of rows that were still to be sent when the call failed."""
    return Refusal(type(problem).__name__, problem.admin, decided=Act.RETRY)


def _write(org: Org, updates: Sequence[Update]) -> Fates:
    planner = Planner(org.describes)
    planned = {update.contact_id: planner.row(update) for update in updates}
    fates: Fates = {one: row for one, row in planned.items() if isinstance(row, Refusal)}
    rows = [row for row in planned.values() if isinstance(row, Outgoing)]
    order = list(OBJECTS.values())
    fates |= _send(org.client, sorted(rows, key=lambda row: order.index(row.object)))
    refusals = [fate for fate in fates.values() if fate is not None]
    if any(refusal.act is Act.SCHEMA for refusal in refusals):
        org.describes.forget()
    trouble = trouble_of_account(refusals) if len(refusals) == len(fates) else None
    if trouble is not None:
        raise trouble
    return fates


def _send(client: Client, rows: Sequence[Outgoing]) -> Fates:
    """Raises only while nothing is known to be written."""
    if not rows:
        return {}
    records = [{"attributes": {"type": row.object}, "id": row.id, **row.values} for row in rows]
    try:
        answer = client.patch(paths.COLLECTIONS, {"allOrNone": False, "records": records})
    except Refused as refused:
        return _refused(client, rows, Refusal(refused.code, refused.message, refused.names))
    return _read(client, rows, answer)


def _read(client: Client, rows: Sequence[Outgoing], answer: Any) -> Fates:
    if not isinstance(answer, list) or len(answer) != len(rows):
        return dict.fromkeys((row.id for row in rows), UNKNOWN)
    fates = {row.id: _fate(row, element) for row, element in zip(rows, answer, strict=True)}
    smaller = [row for row in rows if (fate := fates[row.id]) and fate.act is Act.HALVE]
    if len(smaller) < 2:
        return fates
    return fates | _each(client, _halves(smaller), known=None in fates.values())


def _fate(row: Outgoing, element: Any) -> Refusal | None:
    if not isinstance(element, dict):
        return UNKNOWN
    if element.get("success") is not True:
        return of_row(element)
    return None if str(element.get("id"))[:15] == row.id[:15] else UNKNOWN


def _refused(client: Client, rows: Sequence[Outgoing], refusal: Refusal) -> Fates:
    """The whole call was refused: a missing field explains the rows that carry it, else the bad row is looked for."""
    named = {name.rpartition(".")[2] for name in refusal.fields}
    if refusal.act is Act.SCHEMA and len({row.object for row in rows}) == 1:
        carrying = {row.id for row in rows if named & row.values.keys()} or {row.id for row in rows}
        return dict.fromkeys(carrying, refusal) | _send(client, [row for row in rows if row.id not in carrying])
    return {rows[0].id: refusal} if len(rows) == 1 else _each(client, _halves(rows), known=False)


def _halves(rows: Sequence[Outgoing]) -> tuple[Sequence[Outgoing], Sequence[Outgoing]]:
    """Two parts of at least one row; where two objects meet in the call, there."""
    leads = sum(row.object == rows[0].object for row in rows)
    middle = leads if leads < len(rows) else len(rows) // 2
    return rows[:middle], rows[middle:]


def _each(client: Client, parts: Sequence[Sequence[Outgoing]], *, known: bool) -> Fates:
    """The parts one after the other. Once some row is known to be written, a failure is the part's alone."""
    fates: Fates = {}
    for rows in parts:
        try:
            fates |= _send(client, rows)
        except AdapterError as problem:
            if not known and None not in fates.values():
                raise
            fates |= dict.fromkeys((row.id for row in rows), not_reached(problem))
    return fates
