"""Rows as callers send them, made into stored values by what the user may write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from adapters.sandbox.salesforce.catalog import Field, SObject
from adapters.sandbox.salesforce.dml.results import malformed_id, no_such_column, not_writable
from adapters.sandbox.salesforce.dml.work import Draft, Reader
from adapters.sandbox.salesforce.ids import to18
from adapters.sandbox.salesforce.values import RowError
from adapters.sandbox.salesforce.view import View

Row = Mapping[str, Any]
_Found = Field | RowError
_IN_INSERT = RowError("INVALID_FIELD_FOR_INSERT_UPDATE", "cannot specify Id in an insert call", ("Id",))
_NO_ID = RowError("MISSING_ARGUMENT", "Id not specified in an update call", ("Id",))


def read_rows(view: View, name: str, rows: Sequence[Row], reader: Reader, *, for_update: bool) -> list[Draft]:
    """The callers' rows as drafts: their values read, or the first error of each."""
    sobject = view.object(name)
    finder = _Finder(sobject, for_update=for_update)
    take = _named if for_update else _unnamed
    return [take(sobject, _draft(row, finder, reader), value_of(row, "Id")) for row in rows]


def read_id(sobject: SObject, text: object) -> str:
    """The 18-character id a caller sent. Raises `RowError` when it is none."""
    found = to18(text) if isinstance(text, str) else None
    if found is None:
        raise malformed_id(sobject.label, text)
    return found


class _Finder:
    """The field behind a name, or why it may not be written; worked out once a name."""

    def __init__(self, sobject: SObject, *, for_update: bool) -> None:
        self._sobject = sobject
        self._for_update = for_update
        self._known: dict[str, _Found] = {}

    def find(self, name: str) -> Field:
        """The field. Raises `RowError`."""
        found = self._known.get(name)
        if found is None:
            found = self._known[name] = self._looked_up(name)
        if isinstance(found, RowError):
            raise found
        return found

    def _looked_up(self, name: str) -> _Found:
        field = self._sobject.field(name)
        if field is None:
            return no_such_column(name, self._sobject.name)
        writable = field.updateable if self._for_update else field.createable
        return field if writable else not_writable(field.name)


def _draft(row: Row, finder: _Finder, reader: Reader) -> Draft:
    draft = Draft()
    try:
        for name, value in row.items():
            if name.lower() not in ("attributes", "id"):
                field = finder.find(name)
                draft.given[field.name] = reader(field, value)
    except RowError as error:
        draft.error = error
    return draft


def value_of(row: Row, name: str) -> Any:
    """What a caller's row says under a name, whatever its case; None when it says nothing."""
    return next((value for each, value in row.items() if each.lower() == name.lower()), None)


def _named(sobject: SObject, draft: Draft, id: object) -> Draft:
    try:
        if id is None:
            raise _NO_ID
        draft.id = read_id(sobject, id)
    except RowError as error:
        draft.error = error
    return draft


def _unnamed(_sobject: SObject, draft: Draft, id: object) -> Draft:
    if id is not None:
        draft.error = _IN_INSERT
    return draft
