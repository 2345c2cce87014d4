"""Single records: list, read, create, update, archive. Docs: "Using object APIs"."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from adapters.sandbox.hub import hub
from adapters.sandbox.hubspot.answers import (
    answer,
    flag_in_query,
    mapping_in,
    mappings_in,
    names_in_query,
    nothing,
    number_in_query,
    required,
    sent,
)
from adapters.sandbox.hubspot.checking import checked_values, missing_for_creation, taken
from adapters.sandbox.hubspot.common import find_by, find_live, integration, kind_of, next_page, number_of
from adapters.sandbox.hubspot.errors import invalid, not_found
from adapters.sandbox.hubspot.gate import require_records
from adapters.sandbox.hubspot.kinds import Kind
from adapters.sandbox.hubspot.rejecting import refuse_on_demand
from adapters.sandbox.hubspot.rendering import View, inline_ties, kinds_named, written
from adapters.sandbox.hubspot.routes import api
from adapters.sandbox.hubspot.ties import ties_to_create
from adapters.sandbox.hubspot.writing import NewRecord, apply, archive, create
from adapters.sandbox.tables.objects import StoredObject

LIST_DEFAULT, LIST_MOST, LIST_MOST_WITH_HISTORY = 10, 100, 50


@api.get("/crm/v3/objects/<type>")
def list_records(type: str) -> Response:
    """A page of records by ascending id: strongly consistent and without a ceiling, unlike search."""
    kind = kind_of(type)
    require_records(kind, "read")
    history = names_in_query("propertiesWithHistory")
    limit = number_in_query("limit", LIST_DEFAULT, LIST_MOST_WITH_HISTORY if history else LIST_MOST)
    start = number_of(request.args.get("after") or "0")
    if start is None:
        raise invalid("The cursor given in 'after' is not valid")
    found = hub().store.objects.page(kind, start, limit + 1, archived=flag_in_query("archived"))
    view = View(hub().store, kind, names_in_query("properties"), history)
    body: dict[str, Any] = {"results": _with_ties(kind, found[:limit], view.show_all(found[:limit]))}
    if len(found) > limit:
        body["paging"] = next_page(str(found[limit].id))
    return answer(body)


@api.get("/crm/v3/objects/<type>/<id>")
def read_record(type: str, id: str) -> Response:
    """One record by id or by a unique property. A merged-away id leads to the winner."""
    kind = kind_of(type)
    require_records(kind, "read")
    item = _archived(kind, id) if flag_in_query("archived") else _live(kind, id)
    view = View(hub().store, kind, names_in_query("properties"), names_in_query("propertiesWithHistory"))
    return answer(_with_ties(kind, [item], view.show_all([item]))[0])


@api.post("/crm/v3/objects/<type>")
def create_record(type: str) -> Response:
    """Creates one record, with ties to others."""
    kind = kind_of(type)
    require_records(kind, "write")
    body = sent()
    required(body, "properties")
    values = checked_values(hub().store, kind, mapping_in(body, "properties"))
    with hub().store.database.alone():
        problem = missing_for_creation(kind, values) or taken(hub().store, kind, values)
        if problem is not None:
            raise problem
        ties = ties_to_create(kind, mappings_in(body, "associations"))
        made = create(hub().store, kind, [NewRecord(values, ties)], integration())[0]
    return answer(written(hub().store, kind, [(made, made.properties)])[0], 201)


@api.patch("/crm/v3/objects/<type>/<id>")
def update_record(type: str, id: str) -> Response:
    """Changes properties of one record; the answer shows what was written, not the whole record."""
    kind = kind_of(type)
    require_records(kind, "write")
    body = sent()
    required(body, "properties")
    with hub().store.database.alone():
        item = _live(kind, id)
        values = checked_values(hub().store, kind, mapping_in(body, "properties"))
        problem = refuse_on_demand(str(item.id)) or taken(hub().store, kind, values, item.id)
        if problem is not None:
            raise problem
        changed = apply(hub().store, kind, [(item, values)], integration())[item.id]
    return answer(written(hub().store, kind, [(changed, values)])[0])


@api.delete("/crm/v3/objects/<type>/<id>")
def archive_record(type: str, id: str) -> Response:
    """Puts a record into the bin; 204 even for an id nobody knows."""
    kind = kind_of(type)
    require_records(kind, "write")
    archive(hub().store, kind, [item.id for item in find_live(kind, [id]).values()], integration())
    return nothing()


def _live(kind: Kind, id: str) -> StoredObject:
    unique = request.args.get("idProperty", "hs_object_id")
    found = find_by(kind, unique, [id])
    if id not in found:
        raise not_found()
    return found[id]


def _archived(kind: Kind, id: str) -> StoredObject:
    number = number_of(id)
    item = None if number is None else hub().store.objects.get(kind, number)
    if item is None or item.archived_ms is None:
        raise not_found()
    return item


def _with_ties(kind: Kind, items: list[StoredObject], shown: list[dict[str, Any]]) -> list[dict[str, Any]]:
    others = kinds_named(names_in_query("associations"))
    ties = inline_ties(hub().store, kind, others, [item.id for item in items]) if others else {}
    for item, body in zip(items, shown, strict=True):
        if item.id in ties:
            body["associations"] = ties[item.id]
    return shown
