"""Inserting, updating and upserting records of the Salesforce sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.sandbox.salesforce import dml
from adapters.sandbox.salesforce.ids import make_id
from adapters.sandbox.salesforce.values import from_csv
from tests.sandbox.dml import NOW, Desk, code, desk_in

REP = make_id("005", 900)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with desk_in(tmp_path) as found:
        found.org.load("User", [{"Id": REP, "LastName": "Rep", "Name": "Rep", "IsActive": 1}])
        yield found


def test_a_new_lead_has_its_name_status_owner_and_stamps(desk: Desk) -> None:
    row = desk.row("Lead", desk.add("Lead", FirstName="Ann"))
    assert row["Name"] == "Ann Lee"
    assert row["Status"] == "Open - Not Contacted"
    assert row["IsConverted"] == row["IsDeleted"] == 0
    assert row["OwnerId"] == row["CreatedById"] == desk.user
    assert row["CreatedDate"] == row["LastModifiedDate"] == row["SystemModstamp"] == NOW


def test_stamps_are_whole_seconds(desk: Desk) -> None:
    desk.clock.forward(0.75)
    assert desk.row("Lead", desk.add("Lead"))["SystemModstamp"] == NOW


def test_writing_the_same_values_moves_the_stamps_and_nothing_else(desk: Desk) -> None:
    lead = desk.add("Lead", City="Bath")
    before = desk.row("Lead", lead)
    desk.clock.forward(60)
    assert desk.write("Lead", lead, City="Bath").success
    after = desk.row("Lead", lead)
    moved = {name for name in after if after[name] != before[name]}
    assert moved == {"LastModifiedDate", "SystemModstamp"}
    assert desk.told[-1].fields == frozenset()


def test_a_bad_row_has_no_id_and_harms_no_other(desk: Desk) -> None:
    good = {"LastName": "Lee", "Company": "Household"}
    first, bad, last = dml.insert(desk.org, desk.user, "Lead", [good, {"Company": "X"}, good])
    assert first.success
    assert last.success
    assert (bad.id, bad.created) == (None, None)
    assert code(bad) == "REQUIRED_FIELD_MISSING"
    assert bad.errors[0].message == "Required fields are missing: [LastName]"


def test_all_or_none_writes_nothing_and_says_why_the_good_rows_went(desk: Desk) -> None:
    lead = desk.add("Lead", City="Bath")
    rows = [{"Id": lead, "City": "York"}, {"Id": "nonsense"}]
    results = dml.update(desk.org, desk.user, "Lead", rows, all_or_none=True)
    assert [code(each) for each in results] == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "MALFORMED_ID"]
    assert desk.row("Lead", lead)["City"] == "Bath"


@pytest.mark.parametrize(
    ("id", "expected"),
    [
        ("nonsense", "MALFORMED_ID"),
        (make_id("003", 1), "INVALID_CROSS_REFERENCE_KEY"),
        (make_id("00Q", 999_999), "INVALID_CROSS_REFERENCE_KEY"),
        (None, "MISSING_ARGUMENT"),
    ],
)
def test_an_update_of_no_record_is_refused(desk: Desk, id: str | None, expected: str) -> None:
    assert code(dml.update(desk.org, desk.user, "Lead", [{"Id": id, "City": "Bath"}])[0]) == expected


def test_a_deleted_record_takes_no_changes(desk: Desk) -> None:
    lead = desk.add("Lead")
    dml.delete(desk.org, desk.user, "Lead", [lead])
    result = desk.write("Lead", lead, City="Bath")
    assert (code(result), result.errors[0].message) == ("ENTITY_IS_DELETED", "entity is deleted")


def test_the_same_id_twice_in_a_call_is_refused_the_second_time(desk: Desk) -> None:
    lead = desk.add("Lead")
    rows = [{"Id": lead[:15], "City": "Bath"}, {"id": lead, "City": "York"}]
    first, second = dml.update(desk.org, desk.user, "Lead", rows)
    assert first.success
    assert (code(second), second.errors[0].message) == ("DUPLICATE_VALUE", f"duplicate id specified: {lead}")
    assert desk.row("Lead", lead)["City"] == "Bath"


def test_values_that_do_not_fit_their_fields_are_refused(desk: Desk) -> None:
    desk.custom("Lead", "Tier__c", "picklist", restricted=True, picklist=("A", "B"))
    desk.custom("Lead", "Model__c", "string", length=5)
    desk.custom("Lead", "Score__c", "double", precision=3, scale=0)
    lead = desk.add("Lead")
    assert code(desk.write("Lead", lead, Tier__c="Z")) == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    assert code(desk.write("Lead", lead, Model__c="abcdef")) == "STRING_TOO_LONG"
    assert code(desk.write("Lead", lead, Score__c=1000)) == "NUMBER_OUTSIDE_VALID_RANGE"
    assert code(desk.write("Lead", lead, LastName=None)) == "REQUIRED_FIELD_MISSING"


def test_a_field_the_user_may_not_edit_is_refused_by_row(desk: Desk) -> None:
    lead = desk.add("Lead")
    result = desk.write("Lead", lead, IsConverted=True)
    assert code(result) == "INVALID_FIELD_FOR_INSERT_UPDATE"
    assert result.errors[0].message.startswith("Unable to create/update fields: IsConverted. Please check")
    assert result.errors[0].fields == ("IsConverted",)


def test_a_validation_rule_refuses_any_update_of_the_record(desk: Desk) -> None:
    lead = desk.add("Lead")
    desk.org.rules["phone"] = dml.Rule("Lead", lambda row: not row["Phone"], "Phone is required", "Phone")
    result = desk.write("Lead", lead, City="Bath")
    assert code(result) == "FIELD_CUSTOM_VALIDATION_EXCEPTION"
    assert (result.errors[0].message, result.errors[0].fields) == ("Phone is required", ("Phone",))
    assert desk.write("Lead", lead, Phone="1").success


def test_a_locked_row_is_refused_and_an_account_locks_its_contacts(desk: Desk) -> None:
    account = desk.add("Account", Name="Acme")
    lead, contact = desk.add("Lead"), desk.add("Contact", AccountId=account)
    desk.org.locked |= {lead, account}
    for sobject, key, held in (("Lead", lead, lead), ("Contact", contact, account)):
        result = desk.write(sobject, key, Title="x")
        assert code(result) == "UNABLE_TO_LOCK_ROW"
        assert result.errors[0].message.endswith(f"this record or 1 records: {held}")
    desk.org.locked.clear()
    assert desk.write("Contact", contact, Title="x").success


def test_references_must_name_a_record_that_is_there(desk: Desk) -> None:
    account = desk.add("Account", Name="Acme")
    dml.delete(desk.org, desk.user, "Account", [account])
    assert desk.refusal("Contact", AccountId=make_id("001", 55_555)) == "INVALID_CROSS_REFERENCE_KEY"
    assert desk.refusal("Contact", AccountId=make_id("00Q", 1)) == "MALFORMED_ID"
    assert desk.refusal("Contact", AccountId=account) == "ENTITY_IS_DELETED"


def test_nobody_can_give_a_lead_to_an_inactive_user(desk: Desk) -> None:
    gone = make_id("005", 901)
    desk.org.load("User", [{"Id": gone, "LastName": "Gone", "IsActive": 0}])
    assert desk.refusal("Lead", OwnerId=gone) == "INACTIVE_OWNER_OR_USER"


def test_the_assignment_rule_takes_leads_on_create_and_update_unless_told_not_to(desk: Desk) -> None:
    desk.org.settings.lead_assignment_owner = REP
    kept = desk.add("Lead")
    assert desk.row("Lead", kept)["OwnerId"] == desk.user
    desk.write("Lead", kept, auto_assign=True, City="Bath")
    assert desk.row("Lead", kept)["OwnerId"] == REP
    (made,) = dml.insert(desk.org, desk.user, "Lead", [{"LastName": "Lee", "Company": "X"}], auto_assign=True)
    assert desk.row("Lead", str(made.id))["OwnerId"] == REP


def test_an_inactive_assignment_rule_takes_nothing(desk: Desk) -> None:
    desk.org.settings.lead_assignment_owner = REP
    with desk.org.writing() as connection:
        connection.execute('UPDATE "AssignmentRule" SET "Active" = 0')
    lead = desk.add("Lead")
    desk.write("Lead", lead, auto_assign=True, City="Bath")
    assert desk.row("Lead", lead)["OwnerId"] == desk.user


def test_history_keeps_tracked_fields_and_an_owner_gives_two_rows(desk: Desk) -> None:
    lead = desk.add("Lead", City="Bath")
    desk.write("Lead", lead, Status="Working - Contacted", City="York", OwnerId=REP)
    rows = desk.rows("LeadHistory", LeadId=lead)
    told = [(row["Field"], row["DataType"], row["OldValue"], row["NewValue"]) for row in rows]
    assert ("created", "Text", None, None) in told
    assert ("Status", "DynamicEnum", "Open - Not Contacted", "Working - Contacted") in told
    assert ("Owner", "EntityId", desk.user, REP) in told
    assert [each[3] for each in told if each[:2] == ("Owner", "Text")] == ["Rep"]
    assert not any(each[0] == "City" for each in told)


def test_upsert_by_an_external_id_makes_or_changes(desk: Desk) -> None:
    desk.custom("Lead", "Ext__c", "string", external_id=True, unique=True)
    first = {"Ext__c": "a1", "LastName": "Lee", "Company": "X"}
    (made,) = dml.upsert(desk.org, desk.user, "Lead", [first], external_id="Ext__c")
    (changed,) = dml.upsert(desk.org, desk.user, "Lead", [{"ext__c": "A1", "City": "Bath"}], external_id="Ext__c")
    assert (made.created, changed.created, changed.id) == (True, False, made.id)
    assert desk.row("Lead", str(made.id))["City"] == "Bath"
    rows = [{"City": "x"}, first | {"Ext__c": "b"}, first | {"Ext__c": "b"}]
    results = dml.upsert(desk.org, desk.user, "Lead", rows, external_id="Ext__c")
    assert [each.success for each in results] == [False, True, False]
    assert (code(results[0]), code(results[2])) == ("MISSING_ARGUMENT", "DUPLICATE_VALUE")


def test_a_unique_value_belongs_to_one_record(desk: Desk) -> None:
    desk.custom("Lead", "Ext__c", "string", external_id=True, unique=True)
    held = desk.add("Lead", Ext__c="a1")
    assert desk.refusal("Lead", Ext__c="a1") == "DUPLICATE_VALUE"
    assert desk.write("Lead", held, Ext__c="a1").success


def test_an_upload_clears_a_field(desk: Desk) -> None:
    lead = desk.add("Lead", City="Bath")
    dml.update(desk.org, desk.user, "Lead", [{"Id": lead, "City": "#N/A"}], reader=from_csv)
    assert desk.row("Lead", lead)["City"] is None


def test_listeners_hear_of_changed_fields_after_the_commit(desk: Desk) -> None:
    lead = desk.add("Lead", City="Bath")
    desk.write("Lead", lead, City="York", Phone="1")
    created, updated = desk.told
    assert (created.kind, updated.kind, updated.id, updated.user_id) == ("created", "updated", lead, desk.user)
    assert updated.fields == {"City", "Phone"}


def test_a_lead_needs_a_company_where_there_are_no_person_accounts(tmp_path: Path) -> None:
    with desk_in(tmp_path, person_accounts=False) as desk:
        assert desk.refusal("Lead", Company=None) == "REQUIRED_FIELD_MISSING"


def test_thousands_of_rows_are_found_with_few_statements(desk: Desk) -> None:
    results = dml.insert(desk.org, desk.user, "Lead", [{"LastName": str(n), "Company": "X"} for n in range(3000)])
    statements: list[str] = []
    with desk.org.writing() as connection:
        connection.set_trace_callback(statements.append)
    dml.update(desk.org, desk.user, "Lead", [{"Id": each.id, "City": "Bath"} for each in results])
    with desk.org.writing() as connection:
        connection.set_trace_callback(None)
    assert sum(each.startswith("SELECT") for each in statements) < 20


def test_nobody_writes_history(desk: Desk) -> None:
    assert desk.refusal("LeadHistory") == "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"


def test_one_listener_call_tells_of_a_whole_call(desk: Desk) -> None:
    calls: list[int] = []
    desk.org.listeners.append(lambda changes: calls.append(len(changes)))
    dml.insert(desk.org, desk.user, "Lead", [{"LastName": "Lee", "Company": "X"}, {"Company": "X"}] * 2)
    assert calls == [2]


def test_what_a_users_sets_do_not_grant_is_refused(desk: Desk) -> None:
    lead = desk.add("Lead")
    with desk.org.writing() as connection:
        connection.execute('UPDATE "ObjectPermissions" SET "PermissionsCreate" = 0, "PermissionsEdit" = 0')
        connection.execute('UPDATE "ObjectPermissions" SET "PermissionsDelete" = 0')
    refusals = (
        desk.refusal("Lead"),
        code(desk.write("Lead", lead, City="Bath")),
        code(dml.delete(desk.org, desk.user, "Lead", [lead])[0]),
    )
    assert set(refusals) == {"INSUFFICIENT_ACCESS_OR_READONLY"}
    assert desk.write("Task", desk.add("Task", WhoId=lead), Subject="Call").success
