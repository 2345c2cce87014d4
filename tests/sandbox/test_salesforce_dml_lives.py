"""Deleting, restoring, merging and converting records of the Salesforce sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.sandbox.salesforce import dml
from adapters.sandbox.salesforce.dml import ConvertResult
from adapters.sandbox.salesforce.ids import make_id
from tests.sandbox.dml import NOW, Desk, code, desk_in


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with desk_in(tmp_path) as found:
        yield found


def delete(desk: Desk, sobject: str, *ids: str) -> list[dml.RowResult]:
    return dml.delete(desk.org, desk.user, sobject, ids, auto_assign=False)


def convert(desk: Desk, lead: str, **into: str) -> ConvertResult:
    result = dml.convert_lead(desk.org, desk.user, lead, **into)
    assert result.success, result.errors
    return result


def test_a_deleted_record_stays_in_the_bin_with_a_new_stamp(desk: Desk) -> None:
    lead = desk.add("Lead")
    desk.clock.forward(60)
    (result,) = delete(desk, "Lead", lead)
    assert (result.success, result.id) == (True, lead)
    row = desk.row("Lead", lead)
    assert (row["IsDeleted"], row["SystemModstamp"]) == (1, NOW + 60_000)
    assert desk.told[-1].kind == "deleted"


def test_what_cannot_be_deleted_is_said_row_by_row(desk: Desk) -> None:
    lead = desk.add("Lead")
    delete(desk, "Lead", lead)
    results = delete(desk, "Lead", lead, make_id("00Q", 999_999), "nonsense")
    assert [code(each) for each in results] == ["ENTITY_IS_DELETED", "INVALID_CROSS_REFERENCE_KEY", "MALFORMED_ID"]


def test_an_account_takes_its_contacts_along_and_brings_them_back(desk: Desk) -> None:
    account = desk.add("Account", Name="Acme")
    early, contact = desk.add("Contact", AccountId=account), desk.add("Contact", AccountId=account)
    task = desk.add("Task", WhoId=contact)
    delete(desk, "Contact", early)
    desk.clock.forward(60)
    delete(desk, "Account", account)
    assert desk.row("Contact", contact)["IsDeleted"] == 1
    assert desk.row("Task", task)["IsDeleted"] == 0
    (result,) = dml.undelete(desk.org, desk.user, "Account", [account])
    assert result.success
    assert desk.row("Contact", contact)["IsDeleted"] == 0
    assert desk.row("Contact", early)["IsDeleted"] == 1


def test_only_what_is_in_the_bin_comes_out_of_it(desk: Desk) -> None:
    lead = desk.add("Lead")
    (result,) = dml.undelete(desk.org, desk.user, "Lead", [lead])
    assert code(result) == "UNDELETE_FAILED"


def test_a_person_account_and_its_contact_share_their_fate(desk: Desk) -> None:
    account = desk.add("Account", LastName="Lee")
    contact = desk.row("Account", account)["PersonContactId"]
    delete(desk, "Contact", contact)
    assert desk.row("Account", account)["IsDeleted"] == 1
    assert [each.id for each in desk.told if each.kind == "deleted"] == [contact, account]
    dml.undelete(desk.org, desk.user, "Account", [account])
    assert desk.row("Contact", contact)["IsDeleted"] == 0


def test_an_emptied_bin_is_told_of_by_get_deleted_alone(desk: Desk) -> None:
    lead, kept = desk.add("Lead"), desk.add("Lead")
    desk.clock.forward(60)
    delete(desk, "Lead", lead)
    assert dml.deleted_between(desk.org, "Lead", NOW, NOW + 90_000) == [(lead, NOW + 60_000)]
    desk.clock.forward(60)
    assert dml.purge(desk.org, [lead, kept]) == [lead]
    assert desk.rows("Lead", Id=lead) == []
    assert desk.rows("LeadHistory", LeadId=lead) == []
    assert dml.deleted_between(desk.org, "Lead", NOW, NOW + 90_000) == [(lead, NOW + 60_000)]
    assert dml.deleted_between(desk.org, "Lead", NOW, NOW + 30_000) == []


def test_a_merge_moves_what_hangs_on_the_losers(desk: Desk) -> None:
    master, one, two = (desk.add("Lead") for _ in range(3))
    spring, summer = desk.add("Campaign", Name="Spring"), desk.add("Campaign", Name="Summer")
    task = desk.add("Task", WhoId=one, Status="Completed", ActivityDate="2026-11-20")
    moved = desk.add("CampaignMember", CampaignId=spring, LeadId=two)
    doubled = desk.add("CampaignMember", CampaignId=summer, LeadId=one)
    desk.add("CampaignMember", CampaignId=summer, LeadId=master)
    desk.clock.forward(60)
    result = dml.merge(desk.org, desk.user, "Lead", master, [one, two])
    assert result.success
    for loser in (one, two):
        row = desk.row("Lead", loser)
        assert (row["IsDeleted"], row["MasterRecordId"], row["SystemModstamp"]) == (1, master, NOW + 60_000)
    assert desk.row("Task", task)["WhoId"] == master
    assert [row["RelationId"] for row in desk.rows("TaskRelation", TaskId=task, IsDeleted=0)] == [master]
    assert desk.row("CampaignMember", moved)["LeadOrContactId"] == master
    assert desk.row("CampaignMember", doubled)["IsDeleted"] == 1
    row = desk.row("Lead", master)
    assert (row["LastActivityDate"], row["LastModifiedDate"]) == ("2026-11-20", NOW + 60_000)


def test_merged_accounts_share_their_contacts(desk: Desk) -> None:
    master, loser = desk.add("Account", Name="Acme"), desk.add("Account", Name="Acme Inc")
    contact = desk.add("Contact", AccountId=loser)
    assert dml.merge(desk.org, desk.user, "Account", master, [loser]).success
    row = desk.row("Contact", contact)
    assert (row["AccountId"], row["IsDeleted"]) == (master, 0)


def test_merged_person_accounts_merge_their_contacts(desk: Desk) -> None:
    master, loser = desk.add("Account", LastName="Lee"), desk.add("Account", LastName="Leigh")
    kept, gone = (desk.row("Account", each)["PersonContactId"] for each in (master, loser))
    task = desk.add("Task", WhoId=gone)
    assert dml.merge(desk.org, desk.user, "Account", master, [loser]).success
    assert desk.row("Contact", gone)["MasterRecordId"] == kept
    row = desk.row("Task", task)
    assert (row["WhoId"], row["AccountId"]) == (kept, master)


def test_a_merge_that_makes_no_sense_writes_nothing(desk: Desk) -> None:
    master, loser = desk.add("Lead"), desk.add("Lead")
    assert code(dml.merge(desk.org, desk.user, "Lead", master, [])) == "INVALID_OPERATION"
    assert code(dml.merge(desk.org, desk.user, "Lead", master, [master])) == "DUPLICATE_VALUE"
    assert code(dml.merge(desk.org, desk.user, "Lead", master, [loser] * 3)) == "INVALID_OPERATION"
    assert (
        code(dml.merge(desk.org, desk.user, "Lead", master, [make_id("00Q", 99_999)])) == "INVALID_CROSS_REFERENCE_KEY"
    )
    assert desk.row("Lead", loser)["IsDeleted"] == 0


def test_a_converted_lead_names_what_it_became(desk: Desk) -> None:
    desk.custom("Lead", "Score__c", "double", precision=3, scale=0)
    desk.custom("Contact", "Score__c", "double", precision=3, scale=0)
    lead = desk.add("Lead", FirstName="Ann", Company="Acme", City="Bath", Email="ann@example.com", Score__c=7)
    became = convert(desk, lead, opportunity_name="Auto policy")
    row = desk.row("Lead", lead)
    assert (row["IsConverted"], row["ConvertedDate"], row["Status"]) == (1, "2026-11-22", "Closed - Converted")
    assert row["ConvertedAccountId"] == became.account_id
    assert row["ConvertedContactId"] == became.contact_id
    assert row["ConvertedOpportunityId"] == became.opportunity_id
    account, contact = desk.row("Account", str(became.account_id)), desk.row("Contact", str(became.contact_id))
    assert (account["Name"], account["BillingCity"], account["IsPersonAccount"]) == ("Acme", "Bath", 0)
    assert (contact["Name"], contact["MailingCity"], contact["Email"]) == ("Ann Lee", "Bath", "ann@example.com")
    assert (contact["Score__c"], contact["AccountId"]) == (7, account["Id"])


def test_the_opportunity_of_a_conversion_has_its_contact_role(desk: Desk) -> None:
    became = convert(desk, desk.add("Lead", Company="Acme"), opportunity_name="Auto policy")
    deal = desk.row("Opportunity", str(became.opportunity_id))
    assert (deal["StageName"], deal["CloseDate"], deal["AccountId"]) == (
        "Prospecting", "2026-12-31", became.account_id,
    )  # fmt: skip
    (role,) = desk.rows("OpportunityContactRole")
    assert (role["ContactId"], role["IsPrimary"]) == (became.contact_id, 1)
    assert len(desk.rows("OpportunityHistory", OpportunityId=deal["Id"])) == 1


def test_a_conversion_hands_activities_campaigns_and_mails_to_the_contact(desk: Desk) -> None:
    lead = desk.add("Lead")
    task = desk.add("Task", WhoId=lead, Status="Completed", ActivityDate="2026-11-20")
    member = desk.add("CampaignMember", CampaignId=desk.add("Campaign", Name="Spring"), LeadId=lead)
    message = desk.add("EmailMessage", Subject="Quote", MessageDate="2026-11-19T15:00:00Z")
    address = {"RelationType": "ToAddress", "RelationAddress": "ann@example.com"}
    mail = desk.add("EmailMessageRelation", EmailMessageId=message, RelationId=lead, **address)
    became = convert(desk, lead)
    contact = became.contact_id
    row = desk.row("Task", task)
    assert (row["WhoId"], row["AccountId"]) == (contact, became.account_id)
    row = desk.row("CampaignMember", member)
    assert (row["LeadId"], row["ContactId"], row["LeadOrContactId"]) == (lead, contact, contact)
    row = desk.row("EmailMessageRelation", mail)
    assert (row["RelationId"], row["RelationObjectType"]) == (contact, "Contact")
    assert desk.row("Contact", str(contact))["LastActivityDate"] == "2026-11-20"


def test_a_conversion_is_remembered_and_told(desk: Desk) -> None:
    lead = desk.add("Lead")
    desk.clock.forward(60)
    convert(desk, lead)
    rows = desk.rows("LeadHistory", LeadId=lead, Field="leadConverted")
    assert [row["CreatedDate"] for row in rows] == [NOW + 60_000]
    assert [each.id for each in desk.told if each.kind == "converted"] == [lead]


def test_a_lead_without_a_company_becomes_a_person_account(desk: Desk) -> None:
    lead = desk.add("Lead", Company=None, FirstName="Ann", City="Bath", Email="ann@example.com")
    became = convert(desk, lead)
    account, contact = desk.row("Account", str(became.account_id)), desk.row("Contact", str(became.contact_id))
    assert (account["IsPersonAccount"], account["Name"], account["PersonContactId"]) == (1, "Ann Lee", contact["Id"])
    assert (contact["Email"], contact["MailingCity"]) == ("ann@example.com", "Bath")


def test_a_contact_that_is_there_gets_only_what_it_lacks(desk: Desk) -> None:
    account = desk.add("Account", Name="Acme")
    contact = desk.add("Contact", AccountId=account, Email="old@example.com")
    lead = desk.add("Lead", Email="new@example.com", Phone="1")
    became = convert(desk, lead, contact_id=contact)
    assert (became.account_id, became.contact_id, became.opportunity_id) == (account, contact, None)
    row = desk.row("Contact", contact)
    assert (row["Email"], row["Phone"]) == ("old@example.com", "1")


def test_a_converted_lead_can_be_changed_where_the_org_allows_it(desk: Desk) -> None:
    lead = desk.add("Lead")
    convert(desk, lead)
    desk.org.settings.edit_converted_leads = True
    assert desk.write("Lead", lead, City="Bath").success
    assert desk.row("Lead", lead)["City"] == "Bath"


def test_a_converted_lead_takes_no_changes(desk: Desk) -> None:
    lead = desk.add("Lead")
    convert(desk, lead)
    result = desk.write("Lead", lead, City="Bath")
    assert (code(result), result.errors[0].message) == (
        "CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead",
    )  # fmt: skip
    assert code(dml.convert_lead(desk.org, desk.user, lead)) == "CANNOT_UPDATE_CONVERTED_LEAD"


def test_a_conversion_into_nothing_writes_nothing(desk: Desk) -> None:
    lead = desk.add("Lead")
    result = dml.convert_lead(desk.org, desk.user, lead, account_id=make_id("001", 99_999))
    assert code(result) == "INVALID_CROSS_REFERENCE_KEY"
    assert desk.row("Lead", lead)["IsConverted"] == 0
