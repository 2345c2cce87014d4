"""Single records: ``/sobjects/X``, ``/sobjects/X/id`` and ``/sobjects/X/field/value``."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import Any

from flask import Response, g, request

from adapters.sandbox.salesforce.api.answers import answer, http_date, nothing, sent_object
from adapters.sandbox.salesforce.api.reading import readable_names, record
from adapters.sandbox.salesforce.api.routes import api
from adapters.sandbox.salesforce.api.seeing import found_by, id_in_path, key_field, object_in_path
from adapters.sandbox.salesforce.api.writing import delete, insert, update, upsert
from adapters.sandbox.salesforce.catalog import SObject
from adapters.sandbox.salesforce.dml import RowResult
from adapters.sandbox.salesforce.errors import ApiError, not_found, row_refused
from adapters.sandbox.salesforce.hub import hub


@api.post("/sobjects/<name>")
def create(name: str) -> Response:
    """Creates a record."""
    sobject = object_in_path(name)
    return _created(sobject, insert(sobject, [sent_object()])[0])


@api.get("/sobjects/<name>/<id>")
def read(name: str, id: str) -> Response:
    """A record with every field this user may see, or with those of ``fields``."""
    sobject = object_in_path(name)
    return _shown(sobject, id_in_path(sobject, id))


@api.patch("/sobjects/<name>/<id>")
def change(name: str, id: str) -> Response:
    """Changes a record; ``If-Unmodified-Since`` refuses a record that changed meanwhile."""
    sobject = object_in_path(name)
    found = id_in_path(sobject, id)
    if _changed_since("If-Unmodified-Since", sobject, found):
        raise ApiError(412, "PRECONDITION_FAILED", "The record has been modified since the given time.")
    return _done(update(sobject, [_without_id(sent_object()) | {"Id": found}])[0])


@api.delete("/sobjects/<name>/<id>")
def remove(name: str, id: str) -> Response:
    """Puts a record into the recycle bin."""
    sobject = object_in_path(name)
    return _done(delete(sobject, [id_in_path(sobject, id)])[0])


@api.get("/sobjects/<name>/<key>/<path:value>")
def read_by(name: str, key: str, value: str) -> Response:
    """A record by an external id; 300 with their paths when several have it."""
    sobject = object_in_path(name)
    ids = found_by(sobject, key_field(sobject, key), value)
    if not ids:
        raise not_found()
    return _shown(sobject, ids[0]) if len(ids) == 1 else _several(sobject, ids)


@api.patch("/sobjects/<name>/<key>/<path:value>")
def change_by(name: str, key: str, value: str) -> Response:
    """Creates or changes a record by an external id."""
    sobject = object_in_path(name)
    field = key_field(sobject, key)
    ids = found_by(sobject, field, value)
    if len(ids) > 1:
        return _several(sobject, ids)
    row = {name: given for name, given in _without_id(sent_object()).items() if name.lower() != field.name.lower()}
    result = upsert(sobject, [row | {field.name: value}], field)[0]
    return _created(sobject, result, upserted=True)


@api.delete("/sobjects/<name>/<key>/<path:value>")
def remove_by(name: str, key: str, value: str) -> Response:
    """Puts a record into the recycle bin by an external id."""
    sobject = object_in_path(name)
    ids = found_by(sobject, key_field(sobject, key), value)
    if not ids:
        raise not_found()
    return _several(sobject, ids) if len(ids) > 1 else _done(delete(sobject, ids)[0])


def _shown(sobject: SObject, id: str) -> Response:
    if request.headers.get("If-Modified-Since") and not _changed_since("If-Modified-Since", sobject, id):
        return nothing(304)
    asked = [name.strip() for name in request.args.get("fields", "").split(",") if name.strip()]
    response = answer(record(sobject, id, readable_names(sobject, asked)))
    response.headers["Last-Modified"] = http_date(_stamp(sobject, id))
    return response


def _created(sobject: SObject, result: RowResult, *, upserted: bool = False) -> Response:
    if not result.success:
        raise row_refused(result.errors[0])
    body: dict[str, Any] = {"id": result.id, "success": True, "errors": []}
    if upserted:
        body["created"] = result.created
    response = answer(body, 201 if result.created else 200)
    if result.created:
        response.headers["Location"] = f"/services/data/{g.version}/sobjects/{sobject.name}/{result.id}"
    return response


def _done(result: RowResult) -> Response:
    if not result.success:
        raise row_refused(result.errors[0])
    return nothing()


def _several(sobject: SObject, ids: list[str]) -> Response:
    return answer([f"/services/data/{g.version}/sobjects/{sobject.name}/{each}" for each in ids], 300)


def _without_id(body: dict[str, Any]) -> dict[str, Any]:
    """The fields of a body. Raises the vendor's 400 when the id is among them: it belongs into the path."""
    if any(name.lower() == "id" for name in body):
        raise ApiError(400, "INVALID_FIELD", "The Id field should not be specified in the sobject data.", ("Id",))
    return body


def _changed_since(header: str, sobject: SObject, id: str) -> bool:
    """Whether the record is newer than the moment in this header; never when it is missing or no date."""
    try:
        moment = parsedate_to_datetime(request.headers.get(header, ""))
    except ValueError:
        return False
    return _stamp(sobject, id) > moment.timestamp()


def _stamp(sobject: SObject, id: str) -> int:
    """When the record changed, in whole seconds since 1970, as headers have it."""
    field = next((name for name in ("SystemModstamp", "CreatedDate") if name.lower() in sobject.fields), None)
    if field is None:
        return 0
    with hub().org.reading() as connection:
        row = connection.execute(f'SELECT "{field}" FROM "{sobject.name}" WHERE "Id" = ?', (id,)).fetchone()  # noqa: S608
    return int(row[0] or 0) // 1000 if row else 0
