"""People by their id, as they are now: whatever was merged or converted comes as what it has become."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from adapters.contract import Page, Record
from adapters.salesforce.errors import Refused
from adapters.salesforce.merges import DEPTH, MASTER, Merges
from adapters.salesforce.naming import CONTACT, LEAD, PERSON_ACCOUNT
from adapters.salesforce.org import Org
from adapters.salesforce.passes import STALE
from adapters.salesforce.records import PERSON, Shape, contact_shape, lead_shape
from adapters.salesforce.soql import ID, among
from adapters.salesforce.values import Row, batches, json_reader

BATCH = 200
"""Ids in one query: some hundred fields and 200 ids still fit into an address."""

LEADS, CONTACTS = "00Q", "003"
"""The first characters of an id tell what it is of."""

CONVERTED = "ConvertedContactId"

_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Z0-5]{3})?", re.ASCII)


def contacts_by_id(org: Org, records: frozenset[str], ids: Sequence[str], fields: Sequence[str]) -> Page[Record]:
    """These people as they are now, without those who are no leads by the setting; see `Reader.contacts_by_id`."""
    try:
        found = Present(org, fields, records).read(ids)
    except Refused as refusal:
        if refusal.code not in STALE:
            raise
        org.describes.forget()
        found = Present(org, fields, records).read(ids)
    return Page(found, "", complete=True)


def newest(org: Org, records: frozenset[str], limit: int) -> list[str]:
    """Ids of those who count as leads by the setting and were made last, by one call."""
    persons = org.describes.has(CONTACT, PERSON)
    wanted = records & {CONTACT, PERSON_ACCOUNT}
    queries = [f"SELECT {ID}, CreatedDate FROM {LEAD} WHERE IsConverted = false"] if LEAD in records else []  # noqa: S608
    if wanted and (persons or CONTACT in wanted):
        one_kind = persons and len(wanted) == 1
        which = f" WHERE {PERSON} = {str(PERSON_ACCOUNT in wanted).lower()}" if one_kind else ""
        queries.append(f"SELECT {ID}, CreatedDate FROM {CONTACT}{which}")  # noqa: S608
    if not queries:
        return []
    pages = org.client.queries(*(f"{query} ORDER BY CreatedDate DESC LIMIT {int(limit)}" for query in queries))
    rows = sorted((row for page in pages for row in page), key=lambda row: str(row["CreatedDate"]), reverse=True)
    return [str(row[ID]) for row in rows[:limit]]


def of_kind(ids: Sequence[str], prefix: str) -> list[str]:
    """Those ids that are of one kind, once each; what is no id at all would fail a whole query."""
    return [one for one in dict.fromkeys(ids) if one.startswith(prefix) and _ID.fullmatch(one)]


def _kind(id: str, row: Row) -> str:
    """As the setting ``records`` names it."""
    if id.startswith(LEADS):
        return LEAD
    return PERSON_ACCOUNT if row.get(PERSON) == "true" else CONTACT


class Present:
    """One reading by id. What it learns of merges and conversions on the way goes into ``replaces``.

    `records` says who counts as a lead, as the setting does; None: everybody.
    """

    def __init__(self, org: Org, fields: Sequence[str], records: frozenset[str] | None = None) -> None:
        self._org = org
        self._records = records
        self._fields = fields
        self._became = Merges()

    def became(self, old: str, new: str) -> None:
        """Takes note that one record has become another."""
        self._became.add([{ID: old, MASTER: new}])

    def read(self, ids: Sequence[str]) -> list[Record]:
        """The records, in no particular order, each once. Raises the error family."""
        rows: dict[str, tuple[Shape, Row]] = {}
        asked: set[str] = set()
        waiting = list(ids)
        for _ in range(DEPTH):
            waiting = [one for one in dict.fromkeys(waiting) if one not in asked]
            asked |= set(waiting)
            further = self._round(LEAD, lead_shape, of_kind(waiting, LEADS), rows)
            people = [*of_kind(waiting, CONTACTS), *(one for one in further if one.startswith(CONTACTS))]
            asked |= set(people)
            waiting = self._round(CONTACT, contact_shape, list(dict.fromkeys(people)), rows)
            waiting += [one for one in further if not one.startswith(CONTACTS)]
            if not waiting:
                break
        others = self._no_leads(rows)
        return [shape.record(row, self._became.losers(one)) for one, (shape, row) in rows.items() if one not in others]

    def _no_leads(self, rows: Mapping[str, tuple[Shape, Row]]) -> set[str]:
        """Who is left out by `records`. A contact that a lead was converted to takes the lead's place."""
        if self._records is None:
            return set()
        others = {one for one, (_, row) in rows.items() if _kind(one, row) not in self._records}
        return others - self._converted(sorted(others)) if LEAD in self._records else others

    def _converted(self, contacts: Sequence[str]) -> set[str]:
        found: set[str] = set()
        for batch in batches(contacts, BATCH):
            soql = f"SELECT {CONVERTED} FROM {LEAD} WHERE {among(CONVERTED, batch)}"  # noqa: S608 (quoted by `among`)
            found |= {str(row[CONVERTED]) for row in self._org.client.all(soql, deleted=True)}
        return found

    def _round(
        self,
        name: str,
        shaped: Callable[..., Shape],
        ids: list[str],
        rows: dict[str, tuple[Shape, Row]],
    ) -> list[str]:
        """Reads ids of one object into `rows`; returns the ids of what some of them have become."""
        if not ids:
            return []
        shape, further = shaped(self._org.describes, self._fields), []
        for row in self._rows(name, shape, ids):
            successor = row[MASTER] if row["IsDeleted"] == "true" else row.get(CONVERTED)
            if successor:
                self.became(row[ID], successor)
                further.append(successor)
            elif row["IsDeleted"] != "true":
                rows[row[ID]] = shape, row
        return further

    def _rows(self, name: str, shape: Shape, ids: list[str]) -> Iterator[Row]:
        read = json_reader(shape.columns)
        selected = ", ".join(column.asked for column in shape.columns)
        for batch in batches(ids, BATCH):
            soql = f"SELECT {selected} FROM {name} WHERE {among(ID, batch)}"  # noqa: S608 (quoted by `among`)
            yield from map(read, self._org.client.all(soql, deleted=True))
