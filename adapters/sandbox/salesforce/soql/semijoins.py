"""Semi-joins and anti-joins: ``Id IN (SELECT WhoId FROM Task …)``.

Rules: SOQL and SOSL reference, "Semi-joins with IN and anti-joins with NOT IN".
"""

from __future__ import annotations

from collections.abc import Callable

from adapters.sandbox.salesforce.soql.errors import SoqlError, located, no_such_type
from adapters.sandbox.salesforce.soql.operands import IDS, Operand
from adapters.sandbox.salesforce.soql.paths import Scope
from adapters.sandbox.salesforce.soql.statement import Sql, joined
from adapters.sandbox.salesforce.soql.tree import Condition, Item, Path, Query
from adapters.sandbox.salesforce.soql.visible import present

Compile = Callable[[Condition, Scope, str], Sql]
INSIDE = "IN"


def semi_join(side: Operand, query: Query, scope: Scope, outside: str, condition: Compile) -> Sql:
    """The sub-select's SQL. ``outside`` names what it stands in: OR, NOT or another sub-select. Raises SoqlError."""
    _check(side, query, scope, outside)
    sobject = scope.statement.object(query.source.name)
    if sobject is None:
        raise no_such_type(scope.statement.text, query.source.at, query.source.name)
    if sobject.name == scope.sobject.name:
        raise SoqlError("MALFORMED_QUERY", "The inner and outer selects should not be on the same object type")
    inner = Scope(scope.statement, sobject, query.source)
    column = inner.column(_selected(query))
    if column.field.type not in IDS:
        sentence = f"The selected field '{column.field.name}' of the inner select must be an id or a reference field"
        raise SoqlError("MALFORMED_QUERY", sentence)
    parts: list[Sql] = [(f"{column.sql} IS NOT NULL", []), *present(inner)]
    if query.where is not None:
        parts.append(condition(query.where, inner, INSIDE))
    where = joined("AND", parts)
    return f"SELECT {column.sql} FROM {inner.tables()} WHERE {where[0]}", where[1]  # noqa: S608


def _check(side: Operand, query: Query, scope: Scope, outside: str) -> None:
    if outside == INSIDE:
        raise SoqlError("MALFORMED_QUERY", "Nesting of semi join sub-selects is not supported")
    if outside:
        sentence = f"Semi join sub-selects are not allowed with the '{outside}' operator"
        raise SoqlError("MALFORMED_QUERY", sentence)
    if side.field.type not in IDS:
        sentence = (
            "The left operand field in the where expression for outer query should be an id field, cannot use: "
            f"'{side.name}'"
        )
        raise located("MALFORMED_QUERY", scope.statement.text, side.at, sentence)
    if query.order or query.limit is not None or query.offset or query.group:
        raise SoqlError(
            "MALFORMED_QUERY", "ORDER BY, LIMIT, OFFSET and GROUP BY are not allowed in semi join sub-selects"
        )


def _selected(query: Query) -> Path:
    first = query.items[0]
    if len(query.items) == 1 and isinstance(first, Item) and isinstance(first.expression, Path):
        return first.expression
    raise SoqlError("MALFORMED_QUERY", "Semi join sub-selects must select exactly one field")
