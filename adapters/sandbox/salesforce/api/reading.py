"""Records read by id, in the shape the API shows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adapters.sandbox.salesforce.api.querying import run_query
from adapters.sandbox.salesforce.api.seeing import no_such_field
from adapters.sandbox.salesforce.catalog import SObject
from adapters.sandbox.salesforce.errors import not_found

_TOGETHER = 500
"""Ids in one query's list."""


def readable_names(sobject: SObject, asked: Sequence[str]) -> list[str]:
    """The fields asked for, every visible one when none is. Raises the vendor's 400 for one that is none."""
    if not asked:
        return [field.name for field in sobject.fields.values()]
    for name in asked:
        if "." not in name and name.lower() not in sobject.fields:
            raise no_such_field(name, sobject)
    return list(dict.fromkeys(asked))


def record(sobject: SObject, id: str, names: Sequence[str]) -> dict[str, Any]:
    """One record that is there. Raises the vendor's 404 when it went meanwhile."""
    found = records(sobject, [id], names)[id]
    if found is None:
        raise not_found()
    return found


def records(sobject: SObject, ids: Sequence[str], names: Sequence[str]) -> dict[str, dict[str, Any] | None]:
    """Records by their id; None where there is none."""
    asked_for_id = any(name.lower() == "id" for name in names)
    selected = ", ".join(names if asked_for_id else ["Id", *names])
    found: dict[str, dict[str, Any] | None] = dict.fromkeys(ids)
    wanted = list(found)
    # Archived activities are read by their id although queries hide them, so that only the deleted are left out.
    live = " AND IsDeleted = false" if "isdeleted" in sobject.fields else ""
    for start in range(0, len(wanted), _TOGETHER):
        listed = ", ".join(f"'{each}'" for each in wanted[start : start + _TOGETHER])
        text = f"SELECT {selected} FROM {sobject.name} WHERE Id IN ({listed}){live}"  # noqa: S608
        rows = run_query(text, include_deleted=True)
        for row in rows.records(0, rows.total):
            found[row["Id"]] = row if asked_for_id else {key: value for key, value in row.items() if key != "Id"}
    return found
