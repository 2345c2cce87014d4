"""What each kind of criterion finds, and that unknown is not no."""

from __future__ import annotations

import pytest
from scoring_support import NOON, acts, ago, lead, local, points, score, small

from connector.core.types import Met


def fit(condition: str, **fields) -> Met | None:
    """What a criterion with this condition says about a lead with these fields; None when it is not shown."""
    rule = f"  - {{id: it, group: fit, text: It, points: 7, when: {condition}}}"
    card = score(small(criteria=rule), lead(homeowner=False, **fields))
    return next((line.met for line in card.lines if line.id == "it"), None)


YES, NO, UNKNOWN = Met.YES, None, Met.UNKNOWN


@pytest.mark.parametrize(
    ("condition", "fields", "found"),
    [
        ("{field: age, between: [25, 60]}", {"age": 25}, YES),
        ("{field: age, between: [25, 60]}", {"age": 60}, YES),
        ("{field: age, between: [25, 60]}", {"age": 24.9}, NO),
        ("{field: age, between: [25, 60]}", {}, UNKNOWN),
        ("{field: age, at_least: 25}", {"age": 25}, YES),
        ("{field: age, at_most: 25}", {"age": 26}, NO),
        ("{field: age, below: 25}", {"age": 25}, NO),
        ("{field: age, below: 25}", {"age": 24.999}, YES),
        ("{field: state, in: [TX, FL]}", {"state": "FL"}, YES),
        ("{field: state, in: [TX, FL]}", {"state": "NY"}, NO),
        ("{field: state, not_in: [TX, FL]}", {"state": "NY"}, YES),
        ("{field: state, not_in: [TX, FL]}", {}, UNKNOWN),
        ("{field: industry, in: [Retail]}", {"industry": "RETAIL"}, YES),
        ("{field: job_title, contains: [Owner, chief]}", {"job_title": "Co-owner"}, YES),
        ("{field: job_title, known: true}", {"job_title": "Clerk"}, YES),
        ("{field: job_title, known: true}", {}, NO),
        ("{field: age, known: false}", {}, YES),
        ("{field: age, known: false}", {"age": 30}, NO),
        ("{field: age, known: true}", {"date_of_birth": "1990-01-01"}, YES),
        ("{field: job_title, contains: [Owner, chief]}", {"job_title": "Clerk"}, NO),
        ("{field: currently_insured, is: true}", {"currently_insured": True}, YES),
        ("{field: currently_insured, is: true}", {"currently_insured": False}, NO),
        ("{field: currently_insured, is: false}", {"currently_insured": False}, YES),
        ("{field: currently_insured, is: false}", {}, UNKNOWN),
        ("{field: renewal_date, days_ahead: [0, 45]}", {"renewal_date": "2026-11-22"}, YES),
        ("{field: renewal_date, days_ahead: [0, 45]}", {"renewal_date": "2027-01-06"}, YES),
        ("{field: renewal_date, days_ahead: [0, 45]}", {"renewal_date": "2027-01-07"}, NO),
        ("{field: renewal_date, days_ahead: [0, 45]}", {"renewal_date": "2026-11-21"}, NO),
        ("{territory: {states: [TX]}}", {"state": "TX"}, YES),
        ("{territory: {counties: {TX: [Harris]}}}", {"state": "TX", "county": "harris"}, YES),
        ("{territory: {counties: {TX: [Orange]}}}", {"state": "FL", "county": "Orange"}, NO),
        ("{territory: {counties: {TX: [Harris]}}}", {"state": "TX"}, UNKNOWN),
        ('{territory: {zip_prefixes: ["077", "33"]}}', {"zip": "07701"}, YES),
        ('{territory: {states: [TX], zip_prefixes: ["33"]}}', {"state": "FL", "zip": "33101"}, YES),
        ('{territory: {states: [TX], zip_prefixes: ["33"]}}', {"state": "FL"}, UNKNOWN),
        ('{territory: {states: [TX], zip_prefixes: ["33"]}}', {"state": "TX"}, YES),
    ],
)
def test_conditions_on_fields(condition: str, fields: dict, found: Met | None) -> None:
    assert fit(condition, **fields) is found


@pytest.mark.parametrize(
    ("condition", "state", "age", "found"),
    [
        ("all", "TX", 40, YES), ("all", "TX", 90, NO), ("all", None, 90, NO), ("all", "TX", None, UNKNOWN),
        ("any", "TX", 90, YES), ("any", "NY", 90, NO), ("any", "TX", None, YES), ("any", "NY", None, UNKNOWN),
    ],
)  # fmt: skip
def test_all_and_any_know_what_can_be_known(condition: str, state: str | None, age: int | None, found: Met) -> None:
    fields = {name: value for name, value in {"state": state, "age": age}.items() if value is not None}
    parts = "[{field: state, in: TX}, {field: age, below: 60}]"
    assert fit(f"{{{condition}: {parts}}}", **fields) is found
    opposite = {YES: NO, NO: YES, UNKNOWN: UNKNOWN}[found]
    assert fit(f"{{not: {{{condition}: {parts}}}}}", **fields) is opposite


def test_what_is_not_known_gives_no_points_and_says_which_fields_are_empty() -> None:
    both = "{all: [{field: age, below: 60}, {territory: {states: [TX]}}]}"
    rule = f"  - {{id: it, group: fit, text: It, points: 7, when: {both}}}"
    line = score(small(criteria=rule), lead(state="TX")).lines[0]
    assert (line.text, line.points) == ("Age: not known", 0)
    both = score(small(criteria=rule), lead()).lines[0]
    assert both.text == "Age, state: not known"


def test_a_value_of_the_wrong_type_is_not_known() -> None:
    assert fit("{field: age, below: 60}", age="forty") is UNKNOWN
    assert fit("{field: renewal_date, days_ahead: [0, 9]}", renewal_date="31 February") is UNKNOWN
    assert fit("{field: currently_insured, is: true}", currently_insured=1) is UNKNOWN


@pytest.mark.parametrize(
    ("born", "found"),
    [("2001-11-22", YES), ("2001-11-23", NO), ("1966-11-22", YES), ("1965-11-22", NO), (None, UNKNOWN)],
)
def test_the_age_comes_from_the_date_of_birth_on_the_day_of_the_score(born: str | None, found: Met | None) -> None:
    fields = {"date_of_birth": born} if born else {}
    assert fit("{field: age, between: [25, 60]}", **fields) is found


def test_an_age_on_the_record_is_believed_before_the_date_of_birth() -> None:
    assert fit("{field: age, between: [25, 60]}", age=30, date_of_birth="1900-01-01") is YES


def test_the_first_band_that_holds_the_number_gives_the_points_and_its_text() -> None:
    rule = """
  - id: it
    group: fit
    text: Some income
    field: household_income
    bands:
      - {at_least: 50000, below: 100000, points: 4}
      - {at_least: 100000, points: 9, text: High income}
      - {at_least: 0, points: 1}
"""
    model = small(criteria=rule)
    found = {
        income: points(score(model, lead(household_income=income))) for income in (-1, 0, 50_000, 99_999.99, 100_000)
    }
    assert found == {-1: {}, 0: {"it": 1}, 50_000: {"it": 4}, 99_999.99: {"it": 4}, 100_000: {"it": 9}}
    assert score(model, lead(household_income=100_000)).reasons == ("High income (+9)",)
    assert score(model, lead(household_income=60_000)).reasons == ("Some income (+4)",)


# ----------------------------------------------------------------------------------------------------------- counting


def counted(rule: str, *done: tuple) -> int:
    criterion = f"  - {{id: it, group: engagement, text: It, points: 3, activity: email_clicked, {rule}}}"
    return points(score(small(criteria=criterion), lead(ago(400)), acts(*done))).get("it", 0)


def clicks(count: int, days: int = 1, campaign: str = "") -> list[tuple]:
    return [("email_clicked", ago(days), campaign)] * count


@pytest.mark.parametrize(("times", "worth"), [(0, 0), (1, 3), (5, 3)])
def test_once_counts_once(times: int, worth: int) -> None:
    assert counted("count: once", *clicks(times)) == worth


@pytest.mark.parametrize(("times", "worth"), [(0, 0), (1, 3), (4, 12), (9, 12)])
def test_each_counts_up_to_its_limit(times: int, worth: int) -> None:
    assert counted("count: each, up_to: 4", *clicks(times)) == worth


@pytest.mark.parametrize(("times", "worth"), [(2, 0), (3, 3), (9, 3)])
def test_at_least_needs_so_many_within_its_days(times: int, worth: int) -> None:
    assert counted("count: at_least, times: 3, within_days: 30", *clicks(times)) == worth
    assert counted("count: at_least, times: 3, within_days: 30", *clicks(2), *clicks(times, days=31)) == 0


def test_in_one_campaign_needs_them_in_the_same_one() -> None:
    rule = "count: in_one_campaign, times: 3"
    assert counted(rule, *clicks(2, campaign="a"), *clicks(2, campaign="b")) == 0
    assert counted(rule, *clicks(2, campaign="a"), *clicks(3, campaign="b")) == 3
    assert counted(rule, *clicks(9)) == 0


TWICE = "count: in_one_campaign, times: 2"


def test_the_newest_act_of_a_campaign_that_counts_gives_the_date() -> None:
    rule = f"  - {{id: it, group: engagement, text: Reads, points: 3, activity: email_opened, {TWICE}}}"
    done = acts(("email_opened", ago(9), "a"), ("email_opened", ago(7), "a"), ("email_opened", ago(1), "b"))
    assert score(small(criteria=rule), lead(ago(20)), done).reasons == ("Reads, last on 15 Nov (+3)",)


def test_of_two_campaigns_that_count_the_newest_act_of_both_gives_the_date_and_the_points_count_once() -> None:
    rule = f"  - {{id: it, group: engagement, text: Reads, points: 3, activity: email_opened, {TWICE}}}"
    done = acts(
        *[("email_opened", ago(day), "a") for day in (4, 3)], *[("email_opened", ago(day), "b") for day in (9, 8)]
    )
    assert score(small(criteria=rule), lead(ago(20)), done).reasons == ("Reads, last on 19 Nov (+3)",)


@pytest.mark.parametrize(("day", "time", "worth"), [(7, "00:00", 3), (8, "23:59", 0), (0, "11:59", 3)])
def test_a_window_holds_whole_calendar_days(day: int, time: str, worth: int) -> None:
    assert counted("within_days: 7", ("email_clicked", ago(day, time))) == worth


def test_nothing_after_the_time_of_the_score_is_seen() -> None:
    assert counted("count: once", ("email_clicked", int(NOON.timestamp()))) == 3
    assert counted("count: once", ("email_clicked", int(NOON.timestamp()) + 1)) == 0


def test_a_condition_may_stand_in_for_the_act() -> None:
    either = "activity: unsubscribed, or_when: {field: email_opt_out, is: true}"
    rule = f"  - {{id: it, group: negative, text: Left, points: -4, {either}}}"
    model = small(criteria=rule)
    done = acts(("unsubscribed", local("2026-11-20")))
    assert score(model, lead(email_opt_out=True)).reasons[0] == "A score never goes below 0 (+4)"
    assert score(model, lead(email_opt_out=True)).lines[0].text == "Left"
    assert score(model, lead(email_opt_out=True), done).lines[0].text == "Left on 20 Nov"
    assert points(score(model, lead(email_opt_out=True), done)) == {"it": -4, "clamp": 4}
    assert points(score(model, lead(email_opt_out=False))) == {}
