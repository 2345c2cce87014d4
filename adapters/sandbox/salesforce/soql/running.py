"""Statements run: what /query, /queryAll and the sub-requests of the composite resources answer with."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from adapters.sandbox.salesforce.org import Org
from adapters.sandbox.salesforce.soql.aggregates import check_where, count_rows, counts_rows, groups, where_clause
from adapters.sandbox.salesforce.soql.errors import SoqlError, no_such_type
from adapters.sandbox.salesforce.soql.ids import Ids
from adapters.sandbox.salesforce.soql.ordering import order_by, rows_wanted
from adapters.sandbox.salesforce.soql.pages import Pages, reading
from adapters.sandbox.salesforce.soql.parsing import parse
from adapters.sandbox.salesforce.soql.paths import Scope
from adapters.sandbox.salesforce.soql.records import Record
from adapters.sandbox.salesforce.soql.selecting import is_aggregated
from adapters.sandbox.salesforce.soql.statement import Statement, too_complicated
from adapters.sandbox.salesforce.soql.tree import Query
from adapters.sandbox.salesforce.soql.virtual import check_filter
from adapters.sandbox.salesforce.view import View

_WIDE_PAGE = 200
_MOST_LONG_TEXTS = 1
_DATABASE_LIMITS = ("too large", "too many", "overflow", "at most", "too big")


@dataclass(frozen=True)
class Rows:
    """A result. Which records belong to it was fixed when the query ran; their values are read when a page is."""

    total: int
    long_texts: int = 0
    """Custom long text fields selected."""
    _read: Callable[[int, int], list[Record]] = field(default=lambda _start, _count: [], repr=False)

    def records(self, start: int, count: int) -> list[Record]:
        """The records from a place on, ready for JSON. Those deleted since the query ran are missing."""
        return self._read(start, count)

    def page_size(self, asked: int) -> int:
        """Records a page: as asked, but 200 at most with two long text fields (SOQL reference, "Query size limits")."""
        return min(asked, _WIDE_PAGE) if self.long_texts > _MOST_LONG_TEXTS else asked


def run(org: Org, view: View, text: str, *, include_deleted: bool, version: str = "67.0") -> Rows:
    """Runs a statement as the user of the view. ``version`` goes into the addresses of the records.

    Raises SoqlError with the vendor's code and sentence.
    """
    with complications():
        query, scope = opened(org, view, text, include_deleted=include_deleted, version=version)
        if counts_rows(query):
            with reading(org) as connection:
                return Rows(count_rows(query, scope, connection))
        if is_aggregated(query):
            with reading(org) as connection:
                found = groups(query, scope, connection)
            return Rows(len(found), _read=lambda start, count: found[start : start + count])
        return _select(query, scope)


def opened(org: Org, view: View, text: str, *, include_deleted: bool, version: str) -> tuple[Query, Scope]:
    """The parsed statement and its FROM. Raises SoqlError."""
    query = parse(text)
    statement = Statement(org, view, text, include_deleted or query.all_rows, version)
    sobject = statement.object(query.source.name)
    if sobject is None:
        raise no_such_type(text, query.source.at, query.source.name)
    check_filter(sobject, query.where)
    check_where(query.where, text)
    if query.having is not None and not query.group:
        raise SoqlError("MALFORMED_QUERY", "unexpected token: 'HAVING'")
    return query, Scope(statement, sobject, query.source)


@contextmanager
def complications() -> Iterator[None]:
    """Turns what the machine cannot digest into the vendor's QUERY_TOO_COMPLICATED."""
    try:
        yield
    except RecursionError:
        raise too_complicated() from None
    except sqlite3.OperationalError as refused:
        if any(word in str(refused) for word in _DATABASE_LIMITS):
            raise too_complicated() from refused
        raise


def _select(query: Query, scope: Scope) -> Rows:
    """The SELECT list is checked, and gets its parents, in a scope of its own: finding the ids needs none of them."""
    pages = Pages(query, Scope(scope.statement, scope.sobject, query.source))
    where, values = where_clause(query, scope)
    order, (limit, wanted) = order_by(query, scope), rows_wanted(query)
    sql = f"SELECT {scope.id} FROM {scope.tables()}{where}{order}{limit}"  # noqa: S608
    with reading(scope.statement.org) as connection:
        ids = Ids(connection.execute(*scope.statement.complete(sql, [*values, *wanted])), ordered=bool(query.order))
    return Rows(len(ids), pages.long_texts, lambda start, count: pages.read(ids[start : start + count]))
