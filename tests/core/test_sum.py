"""What the sum goes through: product line, caps, clamp, floor, stage. Each step is a line, so that lines add up."""

from __future__ import annotations

import pytest
from scoring_support import NEW_YORK, NOON, WORDS, acts, ago, lead, points, score, shipped, small

from connector.core.scoring import Evaluator
from connector.core.types import Lead, Stage, Tier

STARTER = shipped("starter")
MANY = """
  - {id: much, group: engagement, points: 50, activity: called_us}
  - {id: more, group: engagement, points: 60, activity: email_replied}
  - {id: bad, group: negative, points: -30, activity: unsubscribed}
  - {id: worse, group: negative, points: -40, activity: wrong_number}
"""
GOOD = acts(("called_us", ago(1)), ("email_replied", ago(1)))
BOTH = acts(("called_us", ago(1)), ("email_replied", ago(1)), ("unsubscribed", ago(1)), ("wrong_number", ago(1)))
BAD = acts(("unsubscribed", ago(1)), ("wrong_number", ago(1)))


def test_a_cap_is_its_own_line() -> None:
    card = score(small("caps: {engagement: 55, fit: 20, negative: -45}", MANY), lead(homeowner=True), GOOD)
    assert points(card) == {"much": 50, "more": 60, "owner": 20, "cap:engagement": -55}
    assert card.score == 75
    assert "Engagement points end at 55 (-55)" in card.rationale


def test_a_cap_on_what_speaks_against_a_lead_gives_points_back() -> None:
    card = score(small("caps: {negative: -45}", MANY), lead(), BOTH)
    assert points(card)["cap:negative"] == 25
    assert card.score == 110 - 45


def test_a_score_ends_at_100_and_at_0_and_says_so() -> None:
    high = score(small(criteria=MANY), lead(homeowner=True), GOOD)
    assert (high.score, points(high)["clamp"]) == (100, -30)
    low = score(small(criteria=MANY), lead(homeowner=True), BAD)
    assert (low.score, points(low)["clamp"]) == (0, 50)
    assert "A score never goes below 0 (+50)" in low.rationale


HAND = """
hand_raiser:
  activity: [callback_requested, quote_requested]
  within_days: 3
  at_least: SQL
  text: asked to be called
  unless: {field: do_not_contact, is: true}
"""


@pytest.mark.parametrize(("days", "stage"), [(0, Stage.SQL), (3, Stage.SQL), (4, Stage.NONE)])
def test_a_raised_hand_makes_an_sql_for_its_days(days: int, stage: Stage) -> None:
    card = score(small(HAND), lead(), acts(("callback_requested", ago(days))))
    assert card.stage is stage


def test_the_floor_is_a_line_with_the_date_of_the_raised_hand() -> None:
    card = score(small(HAND), lead(homeowner=True), acts(("callback_requested", ago(2))))
    assert points(card) == {"owner": 20, "floor": 45}
    assert card.reasons == ("At least SQL: asked to be called on 20 Nov (+45)", "Owns the home (+20)")


def test_no_floor_is_laid_for_whom_it_does_not_hold_or_who_is_above_it() -> None:
    assert score(small(HAND), lead(do_not_contact=True), acts(("callback_requested", ago(2)))).score == 0
    above = acts(("called_us", ago(1)), ("email_replied", ago(1)), ("quote_requested", ago(1)))
    assert "floor" not in points(score(small(HAND, MANY), lead(), above))


@pytest.mark.parametrize(
    ("before", "worth", "stage"),
    [
        (None, 39, Stage.NONE), (None, 40, Stage.MQL), (None, 64, Stage.MQL), (None, 65, Stage.SQL),
        (Stage.SQL, 60, Stage.SQL), (Stage.SQL, 59, Stage.MQL), (Stage.SQL, 35, Stage.MQL), (Stage.SQL, 34, Stage.NONE),
        (Stage.MQL, 60, Stage.MQL), (Stage.MQL, 35, Stage.MQL), (Stage.MQL, 34, Stage.NONE),
        (Stage.NONE, 39, Stage.NONE),
    ],
)  # fmt: skip
def test_hysteresis_keeps_a_stage_that_was_reached(before: Stage | None, worth: int, stage: Stage) -> None:
    model = small("hysteresis: 5", **{"points: 30": f"points: {worth}"})
    card = score(model, Lead(1, ago(5), {}, before), acts(("quote_requested", ago(1))))
    assert card.stage is stage
    assert card.tier is {Stage.SQL: Tier.HOT, Stage.MQL: Tier.WARM, Stage.NONE: Tier.COLD}[stage]


# ------------------------------------------------------------------------------------------------------- product line


def test_the_interest_picks_the_product_line_even_where_another_fits_better() -> None:
    card = score(STARTER, lead(product_interest="medicare_supplement", age=40, state="TX"))
    assert (card.product_line, card.score, card.notes) == ("medicare_supplement", 0, ())


def test_an_unknown_interest_takes_the_best_match_and_says_so() -> None:
    card = score(STARTER, lead(age=78, state="TX"))
    assert (card.product_line, card.score) == ("medicare_supplement", 15)
    assert card.notes == ("Product interest is not known: measured as Medicare supplement, the best match.",)
    assert card.rationale.endswith(card.notes[0])


def test_of_equal_matches_the_first_in_the_file_is_taken() -> None:
    assert score(STARTER, lead(age=40, state="TX")).product_line == "term_life"
    assert score(STARTER, lead()).product_line == "term_life"


def test_an_interest_that_the_model_does_not_cover_is_said() -> None:
    card = score(small(), lead(product_interest="term_life", homeowner=True))
    assert (card.product_line, card.score) == ("home", 20)
    assert card.notes == ("Asked about a product that this model does not cover: measured as Home, the best match.",)


def test_a_model_of_one_product_line_needs_no_note() -> None:
    assert score(small(), lead()).notes == ()


def test_criteria_of_one_product_line_never_touch_leads_of_another() -> None:
    evaluator = Evaluator(STARTER, WORDS, NEW_YORK, "v1")
    fitting = {"age": 40, "state": "TX", "employer_size": 5}
    leads = [
        Lead(place, ago(3), fitting | {"product_interest": line.id}) for place, line in enumerate(STARTER.product_lines)
    ]
    cards = evaluator.evaluate(evaluator.batch(leads, []), NOON)
    found = [[line.id for line in cards.card(row).lines] for row in range(len(leads))]
    assert found == [["term_life_fit"], ["whole_life_fit"], [], ["personal_auto_fit"], ["home_fit"], ["commercial_fit"]]
