"""``/composite/sobjects``: up to 200 records a call, answered row by row in the order sent.

Docs: REST API guide, "sObject Collections". A refused row carries no id; it is known by its place alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

from flask import Response, request

from adapters.sandbox.salesforce.api.answers import answer, flag_in, objects_in, sent_object
from adapters.sandbox.salesforce.api.reading import readable_names, records
from adapters.sandbox.salesforce.api.routes import api
from adapters.sandbox.salesforce.api.seeing import key_field, object_in_body, object_in_path
from adapters.sandbox.salesforce.api.transaction import all_or_nothing
from adapters.sandbox.salesforce.api.writing import delete, insert, shown, update, upsert
from adapters.sandbox.salesforce.catalog import SObject
from adapters.sandbox.salesforce.dml import RowResult
from adapters.sandbox.salesforce.dml.results import roll_back_all
from adapters.sandbox.salesforce.errors import ApiError, bad_json, too_many
from adapters.sandbox.salesforce.hub import hub
from adapters.sandbox.salesforce.ids import prefix_of, to18

MOST_ROWS, MOST_RETRIEVED, MOST_CHUNKS = 200, 2000, 10
Chunks = list[tuple[SObject, list[Any]]]
Write = Callable[[SObject, list[Any]], list[RowResult]]


@api.post("/composite/sobjects")
def create_many() -> Response:
    """Creates records of one or several objects."""
    body = sent_object()
    whole = flag_in(body, "allOrNone")
    chunks = _by_object(_rows(body))
    return _answered(chunks, lambda sobject, rows: insert(sobject, rows, all_or_none=whole), whole)


@api.patch("/composite/sobjects")
def change_many() -> Response:
    """Changes records of one or several objects."""
    body = sent_object()
    whole = flag_in(body, "allOrNone")
    chunks = _by_object(_rows(body))
    return _answered(chunks, lambda sobject, rows: update(sobject, rows, all_or_none=whole), whole)


@api.patch("/composite/sobjects/<name>/<key>")
def upsert_many(name: str, key: str) -> Response:
    """Creates or changes records of one object by an external id."""
    body = sent_object()
    whole, sobject = flag_in(body, "allOrNone"), object_in_path(name)
    rows = [_plain(row) for row in _rows(body)]
    field = key_field(sobject, key)
    chunks = [(sobject, rows)]
    return _answered(chunks, lambda each, some: upsert(each, some, field, all_or_none=whole), whole, upserted=True)


@api.delete("/composite/sobjects")
def remove_many() -> Response:
    """Puts records into the recycle bin: ``?ids=…,…&allOrNone=…``."""
    ids = [each.strip() for each in request.args.get("ids", "").split(",") if each.strip()]
    if not ids:
        raise ApiError(400, "INVALID_INPUT", "The ids parameter is required")
    _refuse_more(len(ids), MOST_ROWS)
    whole = flag_in(dict(request.args), "allOrNone")
    chunks = [(_object_of(prefix), list(some)) for prefix, some in groupby(ids, key=prefix_of)]
    return _answered(chunks, lambda sobject, some: delete(sobject, some, all_or_none=whole), whole)


@api.get("/composite/sobjects/<name>")
def read_many(name: str) -> Response:
    """Records by id in the order asked, null where there is none: ``?ids=…&fields=…``."""
    given = {key: request.args.get(key, "").split(",") for key in ("ids", "fields")}
    return _retrieved(name, given["ids"], given["fields"])


@api.post("/composite/sobjects/<name>")
def read_many_by_body(name: str) -> Response:
    """The same for long lists: ``{"ids": [], "fields": []}``."""
    body = sent_object()
    lists = [body.get(key) for key in ("ids", "fields")]
    if not all(isinstance(each, list) for each in lists):
        raise bad_json("ids and fields must be lists at [line:1, column:1]")
    return _retrieved(name, [str(each) for each in lists[0] or ()], [str(each) for each in lists[1] or ()])


def _retrieved(name: str, ids: Sequence[str], fields: Sequence[str]) -> Response:
    sobject, asked = object_in_path(name), [each.strip() for each in fields if each.strip()]
    if not asked or not any(ids):
        raise ApiError(400, "INVALID_INPUT", "The ids and fields parameters are required")
    _refuse_more(len(ids), MOST_RETRIEVED)
    wanted = [to18(each.strip()) for each in ids]
    found = records(sobject, [each for each in wanted if each], readable_names(sobject, asked))
    return answer([found[each] if each else None for each in wanted])


def _rows(body: dict[str, Any]) -> list[dict[str, Any]]:
    rows = objects_in(body, "records")
    _refuse_more(len(rows), MOST_ROWS)
    return rows


def _refuse_more(count: int, most: int) -> None:
    if count > most:
        raise too_many(f"record limit reached. cannot submit more than {most} records into this request")


def _by_object(rows: list[dict[str, Any]]) -> Chunks:
    """Runs of rows of one object, at most ten of them, as the vendor cuts a call into chunks."""
    named = groupby(rows, key=lambda row: str((row.get("attributes") or {}).get("type")).lower())
    chunks = [(object_in_body(name), [_plain(row) for row in some]) for name, some in named]
    if len(chunks) > MOST_CHUNKS:
        text = "Cannot have more than 10 chunks in a single operation. Please rearrange the data to reduce chunking."
        raise ApiError(400, "INVALID_INPUT", text)
    return chunks


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """A row without its attributes, its id under the one spelling the data layer knows."""
    return {("Id" if key.lower() == "id" else key): value for key, value in row.items() if key != "attributes"}


def _object_of(prefix: str) -> SObject:
    found = hub().org.catalog.by_prefix(prefix)
    if found is None:
        raise ApiError(400, "MALFORMED_ID", f"malformed id: no object has ids that begin with {prefix}")
    return object_in_body(found.name)


def _answered(chunks: Chunks, write: Write, whole: bool, *, upserted: bool = False) -> Response:
    results: list[RowResult] = []
    with all_or_nothing(wanted=whole) as undo:
        for sobject, rows in chunks:
            results += write(sobject, rows)
        if whole and not all(result.success for result in results):
            undo()
            results = roll_back_all(results)
    return answer([shown(result, upserted=upserted) for result in results])
