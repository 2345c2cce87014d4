"""Ids that stand in rows: the records they name must be there."""

from __future__ import annotations

from collections.abc import Iterable

from adapters.sandbox.salesforce.catalog import Field, SObject
from adapters.sandbox.salesforce.dml.results import bad_reference, deleted, malformed_id
from adapters.sandbox.salesforce.dml.rows import Row, fetch
from adapters.sandbox.salesforce.dml.work import Draft, Work, good
from adapters.sandbox.salesforce.ids import prefix_of
from adapters.sandbox.salesforce.values import RowError

_OWNERS = {"OwnerId"}


def check_references(work: Work, sobject: SObject, drafts: Iterable[Draft]) -> None:
    """Refuses drafts that name a record that is not there, is deleted, or is of an object the field cannot name."""
    drafts = good(drafts)
    fields = [each for each in sobject.fields.values() if each.reference_to]
    asked = [
        (draft, field, draft.given[field.name]) for draft in drafts for field in fields if field.name in draft.given
    ]
    asked = [each for each in asked if each[2]]
    found = records(work, (key for _, _, key in asked))
    for draft, field, key in asked:
        draft.error = draft.error or _wrong(work, sobject, field, key, found)


def records(work: Work, ids: Iterable[str | None]) -> dict[str, Row]:
    """The records behind these ids, of whatever objects; ids of unknown objects are passed over, so are empty ones."""
    by_prefix: dict[str, set[str]] = {}
    for key in filter(None, ids):
        by_prefix.setdefault(prefix_of(key), set()).add(key)
    found: dict[str, Row] = {}
    for prefix, some in by_prefix.items():
        target = work.org.catalog.by_prefix(prefix)
        if target:
            found |= fetch(work.connection, target.name, some)
    return found


def _wrong(work: Work, sobject: SObject, field: Field, key: str, found: dict[str, Row]) -> RowError | None:
    target = work.org.catalog.by_prefix(prefix_of(key))
    if target is None:
        return bad_reference(field.name)
    if target.name not in field.reference_to:
        return malformed_id(field.label.removesuffix(" ID"), key)
    row = found.get(key)
    if row is None:
        return bad_reference(field.name)
    if row.get("IsDeleted"):
        return deleted(field.name)
    if field.name in _OWNERS and row.get("IsActive") == 0:
        return _inactive(key, sobject)
    return None


def _inactive(key: str, sobject: SObject) -> RowError:
    text = f"operation performed with inactive user [{key}] as owner of {sobject.label.lower()}"
    return RowError("INACTIVE_OWNER_OR_USER", text, ("OwnerId",))
