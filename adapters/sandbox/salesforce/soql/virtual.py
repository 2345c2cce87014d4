"""Objects without a table: EntityDefinition and FieldDefinition, made from the catalogue when they are asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from adapters.sandbox.salesforce.catalog.model import Field, SObject
from adapters.sandbox.salesforce.org import Org
from adapters.sandbox.salesforce.soql.errors import SoqlError
from adapters.sandbox.salesforce.soql.tree import AllOf, AnyOf, Call, Comparison, Condition, Membership, NoneOf, Path
from adapters.sandbox.salesforce.view import NoSuchObject, View

VIRTUAL = frozenset({"EntityDefinition", "FieldDefinition"})
NO_ID = "000000000000000AAA"
"""What the Id of every row that is no record looks like from outside; the DurableId tells them apart."""
_FILTERS = ("entitydefinition", "entitydefinitionid", "durableid")
_DATA_TYPES = {
    "boolean": "Checkbox",
    "date": "Date",
    "datetime": "Date/Time",
    "email": "Email",
    "phone": "Phone",
    "url": "URL",
    "picklist": "Picklist",
    "multipicklist": "Picklist (Multi-Select)",
    "address": "Address",
}


def with_relations(sobject: SObject) -> SObject:
    """The object with the relationship that leads from a field to its object; both are known by name, not by id."""
    reference = sobject.field("EntityDefinitionId")
    if reference is None:
        return sobject
    led = replace(reference, type="string", reference_to=("EntityDefinition",), relationship="EntityDefinition")
    return sobject.with_fields([led if each is reference else each for each in sobject.fields.values()])


def virtual_rows(sobject: SObject, org: Org, view: View) -> str:
    """The rows this user sees, as a JSON array of arrays in the order of the object's stored fields."""
    seen = list(_seen(org, view))
    if sobject.name == "EntityDefinition":
        rows = [_entity(each) for each in seen]
    else:
        rows = [_field(each, field) for each in seen for field in each.fields.values()]
    return json.dumps([[row.get(field.name) for field in sobject.stored] for row in rows])


def check_filter(sobject: SObject, where: Condition | None) -> None:
    """Raises MALFORMED_QUERY for a query of FieldDefinition that does not say which object's fields it wants."""
    if sobject.name == "FieldDefinition" and not any(each in _FILTERS for each in _first_names(where)):
        raise SoqlError("MALFORMED_QUERY", "a filter on a reified column is required [EntityDefinitionId,DurableId]")


def _seen(org: Org, view: View) -> Iterator[SObject]:
    for sobject in org.catalog.objects.values():
        try:
            yield view.object(sobject.name)
        except NoSuchObject:
            continue


def _entity(sobject: SObject) -> dict[str, Any]:
    return {
        "Id": sobject.name,
        "DurableId": sobject.name,
        "QualifiedApiName": sobject.name,
        "DeveloperName": sobject.name,
        "MasterLabel": sobject.label,
        "Label": sobject.label,
        "PluralLabel": sobject.label_plural,
        "KeyPrefix": sobject.prefix or None,
        "IsQueryable": int(sobject.queryable),
        "IsCustomizable": int(sobject.layoutable),
    }


def _field(sobject: SObject, field: Field) -> dict[str, Any]:
    return {
        "Id": f"{sobject.name}.{field.name}",
        "DurableId": f"{sobject.name}.{field.name}",
        "QualifiedApiName": field.name,
        "DeveloperName": field.name.removesuffix("__c"),
        "EntityDefinitionId": sobject.name,
        "MasterLabel": field.label,
        "Label": field.label,
        "DataType": _data_type(field),
        "Length": field.length,
        "Precision": field.precision,
        "Scale": field.scale,
        "IsCalculated": int(field.calculated),
        "IsNillable": int(field.nillable),
        "IsIndexed": int(field.indexed),
        "IsFieldHistoryTracked": int(field.name in sobject.tracked),
    }


def _data_type(field: Field) -> str:
    if field.numeric:
        return f"Number({field.precision - field.scale}, {field.scale})"
    if field.type == "reference":
        return f"Lookup({','.join(field.reference_to)})"
    return _DATA_TYPES.get(field.type, f"Text({field.length})")


def _first_names(where: Condition | None) -> Iterator[str]:
    """The first names of the paths that are filtered on, in lower case."""
    match where:
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from _first_names(part)
        case NoneOf(part):
            yield from _first_names(part)
        case Comparison(Path() as left) | Membership(Path() as left):
            yield left.names[0].lower()
        case Comparison(Call()) | Membership(Call()) | None:
            return
