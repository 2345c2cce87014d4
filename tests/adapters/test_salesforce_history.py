"""The past of a field: walked back from the present, and absent where Salesforce does not keep it."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.contract import Adapter
from tests.adapters.canned import Canned, Reply
from tests.adapters.salesforce_fake import FakeOrg, error, fake
from tests.adapters.salesforce_pages import Queries, contact, lead, page, reads, salesforce, soqls, with_fields

__all__ = ["fake", "reads", "salesforce"]

ANN, BOB = lead(1)["Id"], contact(2)["Id"]
TRACKED = "FROM FieldDefinition"


@pytest.fixture(autouse=True)
def _objects(fake: FakeOrg, reads: Queries) -> None:
    fake.objects |= {"LeadHistory": with_fields("Field"), "ContactHistory": with_fields("Field")}
    fake.objects["Lead"] += with_fields("OwnerId")


def tracking(*names: str) -> Reply:
    return page([{"QualifiedApiName": name, "IsFieldHistoryTracked": True} for name in names])


def change(field: str, old: Any, new: Any, day: int, **more: Any) -> dict[str, Any]:
    row = {"LeadId": ANN, "Field": field, "OldValue": old, "NewValue": new}
    return row | {"CreatedDate": f"2026-11-{day:02}T10:00:00.000+0000"} | more


def test_each_change_says_what_there_was_before_it(reads: Queries, salesforce: Adapter) -> None:
    reads.will(TRACKED, tracking("City", "Age__c"))
    rows = [change("City", "Parma", "Mentor", 21), change("Age__c", 40.0, 41.0, 20), change("City", None, "Parma", 19)]
    reads.will("FROM LeadHistory", page(rows))
    reads.will("FROM Lead ", page([lead(1, City="Mentor", Age__c=41.0, CreatedDate="2026-11-01T10:00:00.000+0000")]))
    past = salesforce.history([ANN], ["City", "Age__c"])[ANN]
    assert [(version.value, version.at.day) for version in past["City"]] == [("Mentor", 21), ("Parma", 19), (None, 1)]
    assert [version.value for version in past["Age__c"]] == ["41", "40"]


def test_a_field_that_is_not_tracked_is_absent(reads: Queries, salesforce: Adapter, server: Canned) -> None:
    """That there are no rows does not mean that it never changed."""
    reads.will(TRACKED, tracking("City"))
    reads.will("FROM Lead ", page([lead(1, City="Mentor", Email="a@leads.example")]))
    assert list(salesforce.history([ANN], ["City", "Email"])[ANN]) == ["City"]
    assert "Field IN ('City')" in next(soql for soql in soqls(server) if "FROM LeadHistory" in soql)


def test_where_salesforce_does_not_say_what_is_tracked_nothing_is_claimed(reads: Queries, salesforce: Adapter) -> None:
    reads.will(TRACKED, Reply(400, error("INVALID_TYPE", "sObject type 'FieldDefinition' is not supported.")))
    assert salesforce.history([ANN], ["City"]) == {}


def test_a_contacts_past_is_under_the_leads_names(reads: Queries, salesforce: Adapter) -> None:
    reads.will(TRACKED, tracking("MailingCity"))
    reads.will("FROM ContactHistory", page([change("MailingCity", "Parma", "Lima", 21, ContactId=BOB)]))
    reads.will("FROM Contact ", page([contact(2, MailingCity="Lima")]))
    past = salesforce.history([BOB], ["City"])[BOB]
    assert [version.value for version in past["City"]] == ["Lima", "Parma"]


def test_a_change_of_owner_is_told_once_by_id(reads: Queries, salesforce: Adapter) -> None:
    reads.will(TRACKED, tracking("OwnerId"))
    rows = [change("Owner", "Ann", "Bob", 21), change("Owner", "0051", "0052", 21)]
    reads.will("FROM LeadHistory", page(rows))
    reads.will("FROM Lead ", page([lead(1, OwnerId="0052")]))
    past = salesforce.history([ANN], ["OwnerId"])[ANN]
    assert [version.value for version in past["OwnerId"]] == ["0052", "0051"]


def test_what_is_tracked_is_asked_once(reads: Queries, salesforce: Adapter, server: Canned) -> None:
    for _ in range(2):
        salesforce.history([ANN], ["City"])
    assert len([soql for soql in soqls(server) if TRACKED in soql]) == 1
