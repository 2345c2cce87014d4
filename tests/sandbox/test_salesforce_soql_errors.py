"""Refusals: the vendor's codes and sentences."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox.soql import Soql, open_org

_REFERENCE = "Please reference your WSDL or the describe call for the appropriate names."


@pytest.fixture(scope="module")
def soql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Soql]:
    org = open_org(tmp_path_factory.mktemp("org"))
    yield Soql(org)
    org.close()


def test_an_unknown_field(soql: Soql) -> None:
    error = soql.refused("SELECT Nam FROM Lead")
    assert error.code == "INVALID_FIELD"
    assert error.message == (
        "\nSELECT Nam FROM Lead\n       ^\nERROR at Row:1:Column:8\nNo such column 'Nam' on entity 'Lead'. If you are "
        f"attempting to use a custom field, be sure to append the '__c' after the custom field name. {_REFERENCE}"
    )


def test_an_unknown_object(soql: Soql) -> None:
    error = soql.refused("select count() from XYZZY")
    assert error.code == "INVALID_TYPE"
    assert error.message == (
        "\nselect count() from XYZZY\n                    ^\nERROR at Row:1:Column:21\nsObject type 'XYZZY' is not "
        "supported. If you are attempting to use a custom object, be sure to append the '__c' after the entity name. "
        + _REFERENCE
    )


@pytest.mark.parametrize(
    ("query", "code", "sentence"),
    [
        ("SELECT Boss.Name FROM Lead", "INVALID_FIELD", "Didn't understand relationship 'Boss' in field path"),
        ("SELECT Account FROM Contact", "INVALID_FIELD", "No such column 'Account' on entity 'Contact'"),
        ("SELECT Account.Nam FROM Contact", "INVALID_FIELD", "No such column 'Nam' on entity 'Account'"),
        ("SELECT Id, (SELECT Id FROM Pets) FROM Lead", "INVALID_TYPE", "'Pets' in FROM part of query call"),
        ("SELECT Id, id FROM Lead", "INVALID_FIELD", "duplicate field selected: Id"),
        ("SELECT a.b.c.d.e.f.Id FROM Lead", "MALFORMED_QUERY", "5 levels"),
        (
            "SELECT Id FROM Lead WHERE Description = 'x'",
            "INVALID_FIELD",
            "field 'Description' can not be filtered in a query call",
        ),
        (
            "SELECT Id FROM Lead ORDER BY Description",
            "INVALID_FIELD",
            "field 'Description' can not be sorted in a query call",
        ),
        ("SELECT TYPEOF Account WHEN Account THEN Id END FROM Contact", "INVALID_FIELD", "not polymorphic"),
        ("SELECT Id FROM Lead WHERE Address = 'x'", "INVALID_FIELD", "field 'Address' can not be filtered"),
        ("SELECT SHOUT(Name) FROM Lead", "MALFORMED_QUERY", "SHOUT"),
        ("SELECT Id FROM Lead WHERE SHOUT(CreatedDate) = 1", "MALFORMED_QUERY", "unexpected token: 'SHOUT'"),
        ("SELECT Id FROM Lead WHERE LastName = nobody", "MALFORMED_QUERY", "unexpected token: 'nobody'"),
        (r"SELECT Id FROM Lead WHERE LastName = 'a\x'", "MALFORMED_QUERY", "Illegal string literal"),
    ],
)
def test_other_names_that_do_not_exist(soql: Soql, query: str, code: str, sentence: str) -> None:
    error = soql.refused(query)
    assert error.code == code
    assert sentence in error.message


@pytest.mark.parametrize(
    ("where", "sentence"),
    [
        ("CreatedDate > '2026-11-22'", "'CreatedDate' must be of type dateTime and should not be enclosed in quotes"),
        ("CreatedDate > 2026-11-22", "'CreatedDate' must be of type dateTime and should not be enclosed in quotes"),
        (
            "ConvertedDate = 2026-11-22T10:00:00Z",
            "'ConvertedDate' must be of type date and should not be enclosed in quotes",
        ),
        ("ConvertedDate = 2026-02-30", "'ConvertedDate' must be of type date and should not be enclosed in quotes"),
        ("LastName = 5", "'LastName' must be of type string and should be enclosed in quotes"),
        ("NumberOfEmployees = '5'", "'NumberOfEmployees' must be of type int and should not be enclosed in quotes"),
        ("IsConverted = 'true'", "'IsConverted' must be of type boolean and should not be enclosed in quotes"),
        ("OwnerId = 5", "'OwnerId' must be of type ID and should be enclosed in quotes"),
        ("LastName IN ('x', 5)", "'LastName' must be of type string and should be enclosed in quotes"),
        ("CreatedDate = LAST_N_DAYS:999999999", "must be of type dateTime"),
    ],
)
def test_a_value_of_the_wrong_type(soql: Soql, where: str, sentence: str) -> None:
    error = soql.refused(f"SELECT Id FROM Lead WHERE {where}")
    assert error.code == "INVALID_FIELD"
    assert "value of filter criterion for field" in error.message
    assert sentence in error.message


@pytest.mark.parametrize(
    ("where", "kind"),
    [
        ("Id LIKE '00Q%'", "id"),
        ("OwnerId LIKE '005%'", "id"),
        ("IsConverted > true", "boolean"),
        ("NumberOfEmployees LIKE '5'", "int"),
        ("Status INCLUDES ('x')", "picklist"),
    ],
)
def test_an_operator_the_type_does_not_have(soql: Soql, where: str, kind: str) -> None:
    error = soql.refused(f"SELECT Id FROM Lead WHERE {where}")
    assert error.code == "INVALID_QUERY_FILTER_OPERATOR"
    assert f"invalid operator on {kind} field" in error.message


def test_too_deep_for_the_machine_is_too_complicated(soql: Soql) -> None:
    deep = "LastName = 'x'"
    for _ in range(8):
        deep = f"(LastName = 'y' OR (City = 'z' AND {deep}))"
    assert soql.run(f"SELECT Id FROM Lead WHERE {deep}").total == 0
    for _ in range(900):
        deep = f"(LastName = 'y' OR (City = 'z' AND {deep}))"
    assert soql.refused(f"SELECT Id FROM Lead WHERE {deep}").code == "QUERY_TOO_COMPLICATED"
