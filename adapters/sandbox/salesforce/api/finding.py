"""Records by the value of an external id."""

from __future__ import annotations

from adapters.sandbox.salesforce.api.seeing import no_such_field
from adapters.sandbox.salesforce.catalog import Field, SObject
from adapters.sandbox.salesforce.errors import not_found
from adapters.sandbox.salesforce.hub import hub
from adapters.sandbox.salesforce.ids import to18


def key_field(sobject: SObject, name: str) -> Field:
    """The field by which records may be named. Raises the vendor's 404 for one that names none."""
    field = sobject.fields.get(name.lower())
    if field is None:
        raise not_found("Provided external ID field does not exist or is not accessible: " + name)
    if not is_lookup(field):
        raise no_such_field(name, sobject)
    return field


def is_lookup(field: Field) -> bool:
    """Whether values of this field name a record (describe: `idLookup`)."""
    return field.id_lookup or field.external_id or field.type == "id"


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
