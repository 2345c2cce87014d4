"""The properties API: groups. Docs: "Properties"."""

from __future__ import annotations

from flask import Response

from adapters.sandbox.hub import hub
from adapters.sandbox.hubspot.answers import answer, nothing, only_texts, required, sent
from adapters.sandbox.hubspot.common import kind_of
from adapters.sandbox.hubspot.errors import exists_already, invalid, not_found
from adapters.sandbox.hubspot.gate import require_schemas
from adapters.sandbox.hubspot.kinds import Kind
from adapters.sandbox.hubspot.routes import api
from adapters.sandbox.hubspot.shape import complete_group
from adapters.sandbox.tables.definitions import Definition


@api.get("/crm/v3/properties/<type>/groups")
def list_groups(type: str) -> Response:
    """Every property group of a kind."""
    kind = kind_of(type)
    require_schemas(kind, "read")
    return answer({"results": [one for one in hub().store.definitions.groups(kind).values() if not one["archived"]]})


@api.post("/crm/v3/properties/<type>/groups")
def create_group(type: str) -> Response:
    """A property group. 409 when it exists."""
    kind = kind_of(type)
    require_schemas(kind, "write")
    body = sent()
    required(body, "name", "label")
    only_texts(body, "name", "label")
    if _group(kind, str(body["name"])) is not None:
        raise exists_already(f"A property group named '{body['name']}' already exists.")
    group = complete_group(body)
    hub().store.definitions.put_groups(kind, [group])
    return answer(group, 201)


@api.get("/crm/v3/properties/<type>/groups/<name>")
def read_group(type: str, name: str) -> Response:
    """One group."""
    kind = kind_of(type)
    require_schemas(kind, "read")
    return answer(_live_group(kind, name))


@api.patch("/crm/v3/properties/<type>/groups/<name>")
def update_group(type: str, name: str) -> Response:
    """Changes a group's label and place."""
    kind = kind_of(type)
    require_schemas(kind, "write")
    given = sent()
    only_texts(given, "label")
    new = _live_group(kind, name) | {key: given[key] for key in ("label", "displayOrder") if given.get(key) is not None}
    hub().store.definitions.put_groups(kind, [new])
    return answer(new)


@api.delete("/crm/v3/properties/<type>/groups/<name>")
def archive_group(type: str, name: str) -> Response:
    """Puts a group into the bin. Groups with properties stay."""
    kind = kind_of(type)
    require_schemas(kind, "write")
    if any(one["groupName"] == name and not one["archived"] for one in hub().store.definitions.of(kind).values()):
        raise invalid(f"Property group '{name}' still holds properties")
    hub().store.definitions.put_groups(kind, [_live_group(kind, name) | {"archived": True}])
    return nothing()


def _group(kind: Kind, name: str) -> Definition | None:
    found = hub().store.definitions.groups(kind).get(name)
    return None if found is None or found["archived"] else found


def _live_group(kind: Kind, name: str) -> Definition:
    found = _group(kind, name)
    if found is None:
        raise not_found(f"Property group '{name}' does not exist")
    return found
