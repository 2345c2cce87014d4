"""A model with a mistake is refused, and every mistake is named with its line and what to do."""

from __future__ import annotations

import pytest
from scoring_support import WORDS, model_of

import mappings
from connector.core.model import ModelRefused, parse_model
from connector.core.types import Problem

GOOD = """\
name: Example
stages: {MQL: 40, SQL: 65}
hysteresis: 3
caps: {fit: 40}
decay: [{days: 30, percent: 20}]
reset_days: 90
hand_raiser: {activity: called_us, within_days: 3, at_least: SQL, text: called us}
territories: {ours: {states: [TX], counties: {FL: [Orange]}, zip_prefixes: ["07"]}}
criteria:
  - {id: quote, group: engagement, points: 25, activity: quote_requested, within_days: 30}
  - {id: opens, group: engagement, points: 5, activity: email_opened, count: each, up_to: 3}
  - {id: reads, group: engagement, points: 5, activity: email_clicked, count: at_least, times: 3}
  - {id: gone, group: negative, text: Left, points: -5, activity: unsubscribed, or_when: {field: homeowner, is: true}}
product_lines:
  - id: term_life
    name: Term life
    criteria:
      - {id: age, group: fit, text: Age, points: 15, when: {field: age, between: [25, 60]}}
      - {id: place, group: fit, text: Place, points: 5, when: {territory: ours}}
      - {id: trade, group: fit, text: Trade, points: 5, when: {all: [{field: industry, contains: [shop]}]}}
      - {id: money, group: fit, text: Money, field: household_income, bands: [{at_least: 1000, below: 2000, points: 5}]}
      - {id: soon, group: fit, text: Soon, points: 5, when: {field: renewal_date, days_ahead: [0, 45]}}
      - {id: home, group: fit, text: Home, points: 5, when: {not: {field: state, in: [NY, CA]}}}
      - {id: came, group: fit, text: Came, points: 5, when: {field: lead_source, in: referral}}
"""


def refused(text: str) -> list[Problem]:
    with pytest.raises(ModelRefused) as caught:
        parse_model(*mappings.read_document(text), WORDS)
    return caught.value.problems


def test_the_example_itself_is_fine() -> None:
    model = model_of(GOOD)
    assert [each.line for each in model.criteria] == [10, 11, 12, 13]


TYPOS = [
    # what stands there, what is written instead, line, text, mend
    ("stages:", "stagse:", 2, "'stagse' means nothing here", "Did you mean 'stages'?"),
    ("MQL: 40", "MLQ: 40", 2, "'MLQ' means nothing here", "Did you mean 'MQL'?"),
    ("points: 25", "point: 25", 10, "'point' means nothing here", "Did you mean 'points'?"),
    ("count: each", "count: eahc", 11, "'eahc' is not a way of counting", "Did you mean 'each'?"),
    ("email_opened", "emial_opened", 11, "'emial_opened' is not a kind", "Did you mean 'email_opened'?"),
    ("activity: called_us", "activity: caled_us", 7, "'caled_us' is not a kind", "Did you mean 'called_us'?"),
    ("group: negative", "group: negativ", 13, "'negativ' is not one of the groups", "Did you mean 'negative'?"),
    ("when: {field: age", "wehn: {field: age", 18, "'wehn' means nothing here", "Did you mean 'when'?"),
    ("field: age", "field: aeg", 18, "There is no field 'aeg'", "Did you mean 'age'?"),
    ("field: age", "feild: age", 18, "This condition says nothing that is known", "Did you mean 'field'?"),
    ("between: [25", "betwen: [25", 18, "'betwen' means nothing here", "Did you mean 'between'?"),
    ("{territory: ours}", "{territory: our}", 19, "'our' is not a territory of this file", "Did you mean 'ours'?"),
    ("states: [TX]", "states: [Texas]", 8, "'Texas' is not the postal code", "Did you mean 'TX'?"),
    ("in: [NY, CA]", "in: [NY, XA]", 23, "'XA' is not the postal code", "Known here" ),
    ("FL: [Orange]", "Florida: [Orange]", 8, "'Florida' is not the postal code", "Did you mean 'FL'?"),
    ("in: referral", "in: referal", 24, "'referal' is not a choice of lead_source", "Did you mean 'referral'?"),
    ("id: term_life", "id: term_live", 15, "'term_live' is not a choice of", "Did you mean 'term_life'?"),
    ("field: household_income", "field: houshold_income", 21, "There is no field", "Did you mean 'household_income'?"),
]  # fmt: skip


@pytest.mark.parametrize(("right", "wrong", "line", "text", "mend"), TYPOS, ids=[typo[1] for typo in TYPOS])
def test_a_typo_is_named_with_its_line_and_the_word_that_was_meant(
    right: str, wrong: str, line: int, text: str, mend: str
) -> None:
    problems = refused(GOOD.replace(right, wrong, 1))
    hit = [each for each in problems if each.line == line and text in each.text]
    assert hit, problems
    assert mend in hit[0].mend or (mend == "Known here" and "'" in hit[0].mend)


MISTAKES = [
    ("MQL: 40, SQL: 65", "MQL: 65, SQL: 40", 2, "An SQL starts at 40", "Make SQL the larger number"),
    ("SQL: 65", "SQL: 650", 2, "SQL is 650", "a whole number from 1 to 100"),
    ("stages: {MQL: 40, SQL: 65}", "", 1, "A block was expected", "MQL or SQL"),
    ("hysteresis: 3", "hysteresis: 30", 3, "hysteresis is 30", "a whole number from 0 to 24"),
    ("fit: 40", "fit: -4", 4, "fit is -4", "a whole number from 1 to"),
    ("[{days: 30, percent: 20}]", "[{days: 30, percent: 20}, {days: 20, percent: 50}]", 5, "must come later", "Sort"),
    ("percent: 20", "percent: 20 %", 5, "percent is '20 %'", "a whole number from 1 to 100"),
    ("reset_days: 90", "reset_days: 30", 6, "leaves no room for the decay after 30", "after the last step"),
    ("within_days: 3,", "within_days: 90,", 7, "cannot count for longer than the reset", "below 90"),
    ("activity: called_us", "activity: call_attempted", 7, "something the agency does", "name what the lead does"),
    ("at_least: SQL", "at_least: none", 7, "'none' is not a stage", "MQL, SQL"),
    ("counties: {FL: [Orange]}", "x: 1", 8, "'x' means nothing", "states"),
    ('["07"]', "[x7]", 8, "'x7' does not start a ZIP code", "first digits in quotes"),
    ("points: 25", "points: 0", 10, "points is 0", "a whole number from 1 to 100"),
    ("points: 25", "points: -25", 10, "points is -25", "a whole number from 1 to 100"),
    ("points: 25", "points: 2.5", 10, "points is 2.5", "a whole number from 1 to 100"),
    ("points: -5", "points: 5", 13, "points is 5", "a whole number from -100 to -1"),
    ("up_to: 3", "up_to: 30", 11, "up_to is 30", "a whole number from 2 to 20"),
    ("count: at_least, times: 3", "count: at_least", 12, "times is missing", "how often it must happen"),
    ("count: each, up_to: 3", "up_to: 3", 11, "`up_to` belongs to `count: each`", "Remove it here"),
    (", text: Left", "", 13, "text is missing", "text: ..."),
    ("id: reads", "id: opens", 12, "The id 'opens' stands twice", "another id"),
    ("id: reads", "id: decay", 12, "belongs to a line of the sum", "another id"),
    ("id: reads", "id: Reads a lot", 12, "is not an id", "small letters"),
    ("group: engagement, points: 25", "group: fit, points: 25", 10, "Fit is who the lead is", "Use `when:`"),
    ("group: fit, text: Age", "group: engagement, text: Age", 18, "Engagement is what the lead did", "Use `activity:`"),
    ("field: age, between", "field: gender, between", 18, "People may not be scored by gender", "protected"),
    ("field: age, between", "field: annual_premium, between", 18, "known only after selling", "before the sale"),
    ("field: age, between", "field: owner_id, between", 18, "is not for scoring", "another field"),
    ("between: [25, 60]", "contains: [25]", 18, "'contains' means nothing here", "between"),
    ("between: [25, 60]", "between: [60, 25]", 18, "No number lies in this range", "smaller number first"),
    ("between: [25, 60]", "between: 25", 18, "needs two numbers", "[25, 60]"),
    ("between: [25, 60]", 'between: [25, "60,0"]', 18, "'60,0' is not a number", "plain number"),
    (", between: [25, 60]", "", 18, "age needs one comparison", "between"),
    ("is: true", "is: yes", 13, "'yes' is neither true nor false", "Write true or false"),
    ("{all: [{field: industry, contains: [shop]}]}", "{all: []}", 20, "`all` needs conditions", "at least one"),
    ("when: {territory: ours}", "when: 5", 19, "A condition was expected", "{field: age"),
    ("when: {territory: ours}", "when: {territory: ours, all: []}", 19, "only one of", "two conditions"),
    ("when: {territory: ours}", "within_days: 3", 19, "looks at one thing", "`when:`"),
    ("field: household_income", "field: state", 21, "state is not a number", "Use `when:`"),
    ("days_ahead: [0, 45]", "days_ahead: [45, 0]", 22, "No number lies in this range", "smaller number first"),
    ("bands: [{at_least: 1000, below: 2000, points: 5}]", "bands: [{points: 5}]", 21, "needs a bound", "at_least"),
    ("territories:", "# territories:", 19, "is not described", "`territories:`"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("right", "wrong", "line", "text", "mend"), MISTAKES, ids=[f"{each[1]} {each[3]}" for each in MISTAKES]
)
def test_a_mistake_is_named_with_its_line_and_its_mend(right: str, wrong: str, line: int, text: str, mend: str) -> None:
    assert right in GOOD
    problems = refused(GOOD.replace(right, wrong, 1))
    assert [each for each in problems if each.line == line and text in each.text and mend in each.mend], problems


def test_all_mistakes_are_found_in_one_go() -> None:
    broken = GOOD.replace("MQL: 40", "MQL: x").replace("points: 25", "points: 0").replace("TX", "TY")
    assert [each.line for each in refused(broken)] == [2, 8, 10]


def test_a_file_without_criteria_or_product_lines_says_so() -> None:
    texts = [each.text for each in refused("name: x\nstages: {MQL: 40, SQL: 65}\n")]
    assert texts == ["A model needs at least one product line.", "A model needs criteria."]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "The file is empty."),
        ("# Only a comment", "The file is empty."),
        ("5", "This is no model: it reads 5."),
        ("- a list", "This is no model: it reads ['a list']."),
        ("just words", "This is no model: it reads 'just words'."),
        (
            "root:x:0:0:root:/root:/bin/sh\n" * 50,
            "This is no model: it reads 'root:x:0:0:root:/root:/bin/sh root:x:0:…'.",
        ),
    ],
)
def test_something_that_is_no_model_at_all_is_refused_without_repeating_it(text: str, told: str) -> None:
    (problem,) = refused(text)
    assert (problem.text, problem.line) == (told, 1)
    assert "starts with `name:`" in problem.mend


def test_a_value_that_is_wrong_is_not_repeated_whole() -> None:
    for right in ("points: 25", "MQL: 40", "hysteresis: 3", "when: {territory: ours}", "field: age", "TX"):
        key = right.partition(":")[0] + ": " if ":" in right else ""
        assert all(len(each.text) < 200 for each in refused(GOOD.replace(right, key + "x" * 5000, 1)))


def test_too_many_criteria_are_refused() -> None:
    one = "  - {{id: c{0}, group: engagement, points: 1, activity: email_opened}}\n"
    many = GOOD.replace("criteria:\n", "criteria:\n" + "".join(one.format(number) for number in range(90)), 1)
    told = " ".join(each.text for each in refused(many))
    assert "A lead can meet at most 80 criteria" in told
    assert "At most 60 criteria may count activities" in told


def test_the_message_of_the_error_lists_every_line() -> None:
    with pytest.raises(ModelRefused, match=r"line 10: points is 0\. Write"):
        model_of(GOOD.replace("points: 25", "points: 0"))
