"""The right side of a comparison: a written value turned into what the column holds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from adapters.sandbox.salesforce.ids import to18
from adapters.sandbox.salesforce.parsing import written_date, written_moment
from adapters.sandbox.salesforce.soql.dates import Days, named_days
from adapters.sandbox.salesforce.soql.errors import SoqlError, located
from adapters.sandbox.salesforce.soql.operands import DATED, IDS, NUMERIC, Operand
from adapters.sandbox.salesforce.soql.statement import Statement
from adapters.sandbox.salesforce.soql.texts import text_of
from adapters.sandbox.salesforce.soql.tree import Value

_LARGEST = 2**63 - 1
_TYPE_WORDS = {"datetime": "dateTime", "currency": "double", "percent": "double", "id": "ID", "reference": "ID"}
_UNQUOTED = DATED | NUMERIC | {"boolean"}


@dataclass(frozen=True, slots=True)
class Exact:
    """One stored value; None, and the empty text, stand for an empty field."""

    value: Any

    @property
    def empty(self) -> bool:
        """Whether an empty field is meant."""
        return self.value is None or self.value == ""


@dataclass(frozen=True, slots=True)
class Span:
    """All stored values from the first to the last before the end: what TODAY means for a field."""

    first: int | str
    end: int | str


def comparable(side: Operand, value: Value, statement: Statement) -> Exact | Span:
    """The value as the column holds it. Raises INVALID_FIELD when it does not fit the type of the field."""
    if value.kind == "NAME" and value.count is None and value.text.lower() == "null":
        return Exact(None)
    kind = side.field.type
    if kind in DATED:
        found = _moment(kind, value, statement)
    elif kind in NUMERIC:
        found = _number(value)
    elif kind == "boolean":
        found = _truth(value)
    else:
        return _text(side, value, statement)
    if found is None:
        raise _misfit(side, value, statement)
    return found


def refused_operator(side: Operand, statement: Statement) -> SoqlError:
    """The refusal of an operator that the field's type does not have."""
    word = "id" if side.field.type in IDS else side.field.type
    return located("INVALID_QUERY_FILTER_OPERATOR", statement.text, side.at, f"invalid operator on {word} field")


def _moment(kind: str, value: Value, statement: Statement) -> Exact | Span | None:
    match value.kind:
        case "DATE" if kind == "date":
            day = written_date(value.text)
            return None if day is None else Exact(day.isoformat())
        case "DATETIME" if kind == "datetime":
            moment = written_moment(value.text)
            return None if moment is None else Exact(moment)
        case "NAME":
            return _named(kind, value, statement)
        case _:
            return None


def _named(kind: str, value: Value, statement: Statement) -> Span | None:
    zone = ZoneInfo(statement.org.settings.time_zone)
    try:
        days = named_days(value.text, value.count, statement.org.now_ms(), zone)
        return None if days is None else _span(kind, days, zone)
    except (OverflowError, ValueError):
        return None


def _span(kind: str, days: Days, zone: ZoneInfo) -> Span:
    if kind == "date":
        return Span(days.first.isoformat(), days.end.isoformat())
    return Span(*days.milliseconds(zone))


def _number(value: Value) -> Exact | None:
    if value.kind not in ("NUMBER", "CURRENCY"):
        return None
    number = float(value.text[3:] if value.kind == "CURRENCY" else value.text)
    if math.isinf(number):
        return None
    return Exact(int(number) if number.is_integer() and abs(number) <= _LARGEST // 2 else number)


def _truth(value: Value) -> Exact | None:
    word = value.text.lower() if value.kind == "NAME" and value.count is None else ""
    return Exact(int(word == "true")) if word in ("true", "false") else None


def _text(side: Operand, value: Value, statement: Statement) -> Exact:
    if value.kind != "STRING":
        raise _misfit(side, value, statement)
    text = text_of(value.text)
    if text is None:
        raise located("MALFORMED_QUERY", statement.text, value.at, f"Illegal string literal: {value.text}")
    if side.field.type not in IDS:
        return Exact(text)
    full = to18(text)
    if full is None:
        raise located("INVALID_QUERY_FILTER_OPERATOR", statement.text, side.at, f"invalid ID field: {text}")
    return Exact(full)


def _misfit(side: Operand, value: Value, statement: Statement) -> SoqlError:
    kind = side.field.type
    if value.kind == "NAME" and kind not in DATED and value.text.lower() not in ("true", "false"):
        return located("MALFORMED_QUERY", statement.text, value.at, f"unexpected token: '{value.text}'")
    quotes = "should not be enclosed in quotes" if kind in _UNQUOTED else "should be enclosed in quotes"
    word = _TYPE_WORDS.get(kind, kind if kind in _UNQUOTED else "string")
    sentence = f"value of filter criterion for field '{side.name}' must be of type {word} and {quotes}"
    return located("INVALID_FIELD", statement.text, side.at, sentence)
