"""An org's file: served as it is when it was filled to the end, filled anew otherwise."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from adapters.sandbox.salesforce.org import Org
from adapters.sandbox.salesforce.settings import OrgSettings

_FILLED = 1
"""The file's ``user_version`` once it was filled to the end."""


def open_file(path: Path, settings: OrgSettings) -> Org:
    """The org in this file. What an interrupted filling left behind is thrown away first."""
    if not _is_filled(path):
        for leftover in path.parent.glob(f"{path.name}*"):
            leftover.unlink()
    return Org(path, settings)


def fill_once(org: Org, filler: Callable[[Org], None]) -> None:
    """Fills an org that was not filled before."""
    if _is_filled(org.path):
        return
    filler(org)
    with org.writing() as connection:
        connection.execute(f"PRAGMA user_version = {_FILLED}")


def _is_filled(path: Path) -> bool:
    if not path.is_file():
        return False
    with closing(sqlite3.connect(path)) as connection:
        return bool(connection.execute("PRAGMA user_version").fetchone()[0] == _FILLED)
