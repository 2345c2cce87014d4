"""The org's file: what a new org has, ids, loading, transactions, custom fields, listeners."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from adapters.sandbox.salesforce.catalog import make_field
from adapters.sandbox.salesforce.changes import Change
from adapters.sandbox.salesforce.ids import make_id
from adapters.sandbox.salesforce.opening import open_org
from adapters.sandbox.salesforce.org import Org
from adapters.sandbox.salesforce.settings import OrgSettings

NOW = 1_795_342_272.9
SCORE = make_field("Score__c", "double", label="Score", custom=True, precision=3)


def opened(path: Path, **switches: Any) -> Org:
    return Org(path, OrgSettings(clock=lambda: NOW, **switches))


@pytest.fixture
def org(tmp_path: Path) -> Iterator[Org]:
    org = opened(tmp_path / "org.db")
    yield org
    org.close()


def rows(org: Org, select: str) -> list[tuple[Any, ...]]:
    with org.reading() as connection:
        return list(connection.execute(select))


def count(org: Org, table: str) -> int:
    return int(rows(org, f'SELECT count(*) FROM "{table}"')[0][0])


def elsewhere(work: Callable[[], Any]) -> Any:
    """What a call gives in another thread."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()


def test_a_new_org_has_its_organisation_and_integration_user(org: Org) -> None:
    found = rows(org, 'SELECT "Id", "Name", "OrganizationType", "IsSandbox", "TimeZoneSidKey" FROM "Organization"')
    assert found == [(org.org_id, "Harborlight Insurance", "Enterprise Edition", 1, "America/New_York")]
    users = rows(org, 'SELECT "Id", "Username", "IsActive", "Name" FROM "User"')
    assert users == [(org.user_id, org.settings.username, 1, "Leadtier Integration")]


def test_a_new_org_has_stages_and_statuses(org: Org) -> None:
    stages = rows(org, 'SELECT "ApiName", "IsClosed", "IsWon", "DefaultProbability" FROM "OpportunityStage"')
    assert len(stages) == 10
    assert stages[-2:] == [("Closed Won", 1, 1, 100.0), ("Closed Lost", 1, 0, 0.0)]
    assert rows(org, 'SELECT "ApiName" FROM "LeadStatus" WHERE "IsConverted" = 1') == [("Closed - Converted",)]
    assert rows(org, 'SELECT "SobjectType" FROM "AssignmentRule" WHERE "Active" = 1') == [("Lead",)]
    assert rows(org, 'SELECT "DeveloperName" FROM "RecordType" WHERE "IsPersonType" = 1') == [("PersonAccount",)]


def test_the_integration_may_view_all_leads(org: Org) -> None:
    assigned = rows(org, 'SELECT "PermissionSetId" FROM "PermissionSetAssignment"')
    granted = rows(org, 'SELECT "ParentId", "PermissionsViewAllRecords" FROM "ObjectPermissions"')
    assert {parent for parent, all_records in granted if all_records} <= {parent for (parent,) in assigned}
    assert any(all_records for _, all_records in granted)


def test_opening_twice_changes_nothing(org: Org) -> None:
    before = {name: count(org, name) for name in ("User", "PermissionSet", "OpportunityStage", "RecordType")}
    open_org(org)
    assert {name: count(org, name) for name in before} == before


def test_orgs_have_ids_of_their_own(tmp_path: Path) -> None:
    other = opened(tmp_path / "other.db", org_serial=7, person_accounts=False)
    assert other.org_id == make_id("00D", 7)
    assert count(other, "RecordType") == 0
    other.close()


def test_a_filled_file_is_served_as_it_is(org: Org) -> None:
    org.add_custom_field("Contact", SCORE, visible=True)
    org.load("Contact", [{"LastName": "Ann", "Score__c": 87}])
    org.close()
    again = opened(org.path)
    assert rows(again, 'SELECT "Name", "Score__c" FROM "Contact"') == [("Ann", 87.0)]
    assert again.view(again.user_id).readable("Account", "Score__pc")
    assert count(again, "User") == 1
    again.close()


def test_loading_fills_in_what_a_row_leaves_out(org: Org) -> None:
    org.load("Lead", [{"FirstName": "Ann", "LastName": "Ash", "Company": "Home"}])
    stamp = int(NOW) * 1000
    assert rows(org, 'SELECT "Id", "Name", "Status", "IsDeleted", "DoNotCall" FROM "Lead"') == [
        (make_id("00Q", 1), "Ann Ash", "Open - Not Contacted", 0, 0)
    ]
    assert rows(org, 'SELECT "CreatedDate", "SystemModstamp", "CreatedById" FROM "Lead"') == [
        (stamp, stamp, org.user_id)
    ]


def test_loading_keeps_what_a_row_says(org: Org) -> None:
    org.load("Contact", [{"LastName": "Ann", "CreatedDate": 1000, "EmailBouncedDate": 2000, "IsDeleted": 1}])
    assert rows(org, 'SELECT "CreatedDate", "LastModifiedDate", "SystemModstamp" FROM "Contact"') == [(1000,) * 3]
    assert rows(org, 'SELECT "IsEmailBounced", "IsDeleted" FROM "Contact"') == [(1, 1)]


def test_loading_streams_and_counts(org: Org) -> None:
    with org.seeding():
        loaded = org.load("Task", ({"Subject": f"Call {number}"} for number in range(12_000)))
    assert loaded == count(org, "Task") == 12_000
    plan = rows(org, 'EXPLAIN QUERY PLAN SELECT 1 FROM "Task" WHERE "WhoId" = \'x\'')
    assert "Task_WhoId" in str(plan)


def test_new_ids_begin_after_loaded_ones(org: Org) -> None:
    org.load("Lead", [{"Id": make_id("00Q", 500), "LastName": "Ann", "Company": "Home"}])
    with org.writing() as connection:
        assert org.next_ids("lead", 2, connection) == [make_id("00Q", 501), make_id("00Q", 502)]
        assert org.next_id("Lead", connection) == make_id("00Q", 503)


def test_objects_that_share_a_prefix_share_no_id(org: Org) -> None:
    with org.writing() as connection:
        assert org.next_id("LeadHistory", connection) != org.next_id("ContactHistory", connection)


def test_mail_addresses_are_searched_whatever_their_case(org: Org) -> None:
    plan = rows(org, 'EXPLAIN QUERY PLAN SELECT 1 FROM "Lead" WHERE "Email" = \'x\' COLLATE NOCASE')
    assert "Lead_Email" in str(plan)


def fail_while_writing(org: Org) -> None:
    with org.writing():
        org.load("Lead", [{"LastName": "Ann", "Company": "Home"}])
        org.tell([Change("Lead", make_id("00Q", 1), "created")])
        raise ZeroDivisionError


def test_a_failed_transaction_leaves_nothing_and_tells_nobody(org: Org) -> None:
    heard: list[Sequence[Change]] = []
    org.listeners.append(heard.append)
    with pytest.raises(ZeroDivisionError):
        fail_while_writing(org)
    assert count(org, "Lead") == 0
    with org.writing():
        pass
    assert heard == []


def test_listeners_hear_of_changes_after_the_commit(org: Org) -> None:
    change = Change("Lead", make_id("00Q", 1), "created", frozenset({"LastName"}), org.user_id)
    heard: list[tuple[list[Change], int]] = []

    def listen(changes: Sequence[Change]) -> None:
        heard.append((list(changes), elsewhere(lambda: count(org, "Lead"))))

    org.listeners.append(listen)
    with org.writing(), org.writing():
        org.load("Lead", [{"LastName": "Ann", "Company": "Home"}])
        org.tell([change])
    assert heard == [([change], 1)]


def test_others_see_a_transaction_only_when_it_is_over(org: Org) -> None:
    with org.writing():
        org.load("Lead", [{"LastName": "Ann", "Company": "Home"}])
        assert count(org, "Lead") == 1
        assert elsewhere(lambda: count(org, "Lead")) == 0
    assert elsewhere(lambda: count(org, "Lead")) == 1


def test_a_reader_sees_one_moment_throughout(org: Org) -> None:
    with org.reading() as connection:
        assert connection.execute('SELECT count(*) FROM "Lead"').fetchone() == (0,)
        elsewhere(lambda: org.load("Lead", [{"LastName": "Ann", "Company": "Home"}]))
        assert connection.execute('SELECT count(*) FROM "Lead"').fetchone() == (0,)
    assert count(org, "Lead") == 1


def test_writers_take_turns(org: Org) -> None:
    def write() -> None:
        for _ in range(20):
            with org.writing() as connection:
                org.load("Lead", [{"Id": org.next_id("Lead", connection), "LastName": "A", "Company": "B"}])

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(write) for _ in range(4)]:
            done.result()
    assert count(org, "Lead") == 80


def test_values_added_to_a_standard_picklist_stay(org: Org) -> None:
    org.extend_picklist("task", "type", ["Text Sent"])
    org.close()
    again = Org(org.path, org.settings)
    kinds = again.catalog.objects["task"].fields["type"].picklist
    again.close()
    assert (kinds[0], kinds[-1]) == ("Call", "Text Sent")


def test_a_custom_field_can_be_dropped_with_its_values_and_permissions(org: Org) -> None:
    org.add_custom_field("Contact", SCORE, visible=True)
    org.drop_custom_field("contact", "score__c")
    assert org.view(None).object("Account").field("Score__pc") is None
    assert count(org, "FieldPermissions") == 0
    org.add_custom_field("Contact", SCORE, visible=False)
    assert not org.view(org.user_id).readable("Contact", "Score__c")


def test_a_unique_field_is_indexed(org: Org) -> None:
    key = make_field("Key__c", "string", label="Key", custom=True, external_id=True, unique=True, length=40)
    org.add_custom_field("Lead", key, visible=True)
    plan = rows(org, 'EXPLAIN QUERY PLAN SELECT 1 FROM "Lead" WHERE "Key__c" = \'x\' COLLATE NOCASE')
    assert "Lead_Key__c" in str(plan)
