"""Objects in the words of describe (Object Reference, "DescribeSObjectResult").

The keys are as recorded from an org of API version 59.0.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from adapters.sandbox.salesforce.catalog.describing_fields import describe_field
from adapters.sandbox.salesforce.catalog.model import Child, SObject

if TYPE_CHECKING:
    from adapters.sandbox.salesforce.view import View

VERSION = "v67.0"
MASTER_RECORD_TYPE = "012000000000000AAA"
_BATCH = 200
_KEYLESS = {"017", "01J", "4fe", "4ie"}
"""Prefixes of ids that describe does not tell: history rows, list values, metadata."""

_SAME_FOR_ALL_OBJECTS: Mapping[str, Any] = {
    "activateable": False,
    "associateEntityType": None,
    "associateParentEntity": None,
    "customSetting": False,
    "deepCloneable": False,
    "deprecatedAndHidden": False,
    "hasSubtypes": False,
    "isInterface": False,
    "isSubtype": False,
    "retrieveable": True,
}
_ONLY_IN_FULL: Mapping[str, Any] = {
    "actionOverrides": [],
    "defaultImplementation": None,
    "extendedBy": None,
    "extendsInterfaces": None,
    "implementedBy": None,
    "implementsInterfaces": None,
    "listviewable": None,
    "lookupLayoutable": None,
    "namedLayoutInfos": [],
    "networkScopeFieldName": None,
    "sobjectDescribeOption": "FULL",
}


def describe_global(view: View, version: str = VERSION) -> dict[str, Any]:
    """The list of the objects a user sees. `version` is the one in the path, "v67.0"."""
    rows = [describe_brief(each, version) for each in sorted(view.objects.values(), key=lambda each: each.name)]
    return {"encoding": "UTF-8", "maxBatchSize": _BATCH, "sobjects": rows}


def describe_sobject(view: View, sobject: str, version: str = VERSION) -> dict[str, Any]:
    """An object with the fields this user sees. Raises NoSuchObject."""
    found = view.object(sobject)
    children = [_child(each) for each in found.children if each.sobject.lower() in view.objects]
    whole = {
        **describe_brief(found, version),
        **_ONLY_IN_FULL,
        "childRelationships": children,
        "compactLayoutable": found.layoutable,
        "fields": [describe_field(each) for each in found.fields.values()],
        "recordTypeInfos": [_master_record_type(found, version)],
        "searchLayoutable": found.searchable,
        "supportedScopes": _scopes(found),
    }
    return dict(sorted(whole.items()))


def describe_brief(sobject: SObject, version: str = VERSION) -> dict[str, Any]:
    """An object as the list of all objects shows it."""
    facts = {
        "createable": sobject.createable,
        "custom": sobject.name.endswith("__c"),
        "deletable": sobject.deletable,
        "feedEnabled": sobject.layoutable,
        "keyPrefix": None if sobject.prefix in _KEYLESS else sobject.prefix or None,
        "label": sobject.label,
        "labelPlural": sobject.label_plural,
        "layoutable": sobject.layoutable,
        "mergeable": sobject.mergeable,
        "mruEnabled": sobject.layoutable,
        "name": sobject.name,
        "queryable": sobject.queryable,
        "replicateable": sobject.replicateable,
        "searchable": sobject.searchable,
        "triggerable": sobject.layoutable,
        "undeletable": sobject.undeletable,
        "updateable": sobject.updateable,
        "urls": _paths(sobject, version),
    }
    return dict(sorted({**_SAME_FOR_ALL_OBJECTS, **facts}.items()))


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


def _master_record_type(sobject: SObject, version: str) -> dict[str, Any]:
    layout = f"{_root(sobject, version)}/describe/layouts/{MASTER_RECORD_TYPE}"
    return {
        "active": True,
        "available": True,
        "defaultRecordTypeMapping": True,
        "developerName": "Master",
        "master": True,
        "name": "Master",
        "recordTypeId": MASTER_RECORD_TYPE,
        "urls": {"layout": layout},
    }


def _scopes(sobject: SObject) -> list[dict[str, str]]:
    plural = sobject.label_plural.lower()
    scopes = [{"label": f"All {plural}", "name": "everything"}]
    return [*scopes, {"label": f"My {plural}", "name": "mine"}] if "ownerid" in sobject.fields else scopes


def _paths(sobject: SObject, version: str) -> dict[str, str]:
    root = _root(sobject, version)
    paths = {"sobject": root, "describe": f"{root}/describe", "rowTemplate": f"{root}/{{ID}}"}
    if sobject.layoutable:
        paths |= {"layouts": f"{root}/describe/layouts", "compactLayouts": f"{root}/describe/compactLayouts"}
        paths |= {"approvalLayouts": f"{root}/describe/approvalLayouts"}
        paths |= {"listviews": f"{root}/listviews", "quickActions": f"{root}/quickActions"}
    return paths


def _root(sobject: SObject, version: str) -> str:
    return f"/services/data/{version}/sobjects/{sobject.name}"
