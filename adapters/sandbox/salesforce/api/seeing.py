"""What the present user may see, and the objects, fields and records a path or a body names."""

from __future__ import annotations

from flask import g

from adapters.sandbox.salesforce.catalog import Field, SObject
from adapters.sandbox.salesforce.errors import ApiError, invalid_type, is_deleted, not_found
from adapters.sandbox.salesforce.hub import hub
from adapters.sandbox.salesforce.ids import to18
from adapters.sandbox.salesforce.view import NoSuchObject, View


def view() -> View:
    """What the present user may see now."""
    return hub().org.view(g.session.user_id)


def object_in_path(name: str) -> SObject:
    """The object a path names. Raises the vendor's 404 when there is none, or this user may not see it."""
    try:
        return view().object(name)
    except NoSuchObject as error:
        raise not_found() from error


def object_in_body(name: object) -> SObject:
    """The object a body names. Raises the vendor's 400 when there is none, or this user may not see it."""
    try:
        return view().object(str(name))
    except NoSuchObject as error:
        raise invalid_type(str(name)) from error


def id_in_path(sobject: SObject, text: str) -> str:
    """The 18-character id of a record of this object that is there. Raises 404s for none and for a deleted one."""
    found = to18(text)
    if found is None or (sobject.prefix and not found.startswith(sobject.prefix)):
        raise not_found("Provided external ID field does not exist or is not accessible: " + text)
    deleted = presence(sobject, found)
    if deleted is None:
        raise not_found()
    if deleted:
        raise is_deleted()
    return found


def presence(sobject: SObject, id: str) -> bool | None:
    """Whether the record is deleted; None when there is no such record."""
    flag = '"IsDeleted"' if "isdeleted" in sobject.fields else "0"
    with hub().org.reading() as connection:
        row = connection.execute(f'SELECT {flag} FROM "{sobject.name}" WHERE "Id" = ?', (id,)).fetchone()  # noqa: S608
    return None if row is None else bool(row[0])


def key_field(sobject: SObject, name: str) -> Field:
    """The field by which records may be named. Raises the vendor's 404 for one that names none."""
    field = sobject.fields.get(name.lower())
    if field is None:
        raise not_found("Provided external ID field does not exist or is not accessible: " + name)
    if not field.names_records:
        raise no_such_field(name, sobject)
    return field


def found_by(sobject: SObject, field: Field, value: str) -> list[str]:
    """The ids of the records that are there with this value, oldest first."""
    wanted = to18(value) if field.type == "id" else value
    live = ' AND "IsDeleted" = 0' if "isdeleted" in sobject.fields else ""
    with hub().org.reading() as connection:
        rows = connection.execute(
            f'SELECT "Id" FROM "{sobject.name}" WHERE "{field.name}" = ? COLLATE NOCASE{live} ORDER BY "Id"',  # noqa: S608
            (wanted,),
        ).fetchall()
    return [row[0] for row in rows]


def no_such_field(name: str, sobject: SObject) -> ApiError:
    """400: a field that is none, or that this user may not see."""
    return ApiError(400, "INVALID_FIELD", f"No such column '{name}' on sobject of type {sobject.name}")
