"""Custom fields as metadata describes them, from XML (deploy) or JSON (Tooling API), and what is wrong with them.

Messages follow the Metadata API's; source of the rules: Metadata API Developer Guide, "CustomField".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

from adapters.sandbox.salesforce.metadata.elements import unknown_elements
from adapters.sandbox.salesforce.xml import local

DESCRIBED = {
    "Checkbox": "boolean",
    "Currency": "currency",
    "Date": "date",
    "DateTime": "datetime",
    "Email": "email",
    "Html": "textarea",
    "LongTextArea": "textarea",
    "MultiselectPicklist": "multipicklist",
    "Number": "double",
    "Percent": "percent",
    "Phone": "phone",
    "Picklist": "picklist",
    "Text": "string",
    "TextArea": "textarea",
    "Url": "url",
}
"""The types this sandbox can create, and what describe calls them."""
NUMERIC, LONG, LISTS = ("Number", "Currency", "Percent"), ("LongTextArea", "Html"), ("Picklist", "MultiselectPicklist")
LENGTHS = {"Text": (1, 255), "LongTextArea": (256, 131_072), "Html": (256, 131_072)}
_NAME = re.compile(r"[A-Za-z](?!\w*__\w*__c)\w*(?<!_)__c")
_NAME_MOST = 40


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """A custom field as described. `metadata` holds the values by the names of the Metadata API."""

    sobject: str
    name: str
    metadata: Mapping[str, Any]

    @property
    def full_name(self) -> str:
        """Object and field, "Lead.Lead_Score__c"."""
        return f"{self.sobject}.{self.name}"

    @property
    def type(self) -> str:
        """The metadata type, "LongTextArea"."""
        return str(self.metadata.get("type") or "")

    def text(self, key: str) -> str:
        """A value as text, "" when absent."""
        value = self.metadata.get(key)
        return "" if value is None else str(value)

    def flag(self, key: str) -> bool:
        """A value as yes or no."""
        return self.text(key).lower() == "true"

    def number(self, key: str) -> int | None:
        """A value as a whole number; None when absent or none."""
        return int(self.text(key)) if self.text(key).isdigit() else None

    @property
    def restricted(self) -> bool:
        """Whether a picklist takes only its own values."""
        return str(_mapping(self.metadata.get("valueSet")).get("restricted", "")).lower() == "true"

    @property
    def values(self) -> tuple[str, ...]:
        """The values of a picklist, active ones only, in order."""
        listed = _mapping(_mapping(self.metadata.get("valueSet")).get("valueSetDefinition")).get("value") or []
        entries = [_mapping(each) for each in (listed if isinstance(listed, list) else [listed])]
        active = [each for each in entries if str(each.get("isActive", "true")).lower() != "false"]
        return tuple(str(each.get("fullName") or each.get("valueName") or "") for each in active)


def as_mapping(element: Element) -> dict[str, Any]:
    """An element of metadata as JSON has it: repeated children become lists, leaves text."""
    made: dict[str, Any] = {}
    for each in element:
        value = as_mapping(each) if len(each) else (each.text or "").strip()
        name = local(each)
        if name in made:
            earlier = made[name]
            made[name] = [*(earlier if isinstance(earlier, list) else [earlier]), value]
        else:
            made[name] = value
    return made


def problems(spec: FieldSpec) -> Iterator[str]:
    """Everything wrong with a field by itself."""
    yield from unknown_elements(spec.metadata)
    if not _NAME.fullmatch(spec.name) or len(spec.name) - 3 > _NAME_MOST:
        yield (
            "The Custom Field API Name can only contain underscores and alphanumeric characters. It must be unique, "
            "begin with a letter, not include spaces, not end with an underscore, not contain two consecutive "
            f"underscores, and end in __c: {spec.name}"
        )
    if not spec.text("label"):
        yield "Required field is missing: label"
    if not spec.type:
        yield "Must specify a non-empty type for the CustomField"
    elif spec.type not in DESCRIBED:
        yield f"'{spec.type}' is not a valid value for the enum 'FieldType'"
    else:
        yield from _size_problems(spec)
        yield from _list_problems(spec)


def _size_problems(spec: FieldSpec) -> Iterator[str]:
    length = spec.number("length")
    if spec.type in LENGTHS:
        least, most = LENGTHS[spec.type]
        if length is None:
            yield f"Must specify 'length' for a CustomField of type {spec.type}"
        elif not least <= length <= most:
            yield f"'length' must be between {least} and {most} for a CustomField of type {spec.type}"
    elif length is not None:
        yield f"Can not specify 'length' for a CustomField of type {spec.type}"
    if spec.type in (*LONG, "MultiselectPicklist") and spec.number("visibleLines") is None:
        yield f"Must specify 'visibleLines' for a CustomField of type {spec.type}"
    if spec.type == "Checkbox" and spec.text("defaultValue").lower() not in ("true", "false"):
        yield "Must specify 'defaultValue' as true or false for a CustomField of type Checkbox"
    yield from _digit_problems(spec)


def _digit_problems(spec: FieldSpec) -> Iterator[str]:
    precision, scale = spec.number("precision"), spec.number("scale")
    if spec.type not in NUMERIC:
        if spec.text("precision"):
            yield f"Can not specify 'precision' for a CustomField of type {spec.type}"
        return
    if precision is None or scale is None:
        yield f"Must specify 'precision' and 'scale' for a CustomField of type {spec.type}"
    elif not 1 <= precision <= 18:
        yield "Sum of the length and decimal places must be an integer less than or equal to 18"
    elif scale > precision:
        yield "'scale' must not be greater than 'precision'"


def _list_problems(spec: FieldSpec) -> Iterator[str]:
    if spec.type not in LISTS:
        if "valueSet" in spec.metadata:
            yield f"Can not specify 'valueSet' for a CustomField of type {spec.type}"
        return
    if not spec.values:
        yield f"Must specify 'valueSet' for a CustomField of type {spec.type}"
    seen: set[str] = set()
    for value in spec.values:
        if value.lower() in seen:
            yield f"Duplicate label: {value}"
        seen.add(value.lower())


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
