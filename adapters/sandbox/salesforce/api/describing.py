"""Objects and fields in the words of describe (Object Reference, "DescribeSObjectResult" and "Field")."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from adapters.sandbox.salesforce.api.finding import is_lookup
from adapters.sandbox.salesforce.catalog import Child, Field, SObject

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
    "time": "xsd:time",
    "base64": "xsd:base64Binary",
    "address": "urn:address",
    "anyType": "xsd:anyType",
}
_UNCHANGING: dict[str, Any] = {
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
    "extraTypeInfo": None,
    "filteredLookupInfo": None,
    "formulaTreatNullNumberAsZero": False,
    "highScaleNumber": False,
    "htmlFormatted": False,
    "mask": None,
    "maskType": None,
    "queryByDistance": False,
    "referenceTargetField": None,
    "relationshipOrder": None,
    "restrictedDelete": False,
    "searchPrefilterable": False,
    "writeRequiresMasterRead": False,
}
"""What is the same for every field of this sandbox."""
_BYTES_A_CHARACTER = 3


def summary(sobject: SObject, version: str) -> dict[str, Any]:
    """An object as the list of all objects shows it."""
    return {
        "activateable": False,
        "associateEntityType": None,
        "associateParentEntity": None,
        "createable": sobject.createable,
        "custom": sobject.name.endswith("__c"),
        "customSetting": False,
        "deepCloneable": False,
        "deletable": sobject.deletable,
        "deprecatedAndHidden": False,
        "feedEnabled": False,
        "hasSubtypes": False,
        "isInterface": False,
        "isSubtype": False,
        "keyPrefix": sobject.prefix or None,
        "label": sobject.label,
        "labelPlural": sobject.label_plural,
        "layoutable": sobject.layoutable,
        "mergeable": sobject.mergeable,
        "mruEnabled": sobject.layoutable,
        "name": sobject.name,
        "queryable": sobject.queryable,
        "replicateable": sobject.replicateable,
        "retrieveable": True,
        "searchable": sobject.searchable,
        "triggerable": sobject.layoutable,
        "undeletable": sobject.undeletable,
        "updateable": sobject.updateable,
        "urls": _paths(sobject.name, version),
    }


def described(sobject: SObject, visible: Iterable[str], version: str) -> dict[str, Any]:
    """An object with the fields this user sees, its picklists and its children among the `visible` objects."""
    names = {name.lower() for name in visible}
    return summary(sobject, version) | {
        "actionOverrides": [],
        "childRelationships": [_child(each) for each in sobject.children if each.sobject.lower() in names],
        "compactLayoutable": sobject.layoutable,
        "defaultImplementation": None,
        "extendedBy": None,
        "extendsInterfaces": None,
        "fields": [_field(each) for each in sobject.fields.values()],
        "implementedBy": None,
        "implementsInterfaces": None,
        "listviewable": None,
        "lookupLayoutable": None,
        "namedLayoutInfos": [],
        "networkScopeFieldName": None,
        "recordTypeInfos": [],
        "searchLayoutable": sobject.searchable,
        "sobjectDescribeOption": "FULL",
        "supportedScopes": [{"label": f"All {sobject.label_plural.lower()}", "name": "everything"}],
    }


def _field(field: Field) -> dict[str, Any]:
    facts = {
        "aggregatable": field.type not in ("boolean", "address") and field.filterable,
        "byteLength": field.length * (1 if field.type in ("id", "reference") else _BYTES_A_CHARACTER),
        "calculated": field.calculated,
        "compoundFieldName": field.compound,
        "createable": field.createable,
        "custom": field.custom,
        "defaultValue": _default(field),
        "defaultedOnCreate": field.default is not None or (not field.nillable and not field.createable),
        "digits": field.precision if field.type == "int" else 0,
        "externalId": field.external_id,
        "filterable": field.filterable,
        "groupable": field.groupable,
        "idLookup": is_lookup(field),
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
    return dict(sorted((_UNCHANGING | facts).items()))


def _default(field: Field) -> Any:
    return bool(field.default) if field.type == "boolean" else field.default


def _value(value: str, field: Field) -> dict[str, Any]:
    return {"active": True, "defaultValue": value == field.default, "label": value, "validFor": None, "value": value}


def _child(child: Child) -> dict[str, Any]:
    return {
        "cascadeDelete": child.cascade,
        "childSObject": child.sobject,
        "deprecatedAndHidden": False,
        "field": child.field,
        "junctionIdListNames": [],
        "junctionReferenceTo": [],
        "relationshipName": child.relationship,
        "restrictedDelete": False,
    }


def _paths(name: str, version: str) -> dict[str, str]:
    root = f"/services/data/{version}/sobjects/{name}"
    return {"sobject": root, "describe": f"{root}/describe", "rowTemplate": f"{root}/{{ID}}"}
