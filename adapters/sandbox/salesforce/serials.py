"""Serial numbers of new records. Objects whose ids begin alike share them."""

from __future__ import annotations

import sqlite3

from adapters.sandbox.salesforce.ids import make_id


def next_ids(connection: sqlite3.Connection, prefix: str, count: int) -> list[str]:
    """That many new ids, rising."""
    (last,) = connection.execute(
        "INSERT INTO _serials VALUES (?, ?) ON CONFLICT DO UPDATE SET serial = serial + excluded.serial"
        " RETURNING serial",
        (prefix, count),
    ).fetchone()
    return [make_id(prefix, serial) for serial in range(last - count + 1, last + 1)]


def skip_ids(connection: sqlite3.Connection, prefix: str, serial: int) -> None:
    """Has new ids begin after this serial number, if they are not there yet."""
    connection.execute(
        "INSERT INTO _serials VALUES (?, ?) ON CONFLICT DO UPDATE SET serial = max(serial, excluded.serial)",
        (prefix, serial),
    )
