"""Property and group definitions: filling what a caller left out, and refusing what cannot be.

Docs: "Properties" (types and field types), and a recorded answer to a creation.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from adapters.sandbox.hubspot.errors import ApiError, invalid
from adapters.sandbox.hubspot.times import iso
from adapters.sandbox.tables.definitions import Definition

FIELD_TYPES = {
    "bool": {"booleancheckbox", "calculation_equation"},
    "enumeration": {"select", "radio", "checkbox", "booleancheckbox", "calculation_equation"},
    "number": {"number", "calculation_equation"},
    "string": {"text", "textarea", "html", "phonenumber", "file", "calculation_equation"},
    "date": {"date"},
    "datetime": {"date"},
}
_NAME = re.compile(r"[a-z][a-z0-9_]{0,99}")
_BOOLEAN_OPTIONS = (("True", "true"), ("False", "false"))
_CHANGEABLE = (
    "label",
    "description",
    "groupName",
    "type",
    "fieldType",
    "options",
    "displayOrder",
    "hidden",
    "formField",
)


def complete(given: Mapping[str, Any], now_ms: int, *, vendor_defined: bool = False) -> Definition:
    """A definition with everything the API shows, from what somebody gave."""
    read_only = bool(given.get("readOnlyValue"))
    definition: Definition = {
        "updatedAt": iso(now_ms),
        "createdAt": iso(now_ms),
        "name": given["name"],
        "label": given.get("label") or given["name"],
        "type": given["type"],
        "fieldType": given["fieldType"],
        "description": given.get("description") or "",
        "groupName": given["groupName"],
        "options": _options(given),
        "displayOrder": given.get("displayOrder", -1),
        "calculated": bool(given.get("calculated", False)),
        "externalOptions": bool(given.get("externalOptions", False)),
        "archived": False,
        "hasUniqueValue": bool(given.get("hasUniqueValue", False)),
        "hidden": bool(given.get("hidden", False)),
        "modificationMetadata": given.get("modificationMetadata")
        or {
            "archivable": not vendor_defined,
            "readOnlyDefinition": vendor_defined,
            "readOnlyOptions": vendor_defined and read_only,
            "readOnlyValue": read_only,
        },
        "formField": bool(given.get("formField", False)),
        "dataSensitivity": given.get("dataSensitivity") or "non_sensitive",
    }
    if vendor_defined:
        definition["hubspotDefined"] = True
    if given.get("referencedObjectType"):
        definition["referencedObjectType"] = given["referencedObjectType"]
    return definition


def complete_group(given: Mapping[str, Any]) -> Definition:
    """A group with everything the API shows."""
    label = given.get("label") or given["name"]
    return {"name": given["name"], "label": label, "displayOrder": given.get("displayOrder", -1), "archived": False}


def creatable(given: Mapping[str, Any], groups: Mapping[str, Definition]) -> ApiError | None:
    """The 400 for a property that cannot be created; None when it can."""
    name, kept_as, field_type = str(given.get("name")), given.get("type"), given.get("fieldType")
    if not _NAME.fullmatch(name) or name.startswith("hs_"):
        return invalid(
            f"Property name {name!r} is not valid: lower-case letters, digits and underscores, a letter first, "
            "at most 100 of them, and not the prefix hs_"
        )
    if kept_as not in FIELD_TYPES or field_type not in FIELD_TYPES[kept_as]:
        return invalid(f"Property field type '{field_type}' is not valid for type '{kept_as}'")
    if str(given.get("groupName")) not in groups or groups[str(given["groupName"])]["archived"]:
        return invalid(f"Property group '{given.get('groupName')}' does not exist")
    return _bad_options(given)


def changed(old: Definition, given: Mapping[str, Any], now_ms: int) -> Definition:
    """A definition after a PATCH."""
    new = old | {key: given[key] for key in _CHANGEABLE if given.get(key) is not None}
    new["options"] = _options(new)
    return new | {"updatedAt": iso(now_ms)}


def _bad_options(given: Mapping[str, Any]) -> ApiError | None:
    options = given.get("options") or []
    if given["type"] == "enumeration" and not options and not given.get("externalOptions"):
        return invalid(f"Property '{given['name']}' of type enumeration needs at least one option")
    for key in ("label", "value"):
        seen = [str(option[key]) for option in options]
        if len(set(seen)) != len(seen):
            return invalid(f"Property options must have unique {key}s", options=seen)
    return None


def _options(given: Mapping[str, Any]) -> list[dict[str, Any]]:
    options = given.get("options") or []
    if given["type"] == "bool" and not options:
        options = [{"label": label, "value": value} for label, value in _BOOLEAN_OPTIONS]
    return [
        {
            "label": option["label"],
            "value": str(option["value"]),
            "displayOrder": option.get("displayOrder", place),
            "hidden": bool(option.get("hidden", False)),
            "description": option.get("description") or "",
        }
        for place, option in enumerate(options)
    ]
