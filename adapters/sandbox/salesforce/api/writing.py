"""Writes as the present user, with the faults that refuse single rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import g, request

from adapters.sandbox.faults import Fault, Faults
from adapters.sandbox.salesforce import dml
from adapters.sandbox.salesforce.api.seeing import found_by
from adapters.sandbox.salesforce.catalog import Field, SObject
from adapters.sandbox.salesforce.dml import RowResult
from adapters.sandbox.salesforce.dml.locking import locked
from adapters.sandbox.salesforce.dml.reading import value_of
from adapters.sandbox.salesforce.errors import in_row
from adapters.sandbox.salesforce.hub import hub
from adapters.sandbox.salesforce.ids import to18
from adapters.sandbox.salesforce.values import RowError

Row = Mapping[str, Any]


def auto_assign() -> bool:
    """Whether the active assignment rule may run: unless the caller says FALSE, it does (``Sforce-Auto-Assign``)."""
    return request.headers.get("Sforce-Auto-Assign", "TRUE").strip().lower() != "false"


def insert(sobject: SObject, rows: Sequence[Row], *, all_or_none: bool = False) -> list[RowResult]:
    """Creates records; one result a row, in order."""
    known = [_without_relations(sobject, row) for row in rows]
    return dml.insert(
        hub().org, g.session.user_id, sobject.name, known, auto_assign=auto_assign(), all_or_none=all_or_none
    )


def update(sobject: SObject, rows: Sequence[Row], *, all_or_none: bool = False) -> list[RowResult]:
    """Changes records named by ``Id``; one result a row, in order."""

    def write(some: Sequence[Row]) -> list[RowResult]:
        return dml.update(
            hub().org, g.session.user_id, sobject.name, some, auto_assign=auto_assign(), all_or_none=all_or_none
        )

    known = [_without_relations(sobject, row) for row in rows]
    return _past_the_faults(known, [str(row.get("Id")) for row in rows], write)


def upsert(sobject: SObject, rows: Sequence[Row], field: Field, *, all_or_none: bool = False) -> list[RowResult]:
    """Creates or changes records by an external id; one result a row, in order."""

    def write(some: Sequence[Row]) -> list[RowResult]:
        return dml.upsert(
            hub().org,
            g.session.user_id,
            sobject.name,
            some,
            external_id=field.name,
            auto_assign=auto_assign(),
            all_or_none=all_or_none,
        )

    known = [_without_relations(sobject, row) for row in rows]
    named = [str(value_of(row, field.name) or "") for row in rows] if hub().faults.all() else []
    return _past_the_faults(known, [next(iter(found_by(sobject, field, value)), "") for value in named], write)


def delete(sobject: SObject, ids: Sequence[str], *, all_or_none: bool = False) -> list[RowResult]:
    """Puts records into the recycle bin; one result an id, in order."""

    def write(some: Sequence[str]) -> list[RowResult]:
        return dml.delete(
            hub().org, g.session.user_id, sobject.name, some, auto_assign=auto_assign(), all_or_none=all_or_none
        )

    return _past_the_faults(ids, ids, write)


def shown(result: RowResult, *, upserted: bool = False) -> dict[str, Any]:
    """A result as collections show it: a refused row carries no id."""
    if not result.success:
        return {"success": False, "errors": [in_row(error) for error in result.errors]}
    body: dict[str, Any] = {"id": result.id, "success": True, "errors": []}
    return body | ({"created": result.created} if upserted else {})


def refusal(faults: Faults, id: str) -> RowError | None:
    """What the faults ``rows_rejected`` and ``rows_locked`` say of a write to this record, counting its use.

    For every way of writing: REST and Bulk alike.
    """
    for fault in faults.standing("rows_rejected") + faults.standing("rows_locked"):
        if id in {to18(str(each)) for each in fault.parameters.get("ids", ())}:
            faults.use(fault)
            return _words(fault, id)
    return None


def _words(fault: Fault, id: str) -> RowError:
    if fault.kind == "rows_locked":
        return locked(id)
    text = str(fault.parameters.get("message", "This record cannot be saved: a rule of this org refuses it."))
    return RowError(str(fault.parameters.get("code", "FIELD_CUSTOM_VALIDATION_EXCEPTION")), text, ())


def _without_relations(sobject: SObject, row: Row) -> dict[str, Any]:
    """The row without objects under names that are no fields: relationships, which writes pass over here."""
    return {name: value for name, value in row.items() if not isinstance(value, dict) or name.lower() in sobject.fields}


def _past_the_faults(
    rows: Sequence[Any], ids: Sequence[str], write: Callable[[Sequence[Any]], list[RowResult]]
) -> list[RowResult]:
    if not hub().faults.all():
        return write(rows)
    refused = {
        place: RowResult(each, False, (error,), False)
        for place, each in enumerate(ids)
        if (error := refusal(hub().faults, to18(each) or each))
    }
    others = [place for place in range(len(rows)) if place not in refused]
    written = write([rows[place] for place in others]) if others else []
    done = refused | dict(zip(others, written, strict=True))
    return [done[place] for place in range(len(rows))]
