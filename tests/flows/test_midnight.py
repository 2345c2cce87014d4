"""Midnight looks only at leads whose cards time may have moved, and ends as if it had looked at everybody."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import sqlalchemy as sa

from connector.core.types import Activity, ScoreCard
from connector.flows.midnight import begin_day
from connector.flows.publish import publish
from connector.flows.rescore import score_leads
from connector.flows.scoring import score
from connector.flows.services import Services
from connector.store import activities, cards, leads, tenants
from connector.store import tables as t
from connector.store.database import Scope
from tests.flows.conftest import World

DAY = 86_400
KINDS = ["quote_requested", "pricing_page_viewed", "email_opened", "call_answered", "meeting_booked", "call_attempted"]


def busy(world: World, scope: Scope) -> None:
    """A random past for everybody, one hold, and something that lies in the future."""
    random, now = Random(4), int(world.now.timestamp())
    with world.store.write() as conn:
        book = leads.leads_after(conn, scope, 0, 1000)
        done = [
            Activity(lead.id, f"calls:{lead.id}.{place}", random.choice(KINDS), now - random.randint(-9, 90) * DAY, "")
            for lead in book
            for place in range(random.randint(0, 6))
        ]
        activities.add_activities(conn, scope, done)
        conn.execute(sa.update(t.lead).where(t.lead.c.id == book[0].id).values(held_at=now + 9 * DAY))
        leads.mark_all_dirty(conn, scope)


def night(svc: Services, scope: Scope, as_of: datetime) -> int:
    """Scores those whose day has come; how many."""
    with svc.store.write() as conn:
        begin_day(conn, scope, as_of.date())
        due = leads.dirty_leads(conn, scope, 1000)
        score_leads(conn, svc, scope, due, as_of)
    return len(due)


def timeless(card: ScoreCard) -> ScoreCard:
    return replace(card, as_of=0)


def test_a_book_aged_night_by_night_has_the_cards_of_a_book_scored_whole_every_night(world: World) -> None:
    scope = world.connect()
    world.sync(scope)
    svc = world.services()
    publish(svc, "term_life", "ann")
    busy(world, scope)
    book, scored = night(svc, scope, world.now), 0
    for _ in range(100):
        world.now += timedelta(days=1)
        scored += night(svc, scope, world.now)
        with world.store.read() as conn:
            everybody = leads.leads_after(conn, scope, 0, 1000)
            whole, _ = score(conn, svc, scope, everybody, world.now)
            kept = cards.cards_of(conn, scope, [lead.id for lead in everybody])
        assert [timeless(kept[lead.id]) for lead in everybody] == [
            timeless(whole.card(place)) for place in range(len(everybody))
        ]
    assert book == len(everybody)
    assert book < scored < book * 100 * 0.1


def test_another_midnight_looks_at_everybody_once(world: World) -> None:
    scope = world.connect()
    world.sync(scope)
    svc = world.services()
    with world.store.read() as conn:
        book = len(conn.execute(sa.select(t.card.c.lead_id)).all())
    assert night(svc, scope, world.now) == 0
    with world.store.write() as conn:
        tenants.set_time_zone(conn, scope.tenant_id, "Pacific/Honolulu")
    assert night(world.services(), scope, world.now) == book > 0
    assert night(world.services(), scope, world.now) == 0
