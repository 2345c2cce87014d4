"""Past values: walked back from the present through the rows of field history.

Only tracked fields have them, twenty per object at most, for 24 months. A field that is not tracked is absent: no rows
do not mean that it never changed.
https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_leadhistory.htm
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from simple_salesforce.format import format_soql

from adapters.contract import PastValue, Record
from adapters.salesforce.client import Json
from adapters.salesforce.naming import CONTACT, LEAD, on_contact
from adapters.salesforce.org import Org
from adapters.salesforce.present import CONTACTS, LEADS, Present, of_kind
from adapters.salesforce.soql import among
from adapters.salesforce.values import batches, moment, stamp, text

BATCH = 200

Past = dict[str, dict[str, Sequence[PastValue]]]


@dataclass(frozen=True, slots=True)
class Table:
    """Where the past of one object is kept."""

    object: str
    name: str
    key: str


TABLES = {LEADS: Table(LEAD, "LeadHistory", "LeadId"), CONTACTS: Table(CONTACT, "ContactHistory", "ContactId")}

OWNER = "OwnerId"
SPECIAL = {OWNER: "Owner"}
"""Fields that are named otherwise in the history."""


def history(org: Org, ids: Sequence[str], fields: Sequence[str]) -> Past:
    """Past values by person and field, newest first; see `Reader.history`."""
    found: Past = {}
    for prefix, table in TABLES.items():
        people = of_kind(ids, prefix)
        names = _names(org, table, fields) if people and org.describes.get(table.name) else {}
        for batch in batches(people, BATCH) if names else ():
            found |= _of_batch(org, table, batch, names)
    return found


def _names(org: Org, table: Table, fields: Sequence[str]) -> dict[str, str]:
    """The wanted fields whose past is kept, with the names they have in the history."""
    tracked = org.tracked(table.object)
    own = {name: on_contact(name) if table.object == CONTACT else name for name in fields}
    return {name: SPECIAL.get(field, field) for name, field in own.items() if field in tracked}


def _of_batch(org: Org, table: Table, ids: Sequence[str], names: Mapping[str, str]) -> Past:
    changes: dict[tuple[str, str], list[Json]] = {}
    soql = format_soql(
        "SELECT {:literal}, Field, OldValue, NewValue, CreatedDate FROM {:literal} WHERE {:literal} AND Field IN {} "
        "ORDER BY CreatedDate DESC, Id DESC",
        table.key,
        table.name,
        among(table.key, ids),
        sorted(set(names.values())),
    )
    for row in org.client.all(soql):
        changes.setdefault((str(row[table.key]), str(row["Field"])), []).append(row)
    return {
        record.id: {name: _walk(record, name, changes.get((record.id, field), ())) for name, field in names.items()}
        for record in Present(org, list(names)).read(ids)
        if record.id in ids
    }


def _walk(record: Record, name: str, changes: Sequence[Json]) -> list[PastValue]:
    """From the present backwards: each change says what was before it; the first value is as old as the record."""
    value = record.properties.get(name)
    values: list[PastValue] = []
    for change in changes:
        at = moment(change.get("CreatedDate"))
        if at is None or (name == OWNER and not _is_owner(change)):
            continue
        values.append(PastValue(at, value))
        value = _value(change.get("OldValue"))
    if record.created_at is not None:
        values.append(PastValue(record.created_at, value))
    return values


def _is_owner(change: Json) -> bool:
    """A change of owner has two rows, one with ids and one with names."""
    return str(change.get("NewValue") or "").startswith(("005", "00G"))


def _value(old: object) -> str | None:
    """A value of the history in the form of all others; a time comes as text here too."""
    found = text(old)
    return stamp(found) if found and found.endswith("+0000") else found
