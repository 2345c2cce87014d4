"""Statements of bulk query jobs: rows of text, streamed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.sandbox.salesforce.soql import SoqlError
from tests.sandbox.soql import CARL, EVA, GINA, Soql, open_org


@pytest.fixture(scope="module")
def soql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Soql]:
    org = open_org(tmp_path_factory.mktemp("org"))
    yield Soql(org)
    org.close()


def test_parents_are_columns_and_values_have_the_form_of_bulk(soql: Soql) -> None:
    flat = soql.flat("SELECT id, account.name, owner.name, DoNotCall, createddate FROM Contact ORDER BY Id LIMIT 2")
    first, second = flat.rows
    assert flat.header == ["Id", "Account.Name", "Owner.Name", "DoNotCall", "CreatedDate"]
    assert first[:4] == [CARL, "Harbor Shop", "Ann Agent", "true"]
    assert first[4].endswith(".000Z")
    assert second[1] == ""


def test_dates_and_numbers_as_text(soql: Soql) -> None:
    rows = list(
        soql.flat(
            f"SELECT Id, ConvertedDate, NumberOfEmployees FROM Lead WHERE Id IN ('{EVA}', '{GINA}') ORDER BY Id"
        ).rows
    )
    assert rows == [[EVA, "", "3"], [GINA, "2026-11-20", ""]]


def test_all_rows_are_for_query_all(soql: Soql) -> None:
    assert len(list(soql.flat("SELECT Id FROM Task").rows)) == 4
    assert len(list(soql.flat("SELECT Id FROM Task", everything=True).rows)) == 6


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("SELECT Id, (SELECT Id FROM Tasks) FROM Contact", "Aggregate Relationships not supported in Bulk Query"),
        ("SELECT MailingAddress FROM Contact", "Selecting compound data not supported in Bulk Query"),
        ("SELECT COUNT() FROM Contact", "Aggregate functions"),
        ("SELECT LastName FROM Contact GROUP BY LastName", "GROUP BY"),
        ("SELECT Id FROM Contact OFFSET 5", "OFFSET not supported"),
        ("SELECT TYPEOF Who WHEN Lead THEN Id END FROM Task", "TYPEOF not supported"),
        ("SELECT Label FROM EntityDefinition", "not supported by the Bulk API"),
        ("SELECT Nam FROM Contact", "No such column 'Nam'"),
    ],
)
def test_refuses_at_once_what_bulk_queries_do_not_take(soql: Soql, query: str, sentence: str) -> None:
    with pytest.raises(SoqlError, match=sentence.replace("(", r"\(")):
        soql.flat(query)


def test_rows_come_as_they_are_asked_for(tmp_path: Path) -> None:
    org = open_org(tmp_path)
    org.load("Lead", ({"LastName": f"Name {n}", "Company": "C"} for n in range(3000)))
    soql = Soql(org)
    flat = soql.flat("SELECT Id, LastName FROM Lead")
    first = next(flat.rows)
    assert soql.run("SELECT COUNT() FROM Lead").total == 3004  # another query in the middle of this one
    found = [first[0], *(row[0] for row in flat.rows)]
    assert len(set(found)) == len(found) == 3004
    assert found != sorted(found)
    org.close()
