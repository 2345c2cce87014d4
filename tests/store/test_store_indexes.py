"""What a growing book must not slow down: questions about the few leads that need work read the few, not the book."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from connector.store import cadence, inbox_work, leads, outbox
from connector.store.database import Scope, Store, open_store

SCOPE = Scope(1, 1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'store.db'}")
    yield opened
    opened.close()


def plan_of(store: Store, ask: Callable[[sa.Connection], object]) -> str:
    """How SQLite goes about what `ask` asks."""
    asked: list[tuple[str, Any]] = []
    sa.event.listen(store.engine, "before_cursor_execute", lambda *call: asked.append(call[2:4]))
    with store.read() as conn:
        ask(conn)
        own = conn.connection.dbapi_connection
        assert isinstance(own, sqlite3.Connection)
        plans = [own.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall() for statement, values in asked]
        return " / ".join(row[3] for plan in plans for row in plan)


@pytest.mark.parametrize(
    ("ask", "plan"),
    [
        (lambda conn: leads.dirty_leads(conn, SCOPE, 10), "INDEX ix_lead_dirty (tenant_id=? AND connection_id=?)"),
        (lambda conn: leads.count_dirty(conn, SCOPE), "INDEX ix_lead_dirty (tenant_id=? AND connection_id=?)"),
        (lambda conn: leads.unread(conn, SCOPE, 10), "INDEX ix_lead_unread (tenant_id=? AND connection_id=?)"),
        (lambda conn: outbox.counts(conn, SCOPE), "COVERING INDEX ix_outbox_due (tenant_id=? AND connection_id=?)"),
        (
            lambda conn: outbox.due(conn, SCOPE, 0, 10),
            "INDEX ix_outbox_due (tenant_id=? AND connection_id=? AND parked=? AND next_at<?)",
        ),
        (
            lambda conn: outbox.due_after(conn, SCOPE, 0, ("", 0), 10),
            "INDEX ix_lead_family (tenant_id=? AND connection_id=? AND family=? AND id>?)",
        ),
        (lambda conn: inbox_work.open_events(conn, SCOPE, 10), "INDEX ix_inbox_open (connection_id=?)"),
        (lambda conn: inbox_work.read_again(conn, SCOPE, 0), "INDEX ix_inbox_done (connection_id=? AND done_at>?)"),
    ],
    ids=[
        "dirty leads",
        "how many are dirty",
        "leads not read yet",
        "how many wait",
        "rows due",
        "all rows due",
        "open events",
        "events done since then",
    ],
)
def test_finding_work_reads_only_the_rows_that_need_it(
    store: Store, ask: Callable[[sa.Connection], object], plan: str
) -> None:
    found = plan_of(store, ask)
    assert plan in found
    assert "SCAN" not in found
    assert "TEMP B-TREE" not in found


def test_how_often_a_record_was_overwritten_is_found_without_reading_the_inbox(store: Store) -> None:
    found = plan_of(store, lambda conn: inbox_work.overwritten_since(conn, SCOPE, ["1"], 0))
    assert "INDEX ix_inbox_overwritten (connection_id=? AND record_id=?)" in found


def test_what_is_due_is_asked_of_indexes_only(store: Store) -> None:
    found = plan_of(store, lambda conn: cadence.standings(conn, 0))
    for index in ("ix_inbox_open (connection_id=?)", "ix_lead_dirty (tenant_id=? AND connection_id=?)"):
        assert f"INDEX {index}" in found
    assert "INDEX ix_outbox_due (tenant_id=? AND connection_id=?" in found
    assert "SCAN" not in found.replace("SCAN connection", ""), found
    assert "uq_run_open" in plan_of(store, cadence.open_runs_of_all)
    moved = plan_of(store, lambda conn: cadence.mark_moved(conn, SCOPE, 740_000))
    assert "ix_card_moves_on (tenant_id=? AND moves_on<?)" in moved
