"""What one user may see: field-level security.

Standard fields show to everybody. A custom field shows to those whose profile or assigned permission sets grant it,
and to nobody else, not even its creator. A field of a Person Account shows when the contact's field does. What an org
hides on top (`Org.hidden`) is gone for everybody.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from adapters.sandbox.salesforce.catalog import Catalog, Field, SObject

EVERYTHING = "*"
"""In the place of a field name: the whole object."""

_GRANTS = """
SELECT "Field", max("PermissionsEdit") FROM "FieldPermissions" WHERE "PermissionsRead" = 1 AND "ParentId" IN (
    SELECT "PermissionSetId" FROM "PermissionSetAssignment" WHERE "AssigneeId" = :user
    UNION SELECT "Id" FROM "PermissionSet"
    WHERE "ProfileId" = (SELECT "ProfileId" FROM "User" WHERE "Id" = :user)) GROUP BY "Field"
"""


class NoSuchObject(LookupError):
    """There is no object of this name, or the user may not see it. The argument is the name as asked for."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """The objects and fields of one user, at one moment. `user_id` is None for the system."""

    user_id: str | None
    objects: Mapping[str, SObject]
    """By lower-case name, with only the fields the user may read; those he may not edit are not writable."""

    def object(self, name: str) -> SObject:
        """An object by name, whatever its case. Raises NoSuchObject."""
        found = self.objects.get(name.lower())
        if found is None:
            raise NoSuchObject(name)
        return found

    def readable(self, sobject: str, field: str) -> bool:
        """Whether the user may read the field; False too when there is none of this name."""
        found = self.objects.get(sobject.lower())
        return found is not None and field.lower() in found.fields

    def editable(self, sobject: str, field: str) -> bool:
        """Whether the user may set the field on a new record or change it on an old one."""
        found = self.objects.get(sobject.lower())
        visible = found.fields.get(field.lower()) if found else None
        return visible is not None and (visible.createable or visible.updateable)


def build_view(
    connection: sqlite3.Connection, catalog: Catalog, user_id: str | None, hidden: Iterable[tuple[str, str]]
) -> View:
    """What the user may see, by the permission rows as they stand."""
    if user_id is None:
        return View(None, dict(catalog.objects))
    grants = {field.lower(): bool(edit) for field, edit in connection.execute(_GRANTS, {"user": user_id})}
    away = {(sobject.lower(), field.lower()) for sobject, field in hidden}
    return View(
        user_id,
        {
            key: each.with_fields(_visible(each, grants, away))
            for key, each in catalog.objects.items()
            if (key, EVERYTHING) not in away
        },
    )


def _visible(sobject: SObject, grants: Mapping[str, bool], away: set[tuple[str, str]]) -> Iterable[Field]:
    for field in sobject.fields.values():
        home, name = _home(sobject, field)
        editable = grants.get(f"{home}.{name}") if field.custom and field.permissionable else True
        if editable is None or not away.isdisjoint({(sobject.name.lower(), field.name.lower()), (home, name)}):
            continue
        yield field if editable else replace(field, createable=False, updateable=False)


def _home(sobject: SObject, field: Field) -> tuple[str, str]:
    """The object and field by which permissions know a field: a Person Account's are those of Contact."""
    return ("contact", field.through[1].lower()) if field.through else (sobject.name.lower(), field.name.lower())
