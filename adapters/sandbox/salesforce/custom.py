"""What an administrator adds to an org: custom fields (definition, column, mirror, permission) and list values."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from adapters.sandbox.salesforce import tables
from adapters.sandbox.salesforce.catalog import Catalog, Field

OWN_SET = "Agency_Fields"
"""The permission set that makes the agency's own fields visible."""

_LISTS = ("picklist", "reference_to", "through")


def restore(catalog: Catalog, connection: sqlite3.Connection) -> None:
    """Brings what an earlier run added back into the catalogue."""
    for sobject, definition in connection.execute("SELECT sobject, definition FROM _fields ORDER BY rowid"):
        catalog.add_field(sobject, _from_json(definition))
    for sobject, field, value in connection.execute("SELECT * FROM _picklists ORDER BY rowid"):
        catalog.extend_picklist(sobject, field, [value])


def add(catalog: Catalog, connection: sqlite3.Connection, sobject: str, field: Field) -> str:
    """Adds a field, its column and its mirror; returns object and field, "Contact.Score__c". Raises KeyError."""
    home = catalog.add_field(sobject, field)[0][0]
    connection.execute("REPLACE INTO _fields VALUES (?, ?, ?)", (home, field.name, json.dumps(asdict(field))))
    tables.create(connection, catalog.objects[home.lower()])
    tables.index(connection, catalog.objects[home.lower()])
    return f"{home}.{field.name}"


def extend_picklist(
    catalog: Catalog, connection: sqlite3.Connection, sobject: str, field: str, values: Sequence[str]
) -> None:
    """Adds values to a standard picklist. Raises KeyError for an unknown object or field."""
    catalog.extend_picklist(sobject, field, values)
    rows = [(sobject, field, value) for value in values]
    connection.executemany("INSERT OR IGNORE INTO _picklists VALUES (?, ?, ?)", rows)


def grant(connection: sqlite3.Connection, full_name: str) -> dict[str, Any]:
    """The row by which the agency's own permission set makes a field visible, in the place of an older one."""
    (parent,) = connection.execute('SELECT "Id" FROM "PermissionSet" WHERE "Name" = ?', (OWN_SET,)).fetchone()
    connection.execute('DELETE FROM "FieldPermissions" WHERE "ParentId" = ? AND "Field" = ?', (parent, full_name))
    granted = {"ParentId": parent, "SobjectType": full_name.partition(".")[0], "Field": full_name}
    return granted | {"PermissionsRead": 1, "PermissionsEdit": 1}


def drop(catalog: Catalog, connection: sqlite3.Connection, sobject: str, name: str) -> None:
    """Deletes a field with its values and permissions. Nothing happens when it is not there. Raises KeyError."""
    home = catalog.objects[sobject.lower()]
    field = home.field(name)
    if field is None or not field.custom:
        return
    connection.execute("DELETE FROM _fields WHERE sobject = ? AND name = ?", (home.name, field.name))
    connection.execute('DELETE FROM "FieldPermissions" WHERE "Field" = ?', (f"{home.name}.{field.name}",))
    tables.drop_column(connection, home, field)
    catalog.drop_field(home.name, field.name)


def _from_json(text: str) -> Field:
    facts = json.loads(text)
    return Field(**{**facts, **{key: tuple(facts[key]) for key in _LISTS if facts[key] is not None}})
