"""Generated queries, answered twice: by the engine, and by looking at every row in Python."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sandbox.soql import Soql, open_org

_NAMES = ["Adams", "adams", "Baker", "O'Neil", "50%", "a_b", "Zoë"]
_SOURCES = [None, "Web", "Phone", "web"]
_SIZES = [None, 0, 1, 5, 5.0, 40]
_DATES = [None, "2026-10-31", "2026-11-21", "2026-11-22"]
Row = dict[str, Any]


@cache
def _rows() -> list[Row]:
    return [
        {
            "LastName": _NAMES[n % 7],
            "LeadSource": _SOURCES[n % 4],
            "NumberOfEmployees": _SIZES[n % 6],
            "ConvertedDate": _DATES[n * 3 % 4],
            "IsConverted": int(n % 3 == 0),
            "Company": f"{n:03}",
        }
        for n in range(60)
    ]


@cache
def _soql() -> Soql:
    """Only the generated leads: the org's own are taken out."""
    org = open_org(Path(tempfile.mkdtemp(prefix="leadtier-soql-")))
    with org.writing() as connection:
        connection.execute('DELETE FROM "Lead"')
    org.load("Lead", _rows())
    return Soql(org)


@dataclass(frozen=True)
class Made:
    """A condition as text, and as a function of a row."""

    text: str
    holds: Callable[[Row], bool]


def _literal(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str) and not value[:4].isdecimal():
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
    return str(value)


def _folded(value: Any) -> Any:
    """As the vendor compares: text without regard to (ASCII) case."""
    return value.lower() if isinstance(value, str) else value


def _compared(field: str, operator: str, value: Any) -> Made:
    def holds(row: Row) -> bool:
        left, right = _folded(row[field]), _folded(value)
        if operator in ("=", "!="):
            return (left == right) == (operator == "=")
        if left is None or right is None:
            return False
        return {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[operator]

    return Made(f"{field} {operator} {_literal(value)}", holds)


def _listed(field: str, values: list[Any], inside: bool) -> Made:
    wanted = {_folded(value) for value in values}
    text = f"{field} {'IN' if inside else 'NOT IN'} ({', '.join(map(_literal, values))})"
    return Made(text, lambda row: (_folded(row[field]) in wanted) == inside)


def _like(start: str, end: str) -> Made:
    literal = _literal(start + "\0" + end).replace("%", "\\%").replace("_", "\\_").replace("\0", "%")
    return Made(
        f"LastName LIKE {literal}",
        lambda row: (
            row["LastName"].lower().startswith(start)
            and row["LastName"].lower().endswith(end)
            and len(row["LastName"]) >= len(start + end)
        ),
    )


_FIELDS = {"LastName": _NAMES, "LeadSource": _SOURCES, "NumberOfEmployees": _SIZES, "ConvertedDate": _DATES}
_OPERATORS = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])


@st.composite
def _simple(draw: st.DrawFn) -> Made:
    kind = draw(st.integers(0, 3))
    if kind == 0:
        return _compared("IsConverted", draw(st.sampled_from(["=", "!="])), draw(st.booleans()))
    if kind == 1:
        return _like(draw(st.sampled_from(["", "a", "5", "o'", "a_"])), draw(st.sampled_from(["", "s", "%", "b", "ë"])))
    field = draw(st.sampled_from(sorted(_FIELDS)))
    values = st.sampled_from(_FIELDS[field])
    if kind == 2:
        return _listed(field, draw(st.lists(values, min_size=1, max_size=3)), draw(st.booleans()))
    return _compared(field, draw(_OPERATORS), draw(values))


def _combined(inner: st.SearchStrategy[Made]) -> st.SearchStrategy[Made]:
    several = st.lists(inner, min_size=2, max_size=3)
    return st.one_of(
        several.map(lambda parts: Made(_chain("AND", parts), lambda row: all(each.holds(row) for each in parts))),
        several.map(lambda parts: Made(_chain("OR", parts), lambda row: any(each.holds(row) for each in parts))),
        inner.map(lambda part: Made(f"(NOT ({part.text}))", lambda row: not part.holds(row))),
    )


def _chain(word: str, parts: list[Made]) -> str:
    return "(" + f" {word} ".join(each.text for each in parts) + ")"


@settings(max_examples=250, deadline=None)
@given(st.recursive(_simple(), _combined, max_leaves=8))
def test_a_condition_finds_exactly_the_rows_it_holds_for(made: Made) -> None:
    found = _soql().values(f"SELECT Company FROM Lead WHERE {made.text}")
    assert sorted(found) == [row["Company"] for row in _rows() if made.holds(row)]


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["LastName", "NumberOfEmployees", "ConvertedDate"]),
    st.booleans(),
    st.sampled_from(["", " NULLS FIRST", " NULLS LAST"]),
    st.integers(0, 70),
    st.integers(0, 70),
)
def test_an_order_sorts_and_cuts_as_asked(field: str, falling: bool, nulls: str, limit: int, offset: int) -> None:
    terms = f"{field} {'DESC' if falling else 'ASC'}{nulls}, Company"
    filled = [row for row in _rows() if row[field] is not None]
    filled.sort(key=lambda row: _folded(row[field]), reverse=falling)
    empty = [row for row in _rows() if row[field] is None]
    expected = filled + empty if nulls == " NULLS LAST" else empty + filled
    assert (
        _soql().values(f"SELECT Company FROM Lead ORDER BY {terms} LIMIT {limit} OFFSET {offset}")
        == [row["Company"] for row in expected][offset : offset + limit]
    )


@settings(max_examples=40, deadline=None)
@given(_simple(), st.sampled_from(["LeadSource", "IsConverted"]))
def test_groups_count_the_rows_of_each_value(made: Made, field: str) -> None:
    counts: dict[Any, int] = {}
    for row in _rows():
        if made.holds(row):
            key = bool(row[field]) if field == "IsConverted" else _folded(row[field])
            counts[key] = counts.get(key, 0) + 1
    found = _soql().records(f"SELECT {field}, COUNT(Id) n FROM Lead WHERE {made.text} GROUP BY {field}")
    assert {_folded(record[field]): record["n"] for record in found} == counts
