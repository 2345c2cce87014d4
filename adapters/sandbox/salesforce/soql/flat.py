"""Statements run for Bulk API 2.0: rows of text, streamed.

Refusals: Bulk API 2.0 and Bulk API Developer Guide, "Understanding Bulk API 2.0 query".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from adapters.sandbox.salesforce.org import Org
from adapters.sandbox.salesforce.soql.aggregates import where_clause
from adapters.sandbox.salesforce.soql.errors import SoqlError
from adapters.sandbox.salesforce.soql.formatting import formatted
from adapters.sandbox.salesforce.soql.ids import BLOCK
from adapters.sandbox.salesforce.soql.ordering import order_by, rows_wanted
from adapters.sandbox.salesforce.soql.pages import reading
from adapters.sandbox.salesforce.soql.paths import Scope
from adapters.sandbox.salesforce.soql.running import complications, opened
from adapters.sandbox.salesforce.soql.selecting import Compound, Leaf, Row, is_aggregated, leaves, select
from adapters.sandbox.salesforce.soql.statement import Sql
from adapters.sandbox.salesforce.soql.tree import Children, Query, TypeOf
from adapters.sandbox.salesforce.soql.virtual import VIRTUAL
from adapters.sandbox.salesforce.values import to_csv
from adapters.sandbox.salesforce.view import View


@dataclass(frozen=True)
class Flat:
    """A result as a table: the column names, and the rows as they are read."""

    header: list[str]
    rows: Iterator[list[str]]


def run_flat(org: Org, view: View, text: str, *, include_deleted: bool) -> Flat:
    """Runs a statement as the user of the view. Parents are columns like ``Account.Name``; empty fields are ``""``.

    Raises SoqlError at once for what Bulk queries do not take; the rows come later, one after the other.
    """
    with complications():
        query, scope = opened(org, view, text, include_deleted=include_deleted, version="")
        _check(query, scope)
        selection = select(query, scope)
        found = [_leaf(each) for each in leaves(selection.root)]
        where, values = where_clause(query, scope)
        order, (limit, wanted) = order_by(query, scope), rows_wanted(query)
        sql = f"SELECT {', '.join(selection.columns)} FROM {scope.tables()}{where}{order}{limit}"  # noqa: S608
        statement = scope.statement.complete(sql, [*values, *wanted])
    return Flat(
        [".".join(each.column.names) for each in found], _rows(org, statement, found, ordered=bool(query.order))
    )


def _check(query: Query, scope: Scope) -> None:
    if scope.sobject.name in VIRTUAL:
        raise SoqlError("INVALIDENTITY", f"Entity '{scope.sobject.name}' is not supported by the Bulk API.")
    if any(isinstance(each, Children) for each in query.items):
        raise _refused("Aggregate Relationships not supported in Bulk Query")
    if any(isinstance(each, TypeOf) for each in query.items):
        raise _refused("TYPEOF not supported in Bulk Query")
    if is_aggregated(query):
        raise _refused("Aggregate functions and GROUP BY not supported in Bulk Query")
    if query.offset:
        raise _refused("OFFSET not supported in Bulk Query")


def _leaf(entry: Leaf | Compound) -> Leaf:
    if isinstance(entry, Compound):
        raise _refused("Selecting compound data not supported in Bulk Query")
    return entry


def _refused(sentence: str) -> SoqlError:
    return SoqlError("FUNCTIONALITY_NOT_ENABLED", sentence)


def _rows(org: Org, statement: Sql, found: list[Leaf], *, ordered: bool) -> Iterator[list[str]]:
    writers = [_writer(each) for each in found]
    with reading(org) as connection:
        cursor = connection.execute(*statement)
        while block := cursor.fetchmany(BLOCK):
            for row in block if ordered else reversed(block):
                yield [write(row) for write in writers]


def _writer(leaf: Leaf) -> Callable[[Row], str]:
    field, index = leaf.column.field, leaf.index
    if leaf.function == "FORMAT":
        return lambda row: formatted(field, row[index]) or ""
    return lambda row: "" if row[index] is None else to_csv(field, row[index])
