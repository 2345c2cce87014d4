"""Changing records that are there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from adapters.sandbox.salesforce.catalog import SObject
from adapters.sandbox.salesforce.dml.effects import check, complete, write
from adapters.sandbox.salesforce.dml.reading import Row, read_rows
from adapters.sandbox.salesforce.dml.results import RowResult, bad_reference, closed_to, deleted, no_right, twice
from adapters.sandbox.salesforce.dml.rows import Row as Stored
from adapters.sandbox.salesforce.dml.rows import fetch
from adapters.sandbox.salesforce.dml.work import Draft, Reader, Work, good, settle, working
from adapters.sandbox.salesforce.org import Org
from adapters.sandbox.salesforce.values import RowError, from_json

_CONVERTED = RowError("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", ())


def update(
    org: Org,
    user_id: str,
    sobject_name: str,
    rows: Sequence[Row],
    *,
    auto_assign: bool = True,
    all_or_none: bool = False,
    reader: Reader = from_json,
) -> list[RowResult]:
    """Changes the records the rows name by Id and says of each what became of it, in order.

    The other arguments are those of `insert`. Values that are the same already still move LastModifiedDate and
    SystemModstamp, and validation rules look at the whole record. Raises NoSuchObject.
    """
    with working(org, user_id, auto_assign=auto_assign) as work:
        drafts = read_rows(org.view(user_id), sobject_name, rows, reader, for_update=True)
        prepare_changed(work, sobject_name, drafts)
        sobject = work.sobject(sobject_name)
        return settle(drafts, all_or_none=all_or_none, write=lambda fine: write(work, sobject, fine))


def prepare_changed(work: Work, name: str, drafts: Sequence[Draft]) -> None:
    """Finds the records, lays the changes over them, completes and checks them."""
    sobject = work.sobject(name)
    find(work, sobject, drafts)
    closed = _closed(work, sobject) if drafts else None
    for draft in good(drafts):
        draft.error = closed or _converted(work, draft.before or {})
        draft.after = (draft.before or {}) | draft.given
    complete(work, sobject, good(drafts))
    check(work, sobject, drafts)


def find(work: Work, sobject: SObject, drafts: Iterable[Draft]) -> None:
    """Sets `before` of the drafts, by id; refuses the unknown, the deleted and the second of the same."""
    drafts = good(drafts)
    found = fetch(work.connection, sobject.name, (draft.id for draft in drafts if draft.id))
    seen: set[str] = set()
    for draft in drafts:
        key = draft.id or ""
        draft.error = _absent(key, found, seen)
        draft.before = found.get(key)
        seen.add(key)


def _absent(key: str, found: dict[str, Stored], seen: set[str]) -> RowError | None:
    if key in seen:
        return twice(key)
    if key not in found:
        return bad_reference()
    return deleted() if found[key].get("IsDeleted") else None


def _closed(work: Work, sobject: SObject) -> RowError | None:
    """Some objects take no changes, or not from everybody."""
    if not sobject.updateable:
        return closed_to("updated", sobject.label)
    return None if work.allowed(sobject.name).updateable else no_right()


def _converted(work: Work, before: Stored) -> RowError | None:
    """A converted lead takes no more changes, unless the org lets people edit them."""
    return _CONVERTED if before.get("IsConverted") and not work.org.settings.edit_converted_leads else None
