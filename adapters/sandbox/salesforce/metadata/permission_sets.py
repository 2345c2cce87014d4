"""Permission sets as metadata describes them: what they grant, what is wrong with them, and putting them in the org.

Source of the rules: Metadata API Developer Guide, "PermissionSet". From API version 40.0 on a deploy replaces what the
set granted before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from adapters.sandbox.salesforce.catalog import Field, SObject
from adapters.sandbox.salesforce.org import Org
from adapters.sandbox.salesforce.xml import children, flag, text

OBJECT_FLAGS = {
    "allowRead": "PermissionsRead",
    "allowCreate": "PermissionsCreate",
    "allowEdit": "PermissionsEdit",
    "allowDelete": "PermissionsDelete",
    "viewAllRecords": "PermissionsViewAllRecords",
    "modifyAllRecords": "PermissionsModifyAllRecords",
}
_NEEDS = {
    "allowCreate": ("allowRead",),
    "allowEdit": ("allowRead",),
    "allowDelete": ("allowRead", "allowEdit"),
    "viewAllRecords": ("allowRead",),
    "modifyAllRecords": ("allowRead", "allowEdit", "allowDelete", "viewAllRecords"),
}


@dataclass(frozen=True, slots=True)
class FieldGrant:
    """What the set grants on one field, named "Lead.Lead_Score__c"."""

    field: str
    readable: bool
    editable: bool


@dataclass(frozen=True, slots=True)
class PermissionSetSpec:
    """A permission set as described. `objects` has the granted flags of `OBJECT_FLAGS` by object."""

    name: str
    label: str
    description: str
    fields: tuple[FieldGrant, ...]
    objects: Mapping[str, frozenset[str]]


def permission_set(name: str, root: Element) -> PermissionSetSpec:
    """Reads the root element of a .permissionset file."""
    grants = tuple(
        FieldGrant(text(each, "field"), flag(each, "readable"), flag(each, "editable"))
        for each in children(root, "fieldPermissions")
    )
    objects = {
        text(each, "object"): frozenset(said for said in OBJECT_FLAGS if flag(each, said))
        for each in children(root, "objectPermissions")
    }
    return PermissionSetSpec(name, text(root, "label"), text(root, "description"), grants, objects)


def problems(spec: PermissionSetSpec, objects: Mapping[str, SObject]) -> Iterator[str]:
    """Everything wrong with a set in an org that consists of these objects (by lower-case name)."""
    if not spec.label:
        yield "Required field is missing: label"
    for grant in spec.fields:
        yield from _field_problems(grant, objects)
    for name, granted in spec.objects.items():
        if name.lower() not in objects:
            yield f"In field: object - no CustomObject named {name} found"
        for said in sorted(granted):
            missing = [need for need in _NEEDS.get(said, ()) if need not in granted]
            if missing:
                yield f"Permission {said} {name} depends on permission(s): {', '.join(missing)} {name}"


def _field_problems(grant: FieldGrant, objects: Mapping[str, SObject]) -> Iterator[str]:
    field = _field(grant.field, objects)
    if field is None:
        yield f"In field: field - no CustomField named {grant.field} found"
    elif not field.permissionable:
        yield f"You cannot deploy to a required field: {grant.field}"
    elif grant.editable and not grant.readable:
        yield f"Field {grant.field}: Edit access needs Read access"
    elif grant.editable and field.calculated:
        yield f"Field {grant.field}: a calculated field cannot be made editable"


def _field(full_name: str, objects: Mapping[str, SObject]) -> Field | None:
    sobject, _, name = full_name.partition(".")
    found = objects.get(sobject.lower())
    return None if found is None else found.fields.get(name.lower())


def exists(org: Org, name: str) -> str | None:
    """The id of the permission set of this name."""
    with org.reading() as connection:
        row = connection.execute('SELECT "Id" FROM "PermissionSet" WHERE "Name" = ?', (name,)).fetchone()
    return None if row is None else str(row[0])


def put(org: Org, spec: PermissionSetSpec) -> str:
    """Creates the set, or makes an existing one grant exactly this; returns its id."""
    with org.writing() as connection:
        set_id = exists(org, spec.name)
        if set_id is None:
            set_id = org.next_id("PermissionSet", connection)
            labels = {"Name": spec.name, "Label": spec.label, "Description": spec.description or None}
            org.load("PermissionSet", [{"Id": set_id, "IsOwnedByProfile": 0, "IsCustom": 1, **labels}])
        else:
            connection.execute(
                'UPDATE "PermissionSet" SET "Label" = ?, "Description" = ?, "SystemModstamp" = ? WHERE "Id" = ?',
                (spec.label, spec.description or None, org.now_ms(), set_id),
            )
        connection.execute('DELETE FROM "FieldPermissions" WHERE "ParentId" = ?', (set_id,))
        connection.execute('DELETE FROM "ObjectPermissions" WHERE "ParentId" = ?', (set_id,))
        org.load("FieldPermissions", _field_rows(org, spec, set_id))
        org.load("ObjectPermissions", _object_rows(org, spec, set_id))
    return set_id


def _field_rows(org: Org, spec: PermissionSetSpec, set_id: str) -> Iterator[dict[str, object]]:
    granted = {grant.field.lower(): grant for grant in spec.fields if grant.readable}
    for grant in granted.values():
        found = org.catalog.objects[grant.field.partition(".")[0].lower()]
        field = found.fields[grant.field.partition(".")[2].lower()]
        yield {
            "ParentId": set_id,
            "SobjectType": found.name,
            "Field": f"{found.name}.{field.name}",
            "PermissionsRead": 1,
            "PermissionsEdit": int(grant.editable),
        }


def _object_rows(org: Org, spec: PermissionSetSpec, set_id: str) -> Iterator[dict[str, object]]:
    for name, granted in spec.objects.items():
        if granted:
            row = {column: int(said in granted) for said, column in OBJECT_FLAGS.items()}
            yield {"ParentId": set_id, "SobjectType": org.catalog.objects[name.lower()].name, **row}
