"""Who sees which fields."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.sandbox.salesforce.catalog import make_field
from adapters.sandbox.salesforce.ids import make_id
from adapters.sandbox.salesforce.org import Org
from adapters.sandbox.salesforce.settings import OrgSettings
from adapters.sandbox.salesforce.view import NoSuchObject

SCORE = make_field("Score__c", "double", label="Score", custom=True, precision=3)
REP, PERMISSIONS = make_id("005", 50), make_id("0PS", 900)
STANDARD_USER = make_id("00e", 3)


@pytest.fixture
def org(tmp_path: Path) -> Iterator[Org]:
    org = Org(tmp_path / "org.db", OrgSettings(clock=lambda: 1_795_342_272.0))
    org.load("User", [{"Id": REP, "LastName": "Rep", "Username": "rep@agency.example", "ProfileId": STANDARD_USER}])
    yield org
    org.close()


def grant(org: Org, field: str, *, edit: bool, assignee: str) -> None:
    org.load("PermissionSet", [{"Id": PERMISSIONS, "Name": "Scores", "Label": "Scores"}])
    row = {"ParentId": PERMISSIONS, "SobjectType": field.partition(".")[0], "Field": field}
    org.load("FieldPermissions", [row | {"PermissionsRead": 1, "PermissionsEdit": int(edit)}])
    org.load("PermissionSetAssignment", [{"PermissionSetId": PERMISSIONS, "AssigneeId": assignee}])


def test_standard_fields_show_to_everybody(org: Org) -> None:
    for user in (org.user_id, REP):
        assert org.view(user).readable("Lead", "HasOptedOutOfEmail")
        assert org.view(user).editable("lead", "lastname")
        assert not org.view(user).editable("Lead", "SystemModstamp")


def test_a_new_field_shows_to_nobody_until_a_set_that_names_it_is_assigned(org: Org) -> None:
    org.add_custom_field("Lead", SCORE, visible=False)
    assert not org.view(org.user_id).readable("Lead", "Score__c")
    grant(org, "Lead.Score__c", edit=True, assignee=org.user_id)
    assert org.view(org.user_id).editable("Lead", "Score__c")
    assert not org.view(REP).readable("Lead", "Score__c")


def test_a_grant_to_read_is_no_grant_to_edit(org: Org) -> None:
    org.add_custom_field("Lead", SCORE, visible=False)
    grant(org, "Lead.Score__c", edit=False, assignee=REP)
    seen = org.view(REP).object("Lead").fields["score__c"]
    assert (seen.createable, seen.updateable) == (False, False)
    assert not org.view(REP).editable("Lead", "Score__c")


def test_the_profiles_own_set_grants_too(org: Org) -> None:
    org.add_custom_field("Lead", SCORE, visible=False)
    with org.writing() as connection:
        profile_set, profile = connection.execute(
            'SELECT "Id", "ProfileId" FROM "PermissionSet" WHERE "IsOwnedByProfile" = 1'
        ).fetchone()
        connection.execute('UPDATE "User" SET "ProfileId" = ? WHERE "Id" = ?', (profile, REP))
    row = {"ParentId": profile_set, "SobjectType": "Lead", "Field": "Lead.Score__c", "PermissionsRead": 1}
    org.load("FieldPermissions", [row])
    assert org.view(REP).readable("Lead", "Score__c")


def test_a_visible_field_shows_to_the_integration(org: Org) -> None:
    org.add_custom_field("Lead", SCORE, visible=True)
    assert org.view(org.user_id).editable("Lead", "Score__c")


def test_a_withdrawn_assignment_hides_the_field_at_once(org: Org) -> None:
    org.add_custom_field("Lead", SCORE, visible=False)
    grant(org, "Lead.Score__c", edit=True, assignee=REP)
    assert org.view(REP).readable("Lead", "Score__c")
    with org.writing() as connection:
        connection.execute('DELETE FROM "PermissionSetAssignment" WHERE "AssigneeId" = ?', (REP,))
    assert not org.view(REP).readable("Lead", "Score__c")


def test_a_person_accounts_field_follows_the_contacts_permission(org: Org) -> None:
    org.add_custom_field("Contact", SCORE, visible=False)
    assert not org.view(REP).readable("Account", "Score__pc")
    grant(org, "Contact.Score__c", edit=True, assignee=REP)
    assert org.view(REP).readable("Account", "Score__pc")
    org.hide("Contact", "Email")
    assert not org.view(REP).readable("Account", "PersonEmail")


def test_a_required_custom_field_cannot_be_hidden_by_permissions(org: Org) -> None:
    must = make_field("Must__c", "string", label="Must", custom=True, nillable=False, permissionable=False)
    org.add_custom_field("Lead", must, visible=False)
    assert org.view(REP).editable("Lead", "Must__c")


def test_any_field_can_be_hidden_and_shown_again(org: Org) -> None:
    org.hide("lead", "hasOptedOutOfEmail")
    assert "hasoptedoutofemail" not in org.view(REP).object("Lead").fields
    org.show("lead", "hasOptedOutOfEmail")
    assert org.view(REP).readable("Lead", "HasOptedOutOfEmail")
    org.hide("Lead", "Phone", REP)
    assert not org.view(REP).readable("Lead", "Phone")
    assert org.view(org.user_id).readable("Lead", "Phone")


def test_what_a_fault_adds_to_the_hidden_counts_at_once(org: Org) -> None:
    org.view(REP)
    org.hidden |= {("Lead", "Phone"), ("Task", "*")}
    assert not org.view(REP).readable("Lead", "Phone")
    with pytest.raises(NoSuchObject):
        org.view(REP).object("Task")


def test_a_hidden_object_is_none_at_all(org: Org) -> None:
    org.hide_object("Campaign")
    with pytest.raises(NoSuchObject, match="campaign"):
        org.view(org.user_id).object("campaign")
    assert not org.view(org.user_id).readable("Campaign", "Name")
    org.show_object("Campaign")
    assert org.view(org.user_id).object("campaign").name == "Campaign"


def test_the_system_sees_everything(org: Org) -> None:
    org.add_custom_field("Lead", SCORE, visible=False)
    org.hide("Lead", "Phone")
    org.hide_object("Task")
    view = org.view(None)
    assert view.readable("Lead", "Score__c")
    assert view.readable("Lead", "Phone")
    assert view.object("Task").name == "Task"


def test_a_view_is_kept_until_something_changes(org: Org) -> None:
    first = org.view(REP)
    assert org.view(REP) is first
    org.load("Lead", [{"LastName": "Ann", "Company": "Home"}])
    assert org.view(REP) is first
    org.add_custom_field("Lead", SCORE, visible=True)
    assert org.view(REP) is not first


def withdraw(org: Org, permission: str, sobject: str) -> None:
    with org.writing() as connection:
        connection.execute(f'UPDATE "ObjectPermissions" SET "{permission}" = 0 WHERE "SobjectType" = ?', (sobject,))


def test_an_object_nobody_granted_is_none_at_all_and_nor_is_its_history(org: Org) -> None:
    assert org.view(REP).readable("LeadHistory", "NewValue")
    withdraw(org, "PermissionsRead", "Lead")
    for name in ("Lead", "LeadHistory"):
        with pytest.raises(NoSuchObject):
            org.view(REP).object(name)
    assert org.view(REP).object("Contact").updateable
    assert org.view(None).object("Lead").name == "Lead"


def test_any_of_a_users_sets_grants_an_object(org: Org) -> None:
    withdraw(org, "PermissionsRead", "Lead")
    grant(org, "Lead.Phone", edit=True, assignee=REP)
    org.load("ObjectPermissions", [{"ParentId": PERMISSIONS, "SobjectType": "Lead", "PermissionsRead": 1}])
    assert org.view(REP).readable("Lead", "Phone")
    assert not org.view(REP).editable("Lead", "Phone")


def test_an_administrator_needs_no_grants(org: Org) -> None:
    with org.writing() as connection:
        connection.execute('UPDATE "User" SET "ProfileId" = ? WHERE "Id" = ?', (make_id("00e", 1), REP))
        connection.execute('DELETE FROM "ObjectPermissions"')
    assert org.view(REP).object("Campaign").deletable


def test_another_profile_counts_at_once(org: Org) -> None:
    assert not org.view(REP).object("Campaign").updateable
    with org.writing() as connection:
        connection.execute('UPDATE "User" SET "ProfileId" = ? WHERE "Id" = ?', (make_id("00e", 1), REP))
    assert org.view(REP).object("Campaign").updateable


def test_who_may_only_read_campaigns_makes_none(org: Org) -> None:
    campaigns = org.view(REP).object("Campaign")
    assert (campaigns.createable, campaigns.updateable, campaigns.deletable) == (False, False, False)
