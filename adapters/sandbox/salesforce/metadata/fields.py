"""Custom fields of metadata as fields of the org's catalog."""

from __future__ import annotations

import zlib
from dataclasses import replace
from typing import Any

from adapters.sandbox.salesforce.catalog import Field, make_field
from adapters.sandbox.salesforce.ids import make_id
from adapters.sandbox.salesforce.metadata.specs import DESCRIBED, LISTS, NUMERIC, FieldSpec


def made_field(spec: FieldSpec, before: Field | None) -> Field:
    """The catalog's field for a faultless description; one that exists keeps what a deploy cannot change."""
    facts: dict[str, Any] = {
        "label": spec.text("label"),
        "custom": True,
        "nillable": not spec.flag("required"),
        "permissionable": not spec.flag("required"),
        "unique": spec.flag("unique"),
        "external_id": spec.flag("externalId"),
        "id_lookup": spec.flag("externalId"),
        "help": spec.text("inlineHelpText") or None,
    }
    facts |= _by_type(spec)
    made = make_field(spec.name, DESCRIBED[spec.type], **facts)
    return made if before is None else replace(made, name=before.name)


def field_id(full_name: str) -> str:
    """The id of a custom field, 00N: the same as long as its name is."""
    return make_id("00N", zlib.crc32(full_name.lower().encode()))


def _by_type(spec: FieldSpec) -> dict[str, Any]:
    if spec.type in NUMERIC:
        return {"precision": spec.number("precision"), "scale": spec.number("scale")}
    if spec.type in LISTS:
        return {"picklist": spec.values, "restricted": spec.restricted}
    if spec.type == "Checkbox":
        return {"nillable": False, "permissionable": True, "default": int(spec.flag("defaultValue"))}
    length = spec.number("length")
    return {} if length is None else {"length": length}
