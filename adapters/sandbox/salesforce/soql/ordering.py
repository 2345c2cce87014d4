"""ORDER BY, LIMIT and OFFSET as SQL."""

from __future__ import annotations

from adapters.sandbox.salesforce.soql.errors import located
from adapters.sandbox.salesforce.soql.operands import Operand, operand
from adapters.sandbox.salesforce.soql.paths import Scope
from adapters.sandbox.salesforce.soql.statement import Sql
from adapters.sandbox.salesforce.soql.tree import Ordering, Query


def order_by(query: Query, scope: Scope) -> str:
    """The ORDER BY clause with a space before it; empty when the query has none. Raises INVALID_FIELD."""
    terms = [_term(each, operand(each.expression, scope), scope) for each in query.order]
    return f" ORDER BY {', '.join(terms)}" if terms else ""


def rows_wanted(query: Query) -> Sql:
    """The LIMIT and OFFSET clause."""
    if query.limit is None and not query.offset:
        return "", []
    return " LIMIT ? OFFSET ?", [-1 if query.limit is None else min(query.limit, 2**62), query.offset]


def _term(ordering: Ordering, side: Operand, scope: Scope) -> str:
    if not side.field.sortable and not side.aggregate:
        sentence = f"field '{side.name}' can not be sorted in a query call"
        raise located("INVALID_FIELD", scope.statement.text, side.at, sentence)
    direction = "DESC" if ordering.descending else "ASC"
    nulls = "LAST" if ordering.nulls_last else "FIRST"
    usual = "LAST" if ordering.descending else "FIRST"
    never = not side.field.nillable and not side.outer
    # What SQLite does anyway is left unsaid, for then an index can give the order.
    return f"{_sorted(side)} {direction}" + ("" if nulls == usual or never else f" NULLS {nulls}")


def _sorted(side: Operand) -> str:
    """Picklists sort in the order of their values, text without regard to case."""
    values = side.field.picklist
    if side.field.type != "picklist" or not values or side.aggregate:
        return side.collated
    whens = " ".join(f"WHEN '{value.replace(chr(39), chr(39) * 2)}' THEN {place}" for place, value in enumerate(values))
    return f"CASE WHEN {side.sql} IS NULL THEN NULL ELSE CASE {side.sql} {whens} ELSE {len(values)} END END"
