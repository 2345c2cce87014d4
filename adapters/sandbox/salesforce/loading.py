"""Filling tables with records that are known to be right."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from adapters.sandbox.salesforce.catalog import SObject
from adapters.sandbox.salesforce.database import Database
from adapters.sandbox.salesforce.ids import serial_of
from adapters.sandbox.salesforce.serials import next_ids, skip_ids

_CHUNK = 5_000
_STAMPS = ("CreatedDate", "LastModifiedDate", "SystemModstamp")

Row = Mapping[str, Any]


class Stamp(NamedTuple):
    """When and by whom records are made that do not say so: milliseconds since 1970, a user's id."""

    now: int
    user_id: str


def load(database: Database, sobject: SObject, rows: Iterable[Row], stamp: Stamp) -> int:
    """Stores records, streaming, and says how many; what a row leaves out is filled in."""
    names = [each.name for each in sobject.stored]
    columns = ", ".join(f'"{name}"' for name in names)
    statement = f'INSERT INTO "{sobject.name}" ({columns}) VALUES ({", ".join("?" * len(names))})'  # noqa: S608
    count = 0
    for chunk in _chunks(rows):
        with database.writing() as connection:
            full = _completed(connection, sobject, chunk, stamp)
            connection.executemany(statement, ([row.get(name) for name in names] for row in full))
        count += len(chunk)
    return count


def full_name(row: Mapping[str, Any]) -> str:
    """First and last name as records show them."""
    return " ".join(part for part in (row.get("FirstName"), row.get("LastName")) if part)


def _chunks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    found = iter(rows)
    while chunk := list(islice(found, _CHUNK)):
        yield chunk


def _completed(connection: sqlite3.Connection, sobject: SObject, rows: Sequence[Row], stamp: Stamp) -> Iterator[Row]:
    given = [row["Id"] for row in rows if "Id" in row]
    if given:
        skip_ids(connection, sobject.prefix, max(map(serial_of, given)))
    fresh = iter(next_ids(connection, sobject.prefix, len(rows) - len(given)))
    usual = _usual(sobject, stamp)
    for row in rows:
        yield {**usual, "Id": row["Id"] if "Id" in row else next(fresh), **_derived(sobject, row), **row}


def _usual(sobject: SObject, stamp: Stamp) -> dict[str, Any]:
    """What a record has when nobody says otherwise. The vendor stamps whole seconds."""
    usual = {each.name: each.default for each in sobject.stored if each.default is not None}
    by = dict.fromkeys(("CreatedById", "LastModifiedById"), stamp.user_id)
    return usual | by | dict.fromkeys(_STAMPS, stamp.now // 1000 * 1000)


def _derived(sobject: SObject, row: Row) -> dict[str, Any]:
    """What follows from the values a record has."""
    derived: dict[str, Any] = {}
    if "lastname" in sobject.fields and row.get("LastName"):
        derived["Name"] = full_name(row)
    if sobject.name == "CampaignMember":
        derived["LeadOrContactId"] = row.get("ContactId") or row.get("LeadId")
    if sobject.name == "Contact":
        derived["IsEmailBounced"] = int(row.get("EmailBouncedDate") is not None)
    if "CreatedDate" in row:
        changed = row.get("LastModifiedDate", row["CreatedDate"])
        derived |= {"LastModifiedDate": changed, "SystemModstamp": changed}
    return derived
