"""An incremental sync of Salesforce: it picks up whatever happened, and its second run has nothing to write."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.sandbox.salesforce import dml
from tests.crms.orgs import SCORE, TASK, Agency, agency_at

SENT, RECEIVED = ("3", "ToAddress"), ("1", "FromAddress")


@pytest.fixture
def agency(tmp_path: Path) -> Iterator[Agency]:
    with agency_at("synced", tmp_path) as found:
        yield found


def lead(agency: Agency, number: int = 3) -> str:
    return str(agency.desk.rows("Lead")[number]["Id"])


def at(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def change(agency: Agency, one: str) -> None:
    agency.desk.write("Lead", one, Age__c=90)


def log_a_call(agency: Agency, one: str) -> None:
    agency.desk.add("Task", WhoId=one, **TASK)


def book_a_meeting(agency: Agency, one: str) -> None:
    begins = agency.time.now() + timedelta(days=2)
    agency.desk.add("Event", WhoId=one, Subject="Review", StartDateTime=at(begins), DurationInMinutes=30)


def mail(agency: Agency, one: str, *, incoming: bool) -> None:
    status, kind = RECEIVED if incoming else SENT
    values = {"Status": status, "Incoming": incoming, "MessageDate": at(agency.time.now())}
    made = agency.desk.add("EmailMessage", Subject="Your policy", **values)
    agency.desk.add("EmailMessageRelation", EmailMessageId=made, RelationId=one, RelationType=kind)


def respond(agency: Agency, one: str, campaign: str, status: str = "Responded") -> None:
    found = agency.desk.rows("Campaign", Name=campaign)
    made = found[0]["Id"] if found else agency.desk.add("Campaign", Name=campaign)
    if not agency.desk.rows("CampaignMemberStatus", CampaignId=made, Label=status):
        agency.desk.add("CampaignMemberStatus", CampaignId=made, Label=status, HasResponded=True)
    agency.desk.add("CampaignMember", CampaignId=made, LeadId=one, Status=status)


HAPPENED: dict[str, tuple[Callable[[Agency, str], Any], list[str]]] = {
    "a call": (log_a_call, ["call_answered"]),
    "a meeting": (book_a_meeting, ["meeting_booked"]),
    "a mail": (lambda agency, one: mail(agency, one, incoming=False), ["email_sent"]),
    "an answer": (lambda agency, one: mail(agency, one, incoming=True), ["email_replied"]),
    "a response": (lambda agency, one: respond(agency, one, "Quote request"), ["quote_requested"]),
    "an open": (lambda agency, one: respond(agency, one, "Autumn letter", "Opened"), ["email_opened"]),
}


@pytest.mark.parametrize("what", HAPPENED)
def test_what_a_lead_did_is_picked_up_once(agency: Agency, what: str) -> None:
    act, kinds = HAPPENED[what]
    one = lead(agency)
    act(agency, one)
    done = agency.later(hours=1).run
    assert (done.state, done.activities, done.changed) == ("done", 1, 0)
    assert agency.kinds(one) == sorted(["comparison_guide_downloaded", *kinds])
    agency.whole()

    again = agency.later(minutes=5).run
    assert (again.state, again.written) == ("done", 0)
    assert agency.kinds(one) == sorted(["comparison_guide_downloaded", *kinds])
    agency.as_if_undisturbed()


def test_a_changed_lead_is_scored_anew_and_ours_is_no_change(agency: Agency) -> None:
    one = lead(agency)
    change(agency, one)
    done = agency.later(hours=1).run
    assert (done.changed, done.scored, done.written) == (1, 1, 1)
    assert agency.desk.row("Lead", one)[SCORE] == 15
    agency.whole()

    again = agency.later(minutes=5).run
    assert (again.contacts >= 1, again.changed, again.written) == (True, 0, 0), (
        "our own write comes back and is nothing"
    )
    agency.later(hours=1)
    assert agency.later(hours=1).run.contacts == 0


def test_a_new_lead_and_a_task_taken_back_are_seen(agency: Agency) -> None:
    one = lead(agency)
    log_a_call(agency, one)
    agency.later(hours=1)
    (task,) = agency.desk.rows("Task")
    dml.delete(agency.sandbox.org, agency.desk.user, "Task", [task["Id"]])
    new = agency.desk.add("Lead", LastName="New", State="TX", Age__c=40)
    respond(agency, new, "Quote request")
    assert agency.later(hours=1).run.written >= 1
    assert agency.kinds(one) == ["comparison_guide_downloaded"]
    assert agency.desk.row("Lead", new)[SCORE] == 40
    agency.whole()
    agency.as_if_undisturbed()


def test_an_answered_mail_counts_for_its_sender_alone(agency: Agency) -> None:
    one, other = lead(agency), lead(agency, 4)
    made = agency.desk.add("EmailMessage", Status="1", Incoming=True, MessageDate=at(agency.time.now()))
    for who, kind in ((one, "FromAddress"), (other, "CcAddress")):
        agency.desk.add("EmailMessageRelation", EmailMessageId=made, RelationId=who, RelationType=kind)
    agency.later(hours=1)
    assert agency.kinds(one) == ["comparison_guide_downloaded", "email_replied"]
    assert agency.kinds(other) == []


def test_a_sale_is_an_outcome_and_changes_no_score(agency: Agency) -> None:
    contact = agency.desk.rows("Contact", LastName="One")[0]
    sale = {"Name": "Policy", "StageName": "Prospecting", "CloseDate": "2026-12-01", "AccountId": contact["AccountId"]}
    made = agency.desk.add("Opportunity", Amount=1200.0, **sale)
    agency.desk.add("OpportunityContactRole", OpportunityId=made, ContactId=contact["Id"], IsPrimary=True)
    agency.later(hours=1)
    asked = "SELECT crm_id, state, amount FROM outcome JOIN lead ON lead.id = lead_id"
    assert agency.rows(asked) == [(contact["Id"], "open", 1200.0)]

    agency.desk.write("Opportunity", made, StageName="Closed Won")
    won = agency.later(hours=1).run
    assert agency.rows(asked) == [(contact["Id"], "won", 1200.0)]
    assert (won.outcomes, won.written) == (1, 0)
    again = agency.later(minutes=5).run
    assert (again.written, agency.rows(asked)) == (0, [(contact["Id"], "won", 1200.0)])
