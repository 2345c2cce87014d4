"""Custom fields as readMetadata tells them: the way back from the catalog to the Metadata API's words.

The order of the elements is that of the WSDL, because clients made from it insist on it.
"""

from __future__ import annotations

from typing import Any

from adapters.sandbox.salesforce.catalog import Field
from adapters.sandbox.salesforce.catalog.model import SHORT_TEXT
from adapters.sandbox.salesforce.metadata.specs import DESCRIBED, LENGTHS, LISTS, LONG, NUMERIC

_INSTANCE = "{http://www.w3.org/2001/XMLSchema-instance}"
_TYPES = {described: name for name, described in DESCRIBED.items() if described != "textarea"}
_VISIBLE_LINES = {**dict.fromkeys(LONG, 3), "MultiselectPicklist": 4}
"""How tall a field is on screen; the catalog does not keep what was deployed."""


def record(full_name: str, field: Field | None) -> dict[str, Any]:
    """A record of a ReadResult; nil for what is no custom field, as the vendor answers.

    Rich text comes back as LongTextArea: describe calls both textarea.
    """
    kind = _kind(field) if field is not None and field.custom else None
    if field is None or kind is None:
        return {f"@{_INSTANCE}nil": "true"}
    told = {"fullName": full_name} | dict(sorted(_facts(field, kind).items()))
    return {f"@{_INSTANCE}type": "CustomField"} | told


def _kind(field: Field) -> str | None:
    if field.type == "textarea":
        return "LongTextArea" if field.length > SHORT_TEXT else "TextArea"
    return _TYPES.get(field.type)


def _facts(field: Field, kind: str) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "externalId": field.external_id,
        "inlineHelpText": field.help,
        "label": field.label,
        "type": kind,
        "visibleLines": _VISIBLE_LINES.get(kind),
    }
    if kind == "Checkbox":
        return facts | {"defaultValue": bool(field.default)}
    if kind in LENGTHS:
        facts |= {"length": field.length}
    if kind in NUMERIC:
        facts |= {"precision": field.precision, "scale": field.scale}
    if kind in LISTS:
        facts |= {"valueSet": _value_set(field)}
    return facts | {"required": not field.nillable, "unique": field.unique}


def _value_set(field: Field) -> dict[str, Any]:
    values = [{"fullName": each, "default": False, "label": each} for each in field.picklist]
    return {"restricted": field.restricted, "valueSetDefinition": {"sorted": False, "value": values}}
