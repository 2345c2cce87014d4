"""Making records."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.sandbox.salesforce.catalog import SObject
from adapters.sandbox.salesforce.dml.effects import check, complete, write
from adapters.sandbox.salesforce.dml.reading import Row, read_rows
from adapters.sandbox.salesforce.dml.results import RowResult, closed_to, no_right
from adapters.sandbox.salesforce.dml.work import Draft, Reader, Work, good, settle, working
from adapters.sandbox.salesforce.org import Org
from adapters.sandbox.salesforce.values import RowError, from_json


def insert(
    org: Org,
    user_id: str,
    sobject_name: str,
    rows: Sequence[Row],
    *,
    auto_assign: bool = True,
    all_or_none: bool = False,
    reader: Reader = from_json,
) -> list[RowResult]:
    """Creates records from values by field name and says of each what became of it, in order.

    `reader` makes stored values of what the rows hold (`from_csv` for an upload). `auto_assign`: whether the active
    assignment rule may give leads to its owner. `all_or_none`: one bad row undoes the call. Raises NoSuchObject.
    """
    with working(org, user_id, auto_assign=auto_assign) as work:
        drafts = read_rows(org.view(user_id), sobject_name, rows, reader, for_update=False)
        prepare_new(work, sobject_name, drafts)
        sobject = work.sobject(sobject_name)
        return settle(drafts, all_or_none=all_or_none, write=lambda fine: write(work, sobject, fine))


def prepare_new(work: Work, name: str, drafts: Sequence[Draft]) -> None:
    """Completes and checks new records as read."""
    sobject = work.sobject(name)
    closed = _closed(work, sobject) if drafts else None
    for draft in good(drafts):
        draft.error = closed
        draft.after = dict(draft.given)
    complete(work, sobject, good(drafts))
    check(work, sobject, drafts)


def _closed(work: Work, sobject: SObject) -> RowError | None:
    if not sobject.createable:
        return closed_to("inserted", sobject.label)
    return None if work.allowed(sobject.name).createable else no_right()
