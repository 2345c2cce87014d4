"""WHERE: which rows each kind of condition finds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from adapters.sandbox.salesforce.catalog.model import make_field
from tests.sandbox.soql import ANN, CARL, EVA, FINN, SHOP, Soql, open_org

ALL = {"Ellis", "o'Hara", "Gray", "hayes"}


@pytest.fixture(scope="module")
def soql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Soql]:
    org = open_org(tmp_path_factory.mktemp("org"))
    org.add_custom_field("Lead", make_field("Lines__c", "multipicklist", label="Lines", custom=True), visible=False)
    with org.writing() as connection:
        connection.execute('UPDATE "Lead" SET "Lines__c" = ? WHERE "Id" = ?', ("Auto;Home", EVA))
        connection.execute('UPDATE "Lead" SET "Lines__c" = ? WHERE "Id" = ?', ("Life", FINN))
    yield Soql(org)
    org.close()


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("LastName = 'ellis'", {"Ellis"}),
        ("Email = 'eva@home.EXAMPLE'", {"Ellis"}),
        (r"LastName = 'O\'HARA'", {"o'Hara"}),
        ("LastName < 'gz'", {"Ellis", "Gray"}),
        ("LastName LIKE '%a%'", {"o'Hara", "Gray", "hayes"}),
        ("LastName LIKE '_ay%'", {"hayes"}),
        (r"Company LIKE '100\%%'", {"o'Hara"}),
        (r"Company LIKE '%\_%'", {"Gray"}),
        ("LastName IN ('ELLIS', 'Gray', 'Nobody')", {"Ellis", "Gray"}),
        ("LastName NOT IN ('ellis')", ALL - {"Ellis"}),
        ("NumberOfEmployees > 3", {"o'Hara"}),
        ("NumberOfEmployees IN (3, 7.0)", {"Ellis", "o'Hara"}),
        ("AnnualRevenue >= USD1000.5", {"Ellis"}),
        ("IsConverted = TRUE", {"Gray"}),
        ("IsConverted != true", ALL - {"Gray"}),
        ("ConvertedDate = 2026-11-20", {"Gray"}),
        ("Owner.Type = 'Queue'", {"o'Hara"}),
        ("Owner.Type = 'User'", ALL - {"o'Hara"}),
        ("Owner.Name LIKE 'ann%' AND Status = 'open - not contacted'", {"Ellis", "hayes"}),
        ("ConvertedContact.Email != null", {"Gray"}),
    ],
)
def test_finds_what_the_condition_says(soql: Soql, where: str, found: set[str]) -> None:
    assert soql.names(where) == found


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("LeadSource = null", {"Ellis", "hayes"}),
        ("LeadSource = ''", {"Ellis", "hayes"}),
        ("LeadSource != null", {"o'Hara", "Gray"}),
        ("LeadSource != 'Web'", {"Ellis", "hayes"}),
        ("LeadSource <> 'Phone'", ALL),
        ("LeadSource NOT IN ('Web')", {"Ellis", "hayes"}),
        ("LeadSource IN ('Web', null)", ALL),
        ("(NOT LeadSource LIKE 'W%')", {"Ellis", "hayes"}),
        ("NOT (LeadSource = 'Web' AND NumberOfEmployees = 7)", ALL - {"o'Hara"}),
        ("NumberOfEmployees < 100", {"Ellis", "o'Hara"}),
        ("ConvertedDate != 2026-11-20", ALL - {"Gray"}),
    ],
)
def test_an_empty_field_is_different_from_every_value(soql: Soql, where: str, found: set[str]) -> None:
    assert soql.names(where) == found


def test_a_checkbox_of_a_parent_that_is_missing_counts_as_not_ticked(soql: Soql) -> None:
    assert soql.names("ConvertedContact.DoNotCall = false") == ALL - {"Gray"}
    assert soql.names("ConvertedContact.DoNotCall = true") == {"Gray"}


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("CreatedDate = TODAY", set()),  # 04:30 UTC is the evening before in New York
        ("CreatedDate = YESTERDAY", {"Ellis", "o'Hara"}),
        ("CreatedDate = LAST_N_DAYS:60", {"Ellis", "o'Hara", "Gray"}),
        ("CreatedDate < LAST_MONTH", {"hayes"}),
        ("CreatedDate <= LAST_MONTH", {"Gray", "hayes"}),
        ("CreatedDate > LAST_MONTH", {"Ellis", "o'Hara"}),
        ("CreatedDate >= LAST_MONTH", ALL - {"hayes"}),
        ("CreatedDate != THIS_YEAR", {"hayes"}),
        ("CreatedDate IN (YESTERDAY, LAST_MONTH)", ALL - {"hayes"}),
        ("CreatedDate >= 2026-11-22T04:30:00Z", {"Ellis"}),
        ("CreatedDate > 2026-11-21T23:29:59.999-05:00", {"Ellis"}),
        ("ConvertedDate = LAST_N_DAYS:2", {"Gray"}),
        ("CALENDAR_YEAR(CreatedDate) = 2025", {"hayes"}),
        ("DAY_ONLY(CreatedDate) = 2026-11-22", {"Ellis"}),
        ("DAY_ONLY(convertTimezone(CreatedDate)) = 2026-11-21", {"Ellis", "o'Hara"}),
    ],
)
def test_dates_compare_in_the_time_zone_of_the_org(soql: Soql, where: str, found: set[str]) -> None:
    assert soql.names(where) == found


def test_ids_of_15_and_18_characters_are_the_same_and_case_matters(soql: Soql) -> None:
    assert soql.names(f"Id = '{EVA[:15]}'") == {"Ellis"}
    assert soql.names(f"OwnerId IN ('{ANN[:15]}')") == {"Ellis", "hayes"}
    assert soql.names("Id = '00QhS0000000001'") == set()
    error = soql.refused("SELECT Id FROM Lead WHERE Id = 'nonsense'")
    assert error.code == "INVALID_QUERY_FILTER_OPERATOR"
    assert "invalid ID field: nonsense" in error.message


def test_ids_compare_by_keyset(soql: Soql) -> None:
    found = soql.values(f"SELECT Id FROM Lead WHERE Id > '{EVA}' ORDER BY Id LIMIT 1")
    assert found == [FINN]
    keyset = (
        "SystemModstamp > 2026-11-21T12:00:00Z OR (SystemModstamp = 2026-11-21T12:00:00Z AND Id > '00Q000000000001EAA')"
    )
    assert soql.names(keyset) == {"Ellis", "o'Hara"}


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("Lines__c INCLUDES ('auto')", {"Ellis"}),
        ("Lines__c INCLUDES ('Auto;Life', 'Home;Auto')", {"Ellis"}),
        ("Lines__c INCLUDES ('Auto', 'Life')", {"Ellis", "o'Hara"}),
        ("Lines__c EXCLUDES ('Life')", ALL - {"o'Hara"}),
    ],
)
def test_picklists_of_several_values_are_searched_part_by_part(soql: Soql, where: str, found: set[str]) -> None:
    assert soql.names(where) == found


def test_a_sub_select_gives_the_ids_to_look_for(soql: Soql) -> None:
    assert soql.names("Id IN (SELECT WhoId FROM Task WHERE IsClosed = true)") == {"Ellis"}
    assert soql.names("Id NOT IN (SELECT WhoId FROM Task)") == {"Gray", "hayes"}
    assert soql.values("SELECT Id FROM Contact WHERE Id IN (SELECT ConvertedContactId FROM Lead)") == [CARL]
    assert soql.values(
        "SELECT Name FROM Account WHERE Id IN (SELECT AccountId FROM Contact WHERE LastName = 'cole')"
    ) == ["Harbor Shop"]


@pytest.mark.parametrize(
    ("where", "sentence"),
    [
        ("LastName = 'x' OR Id IN (SELECT WhoId FROM Task)", "not allowed with the 'OR' operator"),
        ("NOT Id IN (SELECT WhoId FROM Task)", "not allowed with the 'NOT' operator"),
        ("Id IN (SELECT MasterRecordId FROM Lead)", "should not be on the same object type"),
        ("Id IN (SELECT Subject FROM Task)", "must be an id or a reference field"),
        ("LastName IN (SELECT WhoId FROM Task)", "should be an id field, cannot use: 'LastName'"),
        ("Id IN (SELECT WhoId FROM Task LIMIT 1)", "not allowed in semi join sub-selects"),
        ("Id IN (SELECT WhoId, Id FROM Task)", "exactly one field"),
        ("Id IN (SELECT WhoId FROM Task WHERE WhatId IN (SELECT Id FROM Account))", "Nesting of semi join"),
    ],
)
def test_sub_selects_have_the_vendors_limits(soql: Soql, where: str, sentence: str) -> None:
    error = soql.refused(f"SELECT Id FROM Lead WHERE {where}")
    assert error.code == "MALFORMED_QUERY"
    assert sentence in error.message


def test_long_lists_and_long_chains_are_no_trouble(soql: Soql) -> None:
    names = ", ".join(f"'Name {n}'" for n in range(4000))
    assert soql.names(f"LastName IN ({names}, 'Ellis')") == {"Ellis"}
    chain = " OR ".join(f"NumberOfEmployees = {n}" for n in range(3000))
    assert soql.names(chain) == {"Ellis", "o'Hara"}


def test_an_alias_or_the_object_itself_may_stand_before_a_field(soql: Soql) -> None:
    assert soql.values("SELECT l.LastName FROM Lead l WHERE l.Owner.Name = 'Ben Broker'") == ["Gray"]
    assert soql.values("SELECT Lead.LastName FROM Lead WHERE Lead.Owner.Name = 'Ben Broker'") == ["Gray"]
    query = "SELECT c.LastName, a.Name FROM Contact c, c.Account a WHERE a.Name = 'harbor shop'"
    assert soql.records(query) == [{"LastName": "Cole", "Account": {"Name": "Harbor Shop"}}]
    assert soql.values(f"SELECT Account.Name FROM Account WHERE Account.Id = '{SHOP}'") == ["Harbor Shop"]
