"""Who is tied to whom. Every tie is stored in both directions, because the type id differs by direction.

Type ids: developers.hubspot.com/docs, "Associate records" (association type table).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from adapters.sandbox.database import Database
from adapters.sandbox.hubspot.kinds import KINDS, Kind

DEFAULT_TYPES = {
    ("contacts", "contacts"): 449,
    ("contacts", "companies"): 279,
    ("companies", "contacts"): 280,
    ("contacts", "deals"): 4,
    ("deals", "contacts"): 3,
    ("companies", "companies"): 450,
    ("companies", "deals"): 342,
    ("deals", "companies"): 341,
    ("deals", "deals"): 451,
    ("contacts", "calls"): 193,
    ("calls", "contacts"): 194,
    ("contacts", "emails"): 197,
    ("emails", "contacts"): 198,
    ("contacts", "meetings"): 199,
    ("meetings", "contacts"): 200,
    ("contacts", "notes"): 201,
    ("notes", "contacts"): 202,
    ("contacts", "tasks"): 203,
    ("tasks", "contacts"): 204,
    ("contacts", "communications"): 82,
    ("communications", "contacts"): 81,
    ("companies", "calls"): 181,
    ("calls", "companies"): 182,
    ("companies", "emails"): 185,
    ("emails", "companies"): 186,
    ("companies", "meetings"): 187,
    ("meetings", "companies"): 188,
    ("companies", "notes"): 189,
    ("notes", "companies"): 190,
    ("companies", "tasks"): 191,
    ("tasks", "companies"): 192,
    ("companies", "communications"): 88,
    ("communications", "companies"): 87,
    ("deals", "calls"): 205,
    ("calls", "deals"): 206,
    ("deals", "emails"): 209,
    ("emails", "deals"): 210,
    ("deals", "meetings"): 211,
    ("meetings", "deals"): 212,
    ("deals", "notes"): 213,
    ("notes", "deals"): 214,
    ("deals", "tasks"): 215,
    ("tasks", "deals"): 216,
    ("deals", "communications"): 86,
    ("communications", "deals"): 85,
}
"""The unlabelled tie between two kinds, by direction."""

PRIMARY_TYPES = {
    ("contacts", "companies"): 1,
    ("companies", "contacts"): 2,
    ("deals", "companies"): 5,
    ("companies", "deals"): 6,
}
"""The tie HubSpot labels "Primary"; it always stands beside the unlabelled one."""


class Tie(NamedTuple):
    """One direction of an association."""

    from_kind: int
    to_kind: int
    from_id: int
    to_id: int
    type_id: int
    custom: int = 0
    """1 for a label the account made itself."""


class Associations:
    """Reading and writing ties."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ids(self, from_kind: Kind, id: int, to_kind: Kind) -> list[int]:
        """Ids of `to_kind` tied to this record, ascending."""
        return list(dict.fromkeys(tie.to_id for tie in self.of(from_kind, to_kind, [id])))

    def of(self, from_kind: Kind, to_kind: Kind, ids: Sequence[int]) -> list[Tie]:
        """Every tie from these records to records of `to_kind`, ordered by both ids."""
        marks = ",".join("?" * len(ids))
        sql = (
            "SELECT from_kind, to_kind, from_id, to_id, type_id, custom FROM associations "  # noqa: S608
            f"WHERE from_kind = ? AND to_kind = ? AND from_id IN ({marks}) ORDER BY from_id, to_id, type_id"
        )
        rows = self._database.reader().execute(sql, (from_kind.number, to_kind.number, *ids))
        return [Tie(*row) for row in rows]

    def labels(self, from_kind: Kind, to_kind: Kind) -> dict[int, str]:
        """The account's own labels in this direction, by type id."""
        sql = "SELECT type_id, label FROM labels WHERE from_kind = ? AND to_kind = ?"
        return dict(self._database.reader().execute(sql, (from_kind.number, to_kind.number)))

    def add_label(self, from_kind: Kind, to_kind: Kind, name: str, label: str) -> int:
        """A label of the account's own, in both directions; returns the type id of this direction.

        The two directions have neighbouring numbers, even and odd.
        """
        with self._database.writing() as connection:
            highest = connection.execute("SELECT coalesce(max(type_id), 99) FROM labels").fetchone()[0]
            type_id = int(highest) + 1
            rows = [
                (from_kind.number, to_kind.number, type_id, name, label),
                (to_kind.number, from_kind.number, type_id + 1, name, label),
            ]
            connection.executemany("INSERT INTO labels VALUES (?, ?, ?, ?, ?)", rows)
        return type_id

    def add(self, connection: sqlite3.Connection, ties: Iterable[Tie]) -> None:
        """Adds ties; those that exist stay as they are."""
        connection.executemany("INSERT OR IGNORE INTO associations VALUES (?, ?, ?, ?, ?, ?)", ties)

    def remove(self, connection: sqlite3.Connection, ties: Iterable[Tie]) -> None:
        """Removes exactly these ties."""
        connection.executemany(
            "DELETE FROM associations WHERE from_kind = ? AND to_kind = ? AND from_id = ? AND to_id = ? "
            "AND type_id = ? AND custom = ?",
            ties,
        )

    def remove_all(self, connection: sqlite3.Connection, kind: Kind, id: int) -> list[Tie]:
        """Removes every tie of a record in both directions and returns those that went out from it."""
        ties = [tie for other in KINDS.values() for tie in self._out_of(connection, kind, other, id)]
        backwards = ((tie.to_kind, tie.from_kind, tie.to_id, tie.from_id) for tie in ties)
        connection.executemany(
            "DELETE FROM associations WHERE from_kind = ? AND to_kind = ? AND from_id = ? AND to_id = ?", backwards
        )
        self.remove(connection, ties)
        return ties

    def _out_of(self, connection: sqlite3.Connection, kind: Kind, other: Kind, id: int) -> Iterator[Tie]:
        sql = "SELECT * FROM associations WHERE from_kind = ? AND to_kind = ? AND from_id = ?"
        return (Tie(*row) for row in connection.execute(sql, (kind.number, other.number, id)).fetchall())
