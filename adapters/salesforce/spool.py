"""The rows of a back-fill on disk, one JSON line each, in the order in which they came."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from adapters.contract import Update
from adapters.salesforce.csvs import CLEAR
from adapters.salesforce.outgoing import Outgoing, Planner, Value
from adapters.salesforce.verdicts import Act, Refusal

LONGEST_CELL = 32_000
"""Characters; a longer one spoils its whole job.
https://developer.salesforce.com/docs/platform/salesforce-app-limits-cheatsheet/guide/salesforce-app-limits-platform-bulkapi.html
"""


class Spool:
    """Filled once, read several times."""

    def __init__(self, path: Path) -> None:
        self.count = 0
        """Rows in all."""
        self._path = path
        self._columns: dict[str, dict[str, None]] = {}

    def fill(self, planner: Planner, updates: Iterable[Update]) -> dict[str, Refusal]:
        """Draws every update; those that cannot be sent, by id."""
        refused: dict[str, Refusal] = {}
        with self._path.open("w", encoding="ascii") as file:
            for update in updates:
                self.count += 1
                row = _in_csv(planner.row(update)) if update.values else None
                if isinstance(row, Refusal):
                    refused[update.contact_id] = row
                file.write(self._line(update.contact_id, row) + "\n")
        return refused

    @property
    def objects(self) -> frozenset[str]:
        """Those with rows that can be sent."""
        return frozenset(self._columns)

    def header(self, name: str) -> list[str]:
        """The columns of an object: the id, then whatever any of its rows sets."""
        return ["Id", *self._columns.get(name, {})]

    def cells(self, name: str) -> Iterator[list[str]]:
        """The rows of an object that can be sent, as `header` has them."""
        columns = list(self._columns.get(name, {}))
        for one, found, values in self._read():
            if found == name:
                yield [one, *(values.get(column, "") for column in columns)]

    def rows(self) -> Iterator[tuple[str, str]]:
        """Id and object of every row; no object where the row was not sent."""
        for one, name, _ in self._read():
            yield one, name

    def _line(self, one: str, row: Outgoing | Refusal | None) -> str:
        if not isinstance(row, Outgoing):
            return json.dumps([one, "", {}])
        self._columns.setdefault(row.object, {}).update(dict.fromkeys(row.values))
        return json.dumps([one, row.object, {name: cell(value) for name, value in row.values.items()}])

    def _read(self) -> Iterator[tuple[str, str, Mapping[str, str]]]:
        with self._path.open(encoding="ascii") as file:
            for line in file:
                one, name, values = json.loads(line)
                yield one, name, values


def cell(value: Value) -> str:
    """A value as a cell of the CSV."""
    if value is None or value == "":
        return CLEAR
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _in_csv(row: Outgoing | Refusal) -> Outgoing | Refusal:
    """The row, or why it cannot stand in a CSV."""
    if isinstance(row, Outgoing):
        for name, value in row.values.items():
            if isinstance(value, str) and (problem := _unfit(name, value)):
                return Refusal(problem[0], problem[1], (f"{row.object}.{name}",), Act.RECORD)
    return row


def _unfit(name: str, value: str) -> tuple[str, str] | None:
    if len(value) > LONGEST_CELL:
        message = f"{name} holds {LONGEST_CELL} characters at most in a bulk job; this value has {len(value)}."
        return "STRING_TOO_LONG", message
    if value == CLEAR:
        return "NOT_IN_BULK", f"The text {CLEAR} would empty {name} in a bulk job. Change it at its source."
    return None
