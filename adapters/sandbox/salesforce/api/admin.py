"""Control routes of the Salesforce side under ``/_sandbox/salesforce``: what an admin or a rep does on screen.

No token; the server listens on loopback. Lead conversion, for one, has no REST call at Salesforce. Every body may name
the user as whom it is done (``user_id``); the integration user otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response

from adapters.sandbox.salesforce import dml
from adapters.sandbox.salesforce.api.answers import answer, sent_object
from adapters.sandbox.salesforce.api.routes import refused
from adapters.sandbox.salesforce.api.writing import shown
from adapters.sandbox.salesforce.catalog import SObject
from adapters.sandbox.salesforce.dml import RowResult, Rule
from adapters.sandbox.salesforce.errors import ApiError, bad_json, invalid_type, row_refused
from adapters.sandbox.salesforce.hub import hub
from adapters.sandbox.salesforce.ids import prefix_of, to18

admin = Blueprint("salesforce_admin", __name__, url_prefix="/_sandbox/salesforce")
admin.register_error_handler(ApiError, refused)


@admin.post("/convert")
def convert() -> Response:
    """Converts a lead: ``{"id", "account_id", "contact_id", "opportunity_name"}``, the last three optional."""
    body = sent_object()
    given = {key: body.get(key) for key in ("account_id", "contact_id", "opportunity_name")}
    result = dml.convert_lead(hub().org, _user(body), _id(body, "id"), **given)
    if not result.success:
        raise row_refused(result.errors[0])
    names = ("account_id", "contact_id", "opportunity_id")
    return answer({"lead_id": result.id} | {name: getattr(result, name) for name in names})


@admin.post("/merge")
def merge() -> Response:
    """Merges one or two records into another: ``{"master_id", "ids": []}``."""
    body = sent_object()
    master = _id(body, "master_id")
    return _told([dml.merge(hub().org, _user(body), _object(master).name, master, _ids(body))])


@admin.post("/delete")
def delete() -> Response:
    """Puts records of one object into the recycle bin: ``{"ids": []}``."""
    body = sent_object()
    ids = _ids(body)
    return _told(dml.delete(hub().org, _user(body), _object(ids[0]).name, ids, auto_assign=False))


@admin.post("/undelete")
def undelete() -> Response:
    """Takes records of one object out of the recycle bin: ``{"ids": []}``."""
    body = sent_object()
    ids = _ids(body)
    return _told(dml.undelete(hub().org, _user(body), _object(ids[0]).name, ids))


@admin.post("/purge")
def purge() -> Response:
    """Empties records out of the recycle bin: ``{"ids": []}``."""
    return answer({"ids": dml.purge(hub().org, _ids(sent_object()))})


@admin.post("/hide")
def hide() -> Response:
    """Hides a field, or an object when none is named, from everybody: ``{"sobject", "field"}``."""
    body = sent_object()
    name, field = _text(body, "sobject"), body.get("field")
    if field is None:
        hub().org.hide_object(name)
    else:
        hub().org.hide(name, str(field))
    return answer({"hidden": sorted(hub().org.hidden)})


@admin.post("/show")
def show() -> Response:
    """Ends ``hide``."""
    body = sent_object()
    name, field = _text(body, "sobject"), body.get("field")
    if field is None:
        hub().org.show_object(name)
    else:
        hub().org.show(name, str(field))
    return answer({"hidden": sorted(hub().org.hidden)})


@admin.post("/lock")
def lock() -> Response:
    """Holds the rows of ``ids`` as another transaction would, until ``unlock``."""
    hub().org.locked |= set(_ids(sent_object()))
    return answer({"locked": sorted(hub().org.locked)})


@admin.post("/unlock")
def unlock() -> Response:
    """Lets go of ``ids``, or of every row when none is named."""
    body = sent_object()
    hub().org.locked -= set(_ids(body)) if body.get("ids") else set(hub().org.locked)
    return answer({"locked": sorted(hub().org.locked)})


@admin.post("/rule")
def rule() -> Response:
    """A validation rule: no record of ``sobject`` is saved while ``field`` is empty. ``"off": true`` ends it."""
    body = sent_object()
    sobject, field = hub().org.catalog.object(_text(body, "sobject")), _text(body, "field")
    found = None if sobject is None else sobject.field(field)
    if sobject is None or found is None:
        raise invalid_type(f"{body['sobject']}.{field}")
    name, column = f"{sobject.name}.{found.name}", found.name
    hub().org.rules.pop(name, None)
    if not body.get("off"):
        message = str(body.get("message", f"{found.label} is required before the record can be saved"))
        hub().org.rules[name] = Rule(sobject.name, lambda row: not row.get(column), message, column)
    return answer({"rules": sorted(hub().org.rules)})


@admin.post("/user")
def user() -> Response:
    """Changes a user as an admin does: ``{"id", "fields": {"IsActive": false}}``; without an id, makes one."""
    body = sent_object()
    fields = dict(body.get("fields") or {})
    if "id" in body:
        row = fields | {"Id": _id(body, "id")}
        return _told(dml.update(hub().org, _user(body), "User", [row], auto_assign=False))
    return _told(dml.insert(hub().org, _user(body), "User", [fields], auto_assign=False))


def _told(results: Sequence[RowResult]) -> Response:
    good = all(result.success for result in results)
    return answer([shown(result) for result in results], 200 if good else 400)


def _user(body: dict[str, Any]) -> str:
    return _id(body, "user_id") if "user_id" in body else hub().user_id


def _text(body: dict[str, Any], key: str) -> str:
    value = body.get(key)
    if not isinstance(value, str) or not value:
        raise bad_json(f"{key} is missing")
    return value


def _id(body: dict[str, Any], key: str) -> str:
    found = to18(_text(body, key))
    if found is None:
        raise ApiError(400, "MALFORMED_ID", f"malformed id {body[key]}")
    return found


def _ids(body: dict[str, Any]) -> list[str]:
    given = body.get("ids")
    if not isinstance(given, list) or not given:
        raise bad_json("ids must be a list of ids")
    found = [to18(str(each)) for each in given]
    if None in found:
        raise ApiError(400, "MALFORMED_ID", f"malformed id in {', '.join(map(str, given))}")
    return [each for each in found if each]


def _object(id: str) -> SObject:
    found = hub().org.catalog.by_prefix(prefix_of(id))
    if found is None:
        raise ApiError(400, "MALFORMED_ID", f"no object has ids like {id}")
    return found
