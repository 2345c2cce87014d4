"""Two models on the same leads: who stands where, who moves, and for whom a rep would read something else."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from random import Random

import numpy as np
import pytest
from random_scores import AS_OF, some_leads, some_model
from scoring_support import NEW_YORK, NOON, WORDS, ago, small

from connector.core.cards import Cards, Tally
from connector.core.comparing import (
    Movers,
    Standing,
    Won,
    histogram,
    movers,
    reads_differently,
    tier_counts,
    tier_moves,
    won_by_tier,
)
from connector.core.model import DecayStep, Model
from connector.core.scoring import Evaluator
from connector.core.types import Activity, Lead, Tier

HOT, WARM, COLD = Tier.HOT, Tier.WARM, Tier.COLD


def cards_by(model: Model, leads: list[Lead], done: list[Activity], as_of=NOON) -> Cards:
    evaluator = Evaluator(model, WORDS, NEW_YORK, "v1")
    return evaluator.evaluate(evaluator.batch(leads, done), as_of)


def standing(*scores: int, mql: int = 40, sql: int = 65) -> Standing:
    stages = [2 if score >= sql else 1 if score >= mql else 0 for score in scores]
    marks = np.array(scores, dtype=np.uint64)
    return Standing(np.array(scores, dtype=np.int8), np.array(stages, dtype=np.int8), marks, {}, {})


def test_every_lead_stands_in_one_tier_and_in_one_bar() -> None:
    found = standing(0, 4, 39, 40, 64, 65, 100)
    assert tier_counts(found) == {HOT: 2, WARM: 2, COLD: 3}
    bars = histogram(found)
    assert len(bars) == 20
    assert (bars[0][COLD], bars[7][COLD], bars[8][WARM], bars[13][HOT], bars[19][HOT]) == (2, 1, 1, 1, 1)
    assert sum(sum(bar.values()) for bar in bars) == 7


def test_moves_count_those_who_stay_too_and_the_hottest_come_first() -> None:
    moves = tier_moves(standing(70, 50, 10, 10), standing(50, 50, 70, 10))
    assert {pair: count for pair, count in moves.items() if count} == {
        (HOT, WARM): 1, (WARM, WARM): 1, (COLD, HOT): 1, (COLD, COLD): 1,
    }  # fmt: skip
    assert list(moves)[:3] == [(HOT, HOT), (HOT, WARM), (HOT, COLD)]
    assert sum(moves.values()) == 4


def test_the_biggest_move_comes_first_and_of_equal_ones_that_which_changes_tier() -> None:
    before, after = standing(10, 35, 20, 90, 50, 60), standing(30, 40, 25, 60, 45, 60)
    assert movers(before, after, 10) == Movers(up=[0, 1, 2], down=[3, 4])
    assert movers(before, after, 1) == Movers(up=[0], down=[3])


def test_a_lead_whose_score_stays_is_no_mover_though_a_line_between_tiers_moved() -> None:
    before, after = standing(60, 30), standing(60, 30, sql=60)
    assert movers(before, after, 5) == Movers([], [])
    assert tier_moves(before, after)[WARM, HOT] == 1


def test_the_movers_are_those_that_sorting_all_leads_finds() -> None:
    random = Random(7)
    before = standing(*(random.randint(0, 100) for _ in range(3000)))
    after = standing(*(random.randint(0, 100) for _ in range(3000)))
    change = after.scores.astype(int) - before.scores
    found = movers(before, after, 10)
    assert [change[row] for row in found.up] == sorted(change)[::-1][:10]
    assert [change[row] for row in found.down] == sorted(change)[:10]


def test_parts_of_a_book_join_to_the_standing_of_the_whole() -> None:
    random = Random(3)
    model, (leads, done) = some_model(random), some_leads(random, 40)
    whole = Standing.of(cards_by(model, leads, done, AS_OF))
    parts = [Standing.of(cards_by(model, part, done, AS_OF)) for part in (leads[:15], leads[15:])]
    joined = Standing.joined(parts)
    for name in ("scores", "stages", "marks"):
        assert getattr(joined, name).tolist() == getattr(whole, name).tolist()
    assert (joined.criteria, joined.fields) == (whole.criteria, whole.fields)


def test_no_parts_make_a_standing_of_nobody() -> None:
    assert tier_counts(Standing.joined([])) == {HOT: 0, WARM: 0, COLD: 0}


def test_a_standing_tallies_what_each_criterion_found() -> None:
    leads = [Lead(1, ago(5), {"homeowner": True}), Lead(2, ago(5), {"homeowner": False}), Lead(3, ago(5), {})]
    found = Standing.of(cards_by(small(), leads, []))
    assert found.criteria["owner"] == Tally(met=1, unknown=1, asked=3)


def test_won_shares_are_of_decided_sales_only() -> None:
    shares = won_by_tier(standing(80, 80, 50).stages, np.array([True, False, False]))
    assert shares == {HOT: Won(1, 2), WARM: Won(0, 1), COLD: Won(0, 0)}
    assert [shares[tier].percent for tier in Tier] == [50.0, 0.0, None]


def _another_text(model: Model) -> Model:
    first, *rest = model.criteria
    return replace(model, criteria=(replace(first, text="Another text"), *rest))


def _another_order(model: Model) -> Model:
    return replace(model, criteria=model.criteria[::-1])


def _less(model: Model) -> Model:
    return replace(model, criteria=model.criteria[1:] or model.criteria)


def _decay(model: Model) -> Model:
    return replace(model, decay=(DecayStep(3, 10), DecayStep(20, 33)), reset_days=None, hand_raiser=None)


@pytest.mark.parametrize("edit", [_another_text, _another_order, _less, _decay])
def test_a_lead_reads_differently_where_its_card_shows_other_lines(edit) -> None:
    told = Counter[bool]()
    for seed in range(40):
        random = Random(seed)
        model, (leads, done) = some_model(random), some_leads(random, 25)
        before, after = (cards_by(each, leads, done, AS_OF) for each in (model, edit(model)))
        expected = [_lines(before, row) != _lines(after, row) for row in range(len(leads))]
        assert reads_differently(Standing.of(before), Standing.of(after)).tolist() == expected
        told.update(expected)
    assert told[False]
    assert bool(told[True]) is (edit is not _another_order)


def _lines(cards: Cards, row: int) -> object:
    card = cards.card(row)
    return card.score, card.tier, sorted((line.id, line.text, line.points) for line in card.lines)
