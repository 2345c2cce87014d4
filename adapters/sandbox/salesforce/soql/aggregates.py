"""Aggregates and GROUP BY: rows of the type AggregateResult, and COUNT().

Reference: SOQL and SOSL reference, "GROUP BY" and "Aggregate functions". Such a query cannot be paged.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from adapters.sandbox.salesforce.catalog.model import Field
from adapters.sandbox.salesforce.soql.conditions import condition
from adapters.sandbox.salesforce.soql.errors import SoqlError, located
from adapters.sandbox.salesforce.soql.formatting import formatted
from adapters.sandbox.salesforce.soql.operands import Operand, is_aggregate, is_count_of_rows, operand
from adapters.sandbox.salesforce.soql.ordering import order_by, rows_wanted
from adapters.sandbox.salesforce.soql.paths import Scope
from adapters.sandbox.salesforce.soql.statement import Sql, joined
from adapters.sandbox.salesforce.soql.tree import (
    AllOf,
    AnyOf,
    Call,
    Comparison,
    Condition,
    Expression,
    Item,
    Membership,
    NoneOf,
    Path,
    Query,
)
from adapters.sandbox.salesforce.soql.visible import present
from adapters.sandbox.salesforce.values import to_json

_MOST_GROUPS = 2_000
_TOO_MANY = "Aggregate query does not support queryMore(), use LIMIT to restrict the results to a single batch"


def count_rows(query: Query, scope: Scope, connection: sqlite3.Connection) -> int:
    """COUNT(): how many rows there are, at most as many as LIMIT says. Raises SoqlError."""
    if len(query.items) > 1 or query.group or query.order:
        raise SoqlError(
            "MALFORMED_QUERY", "COUNT() must be the only element in the SELECT list, without GROUP BY or ORDER BY"
        )
    where, values = where_clause(query, scope)
    limit, wanted = rows_wanted(query)
    sql = f"SELECT count(*) FROM (SELECT 1 FROM {scope.tables()}{where}{limit})"  # noqa: S608
    (found,) = connection.execute(*scope.statement.complete(sql, [*values, *wanted])).fetchone()
    return int(found)


def groups(query: Query, scope: Scope, connection: sqlite3.Connection) -> list[dict[str, Any]]:
    """The groups as JSON records. Raises SoqlError, for more than 2,000 groups as well."""
    grouped = [_groupable(expression, scope) for expression in query.group]
    outputs = _outputs(query, scope, {each.sql for each in grouped})
    where, values = where_clause(query, scope)
    having, more = _having(query, scope, {each.sql for each in grouped})
    _check_order(query, scope, {each.sql for each in grouped})
    order, (limit, wanted) = order_by(query, scope), rows_wanted(query)
    by = f" GROUP BY {', '.join(each.collated for each in grouped)}" if grouped else ""
    columns = ", ".join(sql for _, _, _, sql in outputs)
    sql = f"SELECT {columns} FROM {scope.tables()}{where}{by}{having}{order}{limit}"  # noqa: S608
    cursor = connection.execute(*scope.statement.complete(sql, [*values, *more, *wanted]))
    rows = cursor.fetchmany(_MOST_GROUPS + 1)
    if len(rows) > _MOST_GROUPS:
        raise SoqlError("EXCEEDED_ID_LIMIT", _TOO_MANY)
    return [_record(row, outputs) for row in rows]


def where_clause(query: Query, scope: Scope) -> Sql:
    """The WHERE clause with a space before it: the statement's own conditions, and that rows be there at all."""
    parts = present(scope)
    if query.where is not None:
        parts.append(condition(query.where, scope))
    if not parts:
        return "", []
    where = joined("AND", parts)
    return f" WHERE {where[0]}", where[1]


_Output = tuple[str, Field, str, str]
"""The key in the record, the field that gives the type, the function around it, and the SQL."""


def _outputs(query: Query, scope: Scope, grouped: set[str]) -> list[_Output]:
    found: list[_Output] = []
    unnamed = 0
    for item in query.items:
        if not isinstance(item, Item):
            raise SoqlError("MALFORMED_QUERY", "Sub-queries and TYPEOF are not allowed with GROUP BY or aggregates")
        if isinstance(item.expression, Call) and item.expression.name.upper() == "FIELDS":
            raise SoqlError("MALFORMED_QUERY", "The SOQL FIELDS function is not supported with GROUP BY or aggregates")
        side = operand(item.expression, scope)
        _check_grouped(side, grouped, scope)
        key = item.alias or (side.name if isinstance(item.expression, Path) else f"expr{unnamed}")
        unnamed += item.alias is None and isinstance(item.expression, Call)
        if any(key.lower() == each[0].lower() for each in found):
            raise located("MALFORMED_QUERY", query.text, side.at, f"duplicate alias: {key}")
        function = item.expression.name.upper() if isinstance(item.expression, Call) else ""
        found.append((key, side.field, function, side.sql))
    return found


def _record(row: Sequence[Any], outputs: Sequence[_Output]) -> dict[str, Any]:
    record: dict[str, Any] = {"attributes": {"type": "AggregateResult"}}
    for value, (key, field, function, _) in zip(row, outputs, strict=True):
        record[key] = formatted(field, value) if function == "FORMAT" else to_json(field, value)
    return record


def _groupable(expression: Expression, scope: Scope) -> Operand:
    side = operand(expression, scope)
    if side.aggregate:
        raise located("MALFORMED_QUERY", scope.statement.text, side.at, "Aggregates cannot be grouped by")
    if not side.field.groupable:
        sentence = f"field '{side.name}' can not be grouped in a query call"
        raise located("INVALID_FIELD", scope.statement.text, side.at, sentence)
    return side


def _check_grouped(side: Operand, grouped: set[str], scope: Scope) -> None:
    if not side.aggregate and side.sql not in grouped:
        sentence = f"Field must be grouped or aggregated: {side.name}"
        raise located("MALFORMED_QUERY", scope.statement.text, side.at, sentence)


def _check_order(query: Query, scope: Scope, grouped: set[str]) -> None:
    for each in query.order:
        _check_grouped(operand(each.expression, scope), grouped, scope)


def _having(query: Query, scope: Scope, grouped: set[str]) -> Sql:
    if query.having is None:
        return "", []
    if not query.group:
        raise SoqlError("MALFORMED_QUERY", "unexpected token: 'HAVING'")
    _check_having(query.having, scope, grouped)
    having = condition(query.having, scope)
    return f" HAVING {having[0]}", having[1]


def _check_having(found: Condition, scope: Scope, grouped: set[str]) -> None:
    match found:
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                _check_having(part, scope, grouped)
        case NoneOf(part):
            _check_having(part, scope, grouped)
        case Comparison() | Membership():
            _check_grouped(operand(found.left, scope), grouped, scope)


def check_where(found: Condition | None, text: str) -> None:
    """Raises MALFORMED_QUERY for an aggregate in WHERE."""
    match found:
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                check_where(part, text)
        case NoneOf(part):
            check_where(part, text)
        case Comparison() | Membership() if is_aggregate(found.left):
            raise located("MALFORMED_QUERY", text, found.left.at, "Aggregates are not allowed in WHERE; use HAVING")


def counts_rows(query: Query) -> bool:
    """Whether COUNT() is asked for."""
    return any(isinstance(each, Item) and is_count_of_rows(each.expression) for each in query.items)
