"""Fields that field-level security hides from us on one object only, and what an admin is told to do about rights."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.contract import CrmField
from connector.flows.findings import Finding
from connector.store import problems as problem_rows
from connector.store.problems import ProblemRow
from tests.crms.orgs import SCORE, TIER, Agency, agency_at

HIDDEN = "Age (Age__c), which gives age, is not visible on {} any more, so it counts as not known there."


@pytest.fixture
def agency(tmp_path: Path) -> Iterator[Agency]:
    with agency_at("synced", tmp_path) as found:
        yield found


def fields(agency: Agency) -> dict[str, CrmField]:
    agency.process()
    return {field.name: field for field in agency.svc.account(agency.scope).fields()}


def ages(agency: Agency) -> set[str]:
    """Whose age we know."""
    return {one for one in agency.people() if '"age":' in getattr(agency.lead(one), "fields", "")}


def touch_all(agency: Agency) -> None:
    """Somebody edits every lead and contact."""
    for one in agency.people():
        agency.desk.write("Lead" if one.startswith("00Q") else "Contact", one, Phone="555-0100")


def later(agency: Agency) -> None:
    agency.process()
    assert agency.later(hours=2).run.state == "done"


def told(agency: Agency, about: str) -> list[Finding]:
    return [found for found in agency.doctor() if found.state != "ok" and about in f"{found.what} {found.text}"]


@pytest.mark.parametrize(("kind", "other"), [("Lead", "Contact"), ("Contact", "Lead")])
def test_the_kind_of_record_on_which_a_field_is_hidden_is_known(agency: Agency, kind: str, other: str) -> None:
    whole = fields(agency)
    assert whole["Age__c"].missing_on == whole["Email"].missing_on == whole["City"].missing_on == ()
    assert whole["Status"].missing_on == ("Contact",), "a contact has none"
    for name in ("Age__c", "Email", "MailingCity" if kind == "Contact" else "City"):
        agency.sandbox.org.hide(kind, name)
    found = fields(agency)
    assert {found[name].missing_on for name in ("Age__c", "Email", "City")} == {(kind,)}
    assert other not in found["Phone"].missing_on


def test_what_a_contact_has_from_its_account_is_not_missing_until_the_account_is_hidden(agency: Agency) -> None:
    assert fields(agency)["Company"].missing_on == ()
    agency.sandbox.org.hide("Account", "Name")
    assert fields(agency)["Company"].missing_on == ("Contact",)


def test_an_object_that_may_not_be_read_is_not_told_field_by_field(agency: Agency) -> None:
    agency.sandbox.org.hide_object("Contact")
    assert {field.missing_on for field in fields(agency).values()} == {()}


@pytest.mark.parametrize("kind", ["Lead", "Contact"])
def test_a_field_hidden_on_one_object_is_told_and_known_again_without_anybody_editing(
    agency: Agency, kind: str
) -> None:
    before = ages(agency)
    assert before
    agency.sandbox.org.hide(kind, "Age__c")
    touch_all(agency)
    later(agency)
    assert 0 < len(ages(agency)) < len(before)
    assert HIDDEN.format(kind) in agency.problems()
    (once,) = told(agency, "age")
    assert f"read access to it on {kind} in the CRM" in once.mend

    agency.sandbox.org.show(kind, "Age__c")
    later(agency)
    assert ages(agency) == before
    assert agency.problems() == []
    assert agency.said() == ""
    agency.whole()


def test_a_field_hidden_on_both_is_not_said_to_be_deleted(agency: Agency) -> None:
    for kind in ("Lead", "Contact"):
        agency.sandbox.org.hide(kind, "Age__c")
    later(agency)
    (once,) = told(agency, "age")
    assert "is not there any more, or is hidden from us" in once.text
    assert "deleted" not in agency.said()


def test_a_score_field_hidden_on_leads_is_told_once_and_written_there_when_it_is_shown_again(agency: Agency) -> None:
    agency.sandbox.org.hide("Lead", SCORE)
    touch_all(agency)
    later(agency)
    (once,) = told(agency, SCORE)
    assert f"{SCORE} is not visible or not editable on Lead, so nothing is written there." in once.text
    agency.sandbox.org.show("Lead", SCORE)
    later(agency)
    agency.whole()
    assert agency.said() == ""


def test_each_cause_is_told_once(agency: Agency) -> None:
    for kind in ("Lead", "Contact"):
        agency.sandbox.org.hide(kind, TIER)
    agency.process()
    assert agency.later(hours=2).run.state in {"done", "failed"}
    agency.process()
    (once,) = told(agency, "Missing in the CRM")
    assert TIER in once.text
    assert [found.what for found in told(agency, TIER) if found.what.endswith(TIER)] == []


def test_fields_that_could_not_be_created_are_told_once_with_what_the_org_said(tmp_path: Path) -> None:
    with agency_at("filled", tmp_path) as agency:
        agency.sandbox.org.settings.may_deploy = False
        agency.connect()
        (once,) = told(agency, SCORE)
        assert once.what == "score fields"
        assert once.mend.count("leadtier fields salesforce --export") == 1


def test_a_missing_right_is_told_in_the_words_of_a_salesforce_admin(agency: Agency) -> None:
    org = agency.sandbox.org
    org.hide_object("Opportunity")
    org.hide_object("Task")
    org.hide("Lead", "HasOptedOutOfEmail")
    rights = {found.text.partition(" is missing")[0]: found for found in agency.doctor() if found.state != "ok"}
    mends = {name: rights[name].mend for name in ("Read Opportunity", "Read Task", "field Lead.HasOptedOutOfEmail")}
    assert {rights[name].what for name in mends} == {"permission"}
    assert all(mend.startswith("Setup > Permission Sets > ") for mend in mends.values())
    assert "Object Settings > Opportunity: tick Read and View All." in mends["Read Opportunity"]
    assert "Access Activities" in mends["Read Task"]
    assert "Read Access to HasOptedOutOfEmail" in mends["field Lead.HasOptedOutOfEmail"]
    assert "scope" not in agency.said()


def test_a_refused_rows_problem_is_a_whole_sentence(agency: Agency) -> None:
    refused = [ProblemRow(one, "write:refused", "The CRM refused: mend it first", "Mend it.") for one in ("1", "2")]
    with agency.store.write() as conn:
        problem_rows.add_problems(conn, agency.scope, refused, 0)
    assert "mend it first. So it is with 1 more." in agency.said()
