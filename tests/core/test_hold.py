"""A lead on hold is not to be contacted, whatever the points say."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from random_scores import AS_OF, some_activities, some_lead, some_model
from scoring_support import NEW_YORK, NOON, WORDS, acts, ago, lead, local, points, score, small

from connector.core.rationale import rationale
from connector.core.scoring import Evaluator
from connector.core.types import Lead, Met, Stage, Tier

HAND = "hand_raiser: {activity: quote_requested, within_days: 3, at_least: SQL, text: asked us to get in touch}\n"


def on_hold(who: Lead, since: int) -> Lead:
    return replace(who, held_at=since)


def test_a_hold_takes_every_point_and_is_the_first_reason() -> None:
    done = acts(("quote_requested", ago(2)))
    card = score(small(HAND), on_hold(lead(homeowner=True), local("2026-11-22", "09:00")), done)
    assert (card.score, card.stage, card.tier) == (0, Stage.NONE, Tier.COLD)
    assert points(card) == {"quote": 30, "owner": 20, "floor": 15, "hold": -65}
    assert card.reasons == (
        "Do not contact: on hold since 22 Nov (-65)", "Requested a quote on 20 Nov (+30)", "Owns the home (+20)",
    )  # fmt: skip
    assert card.rationale == rationale(card.lines, ())


def test_a_hold_is_told_even_where_there_was_nothing_to_take() -> None:
    card = score(small(), on_hold(lead(), ago(4)))
    (line,) = [line for line in card.lines if line.met is Met.YES]
    assert (line.id, line.points, line.at) == ("hold", 0, ago(4))
    assert card.reasons == ("Do not contact: on hold since 18 Nov",)
    assert card.rationale.startswith("Do not contact: on hold since 18 Nov\n")


def test_a_hold_comes_even_before_a_reset() -> None:
    card = score(small("reset_days: 90"), on_hold(lead(ago(120), homeowner=True), ago(400)))
    assert card.reasons[0] == "Do not contact: on hold since 18 Oct 2025"
    assert card.reasons[1] == "No activity for 90+ days: points start again (-20)"


def test_no_stage_outlives_a_hold() -> None:
    who = replace(lead(homeowner=True), previous_stage=Stage.SQL)
    model = replace(small(), mql=5, hysteresis=10)
    assert score(model, on_hold(who, ago(1))).stage is Stage.NONE
    assert score(model, who).stage is Stage.MQL


def test_a_hold_that_begins_later_is_not_seen_yet() -> None:
    who = lead(homeowner=True)
    assert score(small(), on_hold(who, int(NOON.timestamp()) + 1)) == score(small(), who)


def test_many_leads_read_their_holds_as_one_does() -> None:
    leads = [replace(on_hold(lead(), ago(4)), id=number) for number in range(100)]
    evaluator = Evaluator(small(), WORDS, NEW_YORK, "v1")
    cards = evaluator.evaluate(evaluator.batch(leads, []), NOON)
    assert {tuple(column) for column in cards.reasons().T} == {("Do not contact: on hold since 18 Nov", "", "")}


@settings(max_examples=80, deadline=None, derandomize=True)
@given(st.randoms(use_true_random=False))
def test_held_or_not_all_other_lines_are_the_same(random) -> None:
    who = replace(some_lead(random, 1), held_at=None)
    done = some_activities(random, who)
    evaluator = Evaluator(some_model(random), WORDS, NEW_YORK, "v1")
    free, held = (
        evaluator.evaluate(evaluator.batch([each], done), AS_OF).card(0)
        for each in (who, on_hold(who, int(AS_OF.timestamp())))
    )
    (hold,) = [line for line in held.lines if line.id == "hold"]
    assert [line for line in held.lines if line is not hold] == list(free.lines)
    assert (held.score, hold.points, held.tier) == (0, -free.score, Tier.COLD)
    assert sum(line.points for line in held.lines) == 0
    assert held.reasons[0].startswith("Do not contact: on hold since 22 Nov")
    assert held.reasons[1:] == free.reasons[:2]
