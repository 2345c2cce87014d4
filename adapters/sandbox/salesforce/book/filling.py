"""The agency's book poured into an org, a few thousand records at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from adapters.sandbox.people import people
from adapters.sandbox.people.busier import with_extra
from adapters.sandbox.people.entered import IMPORTED_BEFORE
from adapters.sandbox.salesforce.book.activities import activities
from adapters.sandbox.salesforce.book.agency import agency_records, sight_of_reps
from adapters.sandbox.salesforce.book.campaigns import campaigns, responses
from adapters.sandbox.salesforce.book.custom import ACTIVITY_FIELDS, PERSON_FIELDS, STANDARD_LISTS, Custom
from adapters.sandbox.salesforce.book.leads import Made, Moment, person_records
from adapters.sandbox.salesforce.book.selling import sale_records
from adapters.sandbox.salesforce.book.shapes import Row
from adapters.sandbox.salesforce.catalog import Field, make_field
from adapters.sandbox.salesforce.org import Org

_CHUNK = 20_000


def fill(org: Org, leads: int, seed: int, as_of: datetime, extra_activities: int = 0) -> None:
    """Adds the agency's fields and list values to an empty org and pours in the book.

    The people are HubSpot's for the same arguments. `as_of` is aware: the book's present. `extra_activities` makes
    every lead that much busier.
    """
    _customise(org)
    horizon = int(as_of.timestamp()) * 1000
    now = Moment(horizon, horizon - IMPORTED_BEFORE, org.settings.time_zone)
    records = _records(leads, seed, as_of, now, extra_activities, shared=org.settings.shared_activities)
    org.load("PermissionSetAssignment", sight_of_reps(now))
    with org.seeding():
        while chunk := list(islice(records, _CHUNK)):
            _load(org, chunk)


def _load(org: Org, chunk: list[tuple[str, Row]]) -> None:
    rows: dict[str, list[Row]] = defaultdict(list)
    for name, row in chunk:
        rows[name].append(row)
    for name, batch in rows.items():
        org.load(name, batch)


def _records(leads: int, seed: int, as_of: datetime, now: Moment, extra: int, *, shared: bool) -> Made:
    yield from agency_records(leads, seed, now)
    yield from campaigns(now)
    for told in people(leads, seed, as_of):
        person = with_extra(told, extra, seed, now.horizon)
        yield from person_records(person, now)
        if person.sale:
            yield from sale_records(person, person.sale, now)
        yield from activities(person, now, shared=shared)
        yield from responses(person, now)


def _customise(org: Org) -> None:
    for name, custom in _wanted():
        org.add_custom_field(name, _field(custom), visible=True)
    for (name, field), values in STANDARD_LISTS.items():
        org.extend_picklist(name, field, values)


def _wanted() -> Iterator[tuple[str, Custom]]:
    for name in ("Lead", "Contact"):
        yield from ((name, custom) for custom in PERSON_FIELDS)
    for name in ("Task", "Event"):
        yield from ((name, custom) for custom in ACTIVITY_FIELDS)


def _field(custom: Custom) -> Field:
    facts = {"length": custom.length, "precision": custom.precision, "scale": custom.scale}
    given = {name: value for name, value in facts.items() if value}
    return make_field(custom.name, custom.type, label=custom.label, custom=True, picklist=custom.picklist, **given)
