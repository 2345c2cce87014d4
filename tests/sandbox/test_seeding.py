"""The book in HubSpot's shapes: what an adapter will read."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice

import pytest

from adapters.sandbox.hubspot.kinds import KINDS
from adapters.sandbox.hubspot.seeding import HubspotBook, hubspot_book
from adapters.sandbox.people import people
from adapters.sandbox.seed import SeedObject

AS_OF = datetime(2026, 11, 22, 16, tzinfo=UTC)
NOW = int(AS_OF.timestamp()) * 1000
LEADS = 2_000
ACTIVITIES = ("calls", "emails", "meetings", "notes", "tasks", "communications")

Objects = dict[str, list[SeedObject]]


@pytest.fixture(scope="module")
def book() -> HubspotBook:
    return hubspot_book(LEADS, 20261, AS_OF)


@pytest.fixture(scope="module")
def objects(book: HubspotBook) -> Objects:
    by_type: Objects = defaultdict(list)
    for item in book.objects():
        by_type[item.type].append(item)
    return by_type


def activities(objects: Objects) -> Iterator[SeedObject]:
    return (item for name in ACTIVITIES for item in objects[name])


def test_the_book_has_exactly_the_leads_asked_for(objects: Objects) -> None:
    assert len(objects["contacts"]) == LEADS


def test_every_kind_of_object_is_there(objects: Objects) -> None:
    assert set(objects) == set(KINDS)


def test_ids_are_unique_within_a_kind(objects: Objects) -> None:
    for items in objects.values():
        assert len({item.id for item in items}) == len(items)


def test_drawing_the_book_again_gives_the_same_records(book: HubspotBook, objects: Objects) -> None:
    first = [*objects["companies"], *objects["contacts"][:1]]
    assert list(islice(book.objects(), len(first))) == first


def test_a_lead_has_about_twelve_activities_and_some_have_very_many(objects: Objects) -> None:
    per_lead = Counter(item.contact_ids[0] for item in activities(objects))
    counts = sorted(per_lead[contact.id] for contact in objects["contacts"])
    assert 9.5 < sum(counts) / LEADS < 14.5
    assert counts[-20] > 3 * counts[LEADS // 2]
    assert counts[0] == 0


def test_every_activity_belongs_to_a_contact_of_the_book(objects: Objects) -> None:
    known = {contact.id for contact in objects["contacts"]}
    assert all(item.contact_ids and set(item.contact_ids) <= known for item in activities(objects))


def test_contacts_of_one_employer_share_its_company(objects: Objects) -> None:
    known = {company.id for company in objects["companies"]}
    employed = [contact.company_ids[0] for contact in objects["contacts"] if contact.company_ids]
    assert set(employed) <= known
    assert max(Counter(employed).values()) > 1


def test_records_are_stamped_in_order_and_never_in_the_future(objects: Objects) -> None:
    for items in objects.values():
        assert all(item.created_ms <= item.updated_ms <= NOW for item in items)


def test_an_import_left_many_contacts_with_one_modified_date(objects: Objects) -> None:
    (_, most), (_, next_most) = Counter(item.updated_ms for item in objects["contacts"]).most_common(2)
    assert 0.08 < most / LEADS < 0.16
    assert next_most < 5


def test_values_are_strings_and_empty_ones_are_left_out(objects: Objects) -> None:
    values = [value for items in objects.values() for item in items for value in item.properties.values()]
    assert all(isinstance(value, str) and value for value in values)


def test_the_agencys_choices_are_defined_before_they_are_used(book: HubspotBook, objects: Objects) -> None:
    for definition in book.properties["contacts"]:
        allowed = {option["value"] for option in definition.get("options", ())}
        used = {
            contact.properties[definition["name"]]
            for contact in objects["contacts"]
            if definition["name"] in contact.properties
        }
        assert used, definition["name"]
        assert not allowed or used <= allowed


def test_numbers_are_numbers_where_hubspot_would_insist(book: HubspotBook, objects: Objects) -> None:
    numbers = [each["name"] for each in book.properties["contacts"] if each["type"] == "number"]
    for contact in objects["contacts"]:
        for name in numbers:
            float(contact.properties.get(name, "0"))


def test_the_first_and_latest_form_are_kept_with_the_number_of_forms(objects: Objects) -> None:
    for contact in objects["contacts"]:
        values = contact.properties
        assert ("num_conversion_events" in values) == ("first_conversion_date" in values)
        if values.get("num_conversion_events") == "1":
            assert values["first_conversion_date"] == values["recent_conversion_date"]
        assert values.get("first_conversion_date", "") <= values.get("recent_conversion_date", "")


def test_history_ends_with_the_present_value_and_runs_forward(objects: Objects) -> None:
    with_history = [contact for contact in objects["contacts"] if contact.history]
    assert len(with_history) > LEADS / 3
    for contact in with_history:
        for name, versions in (contact.history or {}).items():
            moments = [at for at, _ in versions]
            assert moments == sorted(moments)
            assert versions[-1][1] == contact.properties[name]


def test_policies_and_premiums_stand_on_customers_only(objects: Objects) -> None:
    customers = {c.id for c in objects["contacts"] if c.properties["lifecyclestage"] == "customer"}
    assert customers == {c.id for c in objects["contacts"] if "policy_number" in c.properties}
    assert customers == {c.id for c in objects["contacts"] if "annual_premium" in c.properties}
    won = {deal.contact_ids[0] for deal in objects["deals"] if deal.properties["dealstage"] == "closedwon"}
    assert customers == won


def test_calls_carry_hubspots_outcomes(objects: Objects) -> None:
    outcomes = Counter(call.properties.get("hs_call_disposition") for call in objects["calls"])
    assert len(outcomes) == 7
    assert 0 < outcomes[None] < len(objects["calls"]) * 0.2
    assert {call.properties["hs_call_direction"] for call in objects["calls"]} == {"INBOUND", "OUTBOUND"}


def test_meetings_were_held_missed_canceled_and_lie_ahead(objects: Objects) -> None:
    outcomes = {meeting.properties["hs_meeting_outcome"] for meeting in objects["meetings"]}
    assert outcomes == {"COMPLETED", "NO_SHOW", "CANCELED", "RESCHEDULED", "SCHEDULED"}


def test_some_contacts_took_in_others_under_ids_nobody_has(objects: Objects) -> None:
    living = {contact.id for contact in objects["contacts"]}
    taken_in = [
        old
        for contact in objects["contacts"]
        for old in contact.properties.get("hs_merged_object_ids", "").split(";")
        if old
    ]
    assert 10 < len(taken_in) == len(set(taken_in))
    assert not living & set(taken_in)


def test_some_contacts_are_to_be_archived(book: HubspotBook, objects: Objects) -> None:
    assert 5 < len(book.archived_ids) < LEADS * 0.03
    assert set(book.archived_ids) <= {contact.id for contact in objects["contacts"]}


def test_one_owner_has_left_and_still_owns_leads(book: HubspotBook, objects: Objects) -> None:
    gone = [owner.id for owner in book.owners if owner.archived]
    owned = Counter(contact.properties["hubspot_owner_id"] for contact in objects["contacts"])
    assert len(book.owners) == 7
    assert len(gone) == 1
    assert owned[gone[0]] > 0
    assert set(owned) <= {owner.id for owner in book.owners}


def test_the_truth_behind_a_story_never_reaches_the_crm(objects: Objects) -> None:
    truths = {str(person.intent) for person in people(50, 20261, AS_OF)}
    values = {value for contact in objects["contacts"][:50] for value in contact.properties.values()}
    assert not truths & values


def test_a_busier_book_gives_every_lead_so_many_activities_more_and_changes_nobody(objects: Objects) -> None:
    busier: Objects = defaultdict(list)
    for item in hubspot_book(LEADS, 20261, AS_OF, extra_activities=9).objects():
        busier[item.type].append(item)
    before = Counter(item.contact_ids[0] for item in activities(objects))
    after = Counter(item.contact_ids[0] for item in activities(busier))
    assert {after[contact.id] - before[contact.id] for contact in objects["contacts"]} == {9}
    assert len({item.id for item in activities(busier)}) == after.total()
    assert all(item.created_ms <= item.updated_ms <= NOW for item in activities(busier))
    assert [contact.properties["lastname"] for contact in busier["contacts"][:50]] == [
        contact.properties["lastname"] for contact in objects["contacts"][:50]
    ]
