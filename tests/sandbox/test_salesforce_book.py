"""The book in Salesforce's shapes: the same people as HubSpot's, as an org would hold them."""

from __future__ import annotations

import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from adapters.sandbox.hubspot.book.shapes import contact_id
from adapters.sandbox.hubspot.seeding import hubspot_book
from adapters.sandbox.people import REPS, Person, archived_numbers, people
from adapters.sandbox.salesforce.book import contact_key, fill, lead_key, record_id
from adapters.sandbox.salesforce.ids import to18
from adapters.sandbox.salesforce.org import Org
from adapters.sandbox.salesforce.settings import OrgSettings
from adapters.sandbox.seed import SeedObject
from tests.sandbox.poured import AS_OF, LEADS, NOW, SEED, Poured, Row, poured

DAY = 86_400_000


@pytest.fixture(scope="module")
def book() -> Poured:
    return poured()


@pytest.fixture(scope="module")
def persons() -> list[Person]:
    return list(people(LEADS, SEED, AS_OF))


@pytest.fixture(scope="module")
def in_hubspot() -> dict[str, SeedObject]:
    return {item.id: item for item in hubspot_book(LEADS, SEED, AS_OF).objects() if item.type == "contacts"}


def living(row: Row) -> bool:
    return not row["IsDeleted"]


# ---------------------------------------------------------------------------------------------------- the whole of it


def test_every_value_has_a_field_to_live_in(book: Poured) -> None:
    for name, rows in book.rows.items():
        known = {field.name for field in book.catalog.objects[name.lower()].stored} | {"IsDeleted"}
        used = {key for row in rows for key in row}
        assert used <= known, f"{name}: {sorted(used - known)}"


def test_values_are_in_the_form_the_org_stores(book: Poured) -> None:
    for name, rows in book.rows.items():
        types = {field.name: field.type for field in book.catalog.objects[name.lower()].stored}
        for row in rows:
            for key, value in row.items():
                whole = types.get(key) in {"boolean", "datetime", "int"}
                assert value is None or value != "", (name, key)
                assert value is None or isinstance(value, int) or not whole, (name, key, value)


def test_describe_lists_every_picklist_value_the_agency_uses(book: Poured) -> None:
    for name, rows in book.rows.items():
        for field in book.catalog.objects[name.lower()].stored:
            if field.type == "picklist" and field.picklist:
                used = {row[field.name] for row in rows if row.get(field.name) is not None}
                assert used <= set(field.picklist), f"{name}.{field.name}"


def test_every_id_is_well_formed_and_unique_and_begins_with_its_objects_prefix(book: Poured) -> None:
    for name, rows in book.rows.items():
        ids = {row["Id"] for row in rows}
        assert len(ids) == len(rows)
        assert all(to18(key) == key for key in ids)
        assert {key[:3] for key in ids} == {book.catalog.objects[name.lower()].prefix}


def test_ids_rise_with_the_number_of_the_entry() -> None:
    keys = [lead_key(number) for number in (0, 1, 61, 62, 99_999)]
    assert keys == sorted(keys)
    assert len({*keys, *(contact_key(number) for number in (0, 1, 61, 62, 99_999))}) == 10


def test_every_reference_leads_to_a_record_of_the_book(book: Poured) -> None:
    ids = {row["Id"] for rows in book.rows.values() for row in rows}
    there_before = {"PermissionSet", "Profile", "RecordType"}
    for name, rows in book.rows.items():
        fields = book.catalog.objects[name.lower()].stored
        references = {f.name for f in fields if f.type == "reference" and not there_before & set(f.reference_to)}
        for row in rows:
            lost = {key: row[key] for key in references & row.keys() if row[key] and row[key] not in ids}
            assert not lost, (name, lost)


def test_pouring_the_book_again_gives_the_same_records() -> None:
    assert poured(60).rows == poured(60).rows


def test_two_thousand_leads_cost_little() -> None:
    started = time.process_time()
    poured()
    assert time.process_time() - started < 2.5


def test_records_are_stamped_in_order_and_never_in_the_future(book: Poured) -> None:
    for name, rows in book.rows.items():
        for row in rows:
            stamps = [row[key] for key in ("CreatedDate", "LastModifiedDate", "SystemModstamp") if key in row]
            assert stamps == sorted(stamps), name
            assert stamps[-1] <= NOW, name


# --------------------------------------------------------------------------------------------- leads and what they are


def test_there_is_one_lead_for_every_entry_and_a_contact_for_those_with_a_sale(
    book: Poured, persons: list[Person]
) -> None:
    leads, contacts = book.by_id("Lead"), book.by_id("Contact")
    masters = [lead for lead in leads.values() if not lead.get("MasterRecordId")]
    assert {lead["Id"] for lead in masters} == {lead_key(person.number) for person in persons}
    assert contacts.keys() == {contact_key(person.number) for person in persons if person.sale}


def test_a_converted_lead_leads_to_its_contact_account_and_opportunity(book: Poured, persons: list[Person]) -> None:
    leads, accounts = book.by_id("Lead"), book.by_id("Account")
    contacts, opportunities = book.by_id("Contact"), book.by_id("Opportunity")
    for person in persons:
        lead = leads[lead_key(person.number)]
        assert bool(lead["IsConverted"]) == (person.sale is not None)
        if person.sale:
            contact = contacts[lead["ConvertedContactId"]]
            assert contact["Id"] == record_id(person)
            assert contact["AccountId"] == lead["ConvertedAccountId"]
            assert opportunities[lead["ConvertedOpportunityId"]]["AccountId"] == contact["AccountId"]
            personal = bool(accounts[contact["AccountId"]]["IsPersonAccount"])
            assert personal == (not lead.get("Company")) == bool(contact["IsPersonAccount"])


def test_a_person_account_and_its_hidden_contact_point_at_each_other(book: Poured) -> None:
    contacts = book.by_id("Contact")
    persons = [account for account in book.rows["Account"] if account["IsPersonAccount"]]
    assert len(persons) > 100
    for account in persons:
        contact = contacts[account["PersonContactId"]]
        assert contact["AccountId"] == account["Id"]
        assert (contact["LastName"], contact["IsDeleted"]) == (account["LastName"], account["IsDeleted"])


def test_contacts_of_one_employer_share_its_account(book: Poured) -> None:
    employed = Counter(contact["AccountId"] for contact in book.rows["Contact"] if not contact["IsPersonAccount"])
    assert max(employed.values()) > 1


def test_the_living_record_holds_what_hubspots_contact_holds(
    book: Poured, persons: list[Person], in_hubspot: dict[str, SeedObject]
) -> None:
    records = {**book.by_id("Lead"), **book.by_id("Contact")}
    for person in persons:
        row, values = records[record_id(person)], in_hubspot[contact_id(person.number)].properties
        assert (row["Age__c"] or "") == values.get("age", "")
        assert (row["County__c"] or "") == values.get("county", "")
        assert (row["Household_Income__c"] or "") == values.get("household_income", "")
        assert (row["Renewal_Date__c"] or "") == values.get("renewal_date", "")
        assert row["LeadSource"] == values["lead_source"]
        assert {"Yes": "true", "No": "false", None: ""}[row["Homeowner__c"]] == values.get("homeowner", "")
        assert str(row.get("Email_Opens__c", "")) == values.get("hs_email_open", "")
        assert row.get("Last_Page_URL__c", "") == values.get("hs_analytics_last_url", "")
        assert row.get("Email_Last_Campaign__c", "") == values.get("hs_email_last_email_name", "")
        assert bool(row["HasOptedOutOfEmail"]) == ("hs_email_optout" in values)
        assert str(row.get("Annual_Premium__c", "")) == values.get("annual_premium", "")
        assert row["CreatedDate"] == in_hubspot[contact_id(person.number)].created_ms
        if not person.archived:
            assert row["SystemModstamp"] == in_hubspot[contact_id(person.number)].updated_ms


def test_nothing_is_written_to_a_lead_after_its_conversion(book: Poured, persons: list[Person]) -> None:
    leads = book.by_id("Lead")
    for person in persons:
        if person.sale and not person.archived:
            lead = leads[lead_key(person.number)]
            assert lead["SystemModstamp"] == person.sale.opened
            assert lead.get("Last_Page_At__c", 0) <= person.sale.opened
            assert "Policy_Number__c" not in lead


def test_entries_in_the_bin_are_there_with_everything_on_them(book: Poured, persons: list[Person]) -> None:
    records = {**book.by_id("Lead"), **book.by_id("Contact")}
    gone = {record_id(persons[number]) for number in archived_numbers(LEADS, SEED)}
    assert gone
    assert all(records[key]["IsDeleted"] and records[key]["SystemModstamp"] > NOW - 15 * DAY for key in gone)
    on_them = [task for task in book.rows["Task"] if task["WhoId"] in gone]
    assert on_them
    assert all(task["IsDeleted"] for task in on_them)
    assert all(living(task) for task in book.rows["Task"] if task["WhoId"] not in gone)


def test_a_lead_that_was_merged_names_the_one_it_is_in(book: Poured, persons: list[Person]) -> None:
    losers = [lead for lead in book.rows["Lead"] if lead.get("MasterRecordId")]
    assert len(losers) == sum(len(person.merged) for person in persons) > 10
    assert all(loser["IsDeleted"] for loser in losers)
    assert {loser["MasterRecordId"] for loser in losers} == {lead_key(p.number) for p in persons if p.merged}


def test_an_import_left_many_records_with_one_stamp(book: Poured, persons: list[Person]) -> None:
    records = {**book.by_id("Lead"), **book.by_id("Contact")}
    stamps = Counter(records[record_id(person)]["SystemModstamp"] for person in persons)
    (_, most), (_, next_most) = stamps.most_common(2)
    assert 0.08 < most / LEADS < 0.16
    assert next_most < 5


def test_the_rep_who_left_is_no_longer_active_and_still_owns_leads(book: Poured) -> None:
    gone = [user["Id"] for user in book.rows["User"] if not user["IsActive"]]
    assert len(book.rows["User"]) == len(REPS)
    assert len(gone) == 1
    assert sum(lead["OwnerId"] == gone[0] for lead in book.rows["Lead"]) > 0
    assert [group["Type"] for group in book.rows["Group"]] == ["Queue"]


def test_the_truth_behind_a_story_never_reaches_the_crm(book: Poured, persons: list[Person]) -> None:
    truths = {person.intent for person in persons[:200]}
    assert not truths & {value for lead in book.rows["Lead"] for value in lead.values() if isinstance(value, float)}


def test_in_a_real_org_everything_the_book_names_is_there_and_the_reps_see_the_agencys_fields(tmp_path: Path) -> None:
    with closing(Org(tmp_path / "org.db", OrgSettings())) as org:
        fill(org, 60, SEED, AS_OF)
        with org.reading() as connection:
            kept = {
                name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]
                for name in ("Lead", "Contact", "Task", "EmailMessageRelation", "CampaignMember", "OpportunityHistory")
            }
            profiles = connection.execute(
                'SELECT DISTINCT p."Name" FROM "User" u LEFT JOIN "Profile" p ON p."Id" = u."ProfileId"'
            ).fetchall()
            account_types = connection.execute(
                'SELECT DISTINCT a."IsPersonAccount", r."DeveloperName" FROM "Account" a'
                ' LEFT JOIN "RecordType" r ON r."Id" = a."RecordTypeId"'
            ).fetchall()
            rep = connection.execute('SELECT "Id" FROM "User" WHERE "LastName" = ?', (REPS[0].last_name,)).fetchone()[0]
        assert kept == {name: len(poured(60).rows[name]) for name in kept}
        assert {tuple(each) for each in profiles} == {
            ("Minimum Access - API Only Integrations",),
            ("Standard User",),
        }
        assert {tuple(each) for each in account_types} == {(0, "Business_Account"), (1, "PersonAccount")}
        assert all(org.view(rep).readable(name, "Age__c") for name in ("Lead", "Contact"))
        assert all(org.view(org.user_id).readable(name, "Meeting_Outcome__c") for name in ("Task", "Event"))


def test_those_who_work_here_see_the_agencys_fields(book: Poured) -> None:
    active = {user["Id"] for user in book.rows["User"] if user["IsActive"]}
    assert {row["AssigneeId"] for row in book.rows["PermissionSetAssignment"]} == active


# ------------------------------------------------------------------------------------------------ what the agency added


def test_the_agencys_fields_are_on_lead_and_contact_alike_and_seen_by_those_who_may(book: Poured) -> None:
    on = {name: {field for sobject, field in book.visible if sobject == name} for name in ("Lead", "Contact", "Event")}
    assert on["Lead"] == on["Contact"]
    assert {"Age__c", "Renewal_Date__c", "Email_Last_Campaign__c"} <= on["Lead"]
    assert on["Event"] == {"Meeting_Outcome__c"}


def test_every_field_the_agency_added_is_used_and_only_with_its_own_options(book: Poured) -> None:
    rows = [*book.rows["Lead"], *book.rows["Contact"], *book.rows["Event"]]
    for sobject, name in book.visible:
        field = book.catalog.objects[sobject.lower()].fields[name.lower()]
        used = {row[name] for row in rows if row.get(name) is not None}
        assert used, name
        assert not field.picklist or used <= set(field.picklist)
        assert field.type not in {"string", "url"} or max(map(len, used)) <= field.length
