"""The reps' records and the forms of the book as Salesforce would hold them."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest

from adapters.sandbox.people import Person, people
from adapters.sandbox.salesforce.book import lead_key, record_id
from tests.sandbox.poured import AS_OF, LEADS, NOW, SEED, Poured, Row, poured


@pytest.fixture(scope="module")
def book() -> Poured:
    return poured()


@pytest.fixture(scope="module")
def persons() -> list[Person]:
    return list(people(LEADS, SEED, AS_OF))


def test_every_act_a_rep_recorded_is_a_task_or_an_event_of_the_living_record(
    book: Poured, persons: list[Person]
) -> None:
    online = {"form", "page", "mail", "open", "click", "mail_reply", "bounce", "optout"}
    expected = {record_id(p): sum(act.kind not in online for act in p.acts) for p in persons}
    found = Counter(row["WhoId"] for name in ("Task", "Event") for row in book.rows[name])
    assert found == +Counter(expected)


def test_calls_texts_and_notes_are_closed_tasks_told_apart_by_type(book: Poured) -> None:
    types = Counter((task["TaskSubtype"], task.get("Type")) for task in book.rows["Task"])
    assert types.keys() == {
        ("Call", "Call"),
        ("Email", "Email"),
        ("Task", "Text Sent"),
        ("Task", "Text Received"),
        ("Task", "Note"),
        ("Task", None),
    }
    for task in book.rows["Task"]:
        assert bool(task["IsClosed"]) == (task["Status"] == "Completed") == (task["CompletedDateTime"] is not None)
        assert task["IsClosed"] or task.get("Type") is None


def test_a_rep_in_a_hurry_leaves_the_result_of_a_call_blank_but_the_dialer_knows_when_nobody_answered(
    book: Poured,
) -> None:
    calls = [task for task in book.rows["Task"] if task["TaskSubtype"] == "Call"]
    results = Counter(call["CallDisposition"] for call in calls if call["CallType"] == "Outbound")
    assert len(results) == 7
    assert 0 < results[None] < len(calls) * 0.1
    unanswered = [call for call in calls if call["CallDisposition"] in {"No answer", "Busy"}]
    assert any(call["CompletedDateTime"] // 1000 % 16 == 0 for call in unanswered)


def test_a_mail_has_relations_to_both_sides_and_a_task_beside_it(book: Poured) -> None:
    tasks = book.by_id("Task")
    sides: dict[str, dict[str, Row]] = defaultdict(dict)
    for relation in book.rows["EmailMessageRelation"]:
        sides[relation["EmailMessageId"]][relation["RelationType"]] = relation
    for mail in book.rows["EmailMessage"]:
        lead_side, rep_side = ("FromAddress", "ToAddress") if mail["Incoming"] else ("ToAddress", "FromAddress")
        lead, rep = sides[mail["Id"]][lead_side], sides[mail["Id"]][rep_side]
        assert tasks[mail["ActivityId"]]["TaskSubtype"] == "Email"
        assert tasks[mail["ActivityId"]]["WhoId"] == lead["RelationId"]
        assert lead["RelationObjectType"] in {"Lead", "Contact"}
        assert rep["RelationObjectType"] == "User"
        assert (lead["RelationAddress"], rep["RelationAddress"]) == (mail[lead_side], mail[rep_side])
        assert not {"TextBody", "HtmlBody"} & mail.keys()


def test_meetings_were_held_missed_canceled_and_lie_ahead(book: Poured) -> None:
    outcomes = Counter(event["Meeting_Outcome__c"] for event in book.rows["Event"])
    assert outcomes.keys() == {"Completed", "No Show", "Canceled", "Rescheduled", "Scheduled"}
    for event in book.rows["Event"]:
        assert event["CreatedDate"] < event["StartDateTime"] < event["EndDateTime"]
        assert (event["StartDateTime"] > NOW) == (event["Meeting_Outcome__c"] == "Scheduled")


def test_a_date_field_holds_the_day_in_the_orgs_time_zone() -> None:
    west, east = poured(40, time_zone="Pacific/Honolulu"), poured(40, time_zone="Asia/Tokyo")
    days = [
        [(task["CompletedDateTime"] or task["CreatedDate"], task["ActivityDate"]) for task in org.rows["Task"]]
        for org in (west, east)
    ]
    assert [at for at, _ in days[0]] == [at for at, _ in days[1]]
    assert sum(a < b for (_, a), (_, b) in zip(*days, strict=True)) > len(days[0]) / 2


def test_relation_rows_exist_only_where_activities_may_be_shared(book: Poured) -> None:
    assert len(book.rows["TaskRelation"]) == len(book.rows["Task"])
    assert len(book.rows["EventRelation"]) == len(book.rows["Event"])
    assert not {"TaskRelation", "EventRelation"} & poured(40, shared_activities=False).rows.keys()


def test_a_form_is_a_campaign_by_month_and_keeps_the_first_response_of_a_lead(
    book: Poured, persons: list[Person]
) -> None:
    campaigns = book.by_id("Campaign")
    names = Counter(campaign["Name"] for campaign in campaigns.values())
    assert max(names.values()) == 1
    members: dict[str, list[Row]] = defaultdict(list)
    for member in book.rows["CampaignMember"]:
        members[member["LeadId"]].append(member)
    for person in persons:
        mine = members[lead_key(person.number)]
        forms = [act for act in person.acts if act.kind == "form"]
        assert len({member["CampaignId"] for member in mine}) == len(mine) <= len(forms)
        assert {member["CreatedDate"] for member in mine} <= {form.at for form in forms}
        assert all(member["ContactId"] == (record_id(person) if person.sale else None) for member in mine)
        assert bool(mine) == bool(forms)
        if forms:
            assert min(member["CreatedDate"] for member in mine) == forms[0].at
    for member in book.rows["CampaignMember"]:
        assert campaigns[member["CampaignId"]]["Name"].endswith(member["FirstRespondedDate"][:7])


# ---------------------------------------------------------------------------------------------------------------- sales


def test_an_opportunitys_history_ends_where_it_stands_and_tells_when_it_was_won(
    book: Poured, persons: list[Person]
) -> None:
    steps: dict[str, list[Row]] = defaultdict(list)
    for step in book.rows["OpportunityHistory"]:
        steps[step["OpportunityId"]].append(step)
    leads, opportunities = book.by_id("Lead"), book.by_id("Opportunity")
    for person in persons:
        if person.sale is None:
            continue
        deal = opportunities[leads[lead_key(person.number)]["ConvertedOpportunityId"]]
        assert steps[deal["Id"]][-1]["StageName"] == deal["StageName"]
        assert bool(deal["IsWon"]) == (person.sale.state == "won")
        assert bool(deal["IsClosed"]) == (person.sale.state != "open")
        if person.sale.closed:
            assert steps[deal["Id"]][-1]["CreatedDate"] == person.sale.closed


def test_a_busier_book_gives_every_lead_so_many_activities_more_and_changes_nobody() -> None:
    quiet, busy = poured(100), poured(100, extra=9)
    before, after = (
        Counter(row["WhoId"] for name in ("Task", "Event") for row in org.rows[name]) for org in (quiet, busy)
    )
    assert {after[key] - before[key] for key in after} == {9}
    assert [lead["Email"] for lead in quiet.rows["Lead"]] == [lead["Email"] for lead in busy.rows["Lead"]]
