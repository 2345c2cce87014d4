"""Salesforce refuses, breaks off or makes no sense: a row's result or a sentence, never a lost lead or stopped run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.salesforce import passes
from adapters.salesforce.wire import Wire
from adapters.sandbox.salesforce import dml
from adapters.sandbox.salesforce.dml import Rule
from adapters.transport import Answer
from tests.crms.orgs import SCORE, Agency, agency_at, on_call

WRITE = "^PATCH composite/sobjects"
QUERY = "^/services/data/v67.0/query"


@pytest.fixture
def agency(tmp_path: Path) -> Iterator[Agency]:
    with agency_at("connected", tmp_path) as found:
        yield found


def leads(agency: Agency) -> list[str]:
    return [row["Id"] for row in agency.desk.rows("Lead")]


def score(agency: Agency, sobject: str, id: str) -> Any:
    return agency.desk.row(sobject, id)[SCORE]


# ------------------------------------------------------------------------------------------------------- the connection


def test_a_session_that_ends_in_mid_run_is_renewed_and_nobody_notices(agency: Agency) -> None:
    agency.connect(**agency.app())
    agency.sandbox.salesforce.faults.add("session_expired", count=1, path="/composite/sobjects$")
    done = agency.sync().run
    assert (done.state, done.written, done.failed, agency.trouble) == ("done", 9, 0, "")
    agency.whole()


def test_a_grant_withdrawn_in_mid_run_ends_the_run_and_the_next_one_goes_on(agency: Agency) -> None:
    agency.connect(**agency.app())
    agency.sandbox.salesforce.faults.add("session_revoked", count=1, path="/composite/sobjects$")
    failed = agency.sync().run
    assert (failed.state, failed.contacts, failed.scored, failed.written) == ("failed", 9, 9, 0)
    assert "An admin must connect the org again." in agency.trouble
    assert agency.trouble in agency.said()

    agency.connect(**agency.app())
    done = agency.sync().run
    assert (done.state, done.written, agency.trouble, agency.said()) == ("done", 9, "", "")
    agency.whole()


@pytest.mark.parametrize(("kind", "said"), [("html", "Instead of data a web page came back"), ("garbled", "cut short")])
@pytest.mark.parametrize("path", [QUERY, "/composite/sobjects$"])
def test_an_answer_that_is_no_answer_ends_the_run_with_a_sentence(
    agency: Agency, kind: str, said: str, path: str
) -> None:
    agency.sandbox.salesforce.faults.add(kind, path=path)
    failed = agency.sync().run
    assert failed.state == "failed"
    assert said in failed.message
    assert said in agency.said()

    agency.sandbox.salesforce.faults.clear()
    assert agency.sync().run.state == "done"
    agency.whole()
    assert agency.said() == ""


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("html", QUERY),
        ("garbled", QUERY),
        ("unavailable", QUERY),
        ("dropped", "/composite/sobjects$"),
        ("edge", "/composite/sobjects$"),
        ("server_unavailable", "/composite/sobjects$"),
    ],
)
def test_one_bad_answer_is_asked_for_again(agency: Agency, kind: str, path: str) -> None:
    agency.sandbox.salesforce.faults.add(kind, count=1, path=path)
    done = agency.sync().run
    assert (done.state, done.message, done.written) == ("done", "", 9)
    agency.whole()
    assert agency.problems() == []


# -------------------------------------------------------------------------------------------------------------- reading


def test_a_query_locator_that_expires_costs_a_call_and_no_lead(agency: Agency) -> None:
    agency.sandbox.salesforce.settings.page_size = 2
    agency.sandbox.salesforce.faults.add("locator_expired", count=2)
    done = agency.sync().run
    assert (done.state, done.message, done.contacts) == ("done", "", 9)
    agency.whole()
    agency.as_if_undisturbed()


def test_a_query_that_takes_too_long_is_asked_in_smaller_ones(agency: Agency) -> None:
    agency.sandbox.salesforce.faults.add("query_timeout", count=2, path="queryAll")
    done = agency.sync().run
    assert (done.state, done.contacts) == ("done", 9)
    agency.whole()


def test_a_field_hidden_in_mid_run_is_left_out_and_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with agency_at("connected", tmp_path) as agency:
        on_call(monkeypatch, "queryAll", lambda: agency.sandbox.org.hide("Lead", "Email"))
        done = agency.sync().run
        assert (done.state, done.contacts, done.written) == ("done", 9, 9)
        agency.whole()
        assert "field Lead.Email is missing" in agency.said()

        agency.sandbox.org.show("Lead", "Email")
        assert agency.later(hours=1).run.state == "done"
        agency.whole()
        assert agency.said() == ""


def test_an_object_hidden_in_mid_run_costs_its_activities_and_nothing_else(
    agency: Agency, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_call(monkeypatch, "queryAll", lambda: agency.sandbox.org.hide_object("CampaignMember"))
    done = agency.sync().run
    assert (done.state, done.written) == ("done", 9)
    assert "Not read: CampaignMember" in done.message
    assert "may not read CampaignMember" in agency.said()

    agency.sandbox.org.show_object("CampaignMember")
    assert agency.later(hours=1).run.activities == 6, "granted, they are read from the beginning"
    agency.whole()
    agency.as_if_undisturbed()


def spoil(wire: Wire, plain: Callable[..., Answer], *asked: Any) -> Answer:
    """A CSV in which somebody's quote opens and never closes."""
    answer = plain(wire, *asked)
    if hasattr(answer.document, "file"):
        lines = answer.document.file.read().splitlines(keepends=True)
        answer.document.file.seek(0)
        answer.document.file.writelines([*lines[:1], *(b'"' + line for line in lines[1:2]), *lines[2:]])
        answer.document.file.seek(0)
    return answer


def test_a_stray_quote_in_a_bulk_result_loses_no_lead(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = Wire._download
    monkeypatch.setattr(passes, "REST_LIMIT", 3)
    monkeypatch.setattr(Wire, "_download", lambda wire, *asked: spoil(wire, plain, *asked))
    done = agency.sync().run
    assert (done.state, done.contacts, done.written) == ("done", 9, 9)
    assert agency.sandbox.salesforce.jobs.queries_used > 0
    agency.whole()
    agency.as_if_undisturbed()


# -------------------------------------------------------------------------------------------------------------- writing


def test_a_validation_rule_refuses_one_lead_and_no_other(agency: Agency) -> None:
    lead = leads(agency)[2]
    rules = agency.sandbox.org.rules
    rules["Producer"] = Rule("Lead", lambda row: row["Id"] == lead, "Name the producer first.")
    done = agency.sync().run
    assert (done.state, done.written, done.failed) == ("done", 8, 1)
    agency.whole(lead)
    assert score(agency, "Lead", lead) is None
    assert agency.problems() == [f"{lead} The CRM refused the score fields of this record: Name the producer first."]
    assert "Name the producer first." in agency.said()

    rules.clear()
    assert agency.later(hours=1).run.written == 1
    agency.whole()
    assert agency.said() == ""


def test_a_row_that_fails_in_the_middle_of_a_collection_fails_alone(agency: Agency) -> None:
    lead = leads(agency)[3]
    agency.sandbox.salesforce.faults.add("rows_rejected", ids=[lead])
    done = agency.sync().run
    assert (done.state, done.written, done.failed) == ("done", 8, 1)
    agency.whole(lead)
    assert lead in agency.said()

    agency.sandbox.salesforce.faults.clear()
    agency.later(hours=1)
    agency.whole()
    assert agency.said() == ""


def test_a_call_refused_whole_for_one_row_still_writes_the_others(agency: Agency) -> None:
    lead = leads(agency)[3]
    agency.sandbox.salesforce.faults.add("rows_rejected", ids=[lead], whole_batch=True)
    done = agency.sync().run
    assert (done.state, done.written, done.failed) == ("done", 8, 1)
    agency.whole(lead)

    agency.sandbox.salesforce.faults.clear()
    agency.later(hours=1)
    agency.whole()


def test_a_locked_record_is_waited_for_and_if_need_be_left_to_the_next_run(agency: Agency) -> None:
    lead = leads(agency)[0]
    agency.sandbox.org.locked.add(lead)
    done = agency.sync().run
    assert (done.state, done.written, done.failed) == ("done", 8, 0)
    assert 5 in agency.time.slept
    agency.whole(lead)
    assert "1 records wait to be written." in agency.said()

    agency.sandbox.org.locked.clear()
    assert agency.later(minutes=5).run.written == 1
    agency.whole()
    assert agency.said() == ""


def test_a_locked_account_holds_up_its_contacts_only_while_it_is_locked(agency: Agency) -> None:
    account = agency.desk.rows("Account", Name="Acme Roofing")[0]["Id"]
    agency.sandbox.org.locked.add(account)
    agency.time.later(0, agency.sandbox.org.locked.clear)
    plain = agency.time.sleep

    def sleep(seconds: float) -> None:
        plain(seconds)
        agency.time.pass_by()

    agency.svc.sleep = sleep
    done = agency.sync().run
    assert (done.state, done.written, done.failed) == ("done", 9, 0)
    agency.whole()


def test_a_lead_deleted_between_reading_and_writing_is_gone_and_no_problem(
    agency: Agency, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead, desk = leads(agency)[1], agency.desk
    on_call(monkeypatch, WRITE, lambda: dml.delete(desk.org, desk.user, "Lead", [lead]))
    done = agency.sync()
    assert (done.run.state, done.run.written, done.run.failed, done.archived) == ("done", 8, 0, 1)
    agency.whole()
    assert agency.said() == ""

    dml.undelete(desk.org, desk.user, "Lead", [lead])
    agency.later(hours=1)
    assert score(agency, "Lead", lead) == 40
    agency.whole()
    agency.as_if_undisturbed()


@pytest.mark.parametrize("known", [False, True], ids=["into a new contact", "into a contact we know"])
def test_a_lead_converted_between_reading_and_writing_is_scored_as_its_contact(
    agency: Agency, monkeypatch: pytest.MonkeyPatch, *, known: bool
) -> None:
    lead, desk = leads(agency)[1], agency.desk
    target = desk.rows("Contact", LastName="One")[0]["Id"] if known else None
    on_call(monkeypatch, WRITE, lambda: dml.convert_lead(desk.org, desk.user, lead, contact_id=target))
    done = agency.sync().run
    assert (done.state, done.written, done.failed) == ("done", 8, 0)
    assert agency.said() == ""
    contact = desk.row("Lead", lead)["ConvertedContactId"]

    agency.later(hours=1)
    assert agency.kinds(contact) == ["quote_requested"]
    assert score(agency, "Contact", contact) == 40
    assert score(agency, "Lead", lead) is None
    agency.whole()
    agency.as_if_undisturbed()


def test_an_answer_that_never_came_does_not_leave_a_wrong_score(agency: Agency) -> None:
    agency.sandbox.salesforce.faults.add("lost_answer", path="/composite/sobjects$")
    failed = agency.sync().run
    assert failed.state == "failed"
    assert "leadtier sync" in failed.message

    agency.sandbox.salesforce.faults.clear()
    assert agency.later(minutes=10).run.state == "done"
    agency.whole()
    assert agency.said() == ""
