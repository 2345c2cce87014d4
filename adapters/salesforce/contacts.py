"""Passes over people: leads, the contacts they were converted to, and contacts of their own right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from adapters.contract import Page, Record
from adapters.salesforce.merges import MASTER, Merges
from adapters.salesforce.naming import CONTACT, LEAD, PERSON_ACCOUNT
from adapters.salesforce.org import Org
from adapters.salesforce.parts import State
from adapters.salesforce.passes import Chunk, walk
from adapters.salesforce.present import Present
from adapters.salesforce.records import (
    OF_CONVERSION,
    PERSON,
    Shape,
    contact_shape,
    converted_shape,
    lead_shape,
)
from adapters.salesforce.soql import ID, STAMP, Phase
from adapters.salesforce.values import moment

RECORDS = (LEAD, CONTACT, PERSON_ACCOUNT)
"""What may be read as leads; the setting ``records`` names some of them."""

CONVERTED = "Converted"

Told = tuple[list[Record], dict[str, str], dict[str, datetime]]
"""Records, who became whom elsewhere, and since when those are known who are older than their contact."""


def contacts(org: Org, records: frozenset[str], cursor: str | None, fields: Sequence[str]) -> Iterator[Page[Record]]:
    """A pass over everybody, or over those changed since `cursor`; see `Reader.contacts`."""
    people = _People(org, records, fields, State.begin(cursor, org.client.now()))
    for chunk in walk(org, people.phases, cursor):
        found, became, since = people.records(chunk)
        yield Page(found, chunk.cursor, chunk.complete, chunk.problems, chunk.total, became, since)


class _People:
    """One pass over people."""

    def __init__(self, org: Org, records: frozenset[str], fields: Sequence[str], place: State) -> None:
        self._org = org
        self._records = records
        # Then the contacts of converted leads come by themselves, and of those leads only who became whom is asked.
        self._everybody = not place.since and {CONTACT, PERSON_ACCOUNT} <= records
        self._resumed = place.phase != ""
        self._fields = fields
        self._shapes: dict[str, Shape] = {}
        self._merges: dict[str, Merges] = {}

    def phases(self) -> list[Phase]:
        """The queries of the pass, by what our user sees now."""
        return [*self._of_leads(), *self._of_contacts()]

    def records(self, chunk: Chunk) -> Told:
        """The people of a chunk, the losers of merges as what their winners replace; and who became whom elsewhere."""
        if chunk.phase == CONVERTED:
            return self._converted(chunk), {}, {}
        if chunk.phase not in self._shapes:
            return [], {}, {}
        return self._whole(chunk) if self._everybody else (self._present(chunk), {}, {})

    def _present(self, chunk: Chunk) -> list[Record]:
        shape, merges = self._shapes[chunk.phase], self._known_merges(chunk.phase, chunk)
        losers = [row for row in chunk.rows if row[MASTER] and row["IsDeleted"] == "true"]
        lost = {row[ID] for row in losers}
        found = [shape.record(row, merges.losers(row[ID])) for row in chunk.rows if row[ID] not in lost]
        if chunk.full:
            # The winners come by themselves.
            return found
        here = {record.id for record in found}
        became = [(row[ID], merges.winner(row[ID])) for row in losers]
        return found + self._winners([(loser, winner) for loser, winner in became if winner not in here])

    def _of_leads(self) -> Iterator[Phase]:
        if LEAD not in self._records:
            return
        describes = self._org.describes
        lead = self._shapes[LEAD] = lead_shape(describes, self._fields)
        if self._everybody:
            yield Phase(LEAD, LEAD, lead.columns)
            return
        yield Phase(LEAD, LEAD, lead.columns, ("IsConverted = false",))
        if describes.get(CONTACT) is None:
            return
        converted = self._shapes[CONVERTED] = converted_shape(describes, self._fields)
        # Contacts that are read anyway need not be looked for among the converted leads.
        anyway = {CONTACT, PERSON_ACCOUNT} <= self._records
        stamps = (STAMP,) if anyway else (STAMP, OF_CONVERSION + STAMP)
        yield Phase(CONVERTED, LEAD, converted.columns, ("IsConverted = true",), stamps)

    def _of_contacts(self) -> Iterator[Phase]:
        wanted = self._records & {CONTACT, PERSON_ACCOUNT}
        # The column exists only where the org has person accounts.
        persons = self._org.describes.has(CONTACT, PERSON)
        if not wanted or (not persons and CONTACT not in wanted):
            return
        shape = self._shapes[CONTACT] = contact_shape(self._org.describes, self._fields)
        one_kind = persons and len(wanted) == 1
        where = (f"{PERSON} = {str(PERSON_ACCOUNT in wanted).lower()}",) if one_kind else ()
        # A contact does not change when its account does, but what is read of the account may.
        of_account = any(column.path.startswith("Account.") for column in shape.columns)
        stamps = (STAMP, f"Account.{STAMP}") if of_account else (STAMP,)
        yield Phase(CONTACT, CONTACT, shape.columns, where, stamps)

    def _converted(self, chunk: Chunk) -> list[Record]:
        if not chunk.rows:
            return []
        shape, merges = self._shapes[CONVERTED], self._known_merges(LEAD, chunk)
        found: list[Record] = []
        elsewhere: list[tuple[str, str]] = []
        for row in chunk.rows:
            lead = row[ID]
            contact, winner = row[OF_CONVERSION + ID], row.get(OF_CONVERSION + MASTER)
            if contact is None:
                # Its contact is gone for good, and a converted lead cannot be written.
                found.append(Record(lead, {}, archived=True))
            elif winner:
                elsewhere += [(lead, winner), (contact, winner)]
            else:
                found.append(shape.record(row, (lead, *merges.losers(lead))))
        return found + self._winners(elsewhere)

    def _whole(self, chunk: Chunk) -> Told:
        """Of a full pass that reads everybody: each record once, and who was merged into whom or became whom."""
        shape, merges = self._shapes[chunk.phase], self._merges_so_far(chunk.phase)
        found: list[Record] = []
        became: dict[str, str] = {}
        since: dict[str, datetime] = {}
        for row in chunk.rows:
            own, contact = row[ID], row.get("ConvertedContactId")
            if row[MASTER] and row["IsDeleted"] == "true":
                merges.add([row])
                became |= {one: merges.winner(one) for one in (own, *merges.losers(own))}
            elif row.get("IsConverted") != "true":
                found.append(shape.record(row))
            elif contact:
                merges.add([{ID: own, MASTER: contact}])
                became |= dict.fromkeys((own, *merges.losers(own)), contact)
                if created := moment(row.get("CreatedDate")):
                    since[contact] = min(created, since.get(contact, created))
            else:
                # Its contact is gone for good, and a converted lead cannot be written.
                found.append(Record(own, {}, archived=True))
        return found, became, since

    def _merges_so_far(self, name: str) -> Merges:
        """The merges this pass has seen; of one that goes on after a stop, all that can be asked for."""
        if name not in self._merges:
            merges = self._merges[name] = Merges()
            if self._resumed:
                merges.load(self._org.client, name)
        return self._merges[name]

    def _known_merges(self, name: str, chunk: Chunk) -> Merges:
        """The merges of an object: those in the chunk if it is all there is, else all that can be asked for."""
        if name not in self._merges:
            merges = self._merges[name] = Merges()
            if chunk.alone and chunk.phase == name:
                merges.add(chunk.rows)
            else:
                merges.load(self._org.client, name)
        return self._merges[name]

    def _winners(self, became: Sequence[tuple[str, str]]) -> list[Record]:
        """Records that are not in this chunk, with those that became them."""
        present = Present(self._org, self._fields)
        for old, new in became:
            present.became(old, new)
        return present.read([new for _, new in became]) if became else []
