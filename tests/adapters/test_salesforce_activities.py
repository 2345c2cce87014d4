"""Activities: what happened, when, with whom; never what was said."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.contract import ActivityRecord, Adapter, Misconfigured
from tests.adapters.canned import Canned
from tests.adapters.salesforce_fake import FakeOrg, fake, field
from tests.adapters.salesforce_pages import STAMP, Queries, contact, lead, page, reads, salesforce, soqls, with_fields

__all__ = ["fake", "reads", "salesforce"]

ANN, BOB, CY = lead(1)["Id"], contact(2)["Id"], lead(3)["Id"]
EARLY, LATE = "2026-11-20T09:00:00.000+0000", "2026-12-24T09:00:00.000+0000"


@pytest.fixture(autouse=True)
def _objects(reads: Queries, fake: FakeOrg) -> None:
    base = ("Id", "WhoId", "Subject", "Description", "Status")
    stamps = {"IsDeleted": "boolean", "SystemModstamp": "datetime", "CreatedDate": "datetime", "WhoCount": "int"}
    outcome = field("Call_Result__c", "picklist")
    fake.objects |= {
        "Task": [*with_fields(*base, "TaskSubtype", **stamps, CompletedDateTime="datetime"), outcome],
        "Event": with_fields(*base, **stamps, StartDateTime="datetime", IsChild="boolean"),
        "TaskRelation": with_fields("Id", "TaskId", "RelationId", IsWhat="boolean"),
        "EventRelation": with_fields("Id", "EventId", "RelationId", IsWhat="boolean"),
        "EmailMessage": with_fields("Id", "Status", "Subject", **stamps, Incoming="boolean", MessageDate="datetime"),
        "EmailMessageRelation": with_fields("Id", "EmailMessageId", "RelationId", "RelationType", "RelationObjectType"),
        "Campaign": with_fields("Id", "Name", "Type"),
        "CampaignMember": with_fields(
            "Id", "LeadId", "ContactId", "Status", **stamps, HasResponded="boolean", FirstRespondedDate="date"
        ),
    }


def task(number: int, **more: Any) -> dict[str, Any]:
    base = {"Id": f"00T{number}", "WhoId": ANN, "IsDeleted": False, "SystemModstamp": STAMP, "CreatedDate": EARLY}
    return base | {"WhoCount": 1} | more


def relation(mail: int, person: str, kind: str, **more: Any) -> dict[str, Any]:
    message = {"Incoming": False, "MessageDate": EARLY, "IsDeleted": False, "SystemModstamp": STAMP} | more
    return {"Id": f"0DZ{mail}{person}{kind}", "EmailMessageId": f"02s{mail}", "RelationId": person} | {
        "RelationType": kind,
        "EmailMessage": message,
    }


def member(**more: Any) -> dict[str, Any]:
    base = {"Id": "00v1", "LeadId": ANN, "ContactId": None, "IsDeleted": False, "SystemModstamp": STAMP}
    return base | {"CreatedDate": EARLY, "FirstRespondedDate": None} | more


def read(adapter: Adapter, type: str) -> list[ActivityRecord]:
    return [activity for one in adapter.activities(type, None) for activity in one.items]


def at(activity: ActivityRecord) -> str:
    return activity.occurred_at.isoformat() if activity.occurred_at else ""


def test_a_task_happened_when_it_was_completed_else_when_it_was_made(reads: Queries, salesforce: Adapter) -> None:
    reads.will("FROM Task", page([task(1), task(2, CompletedDateTime=STAMP)]))
    made, done = read(salesforce, "Task")
    assert at(made) == "2026-11-20T09:00:00+00:00"
    assert at(done) == "2026-11-20T10:00:00+00:00"
    assert made.id == "Task:00T1"


def test_an_event_happened_when_it_began_unless_that_is_still_to_come(reads: Queries, salesforce: Adapter) -> None:
    reads.will("FROM Event", page([task(1, StartDateTime=STAMP), task(2, StartDateTime=LATE)]))
    assert [at(activity) for activity in read(salesforce, "Event")] == [
        "2026-11-20T10:00:00+00:00",
        "2026-11-20T09:00:00+00:00",
    ]


def test_the_orgs_own_picklists_are_read_and_no_text(reads: Queries, salesforce: Adapter, server: Canned) -> None:
    reads.will("FROM Task", page([task(1, Call_Result__c="Left voicemail")]))
    (one,) = read(salesforce, "Task")
    assert one.properties["Call_Result__c"] == "Left voicemail"
    assert not [soql for soql in soqls(server) if "Subject" in soql or "Description" in soql]


def test_deleted_activities_are_archived_and_old_ones_are_read(
    reads: Queries, salesforce: Adapter, server: Canned
) -> None:
    reads.will("FROM Task", page([task(1, IsDeleted=True)]))
    assert [activity.archived for activity in read(salesforce, "Task")] == [True]
    assert {seen.path[-8:] for seen in server.seen if "FROM Task" in seen.query.get("q", "")} == {"queryAll"}


def test_an_email_does_not_count_twice(reads: Queries, salesforce: Adapter, server: Canned, fake: FakeOrg) -> None:
    read(salesforce, "Task")
    assert "TaskSubtype != 'Email'" in soqls(server)[-1]


def test_mails_logged_as_tasks_count_where_mails_cannot_be_read(
    reads: Queries, salesforce: Adapter, server: Canned, fake: FakeOrg
) -> None:
    del fake.objects["EmailMessage"]
    read(salesforce, "Task")
    assert "'Email'" not in soqls(server)[-1]


def test_invitees_copies_of_an_event_are_left_out(reads: Queries, salesforce: Adapter, server: Canned) -> None:
    read(salesforce, "Event")
    assert "IsChild = false" in soqls(server)[-1]


def test_a_shared_activity_names_everybody_by_one_call(reads: Queries, salesforce: Adapter, server: Canned) -> None:
    reads.will("FROM Task ", page([task(1, WhoCount=2), task(2)]))
    rows = [{"TaskId": "00T1", "RelationId": one} for one in (ANN, BOB)]
    reads.will("FROM TaskRelation", page(rows))
    shared, alone = read(salesforce, "Task")
    assert shared.contact_ids == (ANN, BOB)
    assert alone.contact_ids == (ANN,)
    assert "IsWhat = false AND TaskId IN ('00T1')" in soqls(server)[-1]


def test_a_mail_is_one_activity_and_belongs_to_whom_it_is_from_or_went_to(reads: Queries, salesforce: Adapter) -> None:
    rows = [
        relation(1, ANN, "ToAddress"),
        relation(1, BOB, "CcAddress"),
        relation(2, ANN, "CcAddress", Incoming=True),
        relation(2, BOB, "FromAddress", Incoming=True),
    ]
    reads.will("FROM EmailMessageRelation", page(rows))
    sent, replied = read(salesforce, "EmailMessage")
    assert (sent.id, sent.contact_ids, sent.properties["Incoming"]) == ("EmailMessage:02s1", (ANN, BOB), "false")
    assert replied.contact_ids == (BOB,)


def test_a_mail_whose_people_are_on_two_pages_stays_one(
    reads: Queries, salesforce: Adapter, fake: FakeOrg, server: Canned
) -> None:
    first = page([relation(1, ANN, "ToAddress"), relation(2, ANN, "ToAddress")], more="x-2000", total=3)
    reads.will("FROM EmailMessageRelation", first)
    fake.will("GET", "query/x-2000", page([relation(2, BOB, "ToAddress")], total=3))
    pages = list(salesforce.activities("EmailMessage", None))
    found = [activity for one in pages for activity in one.items]
    assert [activity.contact_ids for activity in found] == [(ANN,), (ANN, BOB)]
    assert '"after":"02s1"' in pages[0].cursor
    assert "ORDER BY EmailMessageId, Id" in soqls(server)[-1]


def test_mails_are_found_by_their_own_time(reads: Queries, salesforce: Adapter, server: Canned) -> None:
    cursor = list(salesforce.activities("EmailMessage", None))[-1].cursor
    list(salesforce.activities("EmailMessage", cursor))
    assert " EmailMessage.SystemModstamp >= " in soqls(server)[-1]


@pytest.mark.parametrize(
    ("answered", "when"),
    [
        (None, "2026-11-20T09:00:00+00:00"),
        ("2026-11-20", "2026-11-20T09:00:00+00:00"),
        ("2026-11-21", "2026-11-21T12:00:00-05:00"),
    ],
)
def test_a_response_happened_on_its_day_in_the_orgs_time_zone(
    reads: Queries, salesforce: Adapter, answered: str | None, when: str
) -> None:
    reads.will("FROM Organization", page([{"Id": "00D", "TimeZoneSidKey": "America/New_York"}]))
    campaign = {"Name": "Webinar", "Type": "Event"}
    reads.will("FROM CampaignMember", page([member(FirstRespondedDate=answered, ContactId=BOB, Campaign=campaign)]))
    (one,) = read(salesforce, "CampaignMember")
    assert at(one) == when
    assert one.contact_ids == (BOB,)
    assert one.properties["Campaign.Type"] == "Event"


@pytest.mark.parametrize(
    ("type", "object"),
    [("Task", "Task"), ("EmailMessage", "EmailMessageRelation"), ("CampaignMember", "CampaignMember")],
)
def test_what_may_not_be_read_is_named(salesforce: Adapter, fake: FakeOrg, type: str, object: str) -> None:
    del fake.objects[object]
    with pytest.raises(Misconfigured) as caught:
        read(salesforce, type)
    assert caught.value.what == (object,)


def test_a_type_nobody_knows_is_named(salesforce: Adapter) -> None:
    with pytest.raises(Misconfigured, match="mapping"):
        read(salesforce, "Fax")


def test_activities_of_people_are_the_same_ones_with_all_their_people(reads: Queries, salesforce: Adapter) -> None:
    reads.will("FROM Task WHERE WhoId IN", page([task(1)]))
    reads.will("FROM TaskRelation WHERE IsWhat = false AND RelationId", page([{"TaskId": "00T7"}]))
    reads.will("FROM Task WHERE Id IN", page([task(7, WhoId=BOB, WhoCount=2)]))
    people = [{"TaskId": "00T7", "RelationId": one} for one in (BOB, ANN)]
    reads.will("FROM TaskRelation WHERE IsWhat = false AND TaskId", page(people))
    reads.will("SELECT EmailMessageId FROM", page([{"EmailMessageId": "02s1"}]))
    reads.will("EmailMessageId IN", page([relation(1, ANN, "ToAddress"), relation(1, BOB, "ToAddress")]))
    reads.will("LeadId IN", page([member()]))
    reads.will("FROM Organization", page([{"Id": "00D", "TimeZoneSidKey": "America/New_York"}]))
    pages = list(salesforce.activities_of([ANN]))
    found = {activity.id: activity.contact_ids for one in pages for activity in one.items}
    assert found == {
        "Task:00T1": (ANN,),
        "Task:00T7": (BOB, ANN),
        "EmailMessage:02s1": (ANN, BOB),
        "CampaignMember:00v1": (ANN,),
    }
    assert pages[-1].complete


def test_activities_are_asked_for_two_hundred_people_at_a_time(
    reads: Queries, salesforce: Adapter, server: Canned
) -> None:
    list(salesforce.activities_of([lead(number)["Id"] for number in range(250)]))
    assert [soql.count("00Q5e") for soql in soqls(server) if "FROM Task WHERE" in soql] == [200, 50]
