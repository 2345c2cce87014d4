"""The linter says what a model's author would like to know before publishing it."""

from __future__ import annotations

from itertools import product

import pytest
from scoring_support import NEW_YORK, NOON, SMALL, WORDS, ago, model_of, shipped, small

from connector.core.linter import lint
from connector.core.model import Model
from connector.core.patterns import reach
from connector.core.scoring import Evaluator
from connector.core.types import Activity, Lead


def texts(model: Model, sample=None) -> list[str]:
    return [problem.text for problem in lint(model, WORDS, sample)]


def evaluated(model: Model, leads: list[Lead], done: list[Activity] | None = None):
    evaluator = Evaluator(model, WORDS, NEW_YORK, "v1")
    return evaluator.evaluate(evaluator.batch(leads, done or []), NOON)


def test_the_starter_models_sql_line_is_reachable_by_3_of_32_patterns() -> None:
    problem = lint(shipped("starter"), WORDS)[0]
    assert problem.text == "Your SQL line (65) is reachable by 3 of 32 patterns of good signs."
    assert "add a hand_raiser" in problem.mend
    assert not problem.blocking


def test_a_line_nobody_reaches_blocks() -> None:
    problems = lint(small(), WORDS)
    assert [(each.text, each.blocking) for each in problems] == [
        ("No pattern of good signs reaches your SQL line (65).", True)
    ]


def test_a_raised_hand_reaches_a_line_that_points_do_not() -> None:
    hand = "hand_raiser: {activity: called_us, within_days: 3, at_least: SQL, text: called}"
    problem = lint(small(hand), WORDS)[0]
    assert problem.text == "No pattern of good signs reaches your SQL line (65), except by raising a hand."
    assert not problem.blocking


def test_product_lines_that_reach_differently_are_named() -> None:
    young = "{id: t, group: fit, text: T, points: 90, when: {field: age, below: 40}}"
    other = f"  - {{id: term_life, name: Term life, criteria: [{young}]}}"
    found = texts(model_of(SMALL + other))
    assert found == ["No pattern of good signs reaches your SQL line (65) for Home."]


@pytest.mark.parametrize("name", ["starter", "benchmark"])
def test_counting_patterns_agrees_with_trying_them_all(name: str) -> None:
    model = shipped("starter") if name == "starter" else small(
        "caps: {engagement: 50, fit: 25}",
        """
  - {id: a, group: engagement, points: 7, activity: email_clicked, count: each, up_to: 4}
  - {id: b, group: engagement, points: 20, activity: called_us}
  - {id: c, group: fit, text: C, field: age, bands: [{below: 30, points: 4}, {below: 60, points: 9}]}
""",
    )  # fmt: skip
    line = model.product_lines[0]
    good = [each for each in (*model.criteria, *line.criteria) if each.group != "negative"]
    sums = []
    for levels in product(*[(0, *each.levels()) for each in good]):
        groups = {
            group: sum(p for p, each in zip(levels, good, strict=True) if each.group == group)
            for group in ("fit", "engagement")
        }
        sums.append(sum(min(points, model.caps.get(group, 999)) for group, points in groups.items()))  # type: ignore[call-overload]
    for score in (1, 40, 65, 75):
        assert reach(model, line, score) == (sum(total >= score for total in sums), len(sums))


def test_an_act_that_counts_twice_is_pointed_out_at_its_line() -> None:
    more = "  - {id: call, group: engagement, points: 40, activity: [called_us, quote_requested]}"
    problem = lint(small(criteria=more), WORDS)[0]
    assert problem.text == "quote and call both count quote_requested: one act gives points twice."
    assert (problem.line, problem.where, problem.blocking) == (6, "criterion call", False)


def test_the_same_act_for_and_against_a_lead_is_no_overlap() -> None:
    more = "  - {id: call, group: negative, points: -40, activity: quote_requested}"
    assert not [text for text in texts(small(criteria=more)) if "counts" in text]


@pytest.mark.parametrize("field", ["zip", "county", "household_income", "dependents"])
def test_fields_that_stand_in_for_protected_ones_are_pointed_out(field: str) -> None:
    condition = {
        "zip": '{territory: {zip_prefixes: ["77"]}}',
        "county": "{territory: {counties: {TX: [Harris]}}}",
    }.get(field, f"{{field: {field}, at_least: 1}}")
    more = f"  - {{id: it, group: fit, text: It, points: 40, when: {condition}}}"
    problems = [each for each in lint(small(criteria=more), WORDS) if each.where == "criterion it"]
    assert len(problems) == 1
    assert "compare how the tiers fall" in problems[0].mend


FOUR = """
  - {id: never, group: fit, text: Never, points: 9, when: {field: age, at_least: 90}}
  - {id: always, group: fit, text: Always, points: 9, when: {field: age, at_least: 18}}
  - {id: some, group: fit, text: Some, points: 9, when: {field: age, at_least: 40}}
  - {id: empty, group: fit, text: Empty, points: 9, when: {field: job_title, contains: owner}}
"""


def people(count: int) -> list[Lead]:
    return [Lead(row, ago(3), {"age": 20 + row % 60, "homeowner": row % 3 == 0}) for row in range(count)]


def test_criteria_that_never_or_always_fire_on_these_leads_are_named() -> None:
    model = small(criteria=FOUR)
    done = [Activity(lead.id, "q", "quote_requested", ago(2)) for lead in people(100)[:50]]
    found = texts(model, evaluated(model, people(100), done))
    assert "never is met by no one of 100 leads." in found
    assert "always is met by every one of 100 leads." in found
    assert not [text for text in found if text.startswith(("some ", "quote ", "owner "))]


def test_fields_that_are_mostly_empty_are_named_instead_of_their_criteria() -> None:
    model = small(criteria=FOUR)
    found = texts(model, evaluated(model, people(100)))
    assert "job_title is empty for 100 % of the leads that are asked for it." in found
    assert not [text for text in found if text.startswith("empty ")]


def test_a_field_is_asked_only_of_leads_of_its_product_line() -> None:
    model = shipped("starter")
    asked = {"age": 40, "state": "TX", "product_interest": "home"}
    leads = [Lead(row, ago(3), asked) for row in range(100)]
    assert not [text for text in texts(model, evaluated(model, leads)) if "employer_size" in text]


def test_a_handful_of_leads_says_nothing() -> None:
    model = small(criteria=FOUR)
    assert texts(model, evaluated(model, people(20))) == texts(model)
