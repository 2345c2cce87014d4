"""Salesforce's rows as contract records: a lead, a contact, or the contact a lead was converted to.

A row is read by `Shape`: which columns are selected for the wanted fields, and how the row becomes a `Record`. The
wanted fields are the lead's names (`naming`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from adapters.contract import Record
from adapters.salesforce.describing import Describes, SObject
from adapters.salesforce.naming import ACCOUNT, CONTACT, LEAD, on_contact
from adapters.salesforce.soql import ID
from adapters.salesforce.values import Column, Row, columns, moment

PERSON = "IsPersonAccount"
"""A column that exists only where the org has person accounts."""

TIMES = ("CreatedDate", "SystemModstamp")
OF_CONVERSION = "ConvertedContact."


@dataclass(frozen=True, slots=True)
class Shape:
    """One kind of row: what is selected, and where in it each wanted field is."""

    columns: tuple[Column, ...]
    fields: tuple[tuple[str, str], ...]
    """Wanted name and path."""
    prefix: str = ""
    """How the person is reached from the row: empty, or `OF_CONVERSION`."""

    def record(self, row: Row, replaces: tuple[str, ...] = ()) -> Record:
        """The person as a record."""
        at = self.prefix
        properties = {name: row[path] for name, path in self.fields}
        if row.get(f"{at}{PERSON}") == "true" and "Company" in properties:
            # The account of a person is named after the person; that is no company.
            properties["Company"] = None
        return Record(
            str(row[f"{at}{ID}"]),
            properties,
            created_at=self._created(row),
            updated_at=moment(row.get(f"{at}SystemModstamp")),
            archived=row.get(f"{at}IsDeleted") == "true",
            replaces=replaces,
            family=row.get(f"{at}AccountId") or "",
        )

    def _created(self, row: Row) -> datetime | None:
        """Whoever was converted is known since the lead was made; the contact may be no older than the conversion."""
        made = [moment(row.get(f"{self.prefix}CreatedDate")), moment(row.get("CreatedDate"))]
        return min((at for at in made if at), default=None)


def lead_shape(describes: Describes, wanted: Sequence[str]) -> Shape:
    """An unconverted lead. Raises `Misconfigured` where leads may not be read."""
    seen = describes.need(LEAD)
    own = [*dict.fromkeys(name for name in wanted if name in seen)]
    needed = (ID, "IsDeleted", "MasterRecordId", "IsConverted", "ConvertedContactId", *TIMES)
    selected = columns(seen, list(dict.fromkeys([*needed, *own])))
    return Shape(tuple(selected), tuple((name, name) for name in own))


def contact_shape(describes: Describes, wanted: Sequence[str]) -> Shape:
    """A contact with what its account knows. Raises `Misconfigured` where contacts may not be read."""
    return _of_contact(describes, wanted, "")


def converted_shape(describes: Describes, wanted: Sequence[str]) -> Shape:
    """A converted lead, as the contact it became; that needs no call of its own."""
    lead, person = describes.need(LEAD), _of_contact(describes, wanted, OF_CONVERSION)
    own = columns(lead, [ID, "ConvertedContactId", "CreatedDate"])
    return Shape((*own, *person.columns), person.fields, OF_CONVERSION)


def _of_contact(describes: Describes, wanted: Sequence[str], prefix: str) -> Shape:
    seen, account = describes.need(CONTACT), describes.get(ACCOUNT)
    fields = [(name, on_contact(name)) for name in dict.fromkeys(wanted)]
    own = [path for _, path in fields if path in seen]
    needed = (ID, "IsDeleted", "MasterRecordId", "AccountId", PERSON, *TIMES)
    selected = columns(seen, list(dict.fromkeys([*needed, *own])), prefix) + _of_account(account, fields, prefix)
    there = {column.path for column in selected}
    found = tuple((name, prefix + path) for name, path in fields if prefix + path in there)
    return Shape(tuple(selected), found, prefix)


def _of_account(account: SObject | None, fields: list[tuple[str, str]], prefix: str) -> list[Column]:
    names = [path.removeprefix("Account.") for _, path in fields if path.startswith("Account.")]
    return columns(account, names, f"{prefix}Account.") if account else []
