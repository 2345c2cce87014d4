"""What one user may see and do: object permissions and field-level security.

Leads, contacts, accounts, opportunities and campaigns show to those whose profile or assigned permission sets grant
read; history, campaign members and contact roles follow the object they belong to; all other objects show to everybody
with the rights their kind has. There is no sharing: who may read an object reads every record of it.

Standard fields show to everybody. A custom field shows to those whose profile or assigned permission sets grant it,
and to nobody else, not even its creator. A field of a Person Account shows when the contact's field does. What an org
hides on top (`Org.hidden`) is gone for everybody.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from adapters.sandbox.salesforce.catalog import Catalog, Field, SObject

EVERYTHING = "*"
"""In the place of a field name: the whole object."""

_SETS = """
SELECT "PermissionSetId" FROM "PermissionSetAssignment" WHERE "AssigneeId" = :user
UNION SELECT "Id" FROM "PermissionSet" WHERE "ProfileId" = (SELECT "ProfileId" FROM "User" WHERE "Id" = :user)
"""
_GRANTS = f"""
SELECT "Field", max("PermissionsEdit") FROM "FieldPermissions"
WHERE "PermissionsRead" = 1 AND "ParentId" IN ({_SETS}) GROUP BY "Field"
"""  # noqa: S608
_RIGHTS = f"""
SELECT "SobjectType", max("PermissionsCreate"), max("PermissionsEdit"), max("PermissionsDelete")
FROM "ObjectPermissions" WHERE "PermissionsRead" = 1 AND "ParentId" IN ({_SETS}) GROUP BY "SobjectType"
"""  # noqa: S608
_ALL_DATA = f"""
SELECT max("PermissionsViewAllData"), max("PermissionsModifyAllData") FROM "PermissionSet" WHERE "Id" IN ({_SETS})
"""  # noqa: S608
_GOVERNED = {
    **{name: name for name in ("lead", "contact", "account", "opportunity", "campaign")},
    **{f"{name}history": name for name in ("lead", "contact", "account", "opportunity")},
    "opportunityfieldhistory": "opportunity",
    "opportunitycontactrole": "opportunity",
    "campaignmember": "campaign",
    "campaignmemberstatus": "campaign",
}
"""The objects that need a grant, and the object whose grant it is."""


class _Rights(NamedTuple):
    """What a user may do with the records of an object he may read."""

    create: bool
    edit: bool
    delete: bool


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
        if found is None or visible is None:
            return False
        return (found.createable and visible.createable) or (found.updateable and visible.updateable)


def build_view(
    connection: sqlite3.Connection, catalog: Catalog, user_id: str | None, hidden: Iterable[tuple[str, str]]
) -> View:
    """What the user may see, by the permission rows as they stand."""
    if user_id is None:
        return View(None, dict(catalog.objects))
    grants = {field.lower(): bool(edit) for field, edit in connection.execute(_GRANTS, {"user": user_id})}
    rights = _rights(connection, user_id)
    away = {(sobject.lower(), field.lower()) for sobject, field in hidden}
    return View(
        user_id,
        {
            key: _allowed(each, may).with_fields(_visible(each, grants, away))
            for key, each in catalog.objects.items()
            if (key, EVERYTHING) not in away and (may := _right_to(each, rights)) is not None
        },
    )


def _rights(connection: sqlite3.Connection, user_id: str) -> dict[str, _Rights]:
    """The user's rights by the lower-case names of the objects he may read."""
    asked = {"user": user_id}
    view_all, modify_all = connection.execute(_ALL_DATA, asked).fetchone()
    everywhere = {name: _Rights(*[bool(modify_all)] * 3) for name in _GOVERNED.values() if view_all or modify_all}
    if modify_all:
        return everywhere
    granted = {name.lower(): _Rights(*map(bool, may)) for name, *may in connection.execute(_RIGHTS, asked)}
    return everywhere | granted


def _right_to(sobject: SObject, rights: Mapping[str, _Rights]) -> _Rights | None:
    """None where the user may not even read."""
    home = _GOVERNED.get(sobject.name.lower())
    return _Rights(create=True, edit=True, delete=True) if home is None else rights.get(home)


def _allowed(sobject: SObject, may: _Rights) -> SObject:
    return replace(
        sobject,
        createable=sobject.createable and may.create,
        updateable=sobject.updateable and may.edit,
        deletable=sobject.deletable and may.delete,
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
