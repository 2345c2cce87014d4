"""The record a page shows. A Person Account is one record with the contact's values laid over the account's.

The pages read with the eyes of the system: a rep of this agency is taken to hold the permission sets that show the
score. What a rep writes goes through the rep's own field-level security.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from adapters.sandbox.salesforce.catalog import SObject
from adapters.sandbox.salesforce.dml.persons import through
from adapters.sandbox.salesforce.dml.rows import Row, fetch
from adapters.sandbox.salesforce.org import Org

KINDS = ("Lead", "Contact", "Account")
"""The objects that have a page."""

_HOPS_MOST = 10


@dataclass(frozen=True, slots=True)
class Subject:
    """A Lead, a Contact or an Account with its stored values."""

    sobject: SObject
    row: Row

    @property
    def id(self) -> str:
        """Its id, 18 characters."""
        return str(self.row["Id"])

    @property
    def person(self) -> str | None:
        """The id by which activities know the person; None for a business."""
        if self.sobject.name != "Account":
            return self.id
        return self.row.get("PersonContactId") if self.row.get("IsPersonAccount") else None

    def own_field(self, stem: str) -> str:
        """The custom field of this stem: X__c, on a Person Account X__pc."""
        return f"{stem}__pc" if self.sobject.name == "Account" else f"{stem}__c"


def find(org: Org, connection: sqlite3.Connection, kind: str, id: str) -> Subject | None:
    """The record with this id, deleted ones too."""
    sobject = org.catalog.objects[kind.lower()]
    row = fetch(connection, sobject.name, [id]).get(id)
    if row is None:
        return None
    if not row.get("IsPersonAccount") or sobject.name != "Account":
        return Subject(sobject, row)
    contact = fetch(connection, "Contact", [row["PersonContactId"]]).get(row["PersonContactId"], {})
    return Subject(sobject, row | {name: contact.get(there) for name, there in through(sobject).items()})


def winner(org: Org, connection: sqlite3.Connection, loser: Subject) -> Subject | None:
    """The record that took this one in, however often that was itself merged; None when it was just deleted."""
    found: Subject | None = loser
    for _ in range(_HOPS_MOST):
        if found is None or not found.row["IsDeleted"]:
            return found
        master = found.row.get("MasterRecordId")
        found = find(org, connection, loser.sobject.name, master) if master else None
    return None
