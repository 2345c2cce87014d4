"""The account's users who may own records."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from adapters.sandbox.database import Database


class Owner(NamedTuple):
    """One user. `id` is what ``hubspot_owner_id`` holds; `user_id` is another number and owns nothing."""

    id: int
    email: str
    first_name: str
    last_name: str
    user_id: int
    archived: bool
    created_ms: int


class Owners:
    """Reading and adding users."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[Owner]:
        """Every user, ascending by id, archived ones included."""
        rows = self._database.reader().execute("SELECT * FROM owners ORDER BY id")
        return [Owner(*row)._replace(archived=bool(row[5])) for row in rows]

    def add(self, owners: Iterable[Owner]) -> None:
        """Adds users."""
        with self._database.writing() as connection:
            connection.executemany("INSERT INTO owners VALUES (?, ?, ?, ?, ?, ?, ?)", owners)
