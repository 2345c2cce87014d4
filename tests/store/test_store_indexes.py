"""What a growing book must not slow down: questions about the few leads that need work read the few, not the book."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from connector.store import leads, outbox
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
    ],
    ids=["dirty leads", "how many are dirty", "leads not read yet", "how many wait", "rows due", "all rows due"],
)
def test_finding_work_reads_only_the_rows_that_need_it(
    store: Store, ask: Callable[[sa.Connection], object], plan: str
) -> None:
    found = plan_of(store, ask)
    assert plan in found
    assert "SCAN" not in found
    assert "TEMP B-TREE" not in found
