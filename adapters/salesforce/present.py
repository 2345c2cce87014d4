"""People by their id, as they are now: whatever was merged or converted comes as what it has become."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from adapters.contract import Page, Record
from adapters.salesforce.errors import Refused
from adapters.salesforce.merges import DEPTH, MASTER, Merges
from adapters.salesforce.naming import CONTACT, LEAD
from adapters.salesforce.org import Org
from adapters.salesforce.passes import STALE
from adapters.salesforce.records import Shape, contact_shape, lead_shape
from adapters.salesforce.soql import ID, among
from adapters.salesforce.values import Row, batches, json_reader

BATCH = 200
"""Ids in one query: some hundred fields and 200 ids still fit into an address."""

LEADS, CONTACTS = "00Q", "003"
"""The first characters of an id tell what it is of."""

_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Z0-5]{3})?", re.ASCII)


def contacts_by_id(org: Org, ids: Sequence[str], fields: Sequence[str]) -> Page[Record]:
    """These people as they are now; see `Reader.contacts_by_id`."""
    try:
        found = Present(org, fields).read(ids)
    except Refused as refusal:
        if refusal.code not in STALE:
            raise
        org.describes.forget()
        found = Present(org, fields).read(ids)
    return Page(found, "", complete=True)


def of_kind(ids: Sequence[str], prefix: str) -> list[str]:
    """Those ids that are of one kind, once each; what is no id at all would fail a whole query."""
    return [one for one in dict.fromkeys(ids) if one.startswith(prefix) and _ID.fullmatch(one)]


class Present:
    """One reading by id. What it learns of merges and conversions on the way goes into ``replaces``."""

    def __init__(self, org: Org, fields: Sequence[str]) -> None:
        self._org = org
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
        return [shape.record(row, self._became.losers(one)) for one, (shape, row) in rows.items()]

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
            successor = row[MASTER] if row["IsDeleted"] == "true" else row.get("ConvertedContactId")
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
