"""Which version the schema has, and whether it is this program's."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory


def is_current(conn: sa.Connection) -> bool:
    """Whether the database has exactly the migrations that this program knows."""
    return set(MigrationContext.configure(conn).get_current_heads()) == _heads()


@cache
def _heads() -> frozenset[str]:
    return frozenset(ScriptDirectory(str(Path(__file__).with_name("migrations"))).get_heads())
