"""What every part of a statement's compilation shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, TypeAlias

from adapters.sandbox.salesforce.catalog.model import SObject
from adapters.sandbox.salesforce.org import Org
from adapters.sandbox.salesforce.soql.errors import SoqlError
from adapters.sandbox.salesforce.soql.virtual import VIRTUAL, virtual_rows, with_relations
from adapters.sandbox.salesforce.view import NoSuchObject, View

Sql: TypeAlias = tuple[str, list[Any]]
"""A piece of SQL and the values of its question marks, in order."""


AMONG = "IN (SELECT value FROM json_each(?))"
"""Membership of a list of any length, given as one JSON value."""


@dataclass
class Statement:
    """One statement on its way to SQL."""

    org: Org
    view: View
    text: str
    include_deleted: bool
    version: str
    tables: dict[str, str] = field(default_factory=dict)
    """Tables made for this statement, by name, with their rows as JSON."""
    _serials: count[int] = field(default_factory=count)

    def alias(self) -> str:
        """A table alias nobody else has in this statement."""
        return f"t{next(self._serials)}"

    def object(self, name: str) -> SObject | None:
        """An object this user can query, whatever the name's case."""
        try:
            found = self.view.object(name)
        except NoSuchObject:
            return None
        if found.name in VIRTUAL:
            if found.name not in self.tables:
                self.tables[found.name] = virtual_rows(found, self.org, self.view)
            found = with_relations(found)
        return found if found.queryable else None

    def complete(self, select: str, values: Sequence[Any]) -> Sql:
        """The SELECT with the tables it needs before it."""
        if not self.tables:
            return select, list(values)
        tables = [_table(name, self.view.object(name)) for name in self.tables]
        return f"WITH {', '.join(tables)} {select}", [*self.tables.values(), *values]


def joined(word: str, parts: Sequence[Sql]) -> Sql:
    """The parts joined by AND or OR, halved again and again: SQLite takes no deep expressions, but wide ones."""
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    left, right = joined(word, parts[:middle]), joined(word, parts[middle:])
    return f"({left[0]} {word} {right[0]})", [*left[1], *right[1]]


def quoted(name: str) -> str:
    """A name of the catalog as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def too_complicated() -> SoqlError:
    """The refusal of what the database cannot digest."""
    return SoqlError(
        "QUERY_TOO_COMPLICATED",
        "Query is either selecting too many fields or the filter conditions are too complicated.",
    )


def _table(name: str, sobject: SObject) -> str:
    columns = ", ".join(quoted(each.name) for each in sobject.stored)
    values = ", ".join(f"value ->> '$[{place}]'" for place in range(len(sobject.stored)))
    return f"{quoted(name)}({columns}) AS (SELECT {values} FROM json_each(?))"  # noqa: S608
