"""One call's work: the transaction, whose it is, when it happens, and the rows on their way into the tables."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from adapters.sandbox.salesforce.catalog import Field, SObject
from adapters.sandbox.salesforce.changes import Change, Kind
from adapters.sandbox.salesforce.dml.results import RowResult, refused, roll_back_all
from adapters.sandbox.salesforce.dml.rows import Row
from adapters.sandbox.salesforce.org import Org
from adapters.sandbox.salesforce.values import RowError

Reader = Callable[[Field, Any], Any]
"""Makes a stored value of what a caller sent; raises `RowError`."""


@dataclass(slots=True)
class Draft:
    """A row on its way in: the record as it was (None: a new one) and as it is to be."""

    before: Row | None = None
    after: Row = field(default_factory=dict)
    given: Row = field(default_factory=dict)
    """What the caller sent, as stored values."""
    error: RowError | None = None
    id: str | None = None

    @property
    def changed(self) -> dict[str, Any]:
        """The values that differ from before."""
        old = self.before or {}
        return {name: value for name, value in self.after.items() if value != old.get(name)}


@dataclass(slots=True)
class Work:
    """The unit of work of one call."""

    org: Org
    connection: sqlite3.Connection
    user_id: str
    auto_assign: bool
    now: int
    """Milliseconds since 1970; whole seconds, as Salesforce stamps."""
    changes: list[Change] = field(default_factory=list)

    def sobject(self, name: str) -> SObject:
        """An object with all its fields. Raises KeyError when there is none."""
        return self.org.catalog.objects[name.lower()]

    def allowed(self, name: str) -> SObject:
        """The object as the user may use it: createable, updateable, deletable by him. Raises NoSuchObject."""
        return self.org.view(self.user_id).object(name)

    def has(self, name: str) -> bool:
        """Whether the org has such an object."""
        return name.lower() in self.org.catalog.objects

    def columns(self, name: str) -> list[str]:
        """The columns of an object's table."""
        return [each.name for each in self.sobject(name).fields.values() if each.stored]

    def note(self, sobject: str, id: str, kind: Kind, fields: Iterable[str] = ()) -> None:
        """Remembers a change to be told after the commit."""
        self.changes.append(Change(sobject, id, kind, frozenset(fields), self.user_id))


@contextmanager
def working(org: Org, user_id: str, *, auto_assign: bool = False) -> Iterator[Work]:
    """One transaction; the listeners hear of its changes after the commit."""
    with org.writing() as connection:
        work = Work(org, connection, user_id, auto_assign, org.now_ms() // 1000 * 1000)
        yield work
        org.tell(work.changes)


def good(drafts: Iterable[Draft]) -> list[Draft]:
    """The drafts nothing was found against."""
    return [each for each in drafts if each.error is None]


def settle(drafts: Sequence[Draft], *, all_or_none: bool, write: Callable[[list[Draft]], None]) -> list[RowResult]:
    """Writes the good drafts, or none of them when one bad row is to undo the call; one result a draft."""
    spoiled = all_or_none and any(each.error for each in drafts)
    if not spoiled:
        write(good(drafts))
    results = [refused(each.error) if each.error else _written(each) for each in drafts]
    return roll_back_all(results) if spoiled else results


def _written(draft: Draft) -> RowResult:
    return RowResult(draft.id, success=True, created=draft.before is None)
