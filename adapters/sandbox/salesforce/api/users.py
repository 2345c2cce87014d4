"""Users of the org as the token endpoints need them."""

from __future__ import annotations

from typing import Any

from adapters.sandbox.salesforce.org import Org

_COLUMNS = ("Id", "Username", "Name", "FirstName", "LastName", "Email", "LocaleSidKey", "TimeZoneSidKey", "IsActive")


def user_named(org: Org, username: str) -> str | None:
    """The id of the active user with this user name, whatever its case."""
    with org.reading() as connection:
        row = connection.execute(
            'SELECT "Id" FROM "User" WHERE "Username" = ? COLLATE NOCASE AND "IsActive" = 1', (username,)
        ).fetchone()
    return None if row is None else str(row[0])


def details(org: Org, user_id: str) -> dict[str, Any]:
    """What is known of a user, by the names of the fields; empty when there is no such user."""
    listed = ", ".join(f'"{name}"' for name in _COLUMNS)
    with org.reading() as connection:
        row = connection.execute(f'SELECT {listed} FROM "User" WHERE "Id" = ?', (user_id,)).fetchone()  # noqa: S608
    return {} if row is None else dict(zip(_COLUMNS, row, strict=True))
