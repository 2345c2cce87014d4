"""The properties API: definitions. Docs: "Properties"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response

from adapters.sandbox.hub import hub
from adapters.sandbox.hubspot.answers import (
    answer,
    flag_in_query,
    mappings_in,
    nothing,
    only_texts,
    required,
    sent,
)
from adapters.sandbox.hubspot.common import batch_answer, batch_inputs, kind_of, row_error
from adapters.sandbox.hubspot.errors import ApiError, exists_already, invalid, not_found
from adapters.sandbox.hubspot.gate import require_schemas
from adapters.sandbox.hubspot.kinds import Kind
from adapters.sandbox.hubspot.routes import api
from adapters.sandbox.hubspot.shape import changed, complete, creatable
from adapters.sandbox.hubspot.times import iso
from adapters.sandbox.hubspot.tokens import USER_ID
from adapters.sandbox.tables.definitions import Definition

CUSTOM_MOST = 1_000
_REQUIRED = ("name", "label", "type", "fieldType", "groupName")


@api.get("/crm/v3/properties/<type>")
def list_properties(type: str) -> Response:
    """Every property of a kind, without paging."""
    kind = kind_of(type)
    require_schemas(kind, "read")
    archived = flag_in_query("archived")
    return answer({"results": [one for one in _all(kind).values() if one["archived"] == archived]})


@api.get("/crm/v3/properties/<type>/<name>")
def read_property(type: str, name: str) -> Response:
    """One property."""
    kind = kind_of(type)
    require_schemas(kind, "read")
    found = _all(kind).get(name)
    if found is None or found["archived"] != flag_in_query("archived"):
        raise _unknown(kind, name)
    return answer(found)


@api.post("/crm/v3/properties/<type>")
def create_property(type: str) -> Response:
    """A property of the account's own. 409 when it exists."""
    kind = kind_of(type)
    require_schemas(kind, "write")
    return answer(_created(kind, sent()), 201)


@api.patch("/crm/v3/properties/<type>/<name>")
def update_property(type: str, name: str) -> Response:
    """Changes a property's label, options and the like; its name stays."""
    kind = kind_of(type)
    require_schemas(kind, "write")
    old = _live(kind, name)
    if old["modificationMetadata"]["readOnlyDefinition"]:
        raise invalid(f"Property {name} is defined by HubSpot; its definition cannot be changed")
    given = sent()
    _well_formed(given)
    new = changed(old, given, hub().settings.now_ms())
    hub().store.definitions.put(kind, [new])
    return answer(new)


@api.delete("/crm/v3/properties/<type>/<name>")
def archive_property(type: str, name: str) -> Response:
    """Puts a property into the bin; its values stay, unseen."""
    kind = kind_of(type)
    require_schemas(kind, "write")
    _archive(kind, name)
    return nothing()


@api.post("/crm/v3/properties/<type>/batch/read")
def batch_read_properties(type: str) -> Response:
    """Properties by name."""
    kind = kind_of(type)
    require_schemas(kind, "read")
    body = sent()
    archived = bool(body.get("archived", False))
    names = [str(row.get("name")) for row in batch_inputs(body)]
    found = [_all(kind)[name] for name in names if name in _all(kind) and _all(kind)[name]["archived"] == archived]
    missing = [name for name in names if name not in {one["name"] for one in found}]
    errors = [row_error(_unknown(kind, name), {}, [name]) for name in missing]
    return answer(*batch_answer(found, errors, 200))


@api.post("/crm/v3/properties/<type>/batch/create")
def batch_create_properties(type: str) -> Response:
    """Several properties; those that cannot be created are named one by one in a 207."""
    kind = kind_of(type)
    require_schemas(kind, "write")
    made: list[Definition] = []
    errors: list[dict[str, Any]] = []
    for row in batch_inputs(sent()):
        try:
            made.append(_created(kind, row))
        except ApiError as error:
            errors.append(error.row({"name": [str(row.get("name"))]}))
    return answer(*batch_answer(made, errors, 201))


@api.post("/crm/v3/properties/<type>/batch/archive")
def batch_archive_properties(type: str) -> Response:
    """Puts several properties into the bin."""
    kind = kind_of(type)
    require_schemas(kind, "write")
    for row in batch_inputs(sent()):
        _archive(kind, str(row.get("name")))
    return nothing()


def _all(kind: Kind) -> Mapping[str, Definition]:
    return hub().store.definitions.of(kind)


def _live(kind: Kind, name: str) -> Definition:
    found = hub().store.definitions.live(kind, name)
    if found is None:
        raise _unknown(kind, name)
    return found


def _created(kind: Kind, given: dict[str, Any]) -> Definition:
    required(given, *_REQUIRED)
    _well_formed(given)
    if hub().store.definitions.live(kind, given["name"]) is not None:
        raise exists_already(f"A property named '{given['name']}' already exists.")
    problem = creatable(given, hub().store.definitions.groups(kind))
    if problem is not None:
        raise problem
    user = {"createdUserId": str(USER_ID), "updatedUserId": str(USER_ID)}
    definition = complete(given, hub().settings.now_ms()) | user
    hub().store.definitions.put(kind, [definition])
    return definition


def _well_formed(given: Mapping[str, Any]) -> None:
    only_texts(given, "name", "label", "type", "fieldType", "groupName", "description")
    for option in mappings_in(given, "options"):
        required(option, "label", "value")
        only_texts(option, "label", "description")


def _archive(kind: Kind, name: str) -> None:
    found = _live(kind, name)
    if not found["modificationMetadata"]["archivable"]:
        raise invalid(f"Property {name} is defined by HubSpot and cannot be archived")
    stamp = {"archived": True, "archivedAt": iso(hub().settings.now_ms())}
    hub().store.definitions.put(kind, [found | stamp])


def _unknown(kind: Kind, name: str) -> ApiError:
    return not_found(f"Property {name} does not exist for {kind.type_id}")
