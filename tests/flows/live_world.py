"""A world whose first sync has ended, copied for every test: where live work begins."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.flows.conftest import World
from tests.flows.crm import Crm


@cache
def _synced() -> tuple[bytes, Crm]:
    with TemporaryDirectory() as folder:
        world = World(Crm().book(), Path(folder) / "world.db")
        world.sync(world.connect())
        with world.store.read() as conn:
            conn.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        world.store.close()
        return world.path.read_bytes(), world.crm


def live_world(folder: Path) -> World:
    """The small book, five minutes after its first sync; its connection has the scope 1, 1."""
    content, crm = _synced()
    made = World(Crm().book(), folder / "world.db")
    made.path.write_bytes(content)
    made.crm.written = {crm_id: dict(values) for crm_id, values in crm.written.items()}
    made.crm.fields |= crm.fields
    made.now += timedelta(minutes=5)
    return made
