"""Property and group definitions per kind, in the shape the API shows them; kept in memory because every write asks."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable
from typing import Any

from adapters.sandbox.database import Database
from adapters.sandbox.hubspot.kinds import KINDS, Kind

Definition = dict[str, Any]


class Definitions:
    """Definitions by kind and name. A definition is replaced, never changed in place, so readers need no lock."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._properties = self._read("definitions")
        self._groups = self._read("groups")

    def of(self, kind: Kind) -> dict[str, Definition]:
        """The kind's properties by name, archived ones included. Not to be changed by the caller."""
        return self._properties[kind.number]

    def live(self, kind: Kind, name: str) -> Definition | None:
        """The property, unless it is unknown or archived."""
        definition = self._properties[kind.number].get(name)
        return None if definition is None or definition["archived"] else definition

    def groups(self, kind: Kind) -> dict[str, Definition]:
        """The kind's property groups by name, archived ones included."""
        return self._groups[kind.number]

    def put(self, kind: Kind, definitions: Iterable[Definition]) -> None:
        """Adds properties or replaces those of the same name."""
        self._properties = self._put("definitions", self._properties, kind, list(definitions))

    def put_groups(self, kind: Kind, groups: Iterable[Definition]) -> None:
        """Adds groups or replaces those of the same name."""
        self._groups = self._put("groups", self._groups, kind, list(groups))

    def _put(
        self, table: str, known: dict[int, dict[str, Definition]], kind: Kind, definitions: list[Definition]
    ) -> dict[int, dict[str, Definition]]:
        rows = ((kind.number, item["name"], json.dumps(item)) for item in definitions)
        with self._lock, self._database.writing() as connection:
            connection.executemany(f"INSERT OR REPLACE INTO {table} VALUES (?, ?, ?)", rows)  # noqa: S608
            return known | {kind.number: known[kind.number] | {item["name"]: item for item in definitions}}

    def _read(self, table: str) -> dict[int, dict[str, Definition]]:
        known: dict[int, dict[str, Definition]] = {kind.number: {} for kind in KINDS.values()}
        sql = f"SELECT kind, name, definition FROM {table}"  # noqa: S608
        for number, name, text in self._database.reader().execute(sql):
            known[number][name] = json.loads(text)
        return known
