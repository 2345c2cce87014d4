"""What a growing book must not slow down: questions about the few leads that need work read the few, not the book."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from connector.store import cadence, inbox_work, lead_filters, lead_lists, leads, listed_leads, outbox, refused, runs
from connector.store.database import Scope, Store, open_store
from connector.store.lead_filters import Filter
from connector.store.lead_lists import Order, Place

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
        (lambda conn: refused.count(conn, 1), "INDEX ix_outbox_due (tenant_id=? AND connection_id=? AND parked>?)"),
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
        "refused rows",
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


def test_how_the_last_run_ended_is_found_without_reading_all_runs(store: Store) -> None:
    found = plan_of(store, lambda conn: runs.is_halted(conn, SCOPE))
    assert "SEARCH run USING INDEX ix_run_tenant_id_started_at (tenant_id=?)" in found
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


@pytest.mark.parametrize(
    ("kept", "order", "plan"),
    [
        (Filter(), Order.SCORE, "ix_card_score (tenant_id=? AND score=? AND lead_id<?)"),
        (Filter(), Order.LOWEST, "ix_card_score (tenant_id=? AND score=? AND lead_id>?)"),
        (Filter(), Order.MOVED, "ix_card_moved_at (tenant_id=? AND moved_at=? AND lead_id<?)"),
        (Filter(), Order.NEWEST, "ix_card_created_at (tenant_id=? AND created_at=? AND lead_id<?)"),
        (Filter("Hot"), Order.SCORE, "ix_card_tier_score (tenant_id=? AND tier=? AND score=? AND lead_id<?)"),
        (Filter("Hot", "home"), Order.SCORE, "ix_card_tier_score (tenant_id=? AND tier=? AND score=? AND lead_id<?)"),
        (Filter(owner="7"), Order.SCORE, "ix_card_owner_score (tenant_id=? AND owner_id=? AND score=? AND lead_id<?)"),
        (
            Filter("", "home"),
            Order.LOWEST,
            "ix_card_line_score (tenant_id=? AND product_line=? AND score=? AND lead_id>?)",
        ),
        (Filter("Hot", words=("jo",)), Order.MOVED, "ix_card_moved_at (tenant_id=? AND moved_at=? AND lead_id<?)"),
        (Filter(words=("jo",)), Order.SCORE, "ix_lead_word_lead_id (lead_id=? AND word>? AND word<?)"),
    ],
)
def test_a_page_of_leads_is_read_along_an_index_alone(
    store: Store, monkeypatch: pytest.MonkeyPatch, kept: Filter, order: Order, plan: str
) -> None:
    for module, name in ((lead_filters, "NAMED"), (lead_lists, "FEW"), (lead_lists, "OWNED")):
        monkeypatch.setattr(module, name, -1)
    found = plan_of(store, lambda conn: lead_lists.page(conn, 1, kept, order, Place(5, 5)))
    assert f"COVERING INDEX {plan}" in found
    assert "TEMP B-TREE" not in found, found
    assert "SEARCH card USING INTEGER PRIMARY KEY" not in found


def test_what_a_page_of_leads_shows_is_read_lead_by_lead(store: Store) -> None:
    found = plan_of(store, lambda conn: listed_leads.listed_leads(conn, 1, [1, 2]))
    assert "SEARCH card USING INTEGER PRIMARY KEY" in found
    assert "ix_card_change_lead_id (lead_id=?)" in found
    assert "ix_flag_lead_id (lead_id=?)" in found
    assert "SCAN" not in found


def test_a_record_is_found_by_its_id_without_reading_the_book(store: Store) -> None:
    found = plan_of(store, lambda conn: leads.find_lead(conn, 1, "4711"))
    assert "(connection_id=? AND crm_id=?)" in found


def test_how_many_leads_there_are_is_told_by_indexes(store: Store) -> None:
    found = plan_of(store, lambda conn: leads.counts(conn, SCOPE))
    for index in ("COVERING INDEX ix_lead_family", "INDEX ix_lead_gone", "INDEX ix_lead_unread", "INDEX ix_lead_dirty"):
        assert f"{index} (tenant_id=? AND connection_id=?)" in found, found
