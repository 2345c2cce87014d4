"""How the tiers stood at the beginning of each day."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from connector.store import tables as t
from connector.store import tier_days
from tests.store.agencies import move_in

DAY = 739_000


@pytest.fixture
def tenant_id(conn: sa.Connection) -> int:
    """An agency with two warm leads, of which no day is kept."""
    made = move_in(conn, "ours").scope.tenant_id
    conn.execute(sa.delete(t.tier_day))
    return made


def test_a_day_is_kept_once_as_it_began(conn: sa.Connection, tenant_id: int) -> None:
    tier_days.keep_day(conn, tenant_id, DAY)
    conn.execute(sa.delete(t.card).where(t.card.c.tenant_id == tenant_id))
    tier_days.keep_day(conn, tenant_id, DAY)
    assert tier_days.days_since(conn, tenant_id, DAY) == {DAY: {"Hot": 0, "Warm": 2, "Cold": 0}}


def test_a_book_without_scores_has_no_standing(conn: sa.Connection, tenant_id: int) -> None:
    conn.execute(sa.delete(t.card).where(t.card.c.tenant_id == tenant_id))
    tier_days.keep_day(conn, tenant_id, DAY)
    assert tier_days.days_since(conn, tenant_id, 0) == {}


def test_days_long_past_are_forgotten(conn: sa.Connection, tenant_id: int) -> None:
    for day in (DAY - tier_days.KEPT - 1, DAY - tier_days.KEPT, DAY):
        tier_days.keep_day(conn, tenant_id, day)
    assert list(tier_days.days_since(conn, tenant_id, 0)) == [DAY - tier_days.KEPT, DAY]
