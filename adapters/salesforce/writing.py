"""Writing scores back: two hundred records a call, one result per row, whatever Salesforce answers.

sObject Collections answer 200 even when every row failed, and name no id in a failed one: rows are known by position.
A call refused whole for a row is halved until the row stands alone, and one refused for any other reason raises; a row
the answer does not mention is never taken for written.
https://developer.salesforce.com/docs/platform/api-rest/guide/resources-composite-sobjects-collections-update.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adapters.contract import AdapterError, Retry, Update, WriteResult, WriteStatus
from adapters.salesforce import paths
from adapters.salesforce.client import Client
from adapters.salesforce.errors import Refused
from adapters.salesforce.org import Org
from adapters.salesforce.orphans import stop_orphans
from adapters.salesforce.outgoing import OBJECTS, Outgoing, Planner, raise_when_closed
from adapters.salesforce.verdicts import Act, Refusal, of_row, trouble_of_account, unproven, unseen

BATCH = 200

SMALLEST = 25
"""Rows of a part that is not cut further where the org's own code cannot bear as many: 200, 100, 50, 25."""

MOST_CALLS = 50
"""For one call of the engine, whatever is wrong with its rows; the rest is sent again later."""

OF_ONE_ROW = frozenset({"MALFORMED_ID", "JSON_PARSER_ERROR", "FIELD_CUSTOM_VALIDATION_EXCEPTION"})
"""Codes for which a whole call is refused on account of a single row; any other says nothing of the rows."""

UNSENT = Refusal("UNSENT", "The row was not sent: too much was refused before it.", decided=Act.RETRY)
TOO_MUCH = Refusal(
    "TOO_MANY_RETRIES",
    "The org's own automation (Apex triggers, flows) fails for these records, however few are sent at once. Ask the "
    "org's admin to look at it; Leadtier tries again later.",
    decided=Act.RETRY,
)

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
    refused = {one: row for one, row in planned.items() if isinstance(row, Refusal)}
    rows = [row for row in planned.values() if isinstance(row, Outgoing)]
    raise_when_closed(refused, {row.object for row in rows})
    fates: dict[str, Refusal | None] = {**refused}
    if rows:
        stop_orphans(org)
        order = list(OBJECTS.values())
        fates |= _Sending(org.client, sorted(rows, key=lambda row: order.index(row.object))).run()
    refusals = [fate for fate in fates.values() if fate is not None]
    if any(refusal.act is Act.SCHEMA for refusal in refusals):
        org.describes.forget()
    trouble = trouble_of_account(refusals) if len(refusals) == len(fates) else None
    if trouble is not None:
        raise trouble
    return _believed(fates, rows)


def _believed(fates: Fates, rows: Sequence[Outgoing]) -> Fates:
    """Where every row of an object is said to be gone, it is our view of them that is gone."""
    found = {**fates}
    for name in OBJECTS.values():
        mine = [row.id for row in rows if row.object == name]
        if unproven([fates[one] for one in mine]):
            found |= {one: unseen(name, refusal) for one in mine if (refusal := fates[one])}
    return found


class _Sending:
    """The rows of one call of the engine, in ever smaller parts while Salesforce refuses them together."""

    def __init__(self, client: Client, rows: Sequence[Outgoing]) -> None:
        self._client = client
        self._rows = rows
        self._waiting: list[Sequence[Outgoing]] = [rows]
        self._fates: Fates = {}
        self._calls = 0
        self._in_vain: list[str] = []
        """The codes of parts as small as they get that failed whole, while nothing has passed."""

    def run(self) -> Fates:
        """What became of every row. Raises only while nothing is known to be written."""
        while self._waiting:
            rows = self._waiting.pop(0)
            try:
                self._send(rows)
            except AdapterError as problem:
                if self._passed:
                    self._leave(rows, not_reached(problem))
                    break
                raise
            if self._calls >= MOST_CALLS:
                break
        self._leave(self._rows, UNSENT)
        return self._fates

    @property
    def _passed(self) -> bool:
        return None in self._fates.values()

    def _leave(self, rows: Sequence[Outgoing], refusal: Refusal) -> None:
        """Says this of those rows of which nothing has been said."""
        for row in rows:
            self._fates.setdefault(row.id, refusal)

    def _send(self, rows: Sequence[Outgoing]) -> None:
        records = [{"attributes": {"type": row.object}, "id": row.id, **row.values} for row in rows]
        self._calls += 1
        try:
            answer = self._client.patch(paths.COLLECTIONS, {"allOrNone": False, "records": records})
        except Refused as refused:
            self._refused(rows, refused)
            return
        told = _read(rows, answer)
        smaller = [row for row in rows if (fate := told[row.id]) and fate.act is Act.HALVE]
        self._fates |= {one: fate for one, fate in told.items() if fate is None or fate.act is not Act.HALVE}
        if len(smaller) > SMALLEST:
            self._waiting[:0] = _halves(smaller)
        elif smaller:
            self._leave(smaller, TOO_MUCH)
            self._failed(TOO_MUCH.code, SMALLEST, Retry(TOO_MUCH.message, "too many batch retries"))

    def _refused(self, rows: Sequence[Outgoing], refused: Refused) -> None:
        """The whole call: a missing field explains the rows that carry it, else the bad row is looked for.

        Raises `refused` where that says nothing of a single row, above all not that one is gone.
        """
        refusal = Refusal(refused.code, refused.message, refused.names)
        if refusal.act is Act.SCHEMA and len({row.object for row in rows}) == 1:
            named = {name.rpartition(".")[2] for name in refusal.fields}
            carrying = [row for row in rows if named & row.values.keys()] or rows
            self._leave(carrying, refusal)
            others = [row for row in rows if row not in carrying]
            self._waiting[:0] = [others] if others else []
        elif refusal.act is not Act.SCHEMA and refused.code not in OF_ONE_ROW:
            raise refused
        elif len(rows) > 1:
            self._waiting[:0] = _halves(rows)
        else:
            self._leave(rows, refusal)
            self._failed(refused.code, 1, refused)

    def _failed(self, code: str, size: int, problem: AdapterError) -> None:
        """A part failed that is not cut any further. Two alike, and the far end too: it is not the rows. Raises."""
        self._in_vain.append(code)
        if self._passed or len(set(self._in_vain)) > 1:
            return
        if len(self._in_vain) > 2 or (len(self._in_vain) == 2 and not self._waiting and size > 1):
            raise problem
        if len(self._in_vain) == 2 and self._waiting:
            far = self._waiting.pop()
            self._waiting += [far[:-size]] if far[:-size] else []
            self._waiting.insert(0, far[-size:])


def _read(rows: Sequence[Outgoing], answer: Any) -> Fates:
    if not isinstance(answer, list) or len(answer) != len(rows):
        return dict.fromkeys((row.id for row in rows), UNKNOWN)
    return {row.id: _fate(row, element) for row, element in zip(rows, answer, strict=True)}


def _fate(row: Outgoing, element: Any) -> Refusal | None:
    if not isinstance(element, dict):
        return UNKNOWN
    if element.get("success") is not True:
        return of_row(element)
    return None if str(element.get("id"))[:15] == row.id[:15] else UNKNOWN


def _halves(rows: Sequence[Outgoing]) -> tuple[Sequence[Outgoing], Sequence[Outgoing]]:
    """Two parts of at least one row; where two objects meet in the call, there."""
    leads = sum(row.object == rows[0].object for row in rows)
    middle = leads if leads < len(rows) else len(rows) // 2
    return rows[:middle], rows[middle:]
