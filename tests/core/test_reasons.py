"""The three reasons and the rationale: what a rep reads."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_scores import AS_OF, some_activities, some_lead, some_model
from scoring_support import NEW_YORK, NOON, WORDS, acts, ago, lead, local, score, shipped, small

from connector.core.rationale import rationale
from connector.core.reasons import behind_reasons
from connector.core.scoring import Evaluator
from connector.core.types import Lead, Line, Met
from connector.core.wording import with_points

TABLE = """
  - {id: b, group: engagement, text: B, points: 10, activity: email_clicked}
  - {id: a, group: engagement, text: A, points: 10, activity: email_replied}
  - {id: d, group: fit, text: D, points: 10, when: {field: age, at_least: 18}}
  - {id: c, group: fit, text: C, points: 10, when: {field: age, at_least: 18}}
  - {id: z, group: negative, text: Z, points: -12, activity: wrong_number}
"""


def test_the_reasons_of_the_guide_read_as_promised() -> None:
    model = small(
        "decay: [{days: 30, percent: 20}]\nreset_days: 90",
        "",
        **{"activity: quote_requested": "activity: [quote_requested, callback_requested]"},
    )
    fresh = score(model, lead(), acts(("callback_requested", local("2026-11-20"))))
    assert fresh.reasons == ("Requested a callback on 20 Nov (+30)",)
    stale = score(model, lead(ago(60), homeowner=True), acts(("quote_requested", local("2026-10-05"))))
    assert stale.reasons == (
        "Requested a quote on 5 Oct (+30)", "Owns the home (+20)", "No activity for 30+ days (-20 %: -10)",
    )  # fmt: skip


def test_the_largest_points_come_first_whatever_their_sign() -> None:
    done = acts(("email_clicked", ago(2)), ("email_replied", ago(3)), ("wrong_number", ago(9)))
    assert score(small(criteria=TABLE), lead(age=40), done).reasons[0] == "Z on 13 Nov (-12)"


@pytest.mark.parametrize(("older", "order"), [(3, "B A C"), (1, "A B C"), (2, "A B C")])
def test_ties_go_to_the_newest_then_to_the_id_and_fit_counts_as_oldest(older: int, order: str) -> None:
    done = acts(("email_clicked", ago(2)), ("email_replied", ago(older)))
    reasons = score(small(criteria=TABLE), lead(age=40), done).reasons
    assert " ".join(reason[0] for reason in reasons) == order


def test_a_lead_with_fewer_lines_has_fewer_reasons() -> None:
    assert score(small(), lead()).reasons == ()
    assert score(small(), lead(homeowner=True)).reasons == ("Owns the home (+20)",)


def test_the_newest_act_words_the_line_and_dates_it() -> None:
    model = shipped("starter")
    done = acts(("quote_requested", ago(9)), ("callback_requested", ago(4)), ("pricing_page_viewed", ago(2)))
    assert score(model, lead(), done).reasons == (
        "Requested a callback on 18 Nov (+25)", "Viewed the pricing page on 20 Nov (+10)",
    )  # fmt: skip


def test_a_date_is_that_of_the_tenants_zone() -> None:
    late = local("2026-11-19", "23:59")
    assert score(small(), lead(), acts(("quote_requested", late))).reasons == ("Requested a quote on 19 Nov (+30)",)
    early = score(small(), lead(), acts(("quote_requested", late + 60)))
    assert early.reasons == ("Requested a quote on 20 Nov (+30)",)


def test_texts_stay_the_same_from_day_to_day_while_no_boundary_is_crossed() -> None:
    """Otherwise every record would be written again every night."""
    model, done = shipped("starter"), acts(("quote_requested", ago(40)), ("pricing_page_viewed", ago(45)))
    who = lead(ago(50), age=40, state="TX")
    texts = {score(model, who, done, NOON + timedelta(days=days)).rationale for days in range(19)}
    assert len(texts) == 1


def test_a_date_of_long_ago_names_its_year_from_one_night_on_and_never_changes_again() -> None:
    """Last year's ``28 Oct`` beside a line of silence would look like a mistake."""
    evaluator = Evaluator(small(), WORDS, NEW_YORK, "v1")
    batch = evaluator.batch([lead(ago(400))], acts(("quote_requested", local("2025-10-28"))))
    seen = []
    for days in range(-100, 30):
        cards = evaluator.evaluate(batch, NOON + timedelta(days=days))
        assert tuple(cards.reasons()[:1, 0]) == cards.card(0).reasons
        seen.append(cards.card(0).reasons[0])
    near, far = "Requested a quote on 28 Oct (+30)", "Requested a quote on 28 Oct 2025 (+30)"
    assert seen == [near] * 11 + [far] * 119
    assert evaluator.evaluate(batch, NOON - timedelta(days=90)).reasons()[0, 0] == near


def test_columns_of_reasons_say_the_same_as_the_cards() -> None:
    model = shipped("term_life")
    evaluator = Evaluator(model, WORDS, NEW_YORK, "v1")
    batch = evaluator.batch([lead(age=40, state="TX")], acts(("quote_requested", ago(4)), ("email_clicked", ago(1))))
    cards = evaluator.evaluate(batch, NOON)
    assert tuple(cards.reasons()[:, 0]) == cards.card(0).reasons
    assert (cards.tier[0], cards.stage[0], cards.product_line[0]) == ("Warm", "MQL", "term_life")


def test_the_columns_of_an_empty_batch_are_empty() -> None:
    evaluator = Evaluator(small(), WORDS, NEW_YORK, "v1")
    cards = evaluator.evaluate(evaluator.batch([], []), NOON)
    assert (len(cards), cards.reasons().shape, list(cards.tier)) == (0, (3, 0), [])


# ----------------------------------------------------------------------------------------------------------- rationale


def test_the_rationale_lists_every_line_then_what_is_not_known_then_the_notes() -> None:
    card = score(shipped("starter"), lead(age=40), acts(("quote_requested", ago(3))))
    assert card.rationale.splitlines() == [
        "Requested a quote on 19 Nov (+25)",
        "State: not known",
        "Product interest is not known: measured as Term life, the best match.",
    ]


def test_a_long_rationale_is_cut_at_a_whole_line() -> None:
    lines = [Line(f"l{place}", f"Line {place} " + "x" * 50, 5) for place in range(40)]
    text = rationale(lines, [])
    assert len(text) <= 1000
    *whole, last = text.split("\n")
    assert last == "…"
    assert whole == [f"Line {place} " + "x" * 50 + " (+5)" for place in range(len(whole))]
    assert len(text) + len("Line 40 " + "x" * 50 + " (+5)") >= 1000


def test_a_rationale_of_exactly_1000_characters_is_not_cut() -> None:
    assert rationale([Line("a", "x" * 995, 5)], []) == "x" * 995 + " (+5)"
    assert rationale([Line("a", "x" * 996, 5)], []) == "…"


def test_what_is_not_known_is_said_once() -> None:
    unknown = [Line(name, "State: not known", 0, Met.UNKNOWN) for name in "ab"]
    assert rationale(unknown, []) == "State: not known"


@settings(max_examples=150, deadline=None)
@given(st.randoms(use_true_random=False), st.booleans(), st.booleans())
def test_the_lines_behind_the_reasons_are_those_that_the_reasons_word(random, held: bool, silent: bool) -> None:
    """Holds and resets first, then by size, time and id: told from lines as the columns tell it."""
    model = replace(some_model(random), reset_days=90 if silent else None)
    who: Lead = some_lead(random, 1)
    who = replace(who, held_at=int(AS_OF.timestamp()) - 9 if held else None)
    judge = Evaluator(model, WORDS, NEW_YORK, "v")
    card = judge.evaluate(judge.batch([who], some_activities(random, who)), AS_OF).card(0)
    behind = behind_reasons(card.lines)
    assert tuple(map(with_points, behind)) == card.reasons
    assert [line.id for line in behind][:1] == ["hold"] * held or not held
