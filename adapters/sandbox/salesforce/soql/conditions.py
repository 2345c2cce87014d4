"""WHERE and HAVING as SQL.

A condition of SOQL is true or false, never unknown: ``!=`` and NOT find empty fields too. In SQL every positive
condition may be NULL, which counts as false, and each negation is ``IS NOT TRUE``; so indexes still serve the positive.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from adapters.sandbox.salesforce.soql.comparing import Exact, Span, comparable, refused_operator
from adapters.sandbox.salesforce.soql.errors import located
from adapters.sandbox.salesforce.soql.operands import IDS, NUMERIC, Operand, operand
from adapters.sandbox.salesforce.soql.paths import Scope
from adapters.sandbox.salesforce.soql.semijoins import semi_join
from adapters.sandbox.salesforce.soql.statement import AMONG, Sql, joined
from adapters.sandbox.salesforce.soql.texts import pattern_of
from adapters.sandbox.salesforce.soql.tree import AllOf, AnyOf, Comparison, Condition, Membership, NoneOf, Query, Value

_ORDERED = frozenset({"<", "<=", ">", ">="})
_UNLIKE = NUMERIC | IDS | {"boolean", "date", "datetime", "multipicklist"}


def condition(found: Condition, scope: Scope, outside: str = "") -> Sql:
    """The condition as SQL. ``outside`` is OR or NOT when it stands inside one: no semi-join may. Raises SoqlError."""
    match found:
        case AllOf(parts):
            return joined("AND", [condition(part, scope, outside) for part in parts])
        case AnyOf(parts):
            return joined("OR", [condition(part, scope, "OR") for part in parts])
        case NoneOf(part):
            return _negated(condition(part, scope, outside or "NOT"))
        case Comparison():
            return _comparison(found, scope)
        case Membership():
            return _membership(found, scope, outside)


def _filtered(found: Comparison | Membership, scope: Scope) -> Operand:
    side = operand(found.left, scope)
    if not side.field.filterable or side.field.type == "address":
        sentence = f"field '{side.name}' can not be filtered in a query call"
        raise located("INVALID_FIELD", scope.statement.text, side.at, sentence)
    if side.outer and side.field.type == "boolean":
        # A missing parent's checkbox counts as not ticked (SOQL reference, "Using relationship queries").
        return Operand(f"coalesce({side.sql}, 0)", side.field, side.name, side.at)
    return side


def _comparison(found: Comparison, scope: Scope) -> Sql:
    side = _filtered(found, scope)
    if found.operator == "LIKE":
        return _like(side, found.value, scope)
    value = comparable(side, found.value, scope.statement)
    if found.operator in _ORDERED and side.field.type in ("boolean", "multipicklist"):
        raise refused_operator(side, scope.statement)
    if isinstance(value, Span):
        return _within(side, found.operator, value)
    return _exactly(side, found.operator, value)


def _exactly(side: Operand, operator: str, value: Exact) -> Sql:
    if operator == "=":
        return (f"{side.sql} IS NULL", []) if value.empty else (f"{side.collated} = ?", [value.value])
    if operator == "!=":
        return (f"{side.sql} IS NOT NULL", []) if value.empty else (f"{side.collated} IS NOT ?", [value.value])
    return ("0", []) if value.empty else (f"{side.collated} {operator} ?", [value.value])


def _within(side: Operand, operator: str, span: Span) -> Sql:
    inside = f"({side.sql} >= ? AND {side.sql} < ?)", [span.first, span.end]
    match operator:
        case "=":
            return inside
        case "!=":
            return _negated(inside)
        case "<" | ">=":
            return f"{side.sql} {operator} ?", [span.first]
        case _:
            return f"{side.sql} {'<' if operator == '<=' else '>='} ?", [span.end]


def _like(side: Operand, value: Value, scope: Scope) -> Sql:
    if side.field.type in _UNLIKE:
        raise refused_operator(side, scope.statement)
    exact = comparable(side, value, scope.statement)
    pattern = pattern_of(value.text) if value.kind == "STRING" else None
    if pattern is None or not isinstance(exact, Exact):
        return "0", []
    return f"{side.sql} LIKE ? ESCAPE '\\'", [pattern]


def _membership(found: Membership, scope: Scope, outside: str) -> Sql:
    side = _filtered(found, scope)
    if isinstance(found.values, Query):
        inner = semi_join(side, found.values, scope, outside, condition)
        inside = f"{side.sql} IN ({inner[0]})", inner[1]
        return _negated(inside) if found.operator == "NOT IN" else inside
    if found.operator in ("INCLUDES", "EXCLUDES"):
        held = _includes(side, found.values, scope)
        return held if found.operator == "INCLUDES" else _negated(held)
    inside = _in(side, found.values, scope)
    return _negated(inside) if found.operator == "NOT IN" else inside


def _in(side: Operand, values: Sequence[Value], scope: Scope) -> Sql:
    wanted = [comparable(side, value, scope.statement) for value in values]
    exact = [each.value for each in wanted if isinstance(each, Exact) and not each.empty]
    parts: list[Sql] = [_within(side, "=", each) for each in wanted if isinstance(each, Span)]
    if exact:
        parts.append((f"{side.collated} {AMONG}", [json.dumps(exact)]))
    if any(isinstance(each, Exact) and each.empty for each in wanted):
        parts.append((f"{side.sql} IS NULL", []))
    return joined("OR", parts)


def _includes(side: Operand, values: Sequence[Value], scope: Scope) -> Sql:
    """Any of the values; a value with semicolons wants all of its parts."""
    if side.field.type != "multipicklist":
        raise refused_operator(side, scope.statement)
    wanted = [comparable(side, value, scope.statement) for value in values]
    return joined(
        "OR",
        [_holding(side, each.value) for each in wanted if isinstance(each, Exact) and not each.empty] or [("0", [])],
    )


def _holding(side: Operand, value: Any) -> Sql:
    parts = [part.strip().lower() for part in str(value).split(";") if part.strip()]
    holds = f"instr(';' || lower({side.sql}) || ';', ?) > 0"
    return joined("AND", [(holds, [f";{part};"]) for part in parts] or [("0", [])])


def _negated(inside: Sql) -> Sql:
    return f"(({inside[0]}) IS NOT TRUE)", inside[1]
