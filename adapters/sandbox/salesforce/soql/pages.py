"""Pages of a result: the present values of records whose ids are known."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from adapters.sandbox.salesforce.org import Org
from adapters.sandbox.salesforce.soql.children import child_queries
from adapters.sandbox.salesforce.soql.paths import Scope
from adapters.sandbox.salesforce.soql.records import Record, Recorder
from adapters.sandbox.salesforce.soql.selecting import select
from adapters.sandbox.salesforce.soql.statement import AMONG, joined
from adapters.sandbox.salesforce.soql.tree import Query
from adapters.sandbox.salesforce.soql.visible import present
from adapters.sandbox.salesforce.zones import local_ms


class Pages:
    """Reads records by id as the SELECT list wants them. Raises SoqlError for a wrong list when it is made."""

    def __init__(self, query: Query, scope: Scope) -> None:
        selection = select(query, scope)
        catalog = scope.statement.org.catalog
        prefixes = {each.prefix: each.name for each in catalog.objects.values() if each.prefix}
        self.long_texts = selection.long_texts
        self._scope = scope
        self._columns = ", ".join(selection.columns)
        self._recorder = Recorder(selection, scope.statement.version, prefixes)
        self._children = child_queries(selection.subqueries, scope, prefixes)

    def read(self, ids: Sequence[str]) -> list[Record]:
        """The records of these ids in this order, with their children; those that are gone by now are left out."""
        with reading(self._scope.statement.org) as connection:
            found = self._records(connection, ids)
            for child in self._children:
                results = child.results(connection, list(found))
                for key, record in found.items():
                    record[child.name] = results.get(key)
        return [found[key] for key in ids if key in found]

    def _records(self, connection: sqlite3.Connection, ids: Sequence[str]) -> dict[str, Record]:
        scope = self._scope
        where = joined("AND", [(f"{scope.id} {AMONG}", [json.dumps(ids)]), *present(scope)])
        sql = f"SELECT {self._columns} FROM {scope.tables()} WHERE {where[0]}"  # noqa: S608
        rows = connection.execute(*scope.statement.complete(sql, where[1]))
        return {row[0]: self._recorder.record(row) for row in rows}


@contextmanager
def reading(org: Org) -> Iterator[sqlite3.Connection]:
    """A connection that also knows the function soql_local: a moment moved as the org's wall clock shows it."""
    with org.reading() as connection:
        try:
            connection.execute("SELECT soql_local(NULL)")
        except sqlite3.OperationalError:
            connection.create_function("soql_local", 1, _localised(org.settings.time_zone))
        yield connection


def _localised(time_zone: str) -> Callable[[int | None], int | None]:
    return lambda ms: None if ms is None else local_ms(ms, time_zone)
