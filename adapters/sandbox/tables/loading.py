"""Pouring a generated book into an empty store, a few thousand records at a time."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from itertools import islice

from adapters.sandbox.hubspot.kinds import KINDS, Kind
from adapters.sandbox.seed import SeedObject
from adapters.sandbox.tables.associations import DEFAULT_TYPES, PRIMARY_TYPES, Tie
from adapters.sandbox.tables.history import Change
from adapters.sandbox.tables.objects import encode

_CHUNK = 5_000


def load(connection: sqlite3.Connection, objects: Iterable[SeedObject]) -> int:
    """Inserts the book, streaming, and returns the number of records; commits after every chunk."""
    rest, total = iter(objects), 0
    while chunk := list(islice(rest, _CHUNK)):
        _insert_objects(connection, chunk)
        connection.executemany("INSERT OR IGNORE INTO associations VALUES (?, ?, ?, ?, ?, ?)", _ties(chunk))
        connection.executemany("INSERT INTO history VALUES (?, ?, ?, ?, ?, ?, ?, ?)", _changes(chunk))
        connection.executemany("INSERT OR IGNORE INTO merged VALUES (?, ?, ?)", _merged(chunk))
        connection.commit()
        connection.execute("BEGIN IMMEDIATE")
        total += len(chunk)
    return total


def _insert_objects(connection: sqlite3.Connection, chunk: list[SeedObject]) -> None:
    rows: dict[str, list[tuple[int, int, int, None, str]]] = {}
    for item in chunk:
        row = (int(item.id), item.created_ms, item.updated_ms, None, encode(item.properties))
        rows.setdefault(item.type, []).append(row)
    for name, batch in rows.items():
        table = f"objects_{KINDS[name].name}"
        connection.executemany(f"INSERT INTO {table} VALUES (?, ?, ?, ?, ?)", batch)  # noqa: S608


def _ties(chunk: list[SeedObject]) -> Iterator[Tie]:
    contacts, companies = KINDS["contacts"], KINDS["companies"]
    for item in chunk:
        kind = KINDS[item.type]
        for other in item.contact_ids:
            yield from _both_ways(kind, int(item.id), contacts, int(other))
        for place, other in enumerate(item.company_ids):
            yield from _both_ways(kind, int(item.id), companies, int(other), primary=place == 0)


def _both_ways(kind: Kind, id: int, other: Kind, other_id: int, *, primary: bool = False) -> Iterator[Tie]:
    yield Tie(kind.number, other.number, id, other_id, DEFAULT_TYPES[kind.name, other.name])
    yield Tie(other.number, kind.number, other_id, id, DEFAULT_TYPES[other.name, kind.name])
    if primary and (kind.name, other.name) in PRIMARY_TYPES:
        yield Tie(kind.number, other.number, id, other_id, PRIMARY_TYPES[kind.name, other.name])
        yield Tie(other.number, kind.number, other_id, id, PRIMARY_TYPES[other.name, kind.name])


def _changes(chunk: list[SeedObject]) -> Iterator[Change]:
    for item in chunk:
        number = KINDS[item.type].number
        for name, versions in (item.history or {}).items():
            previous: str | None = None
            for at_ms, value in versions:
                yield Change(number, int(item.id), name, at_ms, value, previous, "CRM_UI", None)
                previous = value


def _merged(chunk: list[SeedObject]) -> Iterator[tuple[int, int, int]]:
    for item in chunk:
        for old in item.properties.get("hs_merged_object_ids", "").split(";"):
            if old:
                yield KINDS[item.type].number, int(old), int(item.id)
