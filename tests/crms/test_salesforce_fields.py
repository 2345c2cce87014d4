"""The score's fields and our user's rights: made with one click, or deployed by an admin; what is hidden is named."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

import mappings
from adapters.contract import FieldState
from adapters.salesforce.package import field_package
from adapters.sandbox.salesforce import dml
from connector.core.mapping import parse_mapping, wanted_fields
from tests.crms.orgs import SCORE, Agency, agency_at
from tests.flows.conftest import VOCABULARY

FIELDS = 13


@pytest.fixture
def agency(tmp_path: Path) -> Iterator[Agency]:
    with agency_at("filled", tmp_path) as found:
        yield found


def deploys(agency: Agency) -> int:
    calls = agency.sandbox.salesforce.calls
    return sum(count for call, count in calls.items() if call.startswith("POST") and call.endswith("deployRequest"))


def rows(agency: Agency, name: str) -> int:
    return len(agency.desk.rows(name))


def made(agency: Agency) -> dict[str, int]:
    return {name: rows(agency, name) for name in ("PermissionSet", "PermissionSetAssignment", "FieldPermissions")}


def ours(agency: Agency, sobject: str) -> list[str]:
    return [field["name"] for field in agency.describe(sobject) if field["name"].startswith("Leadtier_")]


def deploy(agency: Agency, zipped: bytes, token: str) -> None:
    """What an admin's tool does."""
    options = {"deployOptions": {"singlePackage": True, "rollbackOnError": True}}
    files = {
        "json": ("json", json.dumps(options).encode(), "application/json"),
        "file": ("deploy.zip", zipped, "application/zip"),
    }
    url = f"{agency.sandbox.url}/services/data/v67.0/metadata/deployRequest"
    answer = requests.post(url, files=files, headers={"Authorization": f"Bearer {token}"}, timeout=10)
    assert answer.status_code == 201, answer.text
    asked = {"Authorization": f"Bearer {token}"}
    result = requests.get(f"{url}/{answer.json()['id']}?includeDetails=true", headers=asked, timeout=10).json()
    assert result["deployResult"]["success"], result


def test_the_first_connection_makes_fields_permission_set_and_assignment(agency: Agency) -> None:
    before = made(agency)
    connected = agency.connect()
    assert {field.state for field in connected.fields} == {FieldState.CREATED}
    assert len(ours(agency, "Lead")) == len(ours(agency, "Contact")) == FIELDS
    after = made(agency)
    assert after["PermissionSet"] == before["PermissionSet"] + 2
    assert after["PermissionSetAssignment"] == before["PermissionSetAssignment"] + 1
    assert after["FieldPermissions"] == before["FieldPermissions"] + 4 * FIELDS


def test_a_rep_may_flag_a_score_and_not_change_it(agency: Agency) -> None:
    agency.connect()
    agency.sync()
    desk, lead = agency.desk, agency.desk.rows("Lead")[0]["Id"]
    profile = desk.rows("Profile", Name="Standard User")[0]["Id"]
    who = {"LastName": "Rep", "Alias": "rep", "CommunityNickname": "rep", "Email": "rep@agency.example"}
    rep = desk.add("User", Username="rep@agency.example", ProfileId=profile, IsActive=True, **who)
    reps = desk.rows("PermissionSet", Name="Leadtier_Reps")[0]["Id"]
    desk.add("PermissionSetAssignment", AssigneeId=rep, PermissionSetId=reps)
    (flagged,) = dml.update(desk.org, rep, "Lead", [{"Id": lead, "Leadtier_flag__c": "too_high"}])
    (changed,) = dml.update(desk.org, rep, "Lead", [{"Id": lead, SCORE: 99}])
    assert flagged.success, flagged.errors
    assert not changed.success


def test_connecting_again_changes_nothing(agency: Agency) -> None:
    agency.connect()
    agency.sync()
    before = made(agency), deploys(agency)
    again = agency.connect()
    assert {field.state for field in again.fields} == {FieldState.EXISTS}
    assert (made(agency), deploys(agency)) == before
    assert deploys(agency) == 1
    assert agency.sync().run.written == 0
    agency.whole()


def test_without_the_right_to_deploy_an_admin_deploys_the_package(agency: Agency) -> None:
    agency.sandbox.org.settings.may_deploy = False
    connected = agency.connect()
    assert {field.state for field in connected.fields} == {FieldState.FAILED}
    first, *others = (field.message for field in connected.fields)
    assert "leadtier fields salesforce --export" in first
    assert "--single-package" in first
    assert all(len(other) < 120 for other in others), "the long sentence is said once"
    said = agency.said()
    assert SCORE in said
    assert "leadtier fields salesforce --export" in said
    done = agency.sync().run
    assert (done.state, done.scored, done.written) == ("done", 9, 0)
    assert SCORE in agency.said(), "a sync does not make the doctor forget what is missing"

    agency.sandbox.org.settings.may_deploy = True
    admin = agency.sandbox.salesforce.sessions.open(_admin(agency), "full").token
    document, lines = mappings.read_document(mappings.package_text("salesforce.yaml"))
    package = field_package(wanted_fields(parse_mapping(document, lines, VOCABULARY)))
    deploy(agency, package.content, admin)
    agency.sandbox.org.settings.may_deploy = False
    found = agency.desk.rows("PermissionSet", Name="Leadtier")[0]["Id"]
    agency.desk.add("PermissionSetAssignment", AssigneeId=agency.desk.user, PermissionSetId=found)
    again = agency.connect()
    assert {field.state for field in again.fields} == {FieldState.EXISTS}
    assert agency.sync().run.written == 9
    agency.whole()
    assert SCORE not in agency.said()


def _admin(agency: Agency) -> str:
    """Another user, an administrator."""
    org = agency.sandbox.org
    with org.writing() as connection:
        admin = org.next_id("User", connection)
    profile = agency.desk.rows("Profile", Name="System Administrator")[0]["Id"]
    row = {"Id": admin, "LastName": "Admin", "Username": "admin@us.example", "IsActive": 1, "ProfileId": profile}
    org.load("User", [row])
    return admin


def test_score_fields_taken_away_from_us_stop_the_writing_with_their_names(agency: Agency) -> None:
    agency.connect()
    for sobject in ("Lead", "Contact"):
        agency.sandbox.org.hide(sobject, SCORE)
    failed = agency.sync().run
    assert (failed.state, failed.scored, failed.written) == ("failed", 9, 0)
    assert f"does not let Leadtier write Lead.{SCORE}" in failed.message
    assert f"Missing in the CRM: {SCORE}." in agency.said()

    for sobject in ("Lead", "Contact"):
        agency.sandbox.org.show(sobject, SCORE)
    assert agency.sync().run.written == 9
    agency.whole()
    assert agency.said() == ""


def test_a_hidden_opt_out_is_named_and_none_is_invented(agency: Agency) -> None:
    lead = agency.desk.rows("Lead")[0]["Id"]
    agency.desk.write("Lead", lead, HasOptedOutOfEmail=True)
    for sobject in ("Lead", "Contact"):
        agency.sandbox.org.hide(sobject, "HasOptedOutOfEmail")
    agency.connect()
    done = agency.sync().run
    assert (done.state, done.written) == ("done", 9)
    assert agency.cards()[lead].score == 40
    assert "email_opt_out" not in known(agency, lead), "unknown, not false"
    for sobject in ("Lead", "Contact"):
        assert f"field {sobject}.HasOptedOutOfEmail is missing" in agency.said()

    for sobject in ("Lead", "Contact"):
        agency.sandbox.org.show(sobject, "HasOptedOutOfEmail")
    agency.connect()
    agency.sync(full=True)
    assert known(agency, lead)["email_opt_out"] is True
    assert agency.cards()[lead].score == 20
    agency.whole()
    assert agency.said() == ""


def test_an_opt_out_hidden_later_is_not_taken_back(tmp_path: Path) -> None:
    with agency_at("connected", tmp_path) as agency:
        lead = agency.desk.rows("Lead")[0]["Id"]
        agency.desk.write("Lead", lead, HasOptedOutOfEmail=True)
        agency.sync()
        assert agency.cards()[lead].score == 20
        agency.sandbox.org.hide("Lead", "HasOptedOutOfEmail")
        agency.process()
        assert agency.later(hours=1).run.state == "done"
        assert "field Lead.HasOptedOutOfEmail is missing" in agency.said()
        agency.whole()
        assert agency.cards()[lead].score == 20, "nothing says that it opted in"


def known(agency: Agency, crm_id: str) -> dict[str, Any]:
    found = agency.lead(crm_id)
    assert found is not None
    fields: dict[str, Any] = json.loads(found.fields)
    return fields
