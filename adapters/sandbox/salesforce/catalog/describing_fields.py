"""Fields in the words of describe (Object Reference, "Field").

Keys and what follows from a field's type are as recorded from an org of API version 59.0.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from adapters.sandbox.salesforce.catalog.model import Field

_BYTES_A_CHARACTER = 3
_DIGITS_OF_INT = 8
_SOAP_TYPES = {
    "id": "tns:ID",
    "reference": "tns:ID",
    "boolean": "xsd:boolean",
    "int": "xsd:int",
    "double": "xsd:double",
    "currency": "xsd:double",
    "percent": "xsd:double",
    "date": "xsd:date",
    "datetime": "xsd:dateTime",
    "address": "urn:address",
    "anyType": "xsd:anyType",
}
_NEVER_AGGREGATED = {"boolean", "address", "multipicklist", "anyType"}
_SINGLE_BYTE = {"id", "reference", "multipicklist"}

_SAME_FOR_ALL_FIELDS: Mapping[str, Any] = {
    "aiPredictionField": False,
    "autoNumber": False,
    "calculatedFormula": None,
    "cascadeDelete": False,
    "caseSensitive": False,
    "controllerName": None,
    "defaultValueFormula": None,
    "dependentPicklist": False,
    "deprecatedAndHidden": False,
    "displayLocationInDecimal": False,
    "encrypted": False,
    "filteredLookupInfo": None,
    "formulaTreatNullNumberAsZero": False,
    "highScaleNumber": False,
    "htmlFormatted": False,
    "mask": None,
    "maskType": None,
    "referenceTargetField": None,
    "relationshipOrder": None,
    "restrictedDelete": False,
    "searchPrefilterable": False,
    "writeRequiresMasterRead": False,
}


@lru_cache(maxsize=4096)
def describe_field(field: Field) -> Mapping[str, Any]:
    """A field as describe shows it; made once, since every sync asks for all fields."""
    facts = {
        "aggregatable": field.type not in _NEVER_AGGREGATED and field.filterable,
        "byteLength": field.length * (1 if field.type in _SINGLE_BYTE else _BYTES_A_CHARACTER),
        "calculated": field.calculated,
        "compoundFieldName": field.compound,
        "createable": field.createable,
        "custom": field.custom,
        "defaultValue": _default(field),
        "defaultedOnCreate": _defaulted(field),
        "digits": _DIGITS_OF_INT if field.type == "int" else 0,
        "externalId": field.external_id,
        "extraTypeInfo": _extra_type(field),
        "filterable": field.filterable,
        "groupable": field.groupable,
        "idLookup": field.names_records,
        "inlineHelpText": field.help,
        "label": field.label,
        "length": field.length,
        "name": field.name,
        "nameField": field.name_field,
        "namePointing": field.polymorphic,
        "nillable": field.nillable,
        "permissionable": field.permissionable,
        "picklistValues": [_value(each, field) for each in field.picklist],
        "polymorphicForeignKey": field.polymorphic,
        "precision": 0 if field.type == "int" else field.precision,
        "queryByDistance": field.type == "address",
        "referenceTo": list(field.reference_to),
        "relationshipName": field.relationship,
        "restrictedPicklist": field.restricted,
        "scale": field.scale,
        "soapType": _SOAP_TYPES.get(field.type, "xsd:string"),
        "sortable": field.sortable,
        "type": field.type,
        "unique": field.unique,
        "updateable": field.updateable,
    }
    return dict(sorted({**_SAME_FOR_ALL_FIELDS, **facts}.items()))


def _default(field: Field) -> Any:
    return bool(field.default) if field.type == "boolean" else field.default


def _defaulted(field: Field) -> bool:
    """Whether a new record gets a value by itself: from a default, or because the system sets it."""
    set_by_system = not (field.nillable or field.createable or field.name_field)
    return field.default is not None or field.name == "OwnerId" or set_by_system


def _extra_type(field: Field) -> str | None:
    if field.type == "textarea":
        return "plaintextarea"
    if field.compound == "Name" or (field.name_field and not field.createable and field.type == "string"):
        return "personname"
    return "imageurl" if field.name == "PhotoUrl" else None


def _value(value: str, field: Field) -> dict[str, Any]:
    return {"active": True, "defaultValue": value == field.default, "label": value, "validFor": None, "value": value}
