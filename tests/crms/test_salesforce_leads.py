"""Who is a lead in Salesforce and what becomes of one: converted, merged, deleted, moved; scored where it lives."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.sandbox.salesforce import dml
from connector.flows.rescore import what_if
from tests.crms.orgs import SCORE, TASK, TIER, Agency, agency_at, empty_agency, people_of


@pytest.fixture
def agency(tmp_path: Path) -> Iterator[Agency]:
    with agency_at("synced", tmp_path) as found:
        yield found


def leads(agency: Agency) -> list[str]:
    return [row["Id"] for row in agency.desk.rows("Lead")]


def named(agency: Agency, name: str) -> str:
    return str(agency.desk.rows("Contact", LastName=name)[0]["Id"])


def convert(agency: Agency, lead: str, **into: Any) -> str:
    """The contact it becomes."""
    result = dml.convert_lead(agency.sandbox.org, agency.desk.user, lead, **into)
    assert result.success, result.errors
    return str(result.contact_id)


def stamps(agency: Agency, sobject: str, id: str) -> tuple[Any, ...]:
    row = agency.desk.row(sobject, id)
    return row["SystemModstamp"], row[SCORE], row["Leadtier_scored_at__c"]


def settled(agency: Agency) -> None:
    """All is written, and nothing would be written if everything were scored again."""
    agency.whole()
    assert agency.said() == ""
    assert what_if(agency.svc, agency.scope, agency.time.now()).writes == 0
    agency.as_if_undisturbed()


# ------------------------------------------------------------------------------------------------------------ converted


def test_a_converted_lead_is_as_old_as_it_was(agency: Agency) -> None:
    """The contact is made at the conversion; its age must not begin anew, or silence would be forgiven."""
    lead = leads(agency)[1]
    made = agency.desk.row("Lead", lead)["CreatedDate"] // 1000
    agency.later(days=45)
    contact = convert(agency, lead)
    assert agency.desk.row("Contact", contact)["CreatedDate"] // 1000 > made
    for _ in range(2):
        agency.later(hours=1)
        assert agency.rows(f"SELECT created_at FROM lead WHERE crm_id = '{contact}'") == [(made,)]
        agency.desk.write("Contact", contact, Phone="216 555 0100")
    settled(agency)


def test_a_converted_lead_lives_on_as_its_contact_with_its_history(agency: Agency) -> None:
    lead = leads(agency)[1]
    agency.desk.add("Task", WhoId=lead, **TASK)
    agency.later(minutes=1)
    before = agency.kinds(lead)
    assert before == ["call_answered", "quote_requested"]
    contact = convert(agency, lead)
    closed = stamps(agency, "Lead", lead)

    done = agency.later(hours=1)
    assert (done.run.state, done.run.failed, done.archived) == ("done", 0, 1)
    assert (agency.kinds(lead), agency.kinds(contact)) == ([], before)
    assert agency.desk.row("Contact", contact)[SCORE] == 40
    assert stamps(agency, "Lead", lead) == closed
    settled(agency)

    agency.desk.write("Contact", contact, Age__c=90)
    agency.later(days=1)
    agency.later(hours=1)
    assert stamps(agency, "Lead", lead) == closed, "the lead is never written again"
    agency.whole()


def test_several_leads_converted_into_one_contact_bring_all_they_did(agency: Agency) -> None:
    first, second = leads(agency)[1], leads(agency)[3]
    contact = convert(agency, first)
    convert(agency, second, contact_id=contact)
    done = agency.later(hours=1)
    assert done.archived == 2
    assert agency.kinds(contact) == ["comparison_guide_downloaded", "quote_requested"]
    assert agency.desk.row("Contact", contact)[SCORE] == 55
    settled(agency)


def test_a_lead_converted_into_a_contact_we_know_adds_to_it(agency: Agency) -> None:
    contact = named(agency, "Two")
    convert(agency, leads(agency)[2], contact_id=contact)
    agency.later(hours=1)
    assert agency.kinds(contact) == ["comparison_guide_downloaded", "quote_requested"]
    settled(agency)


@pytest.mark.parametrize("seen", [True, False], ids=["seen between", "not seen between"])
def test_a_converted_lead_is_followed_to_the_contact_its_contact_was_merged_into(agency: Agency, *, seen: bool) -> None:
    contact, winner = convert(agency, leads(agency)[1]), named(agency, "One")
    if seen:
        agency.later(hours=1)
    dml.merge(agency.sandbox.org, agency.desk.user, "Contact", winner, [contact])
    agency.later(hours=1)
    assert agency.kinds(winner) == ["quote_requested"]
    assert agency.kinds(contact) == []
    settled(agency)


def test_a_person_who_was_converted_and_whose_contact_was_deleted_is_no_lead(agency: Agency) -> None:
    contact = convert(agency, leads(agency)[1])
    agency.later(hours=1)
    dml.delete(agency.sandbox.org, agency.desk.user, "Contact", [contact])
    agency.later(hours=1)
    assert contact not in agency.cards()
    settled(agency)


# ----------------------------------------------------------------------------------------------- merged, deleted, moved


def test_the_master_of_a_merge_keeps_what_the_other_did(agency: Agency) -> None:
    winner, loser = leads(agency)[3], leads(agency)[1]
    agency.desk.add("Task", WhoId=loser, **TASK)
    agency.later(hours=1)
    dml.merge(agency.sandbox.org, agency.desk.user, "Lead", winner, [loser])
    done = agency.later(hours=1)
    assert done.archived == 1
    assert agency.kinds(winner) == ["call_answered", "comparison_guide_downloaded", "quote_requested"]
    assert agency.desk.row("Lead", winner)[SCORE] == 55
    settled(agency)


def test_a_lead_merged_twice_over_is_followed_to_the_last(agency: Agency) -> None:
    first, second, third = leads(agency)[1:4]
    dml.merge(agency.sandbox.org, agency.desk.user, "Lead", second, [first])
    dml.merge(agency.sandbox.org, agency.desk.user, "Lead", third, [second])
    agency.later(hours=1)
    assert agency.kinds(third) == ["comparison_guide_downloaded", "quote_requested"]
    settled(agency)


def test_a_deleted_lead_is_no_lead_and_one_taken_out_of_the_bin_is_one_again(agency: Agency) -> None:
    lead = leads(agency)[1]
    dml.delete(agency.sandbox.org, agency.desk.user, "Lead", [lead])
    assert agency.later(hours=1).archived == 1
    assert lead not in agency.cards()
    settled(agency)

    dml.undelete(agency.sandbox.org, agency.desk.user, "Lead", [lead])
    assert agency.later(hours=1).archived == 0
    assert agency.desk.row("Lead", lead)[SCORE] == 40
    settled(agency)


def test_a_contact_who_moves_to_another_account_is_written_with_its_new_family(agency: Agency) -> None:
    contact, account = named(agency, "One"), agency.desk.add("Account", Name="Other Roofing")
    agency.desk.write("Contact", contact, AccountId=account)
    agency.later(hours=1)
    families = dict(agency.rows("SELECT crm_id, family FROM lead WHERE family != ''"))
    assert families[contact] == account
    assert families[named(agency, "Two")] != account
    settled(agency)


# -------------------------------------------------------------------------------------------------------- who is a lead


def test_a_person_account_is_scored_on_its_contact_and_shows_it(agency: Agency) -> None:
    person = agency.desk.rows("Account", IsPersonAccount=1)[0]
    contact = person["PersonContactId"]
    asked = "SELECT Leadtier_score__pc, Leadtier_tier__pc FROM Account WHERE IsPersonAccount = true"
    (row,) = agency.query(asked)
    assert (row["Leadtier_score__pc"], row["Leadtier_tier__pc"]) == (15, "Cold")
    assert agency.cards()[contact].score == 15

    quote = agency.desk.rows("Campaign", Name="Quote request")[0]["Id"]
    agency.desk.add("CampaignMember", CampaignId=quote, ContactId=contact, Status="Responded")
    agency.later(hours=1)
    assert agency.query(asked)[0]["Leadtier_score__pc"] == 40
    settled(agency)


def test_a_lead_without_a_company_becomes_a_person_account(agency: Agency) -> None:
    lead = agency.desk.add("Lead", Company=None, LastName="Alone", State="TX", Age__c=40)
    agency.later(hours=1)
    contact = convert(agency, lead)
    agency.later(hours=1)
    account = agency.desk.row("Contact", contact)["AccountId"]
    (row,) = agency.query(f"SELECT Leadtier_score__pc FROM Account WHERE Id = '{account}'")
    assert row["Leadtier_score__pc"] == 15
    settled(agency)


def test_an_org_without_person_accounts_works(tmp_path: Path) -> None:
    with empty_agency(tmp_path, person_accounts=False) as agency:
        people_of(agency)
        agency.connect()
        assert agency.sync().run.written == 8
        assert "IsPersonAccount" not in {field["name"] for field in agency.describe("Contact")}
        settled(agency)


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ("Lead", {"Lead": 6, "Contact": 0, "person": 0}),
        ("Contact", {"Lead": 0, "Contact": 2, "person": 0}),
        ("PersonAccount", {"Lead": 0, "Contact": 0, "person": 1}),
        ("Lead, PersonAccount", {"Lead": 6, "Contact": 0, "person": 1}),
    ],
)
def test_only_the_records_chosen_are_leads(tmp_path: Path, records: str, expected: dict[str, int]) -> None:
    with agency_at("filled", tmp_path) as agency:
        agency.connect(records=records)
        assert agency.sync().run.state == "done"
        rows = agency.people().values()
        kinds = ["Lead" if "Company" in row else "person" if row["IsPersonAccount"] else "Contact" for row in rows]
        scored = [kind for kind, row in zip(kinds, rows, strict=True) if row[TIER] is not None]
        assert {kind: scored.count(kind) for kind in expected} == expected
        assert len(agency.cards()) == sum(expected.values())


def test_converted_leads_are_followed_even_where_contacts_are_not_leads(tmp_path: Path) -> None:
    with agency_at("filled", tmp_path) as agency:
        agency.connect(records="Lead")
        early = convert(agency, leads(agency)[0])
        agency.sync()
        contact = convert(agency, leads(agency)[1])
        agency.later(hours=1)
        assert {early, contact} < agency.cards().keys()
        assert agency.desk.row("Contact", contact)[SCORE] == 40

        agency.desk.write("Contact", contact, Age__c=10)
        agency.later(hours=1)
        assert agency.desk.row("Contact", contact)[SCORE] == 25, "the contact's own changes count"
        assert agency.desk.rows("Contact", LastName="One")[0][SCORE] is None
