"""An agency whose database is a server's, so that several workers share it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from connector.store.sealing import new_key
from tests.cli.agency import Agency, agency
from tests.postgres import database


@dataclass
class Shared(Agency):
    """An agency on PostgreSQL."""

    address: str = ""
    key: str = ""

    @property
    def environment(self) -> dict[str, str | None]:
        return {**super().environment, "LEADTIER_DATABASE_URL": self.address, "LEADTIER_SECRET_KEY": self.key}

    def rows(self, query: str) -> list[tuple[object, ...]]:
        engine = sa.create_engine(self.address)
        with engine.connect() as conn:
            found = [tuple(row) for row in conn.exec_driver_sql(query)]
        engine.dispose()
        return found


@contextlib.contextmanager
def shared(server: str, folder: Path, leads: int, **switches: Any) -> Iterator[Shared]:
    """An agency with a database of its own on this PostgreSQL, connected."""
    with database(server) as url, agency(folder, leads, **switches) as one:
        made = Shared(one.crm, one.folder, one.clock, one.started, address=url, key=new_key())
        made.connect()
        yield made
