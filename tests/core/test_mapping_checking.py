"""What an admin is told of a mapped property."""

from __future__ import annotations

import pytest
from mapping_support import hubspot

from adapters.contract import Choice, CrmField, FieldType
from connector.core.mapping.checking import Advice, AdviceKind, check_field
from connector.core.mapping.crm_mapping import FieldMap
from connector.core.mapping.sample import Sample, sample_of

MAPS = {field.name: field for field in hubspot().fields}


def told(field: str, live: CrmField, values: list[str | None], unit: str = "") -> list[Advice]:
    return check_field(MAPS[field], live, sample_of(values, len(values)), unit)


def text(name: str) -> CrmField:
    return CrmField("p", name, FieldType.TEXT)


def test_a_text_that_reads_as_numbers_is_named_with_count_examples_and_the_conversion_at_work() -> None:
    (said,) = told("household_income", text("Annual household income"), ["$28k", "40,000", "82000"] * 5)
    assert said == Advice(
        "Wrong type: Annual household income is text, a number is needed. 10 of 15 values are not plain numbers ($28k, "
        "40,000); they are read as 28000, 40000.",
        AdviceKind.INFO,
        "number",
    )


@pytest.mark.parametrize(
    ("field", "values", "conversion"),
    [
        ("household_income", ["about $40k (est)", "82000"], "number_in_text"),
        ("state", ["Austin, TX", "FL"], "state_in_text"),
        ("zip", ["2134", "78701"], "zip_padded"),
        ("zip", ["Austin, TX 78701", "78701"], "zip_in_text"),
        ("date_of_birth", ["25/12/1984", "1984-01-01"], "date_day_first"),
        ("date_of_birth", ["June 2, 1984", "1984-01-01"], "date_words"),
        ("date_of_birth", ["6/2/84", "1/31/90", "1984-01-01"], "date_short_year"),
        ("homeowner", ["Yes, since 2001", "yes"], "yes_no_text"),
        ("currently_insured", ["2", "yes"], "more_than_none"),
        ("age", ["forty-two", "42"], None),
    ],
)
def test_values_that_count_as_empty_come_with_the_conversion_that_would_read_them(
    field: str, values: list[str | None], conversion: str | None
) -> None:
    unread = next(one for one in told(field, text("X"), values) if "count as empty" in one.text)
    assert (unread.kind, unread.conversion) == (AdviceKind.WARN, conversion)
    assert str(values[0]) in unread.text


def test_a_property_of_which_nothing_can_be_read_blocks() -> None:
    (said,) = told("date_of_birth", CrmField("p", "Born in the US", FieldType.BOOLEAN), ["true", "false"])
    assert said.kind is AdviceKind.BLOCK
    assert said.text.startswith("Wrong type: Born in the US is a check box, a day is needed. None of its values reads")


def test_an_unfit_type_without_values_is_a_warning() -> None:
    said = told("age", CrmField("p", "Adult", FieldType.BOOLEAN), [])
    assert [(one.text, one.kind) for one in said] == [
        ("Wrong type: Adult is a check box, a number is needed.", AdviceKind.WARN)
    ]


def test_values_outside_the_bounds_are_counted_with_up_to_three_examples() -> None:
    (said,) = told("age", CrmField("p", "Age", FieldType.NUMBER), ["46", "199", "0", "500", "121", "121"])
    assert said.text == "5 of 6 values are outside 1 to 120 (121, 199, 0); they count as empty."
    assert said.kind is AdviceKind.WARN


def test_options_that_stand_for_nothing_are_named_and_block_where_none_stands_for_anything() -> None:
    some = CrmField("p", "P", FieldType.CHOICE, choices=(Choice("Auto", "Auto"), Choice("Pet", "Pet insurance")))
    assert told("product_interest", some, ["Auto"])[0].text.startswith("1 option stands for nothing of ours: “Pet ins")
    none = CrmField("p", "P", FieldType.CHOICE, choices=(Choice("1", "Gold"), Choice("2", "Silver")))
    assert [one.kind for one in told("product_interest", none, ["1"])] == [AdviceKind.BLOCK]


def test_several_choices_in_one_property_are_told() -> None:
    many = CrmField("p", "P", FieldType.CHOICES, choices=(Choice("Auto", "Auto"), Choice("Home", "Home")))
    (said,) = told("product_interest", many, ["Auto;Home", "Auto"])
    assert "1 of 2 contacts have more than one" in said.text


@pytest.mark.parametrize(("filled", "said"), [(1, "Only 1 %"), (19, "Only 19 %"), (0, "None of the contacts")])
def test_a_property_seldom_filled_is_told(filled: int, said: str) -> None:
    (advice,) = told("first_name", text("First"), ["Ann"] * filled + [None] * (100 - filled))
    assert advice.text.startswith(said)


def test_a_fifth_filled_is_enough() -> None:
    assert told("first_name", text("First"), ["Ann"] * 20 + [None] * 80) == []


def test_an_income_in_thousands_is_asked_about_only_where_dollars_are_meant() -> None:
    live = CrmField("p", "Income", FieldType.NUMBER)
    assert [one.conversion for one in told("household_income", live, ["85", "120"], "USD a year")] == ["thousands"]
    assert told("household_income", live, ["85", "120"]) == []
    assert told("household_income", live, ["85000", "120"], "USD a year") == []


def test_answers_that_say_nothing_are_no_fault() -> None:
    assert told("age", CrmField("p", "Age", FieldType.NUMBER), ["n/a", "unknown", "42"]) == []


def test_a_fine_property_has_nothing_to_tell() -> None:
    assert told("age", CrmField("p", "Age", FieldType.NUMBER), ["42"]) == []
    assert check_field(MAPS["age"], CrmField("p", "Age", FieldType.NUMBER), Sample()) == []


def test_a_property_missing_on_one_kind_is_told() -> None:
    (said,) = told("age", CrmField("p", "Age", FieldType.NUMBER, missing_on=("Contact",)), ["42"])
    assert "on Contact" in said.text


def test_a_sample_shows_three_distinct_values_the_frequent_first_and_counts_the_filled() -> None:
    sample = sample_of(["b", None, "a", "a", " ", "", "c", "d" * 90], 8)
    assert sample.values == ("a", "b", "c")
    assert (sample.filled, sample.of, sample.percent) == (5, 8, 62)
    assert len(sample_of(["d" * 90], 1).values[0]) == 60
    assert sample_of(["x"], 1000).percent == 1


def test_a_bounce_kept_as_a_date_is_read_as_yes() -> None:
    bounced = FieldMap("email_bounced", "boolean", ("b",), "filled", {})
    live = CrmField("b", "Bounced", FieldType.DATETIME)
    assert check_field(bounced, live, sample_of(["2026-11-22T10:00:00Z"], 1)) == []
    plain = FieldMap("email_bounced", "boolean", ("b",), "boolean", {})
    assert check_field(plain, live, sample_of(["2026-11-22T10:00:00Z"], 1))[0].conversion == "filled"
