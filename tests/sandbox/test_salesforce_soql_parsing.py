"""SOQL as text: what is taken, what is refused, and that nothing else ever comes out."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.sandbox.salesforce.soql import SoqlError, parse
from adapters.sandbox.salesforce.soql.texts import pattern_of, text_of
from adapters.sandbox.salesforce.soql.tree import AllOf, AnyOf, Call, Comparison, Item, Membership, NoneOf, Path, Query


def _refused(text: str) -> SoqlError:
    with pytest.raises(SoqlError) as caught:
        parse(text)
    return caught.value


@pytest.mark.parametrize(
    "text",
    [
        "SELECT Id FROM Group",
        "select id, type from group where type = 'Queue'",
        "SELECT\n  Id,\n  Name\nFROM Lead\nLIMIT 1",
        "SELECT COUNT() FROM Lead",
        "SELECT Id FROM Lead WHERE a = 1 AND (b = 2 OR c = 3)",
        "SELECT Id FROM Lead WHERE (NOT Name LIKE 'a%') AND b NOT IN ('x', null)",
        "SELECT Id FROM Lead WHERE CreatedDate >= 2026-11-22T10:11:12Z AND CreatedDate < 2026-11-22T10:11:12.123+00:00",
        "SELECT Id FROM Lead WHERE CreatedDate = LAST_N_DAYS:30 AND ConvertedDate > 2026-11-22",
        "SELECT Id FROM Lead USING SCOPE mine WHERE a = 1 WITH SECURITY_ENFORCED ORDER BY a DESC NULLS LAST, b",
        "SELECT Id FROM Lead WITH USER_MODE LIMIT 10 OFFSET 20 FOR VIEW",
        "SELECT Id FROM Lead LIMIT 10 FOR REFERENCE ALL ROWS",
        "SELECT c.Id, a.Name FROM Contact c, c.Account a WHERE a.Name = 'x'",
        "SELECT Id, (SELECT Id FROM Tasks WHERE a = true ORDER BY b LIMIT 3) FROM Contact",
        "SELECT TYPEOF Who WHEN Lead THEN Company, Name WHEN Contact THEN Account.Name ELSE Name END FROM Task",
        "SELECT CALENDAR_YEAR(A) y, COUNT(Id) FROM Lead GROUP BY CALENDAR_YEAR(A) HAVING COUNT(Id) > 1",
        "SELECT Id FROM Lead WHERE Amount > USD5000 AND Amount < -1.5e3",
        "SELECT Id FROM Lead WHERE Parts__c INCLUDES ('a;b', 'c')",
    ],
)
def test_takes_the_language_as_it_is_documented(text: str) -> None:
    assert isinstance(parse(text), Query)


def test_builds_the_tree_the_text_says() -> None:
    query = parse(
        "SELECT Id, MAX(Amount) top FROM Lead l WHERE l.A = 'x' AND (NOT B <> 1) AND C IN ('1') LIMIT 5 OFFSET 2"
    )
    assert query.items[0] == Item(Path(("Id",), 7), None)
    assert isinstance(query.items[1], Item)
    assert isinstance(query.items[1].expression, Call)
    assert query.items[1].alias == "top"
    assert isinstance(query.where, AllOf)
    first, second, third = query.where.parts
    assert isinstance(first, Comparison)
    assert first.left == Path(("l", "A"), first.left.at)
    assert isinstance(second, NoneOf)
    assert isinstance(second.part, Comparison)
    assert second.part.operator == "!="
    assert isinstance(third, Membership)
    assert (query.source.alias, query.limit, query.offset) == ("l", 5, 2)


def test_or_within_parentheses_stays_together() -> None:
    where = parse("SELECT Id FROM Lead WHERE a = 1 AND (b = 2 OR c = 3)").where
    assert isinstance(where, AllOf)
    assert isinstance(where.parts[1], AnyOf)


@pytest.mark.parametrize(
    ("text", "token"),
    [
        ("SELECT Id FROM Lead WHERE a = 1 AND b = 2 OR c = 3", "OR"),
        ("SELECT Id FROM Lead WHERE NOT a = 1 AND b = 2", "AND"),
        ("SELECT Id FROM Lead ORDER BY Id sideways", "sideways"),
        ("SELECT Id FROM Lead WHERE a IN ()", ")"),
        ("SELECT Id FROM Lead WHERE a = :bound", ":"),
        ("SELECT Id FROM Lead LIMIT 1.5", "1.5"),
        ("SELECT Id FROM Lead LIMIT -1", "-1"),
        ("SELECT Id FROM Lead WITH MAGIC", "MAGIC"),
        ("SELECT * FROM Lead", "*"),
        ("SELECT Id, FROM Lead", "FROM"),
        ("SELECT Id FROM", "<EOF>"),
        ("UPDATE Lead", "UPDATE"),
    ],
)
def test_names_the_token_it_did_not_expect(text: str, token: str) -> None:
    error = _refused(text)
    assert error.code == "MALFORMED_QUERY"
    assert f"'{token}'" in error.message


def test_shows_where_the_mistake_is_by_row_column_and_caret() -> None:
    error = _refused("SELECT Id FROM Lead\nWHERE a == 1")
    assert error.message == "\nWHERE a == 1\n         ^\nERROR at Row:2:Column:10\nunexpected token: '='"


def test_cuts_a_long_statement_between_words_around_the_mistake() -> None:
    error = _refused(f"SELECT {', '.join(f'Field_{n}__c' for n in range(50))} FROM Lead WHERE a = = 1")
    shown, caret = error.message.split("\n")[1:3]
    assert len(shown) < 80
    assert shown[caret.index("^")] == "="


def test_says_what_is_wrong_with_characters_and_quotes() -> None:
    assert (
        _refused("SELECT Id FROM Lead WHERE a = 'x").message == "line 1:30 mismatched character '<EOF>' expecting '''"
    )
    assert _refused("SELECT Id # FROM Lead").message == "line 1:10 no viable alternative at character '#'"


def test_refuses_more_than_a_statement_or_a_string_may_hold() -> None:
    assert _refused("SELECT Id FROM Lead" + " " * 100_000).code == "MALFORMED_QUERY"
    assert _refused(f"SELECT Id FROM Lead WHERE Name = '{'x' * 4001}'").code == "MALFORMED_QUERY"
    assert parse(f"SELECT Id FROM Lead WHERE Name = '{'x' * 4000}'")


def test_refuses_an_offset_above_2000() -> None:
    error = _refused("SELECT Id FROM Lead OFFSET 2001")
    assert error.code == "NUMBER_OUTSIDE_VALID_RANGE"
    assert "Maximum SOQL offset allowed is 2000" in error.message
    assert parse("SELECT Id FROM Lead OFFSET 2000").offset == 2000


def test_refuses_what_is_nested_too_deeply_without_falling_over() -> None:
    assert parse("SELECT Id FROM Lead WHERE " + "(" * 5000 + "a = 1" + ")" * 5000)
    assert (
        _refused("SELECT Id FROM Lead WHERE " + "(NOT " * 5000 + "a = 1" + ")" * 5000).code == "QUERY_TOO_COMPLICATED"
    )


@pytest.mark.parametrize(
    ("literal", "text", "pattern"),
    [
        (r"'O\'Hara'", "O'Hara", "O'Hara"),
        (r"'a\\b'", "a\\b", r"a\\b"),
        (r"'100\%'", "100%", r"100\%"),
        (r"'a\_b%'", "a_b%", r"a\_b%"),
        (r"'a\nb\tc'", "a\nb\tc", "a\nb\tc"),
        (r"'\u00e9'", "é", "é"),
        (r"'\x'", None, None),
        (r"'\ud800'", None, None),
    ],
)
def test_reads_escapes(literal: str, text: str | None, pattern: str | None) -> None:
    assert text_of(literal) == text
    assert pattern_of(literal) == pattern


_WORDS = """
SELECT FROM WHERE Id Name Lead AND OR NOT ( ) , = != < LIKE IN 'x' 'x 5 -1.5 null TODAY LAST_N_DAYS : 3 2026-11-22 USD5
2026-11-22T10:00:00Z ORDER BY GROUP HAVING LIMIT OFFSET COUNT FIELDS TYPEOF WHEN THEN ELSE END ASC NULLS FIRST ALL ROWS
FOR VIEW USING SCOPE WITH a.b \\ \x00 é ;
"""
_SOUP = st.lists(st.sampled_from(_WORDS.split()), max_size=25).map(" ".join)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=60), _SOUP))
def test_rubbish_is_either_parsed_or_refused_in_the_vendors_words(text: str) -> None:
    with suppress(SoqlError):
        assert isinstance(parse(text), Query)
