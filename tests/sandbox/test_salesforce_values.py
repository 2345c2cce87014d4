"""Values in their stored form, in JSON and in CSV."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sandbox.salesforce.catalog import Catalog, Field, make_field
from adapters.sandbox.salesforce.ids import make_id
from adapters.sandbox.salesforce.values import RowError, from_csv, from_json, to_csv, to_json

MOMENT = 1_795_342_272_000  # 2026-11-22T10:11:12Z
LEAD = Catalog().objects["lead"]


def of(type: str, **facts: Any) -> Field:
    return make_field("Probe__c", type, label="Probe", custom=True, **facts)


def refusal(field: Field, value: Any, *, csv: bool = False) -> RowError:
    with pytest.raises(RowError) as caught:
        (from_csv if csv else from_json)(field, value)
    return caught.value


def test_datetimes_have_no_colon_in_json_and_a_z_in_csv() -> None:
    assert to_json(of("datetime"), MOMENT + 7) == "2026-11-22T10:11:12.007+0000"
    assert to_csv(of("datetime"), MOMENT) == "2026-11-22T10:11:12.000Z"


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22T10:11:12Z",
        "2026-11-22T10:11:12.000Z",
        "2026-11-22T10:11:12.000+0000",
        "2026-11-22T05:11:12.000-05:00",
        "2026-11-22T15:41:12+0530",
    ],
)
def test_datetimes_are_read_in_the_vendors_forms(text: str) -> None:
    assert from_json(of("datetime"), text) == MOMENT == from_csv(of("datetime"), text)


@pytest.mark.parametrize(
    "value",
    ["2026-11-22 10:11:12", "2026-11-22", "2026-11-22T10:11:12", "2026-13-01T00:00:00Z", "0001-01-01T00:00:00Z", 5, ""],
)
def test_other_datetimes_are_refused_unless_empty(value: Any) -> None:
    if value == "":
        assert from_json(of("datetime"), value) is None
        return
    error = refusal(of("datetime"), value)
    assert error.code == "JSON_PARSER_ERROR"
    assert f"value {value} or request may be missing" in error.message


def test_dates_are_days_and_nothing_else() -> None:
    assert from_json(of("date"), "2026-11-22") == "2026-11-22"
    for value in ("2026-11-22T00:00:00Z", "11/22/2026", "2026-02-30"):
        assert refusal(of("date"), value).code == "JSON_PARSER_ERROR"
        assert refusal(of("date"), value, csv=True).code == "INVALID_TYPE_ON_FIELD_IN_RECORD"


@given(st.integers(-8_000_000_000_000, 60_000_000_000_000))
def test_every_datetime_comes_back_from_both_forms(moment: int) -> None:
    assert from_json(of("datetime"), to_json(of("datetime"), moment)) == moment
    assert from_csv(of("datetime"), to_csv(of("datetime"), moment)) == moment


def test_numbers_may_come_as_text() -> None:
    assert from_json(of("double", precision=5, scale=2), "12.5") == 12.5
    assert from_json(of("int"), "7") == 7
    assert to_json(of("int"), 7) == 7
    assert isinstance(to_json(of("double"), 87), float)


def test_digits_behind_the_point_that_are_too_many_are_dropped() -> None:
    assert from_json(of("double", precision=5, scale=2), 1.239) == 1.23
    assert from_json(of("currency"), -1.999) == -1.99
    assert from_json(of("double", precision=3, scale=0), 99.99) == 99


def test_digits_before_the_point_that_are_too_many_are_refused() -> None:
    error = refusal(of("double", precision=3, scale=0), 1000)
    assert (error.code, error.fields) == ("NUMBER_OUTSIDE_VALID_RANGE", ("Probe__c",))
    assert error.message == "Probe: value outside of valid range on numeric field: 1000"


@pytest.mark.parametrize("value", ["abc", "1_000", "nan", "1e999", True, [1], {"a": 1}])
def test_what_is_no_number_is_a_body_that_cannot_be_read(value: Any) -> None:
    assert refusal(of("double"), value).code == "JSON_PARSER_ERROR"


def test_whole_numbers_are_whole_and_fit_32_bits() -> None:
    for value in (1.5, "2.5", 2**31):
        assert refusal(of("int"), value).code == "JSON_PARSER_ERROR"
    assert refusal(of("int"), "x", csv=True).message == "Probe: value not of required type: x"


@pytest.mark.parametrize(
    ("number", "text"),
    [(87, "87.0"), (0, "0.0"), (9999999, "9999999.0"), (8e7, "8.0E7"), (-115056052, "-1.15056052E8"), (0.5, "0.5")],
)
def test_large_numbers_have_an_exponent_in_csv(number: float, text: str) -> None:
    assert to_csv(of("currency"), number) == text
    assert from_csv(of("currency"), text) == number


def test_checkboxes_are_never_empty() -> None:
    box = LEAD.fields["donotcall"]
    assert to_json(box, None) is False
    assert (to_csv(box, 1), to_csv(box, 0)) == ("true", "false")
    assert [from_json(box, value) for value in (True, "true", "FALSE")] == [1, 1, 0]
    assert [from_csv(box, text) for text in ("TRUE", "1", "yes", "off")] == [1, 1, 1, 0]
    for value in ("yes", 1):
        assert refusal(box, value).code == "JSON_PARSER_ERROR"
    assert refusal(box, None).code == "INVALID_TYPE_ON_FIELD_IN_RECORD"


def test_text_is_trimmed_and_empty_text_is_nothing() -> None:
    assert from_json(of("string"), "  Ann ") == "Ann"
    assert from_json(of("string"), "   ") is None
    assert from_json(of("string"), 12) == "12"
    assert to_json(of("string"), None) is None
    assert to_csv(of("string"), None) == ""


def test_text_that_is_too_long_is_refused_with_its_length() -> None:
    error = refusal(LEAD.fields["firstname"], "x" * 41)
    assert error.code == "STRING_TOO_LONG"
    assert error.message == f"First Name: data value too large: {'x' * 41} (max length=40)"
    assert error.fields == ("FirstName",)


def test_only_restricted_picklists_insist_on_their_values() -> None:
    assert from_json(of("picklist", picklist=("A", "B")), "Z") == "Z"
    tight = of("picklist", picklist=("A", "B"), restricted=True)
    assert from_json(tight, "A") == "A"
    error = refusal(tight, "Z")
    assert error.code == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    assert error.message == "Probe: bad value for restricted picklist field: Z"
    assert refusal(of("multipicklist", picklist=("A", "B"), restricted=True), "A;Z").code == error.code


def test_ids_are_kept_in_18_characters_and_must_name_a_target() -> None:
    owner = LEAD.fields["ownerid"]
    user = make_id("005", 1)
    assert from_json(owner, user[:15]) == user
    assert from_csv(owner, make_id("00G", 1)) == make_id("00G", 1)
    for value in ("nobody", make_id("003", 1)):
        error = refusal(owner, value)
        assert (error.code, error.fields) == ("MALFORMED_ID", ("OwnerId",))
        assert error.message == f"Owner ID: id value of incorrect type: {value}"


def test_a_mail_address_must_look_like_one() -> None:
    mail = LEAD.fields["email"]
    assert from_json(mail, "ann@home.example") == "ann@home.example"
    for value in ("ann", "ann@home", "a b@home.example", "ann@@home.example", "ann..x@home.example"):
        error = refusal(mail, value)
        assert error.message == f"Email: invalid email address: {value}"
        assert error.code == "INVALID_EMAIL_ADDRESS"


def test_a_csv_cell_of_not_available_empties_the_field() -> None:
    assert from_csv(of("string"), "#N/A") is None
    assert from_csv(of("datetime"), "") is None
    assert from_json(of("string"), "#N/A") == "#N/A"


def test_an_object_where_a_value_belongs_is_named_as_the_vendor_does() -> None:
    message = refusal(of("date"), {}).message
    assert message.startswith("Cannot deserialize instance of date from START_OBJECT value { or request")
