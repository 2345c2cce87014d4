"""Counting and grouping."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox.soql import ANN, CARL, EVA, FINN, LEADS, Soql, open_org


@pytest.fixture(scope="module")
def soql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Soql]:
    org = open_org(tmp_path_factory.mktemp("org"))
    yield Soql(org)
    org.close()


def test_count_of_rows_is_a_total_without_records(soql: Soql) -> None:
    rows = soql.run("SELECT COUNT() FROM Lead WHERE IsConverted = false")
    assert (rows.total, rows.records(0, 10)) == (3, [])
    assert soql.run("SELECT count() FROM Lead LIMIT 2").total == 2
    assert soql.run("SELECT COUNT() FROM Lead", everything=True).total == len(LEADS)
    assert soql.run("SELECT COUNT() FROM Contact WHERE Account.Name LIKE 'H%'").total == 2


def test_groups_are_aggregate_results_named_by_field_alias_or_number(soql: Soql) -> None:
    rows = soql.run(
        "SELECT WhoId, COUNT(Id) n, MAX(ActivityDate), MIN(Who.Name) FROM Task GROUP BY WhoId ORDER BY WhoId"
    )
    assert rows.total == 3
    assert rows.records(0, 1) == [
        {"attributes": {"type": "AggregateResult"}, "WhoId": CARL, "n": 1, "expr0": "2026-11-01", "expr1": "Carl Cole"}
    ]


def test_the_count_of_activities_by_lead(soql: Soql) -> None:
    query = (
        "SELECT WhoId, COUNT(Id) n, MAX(ActivityDate) last FROM Task "
        f"WHERE WhoId IN ('{EVA}', '{FINN}') AND IsClosed = true GROUP BY WhoId"
    )
    assert soql.records(query) == [{"WhoId": EVA, "n": 2, "last": "2026-11-22"}]


def test_aggregates_without_groups_are_one_row(soql: Soql) -> None:
    query = (
        "SELECT COUNT(LeadSource), COUNT_DISTINCT(LeadSource), SUM(NumberOfEmployees), AVG(NumberOfEmployees) FROM Lead"
    )
    assert soql.records(query) == [{"expr0": 2, "expr1": 1, "expr2": 10, "expr3": 5.0}]


def test_an_aggregate_may_be_formatted(soql: Soql) -> None:
    assert soql.values("SELECT FORMAT(MAX(CreatedDate)) newest FROM Lead") == ["11/22/2026, 4:30 AM"]


def test_groups_by_parents_dates_and_having(soql: Soql) -> None:
    query = "SELECT Owner.Name, COUNT(Id) FROM Lead GROUP BY Owner.Name HAVING COUNT(Id) > 1"
    assert soql.records(query) == [{"Name": "Ann Agent", "expr0": 2}]
    year = "CALENDAR_YEAR(CreatedDate)"
    query = f"SELECT {year} y, COUNT(Id) n FROM Lead GROUP BY {year} ORDER BY COUNT(Id)"
    assert soql.records(query) == [{"y": 2025, "n": 1}, {"y": 2026, "n": 3}]
    day = "DAY_ONLY(CreatedDate)"
    query = f"SELECT {day}, COUNT(Id) FROM Lead WHERE CreatedDate = THIS_MONTH GROUP BY {day}"
    assert {row["expr0"] for row in soql.records(query)} == {"2026-11-21", "2026-11-22"}
    query = f"SELECT Status FROM Lead GROUP BY Status, OwnerId HAVING OwnerId = '{ANN}'"
    assert soql.values(query) == ["Open - Not Contacted"]


@pytest.mark.parametrize(
    ("query", "code", "sentence"),
    [
        ("SELECT LastName, COUNT(Id) FROM Lead", "MALFORMED_QUERY", "Field must be grouped or aggregated: LastName"),
        (
            "SELECT LastName FROM Lead GROUP BY Status",
            "MALFORMED_QUERY",
            "Field must be grouped or aggregated: LastName",
        ),
        ("SELECT Status FROM Lead GROUP BY Status ORDER BY Id", "MALFORMED_QUERY", "grouped or aggregated: Id"),
        ("SELECT COUNT(Id) FROM Lead GROUP BY SystemModstamp", "INVALID_FIELD", "'SystemModstamp' can not be grouped"),
        ("SELECT SUM(LastName) FROM Lead", "MALFORMED_QUERY", "LastName does not support aggregate operator SUM"),
        ("SELECT MAX(IsConverted) FROM Lead", "MALFORMED_QUERY", "does not support aggregate operator MAX"),
        ("SELECT COUNT(Id) a, MAX(Id) a FROM Lead", "MALFORMED_QUERY", "duplicate alias: a"),
        ("SELECT COUNT(), Id FROM Lead", "MALFORMED_QUERY", "only element"),
        ("SELECT Id FROM Lead HAVING COUNT(Id) > 1", "MALFORMED_QUERY", "HAVING"),
        ("SELECT Id FROM Lead WHERE COUNT(Id) > 1", "MALFORMED_QUERY", "not allowed in WHERE"),
        ("SELECT COUNT(Id), (SELECT Id FROM Tasks) FROM Lead", "MALFORMED_QUERY", "not allowed with GROUP BY"),
        ("SELECT Id, (SELECT COUNT(Id) FROM Tasks) FROM Lead", "MALFORMED_QUERY", "Only root queries"),
        ("SELECT COUNT(Id) FROM Lead GROUP BY ROLLUP(Status)", "MALFORMED_QUERY", "unexpected token: 'ROLLUP'"),
        ("SELECT COUNT(MAX(Id)) FROM Lead", "MALFORMED_QUERY", "Invalid arguments"),
        ("SELECT CALENDAR_YEAR(LastName) FROM Lead GROUP BY CALENDAR_YEAR(LastName)", "INVALID_FIELD", "is not a date"),
        ("SELECT LastName n FROM Lead", "MALFORMED_QUERY", "only aggregate expressions use field aliasing"),
    ],
)
def test_refuses_what_cannot_be_grouped(soql: Soql, query: str, code: str, sentence: str) -> None:
    error = soql.refused(query)
    assert error.code == code
    assert sentence in error.message


def test_more_than_2000_groups_need_a_limit(tmp_path: Path) -> None:
    org = open_org(tmp_path)
    org.load("Lead", ({"LastName": f"Name {n}", "Company": "C"} for n in range(2001)))
    soql = Soql(org)
    error = soql.refused("SELECT LastName, COUNT(Id) FROM Lead GROUP BY LastName")
    assert error.code == "EXCEEDED_ID_LIMIT"
    assert "queryMore" in error.message
    assert soql.run("SELECT LastName, COUNT(Id) FROM Lead GROUP BY LastName LIMIT 2000").total == 2000
    org.close()
