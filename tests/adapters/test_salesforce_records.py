"""People: leads, the contacts they become, person accounts, merges; one name for a field on all of them."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.contract import Adapter, FieldType, Misconfigured, Page, Record
from tests.adapters.canned import Canned, Time
from tests.adapters.salesforce_fake import ROOT, FakeOrg, fake, field
from tests.adapters.salesforce_pages import (
    Queries,
    contact,
    lead,
    opened,
    page,
    reads,
    salesforce,
    soqls,
)

__all__ = ["fake", "reads", "salesforce"]

LEADS, CONVERTED, CONTACTS = "IsConverted = false", "IsConverted = true", "FROM Contact"
ALL_LEADS = "FROM Lead ORDER BY"
"""Of a full pass that reads everybody."""
LOSERS = "FROM Lead WHERE IsDeleted = true"
LEAD_1, LEAD_2, LEAD_3 = (lead(number)["Id"] for number in (1, 2, 3))
CONTACT_1, CONTACT_2 = (contact(number)["Id"] for number in (1, 2))


def everybody(adapter: Adapter, *fields: str, cursor: str | None = None) -> list[Record]:
    return [record for one in adapter.contacts(cursor, fields) for record in one.items]


def converted(number: int, person: dict[str, Any] | None) -> dict[str, Any]:
    return {"Id": lead(number)["Id"], "ConvertedContactId": person and person["Id"], "ConvertedContact": person}


def lost(number: int, to: int) -> dict[str, Any]:
    return lead(number, IsDeleted=True, MasterRecordId=lead(to)["Id"])


def told(pages: list[Page[Record]]) -> dict[str, str]:
    """Who became whom by the last word of these pages."""
    return {old: new for one in pages for old, new in one.became.items()}


def cursor_of(adapter: Adapter) -> str:
    return list(adapter.contacts(None, []))[-1].cursor


def test_values_come_as_strings_whatever_their_type(reads: Queries, salesforce: Adapter) -> None:
    reads.will(ALL_LEADS, page([lead(1, Age__c=41.0, City="Dayton", Email=None)]))
    (record,) = everybody(salesforce, "Age__c", "City", "Email", "IsConverted", "CreatedDate")
    assert record.properties == {
        "Age__c": "41",
        "City": "Dayton",
        "Email": None,
        "IsConverted": "false",
        "CreatedDate": "2026-11-20T10:00:00Z",
    }
    assert record.updated_at is not None
    assert record.updated_at.isoformat() == "2026-11-20T10:00:00+00:00"


def test_a_contact_answers_to_the_leads_names(reads: Queries, salesforce: Adapter, server: Canned) -> None:
    account = {"Name": "Acme", "Industry": "Roofing"}
    reads.will(CONTACTS, page([contact(1, MailingCity="Lima", Birthdate="1980-02-03", Account=account)]))
    (record,) = everybody(salesforce, "City", "Company", "Industry", "Birthdate")
    assert record.properties == {"City": "Lima", "Company": "Acme", "Industry": "Roofing", "Birthdate": "1980-02-03"}
    assert record.family == "0015e1"
    asked = next(soql for soql in soqls(server) if CONTACTS in soql)
    assert "Account.Name" in asked


def test_a_contact_without_an_account_has_no_company(reads: Queries, salesforce: Adapter) -> None:
    reads.will(CONTACTS, page([contact(1, Account=None, AccountId=None)]))
    (record,) = everybody(salesforce, "Company")
    assert record.properties == {"Company": None}
    assert record.family == ""


def test_a_persons_own_account_is_no_company(reads: Queries, salesforce: Adapter) -> None:
    reads.will(CONTACTS, page([contact(1, IsPersonAccount=True, Account={"Name": "Ann Poe"})]))
    assert everybody(salesforce, "Company")[0].properties == {"Company": None}


def test_what_is_not_described_is_not_asked_for(reads: Queries, salesforce: Adapter, server: Canned) -> None:
    """One hidden field in a query fails the whole query."""
    reads.will(ALL_LEADS, page([lead(1)]))
    (record,) = everybody(salesforce, "HasOptedOutOfEmail", "Address", "Email")
    assert list(record.properties) == ["Email"]
    assert not [soql for soql in soqls(server) if "HasOptedOut" in soql or "Address" in soql]


@pytest.mark.parametrize(
    ("records", "condition"),
    [
        ("Contact", " WHERE IsPersonAccount = false"),
        ("personaccount", " WHERE IsPersonAccount = true"),
        ("Contact,PersonAccount", ""),
    ],
)
def test_the_setting_says_who_is_a_lead(
    reads: Queries, server: Canned, time: Time, records: str, condition: str
) -> None:
    everybody(opened(server, time, records=records))
    (asked,) = soqls(server)
    assert asked.endswith(f"FROM Contact{condition} ORDER BY Id")


def test_without_person_accounts_their_column_is_not_named(
    reads: Queries, server: Canned, time: Time, fake: FakeOrg
) -> None:
    fake.objects["Contact"] = [one for one in fake.objects["Contact"] if one["name"] != "IsPersonAccount"]
    everybody(opened(server, time, records="Contact"))
    everybody(opened(server, time, records="PersonAccount"))
    (asked,) = soqls(server)
    assert "IsPersonAccount" not in asked


def test_a_converted_lead_comes_as_its_contact_without_a_further_call(
    reads: Queries, server: Canned, time: Time
) -> None:
    person = contact(1, MailingCity="Lima", Account={"Name": "Acme"})
    reads.will(CONVERTED, page([converted(2, person), converted(3, None)]))
    found = everybody(opened(server, time, records="Lead"), "City", "Company")
    assert [(record.id, record.replaces, record.archived) for record in found] == [
        (CONTACT_1, (LEAD_2,), False),
        (LEAD_3, (), True),
    ]
    assert found[0].properties == {"City": "Lima", "Company": "Acme"}
    assert len(soqls(server)) == 2


def test_an_increment_brings_a_converted_lead_as_its_contact(reads: Queries, salesforce: Adapter) -> None:
    cursor = cursor_of(salesforce)
    reads.will(CONVERTED, page([converted(2, contact(1, MailingCity="Lima")), converted(3, None)]))
    pages = list(salesforce.contacts(cursor, ["City"]))
    assert [(record.id, record.replaces, record.archived) for one in pages for record in one.items] == [
        (CONTACT_1, (LEAD_2,), False),
        (LEAD_3, (), True),
    ]
    assert told(pages) == {}


def test_a_full_pass_that_reads_all_contacts_tells_only_who_became_whom(
    reads: Queries, salesforce: Adapter, server: Canned
) -> None:
    """And a converted lead without a contact is gone."""
    reads.will(ALL_LEADS, page([lead(2, IsConverted=True, ConvertedContactId=CONTACT_1), lead(3, IsConverted=True)]))
    reads.will(CONTACTS, page([contact(1, MailingCity="Lima")]))
    pages = list(salesforce.contacts(None, ["City"]))
    assert [dict(one.became) for one in pages if one.became] == [{LEAD_2: CONTACT_1}]
    found = [(record.id, record.replaces, record.archived) for one in pages for record in one.items]
    assert found == [(LEAD_3, (), True), (CONTACT_1, (), False)]
    (asked,) = [soql for soql in soqls(server) if "FROM Lead" in soql]
    assert "MailingCity" not in asked


def test_a_contact_that_changes_is_found_through_its_lead_when_contacts_are_not_read(
    reads: Queries, server: Canned, time: Time
) -> None:
    adapter = opened(server, time, records="Lead")
    cursor = cursor_of(adapter)
    everybody(adapter, cursor=cursor)
    assert "ConvertedContact.SystemModstamp >= " in soqls(server)[-1]


def test_a_contact_is_read_again_when_its_account_changes(reads: Queries, server: Canned, time: Time) -> None:
    adapter = opened(server, time, records="Contact")
    cursor = cursor_of(adapter)
    everybody(adapter, "Industry", cursor=cursor)
    assert "Account.SystemModstamp >= " in soqls(server)[-1]


@pytest.mark.parametrize("full", [True, False])
def test_a_merge_is_told_by_the_winner_and_its_losers_do_not_come(
    reads: Queries, server: Canned, time: Time, full: bool
) -> None:
    """Of everybody's full pass see below."""
    adapter = opened(server, time, **({"records": "Lead"} if full else {}))
    cursor = None if full else cursor_of(adapter)
    reads.will(LEADS, page([lost(1, to=2), lead(2)]))
    found = everybody(adapter, cursor=cursor)
    assert [(record.id, record.replaces) for record in found] == [(LEAD_2, (LEAD_1,))]


@pytest.mark.parametrize("full", [True, False])
def test_merges_on_many_pages_cost_one_call(
    reads: Queries, fake: FakeOrg, server: Canned, time: Time, full: bool
) -> None:
    adapter = opened(server, time, **({"records": "Lead"} if full else {}))
    cursor = None if full else cursor_of(adapter)
    reads.will(LEADS, page([lead(1)], more="x-2000", total=2))
    reads.will(LOSERS, page([{"Id": LEAD_3, "MasterRecordId": LEAD_1}]))
    fake.will("GET", "query/x-2000", page([lead(2), lost(3, to=1)]))
    found = everybody(adapter, cursor=cursor)
    assert [(record.id, record.replaces) for record in found] == [(LEAD_1, (LEAD_3,)), (LEAD_2, ())]
    assert len([soql for soql in soqls(server) if LOSERS in soql]) == 1


@pytest.mark.parametrize("pages", [1, 2])
@pytest.mark.parametrize(
    "losers",
    [[lost(1, to=2), lost(2, to=3)], [lost(1, to=3), lost(2, to=1)]],
    ids=["before its winner is lost", "after its winner is lost"],
)
def test_a_full_pass_tells_of_every_loser_the_last_winner_and_asks_no_more(
    reads: Queries, salesforce: Adapter, fake: FakeOrg, server: Canned, losers: list[dict[str, Any]], pages: int
) -> None:
    first, second = losers
    if pages == 1:
        reads.will(ALL_LEADS, page([first, second, lead(3)]))
    else:
        reads.will(ALL_LEADS, page([first], more="x-2000", total=3))
        fake.will("GET", "query/x-2000", page([second, lead(3)], total=3))
    found = list(salesforce.contacts(None, []))
    assert told(found) == {LEAD_1: LEAD_3, LEAD_2: LEAD_3}
    assert [(record.id, record.replaces) for one in found for record in one.items] == [(LEAD_3, ())]
    assert [soql for soql in soqls(server) if "IsDeleted = true" in soql] == []


@pytest.mark.parametrize("pages", [1, 2])
def test_a_full_pass_tells_that_the_losers_of_a_converted_lead_became_its_contact(
    reads: Queries, salesforce: Adapter, fake: FakeOrg, pages: int
) -> None:
    winner = lead(2, IsConverted=True, ConvertedContactId=CONTACT_1)
    if pages == 1:
        reads.will(ALL_LEADS, page([lost(1, to=2), winner]))
    else:
        reads.will(ALL_LEADS, page([lost(1, to=2)], more="x-2000", total=2))
        fake.will("GET", "query/x-2000", page([winner], total=2))
    assert told(list(salesforce.contacts(None, []))) == {LEAD_1: CONTACT_1, LEAD_2: CONTACT_1}


def test_a_full_pass_tells_of_merged_contacts_too(reads: Queries, salesforce: Adapter) -> None:
    reads.will(CONTACTS, page([contact(1, IsDeleted=True, MasterRecordId=CONTACT_2), contact(2)]))
    pages = list(salesforce.contacts(None, []))
    assert told(pages) == {CONTACT_1: CONTACT_2}
    assert [(record.id, record.replaces) for one in pages for record in one.items] == [(CONTACT_2, ())]


def test_a_lead_deleted_without_a_merge_comes_as_gone(reads: Queries, salesforce: Adapter) -> None:
    reads.will(ALL_LEADS, page([lead(1, IsDeleted=True)]))
    pages = list(salesforce.contacts(None, []))
    assert [(record.id, record.archived) for one in pages for record in one.items] == [(LEAD_1, True)]
    assert told(pages) == {}


def test_a_full_pass_that_goes_on_after_a_stop_asks_once_for_the_merges_it_has_told(
    reads: Queries, fake: FakeOrg, server: Canned, time: Time
) -> None:
    reads.will(ALL_LEADS, page([lost(1, to=2)], more="gone-2000", total=3))
    first = next(iter(opened(server, time).contacts(None, [])))
    assert told([first]) == {LEAD_1: LEAD_2}
    merged = [{"Id": LEAD_1, "MasterRecordId": LEAD_2}, {"Id": LEAD_2, "MasterRecordId": LEAD_3}]
    reads.will(LOSERS, page(merged))
    reads.will(f"FROM Lead WHERE Id > '{LEAD_1}'", page([lost(2, to=3)], more="x-2000", total=2))
    fake.will("GET", "query/x-2000", page([lead(3)], total=2))
    rest = list(opened(server, time).contacts(first.cursor, []))
    assert told(rest) == {LEAD_1: LEAD_3, LEAD_2: LEAD_3}
    assert [record.id for one in rest for record in one.items] == [LEAD_3]
    assert len([soql for soql in soqls(server) if LOSERS in soql]) == 1


def test_a_winner_outside_the_window_is_fetched(reads: Queries, salesforce: Adapter) -> None:
    """And a winner that was merged in its turn leads on to the last one."""
    cursor = cursor_of(salesforce)
    reads.will(LEADS, page([lead(1, IsDeleted=True, MasterRecordId=LEAD_2)]))
    reads.will(f"Id IN ('{LEAD_2}')", page([lead(2, IsDeleted=True, MasterRecordId=LEAD_3)]))
    reads.will(f"Id IN ('{LEAD_3}')", page([lead(3, City="Lima")]))
    (record,) = everybody(salesforce, "City", cursor=cursor)
    assert record.id == LEAD_3
    assert set(record.replaces) == {LEAD_1, LEAD_2}
    assert record.properties == {"City": "Lima"}


def test_people_by_id_come_as_what_they_are_now(reads: Queries, salesforce: Adapter, server: Canned) -> None:
    rows = [lead(1), lead(2, IsConverted=True, ConvertedContactId=CONTACT_1), lead(3, IsDeleted=True)]
    reads.will("FROM Lead", page(rows))
    reads.will("FROM Contact", page([contact(1, MailingCity="Lima"), contact(2)]))
    found = salesforce.contacts_by_id([LEAD_1, LEAD_2, LEAD_3, CONTACT_2, "999", "003'; DROP"], ["City"])
    assert {record.id: record.replaces for record in found.items} == {
        LEAD_1: (),
        CONTACT_1: (LEAD_2,),
        CONTACT_2: (),
    }
    assert len(soqls(server)) == 2
    assert found.complete


def test_a_merged_person_comes_once_under_the_winner(reads: Queries, salesforce: Adapter) -> None:
    reads.will("FROM Contact", page([contact(1, IsDeleted=True, MasterRecordId=CONTACT_2), contact(2)]))
    (record,) = salesforce.contacts_by_id([CONTACT_1, CONTACT_2], []).items
    assert (record.id, record.replaces) == (CONTACT_2, (CONTACT_1,))


def test_nobody_asked_for_costs_no_call(reads: Queries, salesforce: Adapter, server: Canned) -> None:
    assert salesforce.contacts_by_id([], []).items == []
    assert server.seen == []


def test_people_by_id_are_asked_two_hundred_at_a_time(reads: Queries, salesforce: Adapter, server: Canned) -> None:
    salesforce.contacts_by_id([lead(number)["Id"] for number in range(450)], ["City"])
    assert [soql.count("00Q5e") for soql in soqls(server)] == [200, 200, 50]


def test_the_live_fields_are_those_of_leads_and_contacts_under_one_name(reads: Queries, salesforce: Adapter) -> None:
    found = {one.name: one for one in salesforce.fields()}
    assert {"City", "Company", "Birthdate", "Age__c", "Industry"} <= set(found)
    assert not {"MailingCity", "Address", "Account.Name"} & set(found)
    assert found["Age__c"].type is FieldType.NUMBER
    assert [name for name in ("City", "Company", "Industry") if found[name].read_only] == ["Industry"]


def test_a_field_of_only_one_of_them_is_among_the_live_fields(
    reads: Queries, salesforce: Adapter, fake: FakeOrg
) -> None:
    fake.objects["Lead"].append(field("Rating", "picklist", picklistValues=[{"value": "Hot", "label": "Very hot"}]))
    rating = next(one for one in salesforce.fields() if one.name == "Rating")
    assert [(choice.value, choice.label) for choice in rating.choices] == [("Hot", "Very hot")]


def test_leads_that_may_not_be_read_are_named(reads: Queries, salesforce: Adapter, fake: FakeOrg) -> None:
    del fake.objects["Lead"]
    with pytest.raises(Misconfigured, match="View All on Lead") as caught:
        everybody(salesforce)
    assert caught.value.what == ("Lead",)


def test_owners_are_users_former_ones_too_and_queues_by_one_call(
    reads: Queries, salesforce: Adapter, server: Canned
) -> None:
    users = [
        {"Id": "0055e1", "Name": "Ann Poe", "Email": "ann@agency.example", "IsActive": True},
        {"Id": "0055e2", "Name": "Bob Ray", "Email": None, "IsActive": False},
    ]
    reads.will("FROM User", page(users))
    reads.will("FROM Group", page([{"Id": "00G5e1", "Name": "Web leads"}]))
    assert [(owner.id, owner.name, owner.email, owner.active) for owner in salesforce.owners()] == [
        ("0055e1", "Ann Poe", "ann@agency.example", True),
        ("0055e2", "Bob Ray", "", False),
        ("00G5e1", "Web leads", "", True),
    ]
    assert [seen.path for seen in server.seen] == [ROOT + "composite"]
