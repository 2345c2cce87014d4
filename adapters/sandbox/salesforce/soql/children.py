"""Sub-queries in the SELECT list: the children of a page of records."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from adapters.sandbox.salesforce.catalog.model import Child
from adapters.sandbox.salesforce.soql.conditions import condition
from adapters.sandbox.salesforce.soql.errors import SoqlError, no_such_children
from adapters.sandbox.salesforce.soql.ordering import order_by
from adapters.sandbox.salesforce.soql.paths import Scope
from adapters.sandbox.salesforce.soql.records import Record, Recorder
from adapters.sandbox.salesforce.soql.selecting import is_aggregated, select
from adapters.sandbox.salesforce.soql.statement import AMONG, Sql, joined, quoted
from adapters.sandbox.salesforce.soql.tree import Query
from adapters.sandbox.salesforce.soql.visible import present

_MOST_SUBQUERIES = 20


class ChildQuery:
    """One sub-query, ready to be read for any page of parents."""

    def __init__(self, query: Query, scope: Scope, prefixes: dict[str, str]) -> None:
        statement = scope.statement
        child, inner = _children(query, scope)
        selection = select(query, inner)
        if selection.subqueries:
            raise SoqlError("MALFORMED_QUERY", "Only root queries support aggregate expressions and nested sub-queries")
        self.name = child.relationship or ""
        self._query = query
        self._statement = statement
        self._recorder = Recorder(selection, statement.version, prefixes)
        self._pieces = _pieces(query, inner, [*selection.columns, f"{inner.base.alias}.{quoted(child.field)}"])

    def results(self, connection: sqlite3.Connection, parents: Sequence[str]) -> dict[str, Record]:
        """The children by parent id. Parents without any are missing: the answer says null for them."""
        before, values, after = self._pieces
        sql, given = self._statement.complete(before + after, [json.dumps(parents), *values])
        found: dict[str, list[Record]] = defaultdict(list)
        skipped: dict[str, int] = defaultdict(int)
        for row in connection.execute(sql, given):
            self._keep(row, found, skipped)
        return {parent: {"totalSize": len(each), "done": True, "records": each} for parent, each in found.items()}

    def _keep(self, row: Sequence[Any], found: dict[str, list[Record]], skipped: dict[str, int]) -> None:
        parent, limit = row[-1], self._query.limit
        if skipped[parent] < self._query.offset:
            skipped[parent] += 1
        elif limit is None or (limit and len(found[parent]) < limit):
            found[parent].append(self._recorder.record(row))


def child_queries(queries: Sequence[Query], scope: Scope, prefixes: dict[str, str]) -> list[ChildQuery]:
    """The sub-queries of a statement, checked. Raises SoqlError."""
    if len(queries) > _MOST_SUBQUERIES:
        raise SoqlError("MALFORMED_QUERY", f"A query cannot have more than {_MOST_SUBQUERIES} sub-queries")
    found = [ChildQuery(query, scope, prefixes) for query in queries]
    names = [each.name for each in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise SoqlError("MALFORMED_QUERY", f"duplicate child relationship selected: {twice}")
    return found


def _children(query: Query, scope: Scope) -> tuple[Child, Scope]:
    name = query.source.name.split(".")[-1]
    child = scope.sobject.child(name)
    sobject = scope.statement.object(child.sobject) if child else None
    if child is None or sobject is None or sobject.field(child.field) is None:
        raise no_such_children(query.text, query.source.at, query.source.name)
    if is_aggregated(query):
        raise SoqlError("MALFORMED_QUERY", "Only root queries support aggregate expressions")
    source = replace(query.source, alias=query.source.alias or child.relationship)
    return child, Scope(scope.statement, sobject, source)


def _pieces(query: Query, scope: Scope, columns: Sequence[str]) -> tuple[str, list[Any], str]:
    """The SELECT up to the conditions, their values (the parents' ids go before them), and the ORDER BY."""
    parts: list[Sql] = [*present(scope)]
    if query.where is not None:
        parts.append(condition(query.where, scope))
    order = order_by(query, scope) or f" ORDER BY {scope.id} DESC"
    where = joined("AND", [(f"{columns[-1]} {AMONG}", []), *parts])
    return f"SELECT {', '.join(columns)} FROM {scope.tables()} WHERE {where[0]}", where[1], order  # noqa: S608
