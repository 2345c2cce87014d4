from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mapping_support import VOCABULARY, bound_hubspot, contact, hubspot

from adapters.contract import CrmField, FieldType
from connector.core.mapping import map_record, score_values, signal_activities
from connector.core.types import FieldValue, ScoreCard, Stage, Tier

BOUND = bound_hubspot()
SECRET = "Carolina"


@pytest.mark.parametrize(
    ("property", "raw", "field", "value"),
    [
        ("age", "42", "age", 42),
        ("age", "42 years", "age", 42),
        ("household_income", "$85k", "household_income", 85_000),
        ("household_income", "85,000", "household_income", 85_000),
        ("household_income", "100k-150k", "household_income", 100_000),
        ("numemployees", "1-5", "employer_size", 1),
        ("numemployees", "1000+", "employer_size", 1000),
        ("state", "Texas", "state", "TX"),
        ("state", "tx", "state", "TX"),
        ("state", "TX ", "state", "TX"),
        ("zip", "78701-1234", "zip", "78701"),
        ("county", "Travis County", "county", "Travis"),
        ("industry", "COMPUTER_SOFTWARE", "industry", "computer software"),
        ("homeowner", "Rent", "homeowner", False),
        ("homeowner", "yes", "homeowner", True),
        ("hs_email_optout", "true", "email_opt_out", True),
        ("product_interest", "Term Life", "product_interest", "term_life"),
        ("product_interest", "term-life", "product_interest", "term_life"),
        ("product_interest", "MEDIGAP", "product_interest", "medicare_supplement"),
        ("product_interest", "General Liability", "product_interest", "commercial_general_liability"),
        ("lead_source", "Walk-in", "lead_source", "walk_in"),
        ("date_of_birth", "06/02/1984", "date_of_birth", "1984-06-02"),
        ("date_of_birth", "455068800000", "date_of_birth", "1984-06-03"),
        ("jobtitle", "<b>Owner</b>\x00", "job_title", "Owner"),
        ("leadtier_flag", "too_high", "flag", "too_high"),
        ("leadtier_flag_note", "Not him", "flag_note", "Not him"),
    ],
)
def test_a_value_is_read(property: str, raw: str, field: str, value: FieldValue) -> None:
    fields, problems = map_record(BOUND, contact(**{property: raw}))
    assert fields == {field: value}
    assert problems == []


@pytest.mark.parametrize(
    ("property", "raw", "expected"),
    [
        ("age", "abc", "a number from 1 to 120"),
        ("age", "199", "a number from 1 to 120"),
        ("age", "forty-two", "a number from 1 to 120"),
        ("age", "-5", "a number from 1 to 120"),
        ("household_income", "plenty", "a number from 0 up"),
        ("renewal_date", "31 February", "a day such as 2026-11-22"),
        ("renewal_date", "2026-02-31", "a day such as 2026-11-22"),
        ("state", "Tejas", "a US state"),
        ("zip", "7870", "a ZIP code of five digits"),
        ("homeowner", "perhaps", "yes or no"),
        ("product_interest", "Pet insurance", "one of the options we know"),
    ],
)
def test_a_value_that_cannot_be_read_is_absent_and_told_with_its_mend(property: str, raw: str, expected: str) -> None:
    fields, (problem,) = map_record(BOUND, contact(**{property: raw}))
    assert fields == {}
    assert f'"{raw}"' in problem.text
    assert expected in problem.text
    assert problem.mend.startswith("Correct it in the CRM")
    assert not problem.blocking


def test_an_unknown_option_is_answered_with_the_choices_there_are() -> None:
    _, (problem,) = map_record(BOUND, contact(product_interest="Pet insurance"))
    assert "term_life" in problem.mend


def test_a_problem_never_shows_a_personal_value() -> None:
    _, (problem,) = map_record(BOUND, contact(date_of_birth=f"{SECRET} 1984"))
    assert SECRET not in problem.text + problem.mend
    assert "Date of birth" in problem.text


@pytest.mark.parametrize("raw", [None, "", "   ", "\x00", "n/a", "Unknown", "?", "prefer not to say"])
def test_no_answer_is_simply_absent(raw: str | None) -> None:
    assert map_record(BOUND, contact(age=raw, state=raw)) == ({}, [])


def test_properties_nobody_mapped_and_missing_ones_change_nothing() -> None:
    assert map_record(BOUND, contact(favourite_colour="red")) == ({}, [])


def test_a_wrong_value_of_ten_megabytes_is_quoted_in_a_few_words() -> None:
    _, (problem,) = map_record(BOUND, contact(age="x" * 10_000_000))
    assert len(problem.text) < 200


def test_of_several_choices_in_one_property_the_first_known_one_counts() -> None:
    bound = bound_hubspot(CrmField("product_interest", "Product", FieldType.CHOICES))
    fields, problems = map_record(bound, contact(product_interest="Pet;Whole Life;Auto"))
    assert fields == {"product_interest": "whole_life"}
    assert problems == []


@given(raw=st.text(max_size=60))
def test_whatever_stands_in_every_property_a_record_is_mapped_to_values_of_the_right_type(raw: str) -> None:
    record = contact(**dict.fromkeys(BOUND.properties, raw))
    fields, problems = map_record(BOUND, record)
    signal_activities(BOUND, record)
    types = {"number": int | float, "boolean": bool}
    assert all(isinstance(value, types.get(VOCABULARY.fields[name].type, str)) for name, value in fields.items())
    assert not set(fields) & {problem.where for problem in problems}


def card(*reasons: str) -> ScoreCard:
    return ScoreCard(7, 83, Stage.SQL, Tier.HOT, "term_life", (), reasons, "Every line.", "3", 1_795_341_600)


def test_a_card_becomes_the_values_of_our_properties() -> None:
    values = score_values(BOUND, card("Requested a quote (+25)", "Opened e-mails (+10)"), 1_795_341_600)
    assert values == {
        "leadtier_score": "83",
        "leadtier_tier": "Hot",
        "leadtier_stage": "SQL",
        "leadtier_reason_1": "Requested a quote (+25)",
        "leadtier_reason_2": "Opened e-mails (+10)",
        "leadtier_reason_3": None,
        "leadtier_rationale": "Every line.",
        "leadtier_scored_at": "2026-11-22T10:00:00Z",
        "leadtier_model_version": "3",
    }


def test_every_tier_and_stage_is_an_option_of_the_field_we_create() -> None:
    options = {s.value: {choice.value for choice in s.wanted.choices} for s in hubspot().score_fields.fields}
    assert options["tier"] == {tier.value for tier in Tier}
    assert options["stage"] == {stage.value for stage in Stage}
