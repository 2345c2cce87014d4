"""The agency's book poured into HubSpot's shapes, one record after the other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from adapters.sandbox.hubspot.book.activities import activities
from adapters.sandbox.hubspot.book.contacts import contact
from adapters.sandbox.hubspot.book.custom import contact_properties, groups, message_properties
from adapters.sandbox.hubspot.book.deals import company, deal
from adapters.sandbox.hubspot.book.shapes import contact_id, owner_id
from adapters.sandbox.people import REPS, archived_numbers, business, people, pool_size
from adapters.sandbox.people.busier import with_extra
from adapters.sandbox.people.entered import IMPORTED_BEFORE, rep_email
from adapters.sandbox.seed import SeedObject, SeedOwner


class HubspotBook:
    """A generated account: owners and definitions at once, records as a stream that may be drawn again."""

    def __init__(self, leads: int, seed: int, as_of: datetime, extra_activities: int) -> None:
        self._leads = leads
        self._seed = seed
        self._as_of = as_of
        self._extra = extra_activities
        self._horizon = int(as_of.timestamp()) * 1000
        self.owners = _owners()
        """Everybody who owns leads, the one who has left included."""
        self.groups: list[dict[str, Any]] = groups()
        """The agency's own property groups on contacts."""
        self.properties: dict[str, list[dict[str, Any]]] = {
            "contacts": contact_properties(),
            "communications": message_properties(),
        }
        """The agency's own property definitions by object type."""
        self.archived_ids = [contact_id(number) for number in archived_numbers(leads, seed)]
        """Contacts of the stream that belong into the bin."""

    def objects(self) -> Iterator[SeedObject]:
        """Companies first, then each contact followed by its deal and its activities."""
        for number in range(pool_size(self._leads)):
            yield company(business(self._seed, number), self._horizon)
        for told in people(self._leads, self._seed, self._as_of):
            person = with_extra(told, self._extra, self._seed, self._horizon)
            yield contact(person, self._horizon - IMPORTED_BEFORE)
            if person.sale:
                yield deal(person, person.sale)
            yield from activities(person, self._horizon)


def _owners() -> list[SeedOwner]:
    return [
        SeedOwner(owner_id(place), rep_email(place), rep.first_name, rep.last_name, 61_000_001 + place, not rep.active)
        for place, rep in enumerate(REPS)
    ]


def hubspot_book(leads: int, seed: int, as_of: datetime, extra_activities: int = 0) -> HubspotBook:
    """A book with exactly `leads` contacts, the same for the same arguments. `as_of` is aware: the book's present.

    `extra_activities` gives every lead that many logged calls, e-mails and notes more, for load tests.
    """
    return HubspotBook(leads, seed, as_of, extra_activities)
