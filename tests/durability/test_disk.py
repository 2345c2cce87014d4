"""A full disk, as SQLite meets it: a sentence, exit code 1, and nothing lost once there is space again."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from tests.cli.agency import Agency
from tests.durability.cuts import forget_the_engine, state, written_differently

GROWTH = 20
"""Pages of 4 KiB that the file may still grow by: less than the book needs, or the engine for its tables."""


def full_soon(file: str, pages: int) -> None:
    """Lets the database file grow by a few pages only; beyond that SQLite says what it says when the disk is full."""

    @sa.event.listens_for(sa.Engine, "connect")
    def limit(dbapi: Any, _record: Any) -> None:
        (_, _, path), *_ = dbapi.execute("PRAGMA database_list").fetchall()
        if str(path).endswith(file):
            ((now,),) = dbapi.execute("PRAGMA page_count").fetchall()
            dbapi.execute(f"PRAGMA max_page_count={_first.setdefault(file, now) + pages}")


_first: dict[str, int] = {}


@pytest.mark.parametrize("file", ["leadtier.db", "leadtier.engine.db"])
def test_a_full_disk_is_a_sentence_and_the_next_sync_completes(
    fresh: Agency, undisturbed: dict[str, Any], file: str
) -> None:
    if "engine" in file:
        forget_the_engine(fresh.folder)  # it hardly grows later: a disk gets too small for it at the first start
    full = fresh.start("sync", before=partial(full_soon, file, GROWTH))
    assert full.ended() == 1, full.stderr
    assert "disk is full" in full.stderr
    assert "Free some space" in full.stderr
    assert "Traceback" not in full.stderr
    again = fresh.start("sync")
    assert again.ended() == 0, again.stderr
    assert state(fresh) == undisturbed
    assert written_differently(fresh) == []
    assert fresh.doctor()["last sync"]["state"] == "ok"
