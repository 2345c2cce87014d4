"""Every model that ships is one an agency can start with."""

from __future__ import annotations

import re

import pytest
from scoring_support import WORDS, acts, ago, lead, points, score, shipped

import mappings
from connector.core.linter import lint
from connector.core.model import Counting
from connector.core.patterns import reach
from connector.core.types import Stage

NAMES = mappings.model_names()
FULL = [name for name in NAMES if name != "starter"]


@pytest.mark.parametrize("name", NAMES)
def test_nothing_in_it_blocks_and_no_act_counts_twice(name: str) -> None:
    problems = lint(shipped(name), WORDS)
    assert not [each for each in problems if each.blocking or "twice" in each.text]


def test_there_is_one_for_every_product_line() -> None:
    assert set(FULL) == set(WORDS.fields["product_interest"].choices)
    assert {line.id for line in shipped("starter").product_lines} == set(FULL)


@pytest.mark.parametrize("name", FULL)
def test_a_fuller_model_has_its_own_line_and_some_twenty_criteria(name: str) -> None:
    model = shipped(name)
    assert [line.id for line in model.product_lines] == [name]
    assert 15 <= len(list(model.all_criteria())) <= 22
    assert len({each.group for each in model.all_criteria()}) == 3


@pytest.mark.parametrize("name", FULL)
def test_its_stages_are_within_reach_but_not_for_everybody(name: str) -> None:
    model = shipped(name)
    found = reach(model, model.product_lines[0], model.sql)
    assert 0.2 < found.reached / found.patterns < 0.9


@pytest.mark.parametrize("name", FULL)
@pytest.mark.parametrize("kind", ["quote_requested", "callback_requested", "called_us"])
def test_who_asks_is_called_at_once(name: str, kind: str) -> None:
    assert score(shipped(name), lead(), acts((kind, ago(3)))).stage is Stage.SQL
    assert score(shipped(name), lead(), acts((kind, ago(4)))).stage is Stage.NONE


@pytest.mark.parametrize("name", FULL)
def test_who_does_not_want_to_be_contacted_is_never_hot(name: str) -> None:
    keen = acts(
        ("quote_requested", ago(1)), ("called_us", ago(1)), ("meeting_booked", ago(1)), ("email_replied", ago(1))
    )
    card = score(shipped(name), lead(do_not_contact=True, state="TX"), keen)
    assert (card.score, card.stage) == (0, Stage.NONE)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_but_the_vocabulary_is_used_and_no_health(name: str) -> None:
    used = {field for each in shipped(name).all_criteria() for field in each.fields()}
    assert used <= set(WORDS.fields)
    assert not [field for field in used if re.search("health|tobacco|smok|sex|gender|race|credit", field)]


@pytest.mark.parametrize("name", ["personal_auto", "home"])
def test_auto_and_home_look_at_the_renewal_and_not_at_age(name: str) -> None:
    fields = {field for each in shipped(name).all_criteria() for field in each.fields()}
    assert "renewal_date" in fields
    assert not fields & {"age", "date_of_birth"}


@pytest.mark.parametrize("name", ["personal_auto", "home"])
def test_a_renewal_that_comes_near_raises_the_score_of_a_quiet_lead(name: str) -> None:
    def worth(renewal: str) -> int:
        who = lead(ago(20), product_interest=name, state="TX", renewal_date=renewal)
        return score(shipped(name), who).score

    assert worth("2027-06-01") < worth("2027-02-01") < worth("2026-12-24")


def test_medicare_scores_who_turns_65_highest_and_who_is_too_young_lowest() -> None:
    def worth(age: int) -> int:
        card = score(shipped("medicare_supplement"), lead(age=age, state="TX"), acts(("pricing_page_viewed", ago(1))))
        return sum(points(card).get(line, 0) for line in ("age", "too_young"))

    assert [worth(age) for age in (40, 63, 65, 70, 78, 85)] == [-25, 0, 20, 12, 8, 0]


@pytest.mark.parametrize("name", FULL)
def test_a_file_explains_itself_and_keeps_to_the_line(name: str) -> None:
    text = mappings.model_text(name)
    assert max(map(len, text.splitlines())) <= 120
    assert text.startswith("#")
    assert "leadtier lint" in text
    assert sum(bool(each.why) for each in shipped(name).all_criteria()) >= 5


@pytest.mark.parametrize("name", FULL)
def test_acts_of_the_agency_give_no_points(name: str) -> None:
    counted = {
        kind for each in shipped(name).all_criteria() if isinstance(each.rule, Counting) for kind in each.rule.kinds
    }
    assert {kind for kind in counted if not WORDS.kinds[kind].by_lead} <= {"wrong_number"}
