"""What lists go by follows what scoring and the CRM say."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa

from connector.flows import lead_pages
from connector.flows.lead_pages import Asked, all_leads, lead_page
from connector.flows.midnight import begin_day
from connector.flows.publish import publish
from connector.flows.services import Services
from connector.store import leads, tier_days
from connector.store import tables as t
from connector.store.database import Scope
from tests.flows.conftest import World
from tests.flows.crm import NOW


def scored(world: World) -> tuple[Services, Scope]:
    scope = world.connect()
    publish(world.services(), "starter", "ann")
    world.sync(scope)
    return world.services(), scope


def card_of(world: World, crm_id: str) -> sa.Row[tuple[int, int, str, str, int]]:
    c = t.card.c
    query = sa.select(c.moved_at, c.created_at, c.owner_id, c.product_line, c.score)
    with world.store.read() as conn:
        return conn.execute(query.join(t.lead, t.lead.c.id == c.lead_id).where(t.lead.c.crm_id == crm_id)).one()


def test_a_card_keeps_owner_line_and_since_when_the_lead_is_known(world: World) -> None:
    _, scope = scored(world)
    lead = t.lead.c
    with world.store.write() as conn:
        known = conn.execute(sa.select(lead.fields, lead.created_at).where(lead.crm_id == "1001")).one()
        owned = json.dumps({**json.loads(known.fields), "owner_id": "77"})
        conn.execute(sa.update(t.lead).where(lead.crm_id == "1001").values(fields=owned))
        leads.mark_all_dirty(conn, scope)
    world.sync(scope)
    card = card_of(world, "1001")
    assert (card.owner_id, card.created_at) == ("77", known.created_at)
    assert card.product_line


def test_the_time_of_the_last_move_stays_where_nothing_moved(world: World) -> None:
    _, scope = scored(world)
    moved = card_of(world, "1001").moved_at
    assert moved == int(world.now.timestamp())
    world.now += timedelta(hours=1)
    with world.store.write() as conn:
        leads.mark_all_dirty(conn, scope)
    world.sync(scope)
    assert card_of(world, "1001").moved_at == moved


def test_midnight_keeps_how_the_tiers_stood(world: World) -> None:
    _, scope = scored(world)
    today = world.now.date()
    with world.store.write() as conn:
        begin_day(conn, scope, today)
        begin_day(conn, scope, today)
        kept = tier_days.days_since(conn, scope.tenant_id, 0)
    assert list(kept) == [today.toordinal()]
    assert sum(kept[today.toordinal()].values()) == 23


def test_a_synced_lead_is_found_by_its_words_until_it_changes_them(world: World) -> None:
    world.crm.person("1", firstname="Zoë", lastname="Kirby", email="zoe.kirby@example.com")
    svc, scope = scored(world)
    for typed in ("zoe", "KIR zo", "zoe.kirby@example.com", "1"):
        assert [lead.crm_id for lead in lead_page(svc, Asked(text=typed)).leads] == ["1"], typed
    world.crm.person("1", NOW + timedelta(hours=1), firstname="Zoë", lastname="Marsh", email="zoe@example.com")
    world.now += timedelta(hours=2)
    world.sync(scope)
    assert lead_page(svc, Asked(text="kirby")).leads == []
    assert [lead.crm_id for lead in lead_page(svc, Asked(text="marsh")).leads] == ["1"]


def test_a_whole_list_has_every_lead_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lead_pages, "AT_ONCE", 5)
    svc, _ = scored(world)
    found = [lead.crm_id for lead in all_leads(svc, Asked())]
    assert sorted(found) == sorted(set(found))
    assert len(found) == 23


def test_filters_that_exclude_each_other_mean_nobody(world: World) -> None:
    svc, _ = scored(world)
    assert lead_page(svc, Asked(tier="Hot", stage="MQL")).leads == []
