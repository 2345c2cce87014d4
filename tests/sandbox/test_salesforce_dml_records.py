"""What the Salesforce sandbox works out by itself: activities, campaigns, opportunities, mails, Person Accounts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.sandbox.salesforce import dml
from tests.sandbox.dml import NOW, Desk, code, desk_in


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with desk_in(tmp_path) as found:
        yield found


def test_a_task_closes_with_its_status(desk: Desk) -> None:
    task = desk.add("Task", Subject="Call")
    row = desk.row("Task", task)
    assert (row["Status"], row["Priority"], row["IsClosed"], row["CompletedDateTime"]) == (
        "Not Started", "Normal", 0, None,
    )  # fmt: skip
    desk.clock.forward(60)
    desk.write("Task", task, Status="Completed")
    desk.clock.forward(60)
    desk.write("Task", task, Priority="High")
    row = desk.row("Task", task)
    assert (row["IsClosed"], row["CompletedDateTime"], row["IsHighPriority"]) == (1, NOW + 60_000, 1)
    desk.write("Task", task, Status="Deferred")
    row = desk.row("Task", task)
    assert (row["IsClosed"], row["CompletedDateTime"]) == (0, None)


def test_a_task_knows_the_account_of_its_contact(desk: Desk) -> None:
    account = desk.add("Account", Name="Acme")
    contact = desk.add("Contact", AccountId=account)
    assert desk.row("Task", desk.add("Task", WhoId=contact))["AccountId"] == account
    assert desk.row("Task", desk.add("Task", WhatId=account))["AccountId"] == account


def test_an_activity_about_a_lead_is_about_nothing_else(desk: Desk) -> None:
    lead, account = desk.add("Lead"), desk.add("Account", Name="Acme")
    assert desk.refusal("Task", WhoId=lead, WhatId=account) == "FIELD_INTEGRITY_EXCEPTION"


def test_an_activity_moves_the_persons_stamp_but_not_their_modified_date(desk: Desk) -> None:
    lead = desk.add("Lead")
    desk.clock.forward(60)
    task = desk.add("Task", WhoId=lead, ActivityDate="2026-11-20")
    assert desk.row("Lead", lead)["SystemModstamp"] == NOW
    desk.write("Task", task, Status="Completed")
    row = desk.row("Lead", lead)
    assert (row["LastActivityDate"], row["SystemModstamp"], row["LastModifiedDate"]) == (
        "2026-11-20", NOW + 60_000, NOW,
    )  # fmt: skip
    dml.delete(desk.org, desk.user, "Task", [task])
    assert desk.row("Lead", lead)["LastActivityDate"] is None


def test_an_event_has_one_start_an_end_and_the_day_of_the_orgs_zone(desk: Desk) -> None:
    lead = desk.add("Lead")
    event = desk.add("Event", WhoId=lead, StartDateTime="2026-11-20T02:00:00Z", DurationInMinutes=30)
    row = desk.row("Event", event)
    assert row["ActivityDateTime"] == row["StartDateTime"]
    assert row["EndDateTime"] - row["StartDateTime"] == 30 * 60_000
    assert row["ActivityDate"] == desk.row("Lead", lead)["LastActivityDate"] == "2026-11-19"


def test_shared_activities_count_the_people_and_touch_each(desk: Desk) -> None:
    first, second = desk.add("Contact"), desk.add("Contact")
    task = desk.add("Task", WhoId=first, Status="Completed", ActivityDate="2026-11-20")
    assert desk.row("Task", task)["WhoCount"] == 1
    assert [row["RelationId"] for row in desk.rows("TaskRelation", TaskId=task)] == [first]
    tie = desk.add("TaskRelation", TaskId=task, RelationId=second)
    assert desk.row("Task", task)["WhoCount"] == 2
    assert desk.row("Contact", second)["LastActivityDate"] == "2026-11-20"
    dml.delete(desk.org, desk.user, "TaskRelation", [tie])
    assert desk.row("Task", task)["WhoCount"] == 1
    assert desk.row("Contact", second)["LastActivityDate"] is None


def test_a_task_given_to_another_person_leaves_the_first(desk: Desk) -> None:
    first, second = desk.add("Contact"), desk.add("Contact")
    task = desk.add("Task", WhoId=first, Status="Completed", ActivityDate="2026-11-20")
    desk.write("Task", task, WhoId=second)
    live = [row["RelationId"] for row in desk.rows("TaskRelation", TaskId=task, IsDeleted=0)]
    assert live == [second]
    assert desk.row("Task", task)["WhoCount"] == 1
    assert desk.row("Contact", first)["LastActivityDate"] is None
    assert desk.row("Contact", second)["LastActivityDate"] == "2026-11-20"


def test_without_shared_activities_a_task_has_one_person(tmp_path: Path) -> None:
    with desk_in(tmp_path, shared_activities=False) as desk:
        lead = desk.add("Lead")
        desk.add("Task", WhoId=lead, Status="Completed", ActivityDate="2026-11-20")
        assert desk.row("Lead", lead)["LastActivityDate"] == "2026-11-20"


def test_an_email_message_makes_its_task(desk: Desk) -> None:
    message = desk.add("EmailMessage", Subject="Your quote", Incoming=True, FromAddress="a@example.com")
    (task,) = desk.rows("Task")
    assert desk.row("EmailMessage", message)["ActivityId"] == task["Id"]
    assert (task["TaskSubtype"], task["IsClosed"], task["Subject"]) == ("Email", 1, "Email Received: Your quote")


def test_a_campaign_member_is_one_person_once(desk: Desk) -> None:
    campaign, lead = desk.add("Campaign", Name="Spring"), desk.add("Lead")
    contact = desk.add("Contact")
    member = desk.row("CampaignMember", desk.add("CampaignMember", CampaignId=campaign, LeadId=lead))
    assert (member["LeadOrContactId"], member["HasResponded"], member["FirstRespondedDate"]) == (lead, 0, None)
    assert desk.refusal("CampaignMember", CampaignId=campaign, LeadId=lead) == "DUPLICATE_VALUE"
    assert desk.refusal("CampaignMember", CampaignId=campaign) == "FIELD_INTEGRITY_EXCEPTION"
    both = desk.refusal("CampaignMember", CampaignId=campaign, LeadId=lead, ContactId=contact)
    assert both == "FIELD_INTEGRITY_EXCEPTION"
    rows = [{"CampaignId": campaign, "ContactId": contact}] * 2
    first, second = dml.insert(desk.org, desk.user, "CampaignMember", rows)
    assert first.success
    assert (code(second), second.errors[0].message) == ("DUPLICATE_VALUE", "Already a campaign member.")


def test_a_response_keeps_the_day_it_first_came(desk: Desk) -> None:
    member = desk.add("CampaignMember", CampaignId=desk.add("Campaign", Name="Spring"), LeadId=desk.add("Lead"))
    desk.write("CampaignMember", member, Status="Responded")
    row = desk.row("CampaignMember", member)
    assert (row["HasResponded"], row["FirstRespondedDate"]) == (1, "2026-11-22")
    desk.clock.forward(3 * 86_400)
    desk.write("CampaignMember", member, Status="Attended")
    assert desk.row("CampaignMember", member)["FirstRespondedDate"] == "2026-11-22"
    desk.write("CampaignMember", member, Status="Sent")
    assert desk.row("CampaignMember", member)["HasResponded"] == 0


def test_a_stage_says_whether_the_deal_is_closed_and_won(desk: Desk) -> None:
    deal = desk.add("Opportunity", Amount=1000)
    row = desk.row("Opportunity", deal)
    assert (row["IsClosed"], row["IsWon"], row["Probability"]) == (0, 0, 10)
    desk.write("Opportunity", deal, StageName="Closed Won")
    row = desk.row("Opportunity", deal)
    assert (row["IsClosed"], row["IsWon"], row["Probability"], row["ExpectedRevenue"]) == (1, 1, 100, 1000)


def test_opportunity_history_follows_the_deal_only(desk: Desk) -> None:
    deal = desk.add("Opportunity", Amount=1000)
    desk.write("Opportunity", deal, Description="x")
    desk.clock.forward(60)
    desk.write("Opportunity", deal, Amount=1500)
    desk.write("Opportunity", deal, StageName="Closed Lost")
    rows = desk.rows("OpportunityHistory", OpportunityId=deal)
    assert [(row["StageName"], row["Amount"], row["PrevAmount"]) for row in rows] == [
        ("Prospecting", 1000, None),
        ("Prospecting", 1500, 1000),
        ("Closed Lost", 1500, 1500),
    ]
    assert [row["CreatedDate"] for row in rows] == [NOW, NOW + 60_000, NOW + 60_000]


def test_a_person_account_is_an_account_and_a_contact(desk: Desk) -> None:
    desk.custom("Contact", "Score__c", "double", precision=3, scale=0)
    account = desk.add("Account", FirstName="Ann", LastName="Lee", PersonEmail="ann@example.com", Score__pc=7)
    row = desk.row("Account", account)
    contact = desk.row("Contact", row["PersonContactId"])
    assert (row["IsPersonAccount"], row["Name"], contact["Name"]) == (1, "Ann Lee", "Ann Lee")
    assert (contact["AccountId"], contact["IsPersonAccount"]) == (account, 1)
    assert (contact["Email"], contact["Score__c"]) == ("ann@example.com", 7)


def test_a_person_account_is_written_through_either_half(desk: Desk) -> None:
    desk.custom("Contact", "Score__c", "double", precision=3, scale=0)
    account = desk.add("Account", FirstName="Ann", LastName="Lee")
    contact = desk.row("Account", account)["PersonContactId"]
    desk.clock.forward(60)
    assert desk.write("Account", account, Score__pc=8, LastName="Ray").success
    row = desk.row("Contact", contact)
    assert (row["Score__c"], row["Name"], row["SystemModstamp"]) == (8, "Ann Ray", NOW + 60_000)
    desk.clock.forward(60)
    assert desk.write("Contact", contact, Score__c=9, FirstName="Eve").success
    row = desk.row("Account", account)
    assert (row["Name"], row["SystemModstamp"]) == ("Eve Ray", NOW + 120_000)
    assert desk.row("Contact", contact)["Score__c"] == 9


def test_a_rule_on_accounts_sees_what_the_contact_holds(desk: Desk) -> None:
    account = desk.add("Account", LastName="Lee", PersonEmail="ann@example.com")
    desk.org.rules["mail"] = dml.Rule("Account", lambda row: not row["PersonEmail"], "An e-mail address is required")
    assert desk.write("Account", account, PersonMobilePhone="1").success
    assert code(desk.write("Account", account, PersonEmail=None)) == "FIELD_CUSTOM_VALIDATION_EXCEPTION"


def test_a_business_account_needs_a_name_and_a_person_a_last_name(desk: Desk) -> None:
    assert desk.refusal("Account", Phone="1") == "REQUIRED_FIELD_MISSING"
    assert desk.refusal("Account", PersonEmail="ann@example.com") == "REQUIRED_FIELD_MISSING"
    assert desk.row("Account", desk.add("Account", Name="Acme"))["IsPersonAccount"] == 0


def test_the_first_person_of_an_email_message_is_whom_its_task_is_about(desk: Desk) -> None:
    lead, contact = desk.add("Lead"), desk.add("Contact")
    message = desk.add("EmailMessage", Subject="Quote", MessageDate="2026-11-20T15:00:00Z")
    for person, kind in ((lead, "ToAddress"), (contact, "CcAddress")):
        desk.add("EmailMessageRelation", EmailMessageId=message, RelationId=person, RelationType=kind)
    assert [row["RelationObjectType"] for row in desk.rows("EmailMessageRelation")] == ["Lead", "Contact"]
    (task,) = desk.rows("Task")
    assert (task["WhoId"], desk.row("Lead", lead)["LastActivityDate"]) == (lead, "2026-11-20")


def test_a_campaign_may_say_itself_what_counts_as_a_response(desk: Desk) -> None:
    campaign = desk.add("Campaign", Name="Spring")
    for label, responded in (("Phoned us", True), ("Attended", False)):
        desk.add("CampaignMemberStatus", CampaignId=campaign, Label=label, HasResponded=responded)
    member = desk.add("CampaignMember", CampaignId=campaign, LeadId=desk.add("Lead"), Status="Attended")
    assert desk.row("CampaignMember", member)["HasResponded"] == 0
    desk.write("CampaignMember", member, Status="Phoned us")
    assert desk.row("CampaignMember", member)["HasResponded"] == 1
