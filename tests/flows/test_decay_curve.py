"""The decay simulator: every day of it is the score that the evaluator gives as of that day."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

import mappings
from connector.flows.decay_curve import DAYS, DecayCurve, Silence, decay_curve, kinds_offered
from connector.flows.explain import explain
from connector.flows.publish import published_text
from connector.flows.services import Refused, Services
from connector.store import leads as lead_rows
from connector.store import tables as t
from connector.store import tenants
from tests.flows.conftest import World
from tests.flows.live_world import live_world

STARTER = mappings.model_text("starter")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return live_world(tmp_path)


def drawn(svc: Services, asked: Silence, text: str = STARTER) -> DecayCurve:
    found = decay_curve(svc, text, asked, 30)
    assert isinstance(found, DecayCurve)
    return found


def test_each_day_is_scored_as_explain_scores_it(world: World) -> None:
    svc = world.services()
    found = drawn(svc, Silence("1000"), published_text(svc))
    assert len(found.draft.scores) == DAYS + 1
    assert found.live is not None
    assert found.live.scores == found.draft.scores
    for day in (0, 27, 28, 29, 57, 58, 87, 88, 120):
        as_of = world.now + timedelta(days=day)
        card = explain(svc, "1000", as_of).card
        assert card is not None
        assert (day, found.draft.scores[day]) == (day, card.score)


def test_the_steps_name_what_takes_the_points(world: World) -> None:
    steps = drawn(world.services(), Silence("1000")).draft.steps()
    said = [step.why for step in steps]
    assert "No activity for 30+ days (-20 %)" in said[0]
    assert any("No activity for 60+ days (-50 %)" in why for why in said)
    assert "points start again" in said[-1]
    assert steps[-1].score == 0
    assert [step.day for step in steps] == sorted({step.day for step in steps})


def test_draft_and_live_are_two_lines(world: World) -> None:
    found = drawn(world.services(), Silence("1000"), STARTER.replace("percent: 20", "percent: 40", 1))
    assert found.live is not None
    assert found.draft.scores[:20] == found.live.scores[:20]
    assert found.draft.scores[40] < found.live.scores[40]


def test_a_callback_on_day_40_brings_the_lead_back(world: World) -> None:
    silent = drawn(world.services(), Silence("1001"))
    found = drawn(world.services(), Silence("1001", "callback_requested", 40))
    assert found.draft.scores[:40] == silent.draft.scores[:40]
    assert found.draft.scores[40] >= silent.draft.scores[0] + 25
    step = next(step for step in found.draft.steps() if step.day == 40)
    assert "Requested a callback" in step.why


def test_a_typical_lead_is_one_that_stands_near_the_line_and_has_lost_nothing_yet(world: World) -> None:
    svc = world.services()
    found = drawn(svc, Silence())
    assert found.lead_id is not None
    assert "near your SQL line" in found.about
    assert not any(line.id in ("decay", "reset", "hold") for line in found.draft.cards[0].lines)


def test_an_empty_book_shows_a_made_up_lead(world: World) -> None:
    svc = world.services()
    with svc.store.write() as conn:
        conn.execute(sa.update(t.lead).values(archived=True))
    found = drawn(svc, Silence())
    assert found.lead_id is None
    assert "made-up" in found.about
    assert found.draft.scores[0] >= 60
    assert found.draft.scores[-1] == 0


def test_a_stage_once_reached_is_kept_from_day_to_day_by_the_hysteresis(world: World) -> None:
    text = STARTER.replace("MQL: 40, SQL: 65", "MQL: 40, SQL: 62") + "\nhysteresis: 13\n"
    cards = drawn(world.services(), Silence("1000"), text).draft.cards
    kept = [card.score for card in cards if card.score < 40 and card.stage == "MQL"]
    assert kept
    assert min(kept) >= 27


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (Silence("no such lead"), "There is no lead no such lead here"),
        (Silence(kind="juggled"), "no such kind of activity"),
        (Silence(day=DAYS + 1), "choose a day from 0 to 120"),
        (Silence(day=-1), "choose a day from 0 to 120"),
    ],
)
def test_what_cannot_be_simulated_is_refused_in_words(world: World, asked: Silence, said: str) -> None:
    with pytest.raises(Refused, match=said):
        drawn(world.services(), asked)


def test_another_agencys_lead_cannot_be_simulated(world: World) -> None:
    svc = world.services()
    with svc.store.write() as conn:
        stranger = tenants.add_tenant(conn, "stranger", "UTC", 0)
        lead = lead_rows.find_lead(conn, 1, "1000")
    assert lead is not None
    for reference in ("1000", f"#{lead[1].id}"):
        with pytest.raises(Refused, match="There is no lead"):
            drawn(svc.for_tenant(stranger.id), Silence(reference))


def test_only_what_a_lead_does_itself_is_offered(world: World) -> None:
    offered = dict(kinds_offered(world.services()))
    assert offered["callback_requested"] == "Requested a callback"
    assert "email_sent" not in offered
