"""Making or changing records, told apart by the value of a field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from adapters.sandbox.salesforce.catalog import Field, SObject
from adapters.sandbox.salesforce.dml.effects import write
from adapters.sandbox.salesforce.dml.inserting import prepare_new
from adapters.sandbox.salesforce.dml.reading import Row, read_rows, value_of
from adapters.sandbox.salesforce.dml.results import RowResult
from adapters.sandbox.salesforce.dml.rows import fetch_by, live
from adapters.sandbox.salesforce.dml.updating import prepare_changed
from adapters.sandbox.salesforce.dml.work import Draft, Reader, Work, good, settle, working
from adapters.sandbox.salesforce.org import Org
from adapters.sandbox.salesforce.values import RowError, from_json


def upsert(  # noqa: PLR0913
    org: Org,
    user_id: str,
    sobject_name: str,
    rows: Sequence[Row],
    *,
    external_id: str,
    auto_assign: bool = True,
    all_or_none: bool = False,
    reader: Reader = from_json,
) -> list[RowResult]:
    """Creates or changes records by the value of a field and says of each what became of it, in order.

    With "Id" as the field, a row with an id is a change and one without makes a record. The other arguments are those
    of `insert`. A value that several records have is refused. Raises NoSuchObject, and KeyError for an unknown field.
    """
    with working(org, user_id, auto_assign=auto_assign) as work:
        sobject = work.sobject(org.view(user_id).object(sobject_name).name)
        field = sobject.fields[external_id.lower()]
        named = _by_id(rows) if field.type == "id" else _by_key(work, sobject, field, rows, reader)
        drafts = _read(work, sobject, named, reader)
        prepare_new(work, sobject.name, [draft for draft in good(drafts) if draft.id is None])
        prepare_changed(work, sobject.name, [draft for draft in good(drafts) if draft.id is not None])
        return settle(drafts, all_or_none=all_or_none, write=lambda fine: write(work, sobject, fine))


def _by_id(rows: Sequence[Row]) -> list[Row | RowError]:
    return [_without(row, "Id") | ({"Id": key} if (key := value_of(row, "Id")) else {}) for row in rows]


def _by_key(work: Work, sobject: SObject, field: Field, rows: Sequence[Row], reader: Reader) -> list[Row | RowError]:
    """The rows that change a record with its Id in the place of the key; the others as they are, or why not."""
    keys = [_key(row, field, reader) for row in rows]
    holders: dict[str, list[str]] = {}
    asked = [key for key in keys if isinstance(key, str)]
    for found in live(fetch_by(work.connection, sobject.name, field.name, asked, nocase=True)):
        holders.setdefault(str(found[field.name]).lower(), []).append(found["Id"])
    seen: set[str] = set()
    return [_named(row, key, field, holders, seen) for row, key in zip(rows, keys, strict=True)]


def _key(row: Row, field: Field, reader: Reader) -> str | RowError:
    given = value_of(row, field.name)
    try:
        value = None if given is None else reader(field, given)
    except RowError as error:
        return error
    return str(value) if value is not None else RowError("MISSING_ARGUMENT", f"{field.name} not specified", ())


def _named(
    row: Row, key: str | RowError, field: Field, holders: Mapping[str, list[str]], seen: set[str]
) -> Row | RowError:
    if isinstance(key, RowError):
        return key
    ids = holders.get(key.lower(), [])
    if key.lower() in seen:
        return RowError("DUPLICATE_VALUE", f"Duplicate external id specified: {key}", (field.name,))
    if len(ids) > 1:
        text = f"{field.name}: more than one record found for external id field: [{', '.join(ids)}]"
        return RowError("DUPLICATE_EXTERNAL_ID", text, (field.name,))
    seen.add(key.lower())
    rest = _without(row, "Id")
    return _without(rest, field.name) | {"Id": ids[0]} if ids else rest


def _read(work: Work, sobject: SObject, named: Sequence[Row | RowError], reader: Reader) -> list[Draft]:
    """The drafts, new ones and changes, in the order of the rows."""
    view = work.org.view(work.user_id)
    drafts = [Draft(error=each) if isinstance(each, RowError) else Draft() for each in named]
    for for_update in (False, True):
        places = [
            place for place, row in enumerate(named) if not isinstance(row, RowError) and ("Id" in row) == for_update
        ]
        sent = [row for place in places if not isinstance(row := named[place], RowError)]
        for place, draft in zip(
            places, read_rows(view, sobject.name, sent, reader, for_update=for_update), strict=True
        ):
            drafts[place] = draft
    return drafts


def _without(row: Row, name: str) -> dict[str, Any]:
    return {each: value for each, value in row.items() if each.lower() != name.lower()}
