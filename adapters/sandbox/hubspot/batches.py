"""Batches of records: create, update, upsert, archive. Docs: "Using object APIs", "Error handling".

A row that carries an ``objectWriteTraceId`` fails alone, as an entry of a 207; when rows carry none, one bad value
fails the whole batch with a 400 and nothing is written. Ids nobody knows always fail alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from flask import Response

from adapters.sandbox.hub import hub
from adapters.sandbox.hubspot.answers import answer, mapping_in, mappings_in, nothing, sent
from adapters.sandbox.hubspot.checking import checked_values, missing_for_creation, taken
from adapters.sandbox.hubspot.common import (
    batch_answer,
    batch_inputs,
    find_by,
    find_live,
    gone,
    integration,
    key_of,
    kind_of,
    row_error,
)
from adapters.sandbox.hubspot.errors import ApiError, invalid
from adapters.sandbox.hubspot.gate import require_records
from adapters.sandbox.hubspot.kinds import Kind
from adapters.sandbox.hubspot.rejecting import names_no_row, refuse_on_demand
from adapters.sandbox.hubspot.rendering import written
from adapters.sandbox.hubspot.routes import api
from adapters.sandbox.hubspot.ties import ties_to_create
from adapters.sandbox.hubspot.writing import NewRecord, Values, apply, archive, create
from adapters.sandbox.tables.objects import StoredObject

Row = dict[str, Any]


class _Ready(NamedTuple):
    """A row that passed every check. `item` None: to be created."""

    row: Row
    item: StoredObject | None
    values: Values


@api.post("/crm/v3/objects/<type>/batch/update")
def batch_update(type: str) -> Response:
    """Changes up to 100 records."""
    kind = kind_of(type)
    require_records(kind, "write")
    rows = batch_inputs(sent())
    _no_duplicates(rows)
    _not_by_email(kind, rows)
    with hub().store.database.alone():
        found = _found(kind, rows)
        _whole_batch_faults(found)
        ready, errors = _sorted_out(kind, rows, found, creating=False)
        results = _carried_out(kind, ready)
    return answer(*batch_answer(results, errors, 200))


@api.post("/crm/v3/objects/<type>/batch/create")
def batch_create(type: str) -> Response:
    """Creates up to 100 records."""
    kind = kind_of(type)
    require_records(kind, "write")
    rows = batch_inputs(sent())
    with hub().store.database.alone():
        ready, errors = _sorted_out(kind, rows, {}, creating=True)
        results = _carried_out(kind, ready)
    return answer(*batch_answer(results, errors, 201))


@api.post("/crm/v3/objects/<type>/batch/upsert")
def batch_upsert(type: str) -> Response:
    """Changes the records that exist and creates the others, by a unique property."""
    kind = kind_of(type)
    require_records(kind, "write")
    rows = [_with_its_key(row) for row in batch_inputs(sent())]
    _no_duplicates(rows)
    with hub().store.database.alone():
        ready, errors = _sorted_out(kind, rows, _found(kind, rows), creating=True)
        results = _carried_out(kind, ready)
    shown = [body | {"new": each.item is None} for body, each in zip(results, ready, strict=True)]
    return answer(*batch_answer(shown, errors, 200))


@api.post("/crm/v3/objects/<type>/batch/archive")
def batch_archive(type: str) -> Response:
    """Puts up to 100 records into the bin; unknown ids are passed over."""
    kind = kind_of(type)
    require_records(kind, "write")
    asked = [str(row.get("id")) for row in batch_inputs(sent())]
    archive(hub().store, kind, [item.id for item in find_live(kind, asked).values()], integration())
    return nothing()


def _found(kind: Kind, rows: Sequence[Row]) -> dict[str, StoredObject]:
    """The records the rows name, by the id in the row."""
    found: dict[str, StoredObject] = {}
    for unique in {key_of(row) for row in rows}:
        asked = [str(row.get("id")) for row in rows if key_of(row) == unique]
        found |= find_by(kind, unique, asked)
    return found


def _sorted_out(
    kind: Kind, rows: Sequence[Row], found: Mapping[str, StoredObject], *, creating: bool
) -> tuple[list[_Ready], list[dict[str, Any]]]:
    """The rows that may be carried out, and the errors of the others. Raises when a row without a trace id is bad."""
    ready: list[_Ready] = []
    errors: list[dict[str, Any]] = []
    for row in rows:
        item = found.get(str(row.get("id")))
        if item is None and not creating:
            errors.append(row_error(gone(kind, [str(row.get("id"))]), row, [str(row.get("id"))]))
            continue
        try:
            ready.append(_checked(kind, row, item, ready))
        except ApiError as error:
            if not row.get("objectWriteTraceId"):
                raise
            errors.append(row_error(error, row))
    return ready, errors


def _checked(kind: Kind, row: Row, item: StoredObject | None, earlier: Sequence[_Ready]) -> _Ready:
    values = checked_values(hub().store, kind, mapping_in(row, "properties"))
    problem = taken(hub().store, kind, values, item.id if item else None)
    if item is not None:
        problem = problem or refuse_on_demand(str(item.id))
    else:
        problem = problem or missing_for_creation(kind, values) or _same_email_twice(values, earlier)
    if problem is not None:
        raise problem
    return _Ready(row, item, values)


def _carried_out(kind: Kind, ready: Sequence[_Ready]) -> list[dict[str, Any]]:
    store, known = hub().store, dict[int, tuple[StoredObject, Values]]()
    for each in ready:
        if each.item is not None:
            _, before = known.get(each.item.id, (each.item, {}))
            known[each.item.id] = (each.item, {**before, **each.values})
    records = [
        NewRecord(each.values, ties_to_create(kind, mappings_in(each.row, "associations")))
        for each in ready
        if each.item is None
    ]
    changed = apply(store, kind, list(known.values()), integration()) if known else {}
    made = iter(create(store, kind, records, integration()) if records else [])
    items = [next(made) if each.item is None else changed[each.item.id] for each in ready]
    results = written(store, kind, [(item, each.values) for item, each in zip(items, ready, strict=True)])
    for body, each in zip(results, ready, strict=True):
        if each.row.get("objectWriteTraceId"):
            body["objectWriteTraceId"] = str(each.row["objectWriteTraceId"])
    return results


def _with_its_key(row: Row) -> Row:
    """An upsert's row with the value it is found by among its properties, so that a new record gets it."""
    unique = key_of(row)
    key = {} if unique == "hs_object_id" else {unique: row.get("id")}
    return row | {"properties": key | (mapping_in(row, "properties"))}


def _no_duplicates(rows: Sequence[Row]) -> None:
    twice = sorted(each for each, count in Counter(str(row.get("id")) for row in rows).items() if count > 1)
    if twice:
        raise invalid(f"Duplicate IDs found in batch input: [{', '.join(twice)}]. IDs must be unique")


def _not_by_email(kind: Kind, rows: Sequence[Row]) -> None:
    """Updates go by record id or a unique property of the account's own; an e-mail address will not do.

    Seen in https://github.com/HubSpot/hubspot-api-nodejs/issues/548; single updates and upserts do take it.
    """
    if any(row.get("idProperty") == "email" for row in rows):
        raise invalid(f"Unable to perform update/upsert by non-unique {kind.type_id} property email")


def _whole_batch_faults(found: Mapping[str, StoredObject]) -> None:
    for item in found.values():
        if names_no_row(str(item.id)) and (refusal := refuse_on_demand(str(item.id))):
            raise refusal


def _same_email_twice(values: Values, earlier: Sequence[_Ready]) -> ApiError | None:
    email = values.get("email")
    if email and any(each.values.get("email") == email for each in earlier):
        return invalid(f"Duplicate email found in batch input: {email}")
    return None
