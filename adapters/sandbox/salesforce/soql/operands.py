"""What stands left of an operator, or in GROUP BY: a field, or a function of one, as SQL with its type."""

from __future__ import annotations

from dataclasses import dataclass, replace

from adapters.sandbox.salesforce.catalog.model import Field
from adapters.sandbox.salesforce.soql.errors import located
from adapters.sandbox.salesforce.soql.paths import Scope
from adapters.sandbox.salesforce.soql.tree import Call, Expression, Path

AGGREGATES = frozenset({"COUNT", "COUNT_DISTINCT", "SUM", "AVG", "MIN", "MAX"})
DATED = frozenset({"date", "datetime"})
IDS = frozenset({"id", "reference"})
NUMERIC = frozenset({"int", "double", "currency", "percent"})
OTHERS = frozenset({"boolean", "address", "location", "base64"})
_DATE_PARTS = {
    "CALENDAR_MONTH": "%m",
    "CALENDAR_YEAR": "%Y",
    "FISCAL_MONTH": "%m",
    "FISCAL_YEAR": "%Y",
    "DAY_IN_MONTH": "%d",
    "DAY_IN_YEAR": "%j",
    "HOUR_IN_DAY": "%H",
}
_UNSUMMED = IDS | DATED | OTHERS


@dataclass(frozen=True, slots=True)
class Operand:
    """An expression inside SQL. ``field`` gives the type; ``name`` is how messages call it."""

    sql: str
    field: Field
    name: str
    at: int
    outer: bool = False
    """Whether it is a parent's, who may be missing."""
    aggregate: bool = False

    @property
    def textual(self) -> bool:
        """Whether it is compared as text, ignoring case."""
        return self.field.type not in _UNSUMMED | NUMERIC

    @property
    def collated(self) -> str:
        """The SQL under the collation its type is compared and sorted with."""
        return f"{self.sql} COLLATE NOCASE" if self.textual else self.sql


def operand(expression: Expression, scope: Scope) -> Operand:
    """The expression as SQL. Raises SoqlError for unknown fields and functions, and for arguments of a wrong type."""
    if isinstance(expression, Path):
        column = scope.column(expression)
        return Operand(column.sql, column.field, column.field.name, expression.at, column.outer)
    name = expression.name.upper()
    if name in AGGREGATES:
        return _aggregate(name, expression, scope)
    if name in ("TOLABEL", "FORMAT", "CONVERTCURRENCY"):
        return replace(operand(_only(expression, scope), scope), at=expression.at)
    return _date_function(name, expression, scope)


def is_aggregate(expression: Expression) -> bool:
    """Whether it is an aggregate function, or has one inside."""
    if not isinstance(expression, Call):
        return False
    inside = (each for each in expression.arguments if isinstance(each, Call))
    return expression.name.upper() in AGGREGATES or any(is_aggregate(each) for each in inside)


def is_count_of_rows(expression: Expression) -> bool:
    """Whether it is COUNT() with nothing in it."""
    return isinstance(expression, Call) and expression.name.upper() == "COUNT" and not expression.arguments


def _only(call: Call, scope: Scope) -> Expression:
    if len(call.arguments) == 1 and isinstance(call.arguments[0], Path | Call):
        return call.arguments[0]
    raise located("MALFORMED_QUERY", scope.statement.text, call.at, f"Invalid arguments for function {call.name}")


def _aggregate(name: str, call: Call, scope: Scope) -> Operand:
    inner = operand(_only(call, scope), scope)
    if inner.aggregate:
        raise located("MALFORMED_QUERY", scope.statement.text, call.at, f"Invalid arguments for function {call.name}")
    _check_aggregated(name, inner, scope)
    if name.startswith("COUNT"):
        distinct = "DISTINCT " if name == "COUNT_DISTINCT" else ""
        return Operand(f"count({distinct}{inner.collated})", _made(inner, "int"), inner.name, call.at, aggregate=True)
    field = replace(inner.field, type="double") if name == "AVG" else inner.field
    return Operand(f"{name.lower()}({inner.collated})", field, inner.name, call.at, aggregate=True)


def _made(inner: Operand, type: str) -> Field:
    """The field of a value that a function makes."""
    return Field(name=inner.name, label=inner.name, type=type)


def _check_aggregated(name: str, inner: Operand, scope: Scope) -> None:
    summed = inner.field.type in NUMERIC
    ordered = inner.field.type not in OTHERS and inner.field.sortable
    counted = inner.field.filterable
    if not {"SUM": summed, "AVG": summed, "MIN": ordered, "MAX": ordered}.get(name, counted):
        sentence = f"field {inner.name} does not support aggregate operator {name}"
        raise located("MALFORMED_QUERY", scope.statement.text, inner.at, sentence)


def _date_function(name: str, call: Call, scope: Scope) -> Operand:
    if name != "DAY_ONLY" and _part(name, "") is None:
        raise located("MALFORMED_QUERY", scope.statement.text, call.at, f"unexpected token: '{call.name}'")
    inner, moment = _moment(call, scope)
    sql = _part(name, moment)
    if sql is None:
        return replace(inner, sql=f"date({moment})", field=_made(inner, "date"), at=call.at)
    return replace(inner, sql=sql, field=_made(inner, "int"), at=call.at)


def _part(name: str, moment: str) -> str | None:
    if name in _DATE_PARTS:
        return f"CAST(strftime('{_DATE_PARTS[name]}', {moment}) AS INTEGER)"
    day, week_day = f"CAST(strftime('%j', {moment}) AS INTEGER)", f"CAST(strftime('%w', {moment}) AS INTEGER)"
    match name:
        case "DAY_IN_WEEK":
            return f"({week_day} + 1)"
        case "CALENDAR_QUARTER" | "FISCAL_QUARTER":
            return f"((CAST(strftime('%m', {moment}) AS INTEGER) + 2) / 3)"
        case "WEEK_IN_YEAR":
            return f"(({day} + 6) / 7)"
        case "WEEK_IN_MONTH":
            return f"((CAST(strftime('%d', {moment}) AS INTEGER) + 6) / 7)"
        case _:
            return None


def _moment(call: Call, scope: Scope) -> tuple[Operand, str]:
    """The date a function works on, as arguments of SQLite's date functions. Moments are in UTC unless converted."""
    argument = _only(call, scope)
    converted = isinstance(argument, Call) and argument.name.upper() == "CONVERTTIMEZONE"
    inner = operand(_only(argument, scope) if converted and isinstance(argument, Call) else argument, scope)
    if inner.field.type not in DATED or inner.aggregate:
        sentence = f"field '{inner.name}' is not a date or dateTime and cannot be used with {call.name}"
        raise located("INVALID_FIELD", scope.statement.text, inner.at, sentence)
    if inner.field.type == "date":
        return inner, inner.sql
    return inner, f"soql_local({inner.sql}) / 1000, 'unixepoch'" if converted else f"{inner.sql} / 1000, 'unixepoch'"
