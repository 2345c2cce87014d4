"""What the platform remembers of changes: field history of tracked fields.

Facts: Object Reference, "LeadHistory" and its kin: a row for each tracked field that changed, values as they were and
as they became; a reference gives two rows, one with the ids and one with the names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from adapters.sandbox.salesforce.catalog import Field, SObject
from adapters.sandbox.salesforce.dml.references import records
from adapters.sandbox.salesforce.dml.rows import Row, put
from adapters.sandbox.salesforce.dml.work import Draft, Work
from adapters.sandbox.salesforce.values import to_json

_TYPES = {
    "boolean": "Boolean",
    "currency": "Currency",
    "date": "DateOnly",
    "datetime": "DateTime",
    "double": "Double",
    "email": "Email",
    "int": "Integer",
    "multipicklist": "MultiEnum",
    "percent": "Percent",
    "phone": "PhoneNumber",
    "picklist": "DynamicEnum",
    "reference": "EntityId",
    "url": "Url",
}


def remember_created(work: Work, sobject: SObject, drafts: Iterable[Draft]) -> None:
    """A row "created" for each new record of an object with field history."""
    remember_event(work, sobject, [draft.after["Id"] for draft in drafts], "created")


def remember_event(work: Work, sobject: SObject, ids: Iterable[str], event: str) -> None:
    """A row that names an event, not a field: "created", "leadConverted"."""
    if sobject.history and sobject.tracked:
        _store(work, sobject, [{"_of": key, "Field": event, "DataType": "Text"} for key in ids])


def remember_changed(work: Work, sobject: SObject, drafts: Sequence[Draft]) -> None:
    """Rows for the tracked fields whose values differ."""
    if not sobject.history or not sobject.tracked:
        return
    fields = [each for each in sobject.fields.values() if _is_tracked(sobject, each)]
    changed = [
        (draft, field)
        for draft in drafts
        for field in fields
        if draft.before is not None and draft.after.get(field.name) != draft.before.get(field.name)
    ]
    names = _names(work, changed)
    _store(work, sobject, [row for draft, field in changed for row in _rows(draft, field, names)])


def _is_tracked(sobject: SObject, field: Field) -> bool:
    return field.name in sobject.tracked or _told_name(field) in sobject.tracked


def _told_name(field: Field) -> str:
    """The name a history row uses: Owner for OwnerId."""
    return field.relationship or field.name


def _rows(draft: Draft, field: Field, names: dict[str, str]) -> Iterator[Row]:
    old, new = (row.get(field.name) for row in (draft.before or {}, draft.after))
    told = {"_of": draft.after["Id"], "Field": _told_name(field)}
    if field.type == "reference":
        yield told | {"DataType": "Text", "OldValue": names.get(str(old)), "NewValue": names.get(str(new))}
    if field.type == "textarea":
        yield told | {"DataType": "TextArea", "OldValue": None, "NewValue": None}
        return
    yield told | {
        "DataType": _TYPES.get(field.type, "Text"),
        "OldValue": _told(field, old),
        "NewValue": _told(field, new),
    }


def _told(field: Field, value: Any) -> str | None:
    if value is None:
        return None
    if field.type == "boolean":
        return "true" if value else "false"
    return str(to_json(field, value))


def _names(work: Work, changed: Iterable[tuple[Draft, Field]]) -> dict[str, str]:
    """What the records are called that changed references name, by id."""
    ids = {
        row.get(field.name)
        for draft, field in changed
        if field.type == "reference"
        for row in (draft.before or {}, draft.after)
    }
    return {key: row.get("Name") or key for key, row in records(work, (key for key in ids if key)).items()}


def _store(work: Work, sobject: SObject, rows: Sequence[Row]) -> None:
    if not rows:
        return
    table, parent = str(sobject.history), f"{sobject.name}Id"
    stamp = {"IsDeleted": 0, "CreatedById": work.user_id, "CreatedDate": work.now, "SystemModstamp": work.now}
    ids = work.org.next_ids(table, len(rows), work.connection)
    full = [row | stamp | {"Id": key, parent: row["_of"]} for key, row in zip(ids, rows, strict=True)]
    put(work.connection, table, work.columns(table), full)
