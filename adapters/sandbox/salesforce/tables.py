"""The table of an object: one column per stored field, and the indexes its queries need."""

from __future__ import annotations

import sqlite3

from adapters.sandbox.salesforce.catalog import Field, SObject

_COLUMN = {"boolean": "INTEGER", "int": "INTEGER", "datetime": "INTEGER"} | dict.fromkeys(
    ("double", "currency", "percent"), "REAL"
)
_PERMISSION_TABLES = ("PermissionSet", "PermissionSetAssignment", "FieldPermissions", "ObjectPermissions", "User")
"""A user's profile grants, too."""


def create(connection: sqlite3.Connection, sobject: SObject) -> None:
    """Creates the table where it is missing, and columns that are missing in it."""
    columns = ", ".join(_column(each) for each in sobject.stored)
    connection.execute(f'CREATE TABLE IF NOT EXISTS "{sobject.name}" ({columns})')
    present = {row[1].lower() for row in connection.execute(f'PRAGMA table_info("{sobject.name}")')}
    for field in sobject.stored:
        if field.name.lower() not in present:
            connection.execute(f'ALTER TABLE "{sobject.name}" ADD COLUMN {_column(field)}')


def index(connection: sqlite3.Connection, sobject: SObject) -> None:
    """Creates the indexes that are missing. Text is indexed regardless of case, as the vendor compares it."""
    for name, key in _indexes(sobject):
        connection.execute(f'CREATE INDEX IF NOT EXISTS "{name}" ON "{sobject.name}" ({key})')


def drop_indexes(connection: sqlite3.Connection, sobject: SObject) -> None:
    """Drops the indexes, for filling a table."""
    for name, _ in _indexes(sobject):
        connection.execute(f'DROP INDEX IF EXISTS "{name}"')


def watch_permissions(connection: sqlite3.Connection) -> None:
    """Has every change of a permission row, by whatever way, raise the version that views are kept by."""
    for table in _PERMISSION_TABLES:
        for event in ("INSERT", "UPDATE", "DELETE"):
            connection.execute(
                f'CREATE TRIGGER IF NOT EXISTS "{table}_{event}" AFTER {event} ON "{table}" BEGIN '  # noqa: S608
                "UPDATE _versions SET version = version + 1 WHERE what = 'permissions'; END"
            )


def _column(field: Field) -> str:
    if field.type == "id":
        return '"Id" TEXT PRIMARY KEY'
    text = f'"{field.name}" {_COLUMN.get(field.type, "TEXT")}'
    return f"{text} DEFAULT {int(field.default or 0)}" if field.type == "boolean" else text


def _indexes(sobject: SObject) -> list[tuple[str, str]]:
    return [
        (f"{sobject.name}_{each.name}", f'"{each.name}"{_collation(each)}')
        for each in sobject.stored
        if each.indexed or each.external_id or each.unique
    ]


def _collation(field: Field) -> str:
    return "" if field.type in {"id", "reference", *_COLUMN} else " COLLATE NOCASE"


def drop_column(connection: sqlite3.Connection, sobject: SObject, field: Field) -> None:
    """Takes a field's column, with its index, out of the table."""
    connection.execute(f'DROP INDEX IF EXISTS "{sobject.name}_{field.name}"')
    connection.execute(f'ALTER TABLE "{sobject.name}" DROP COLUMN "{field.name}"')
