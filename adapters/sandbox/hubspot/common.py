"""Small things several views share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from flask import request

from adapters.sandbox.hub import hub
from adapters.sandbox.hubspot.errors import ApiError, invalid
from adapters.sandbox.hubspot.events import Source
from adapters.sandbox.hubspot.gate import require_records
from adapters.sandbox.hubspot.kinds import Kind, kind_named
from adapters.sandbox.hubspot.times import iso
from adapters.sandbox.tables.objects import StoredObject

MAX_BATCH = 100


def kind_of(name: str) -> Kind:
    """The kind named in the path. Raises the vendor's 400 for a name that is none."""
    kind = kind_named(name)
    if kind is None:
        raise invalid(f"Unable to infer object type from: {name}")
    return kind


def two_kinds(start: str, end: str, verb: str) -> tuple[Kind, Kind]:
    """The two kinds of an association's path. Raises unless the token may ``read`` or ``write`` both."""
    one, other = kind_of(start), kind_of(end)
    require_records(one, verb)
    require_records(other, verb)
    return one, other


def integration() -> Source:
    """Who writes through the API: the app."""
    return Source("INTEGRATION", str(hub().settings.app_id))


def number_of(text: object) -> int | None:
    """A record id as a number; None when it cannot be one."""
    word = str(text)
    return int(word) if word.isascii() and word.isdigit() and len(word) <= 18 else None


def key_of(body: Mapping[str, Any]) -> str:
    """The property by which a request names its records; the record id unless it says otherwise."""
    return str(body.get("idProperty") or "hs_object_id")


def find_live(kind: Kind, ids: Sequence[str]) -> dict[str, StoredObject]:
    """Live records by the id asked for; merged-away ids lead to the winner, unknown ones are absent."""
    numbers = {each: number for each in ids if (number := number_of(each)) is not None}
    moved = hub().store.objects.resolve(kind, numbers.values())
    found = hub().store.objects.get_many(kind, {moved.get(number, number) for number in numbers.values()})
    live = {each: found.get(moved.get(number, number)) for each, number in numbers.items()}
    return {each: item for each, item in live.items() if item is not None and item.archived_ms is None}


def find_by(kind: Kind, name: str, values: Sequence[str]) -> dict[str, StoredObject]:
    """Live records by the value of a unique property, as asked for. Raises a 400 for a property that is not unique."""
    if name == "hs_object_id":
        return find_live(kind, values)
    definition = hub().store.definitions.live(kind, name)
    if definition is None or not (definition["hasUniqueValue"] or (kind.name, name) == ("contacts", "email")):
        raise invalid(f"Unable to perform update/upsert by non-unique {kind.type_id} property {name}")
    ids = hub().store.objects.ids_with(kind, name, values)
    found = hub().store.objects.get_many(kind, ids.values())
    return {each: found[ids[each.lower()]] for each in values if each.lower() in ids}


def gone(kind: Kind, ids: Sequence[str]) -> ApiError:
    """What a batch says about ids it does not know."""
    name = kind.singular.upper()
    message = f"Could not get some {name} objects, they may be deleted or not exist. Check that ids are valid."
    return ApiError(404, message, "OBJECT_NOT_FOUND", context={"ids": list(ids)})


def batch_inputs(body: dict[str, Any], most: int = MAX_BATCH) -> list[dict[str, Any]]:
    """The ``inputs`` of a batch. Raises the vendor's 400 when they are missing, malformed or too many."""
    inputs = body.get("inputs")
    if not isinstance(inputs, list) or not all(isinstance(item, dict) for item in inputs):
        raise invalid("Invalid input JSON on line 1, column 2: Some required fields were not set: [inputs]")
    if len(inputs) > most:
        raise invalid(f"The maximum number of inputs supported in a batch request is {most}. Received {len(inputs)}.")
    return inputs


def batch_answer(results: list[Any], errors: list[dict[str, Any]], good: int) -> tuple[dict[str, Any], int]:
    """The body of a batch answer and its status: `good`, or 207 when a row failed."""
    now = iso(hub().settings.now_ms())
    body: dict[str, Any] = {"status": "COMPLETE", "results": results, "startedAt": now, "completedAt": now}
    if not errors:
        return body, good
    return body | {"numErrors": len(errors), "errors": errors}, 207


def next_page(after: str) -> dict[str, Any]:
    """The ``paging`` of a list that goes on: the cursor, and an absolute link that works (dlt follows it)."""
    query = [(key, value) for key, value in request.args.items(multi=True) if key != "after"]
    path = request.environ.get("sandbox.path", request.path)
    link = f"{request.host_url.rstrip('/')}{path}?{urlencode([*query, ('after', after)])}"
    return {"next": {"after": after, "link": link}}


def row_error(error: ApiError, row: dict[str, Any], ids: Sequence[str] = ()) -> dict[str, Any]:
    """A refusal as one row of a 207, naming the caller's trace id and the record ids where known."""
    context: dict[str, list[str]] = {}
    if row.get("objectWriteTraceId"):
        context["objectWriteTraceId"] = [str(row["objectWriteTraceId"])]
    if ids:
        context["ids"] = list(ids)
    return error.row(context)
