from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.core.mapping import transforms
from connector.core.mapping.transform_table import TRANSFORMS

HUMAN = st.text(st.sampled_from("0123456789kKmM$,.-–+/ :TZaeuvo<>&%\x00\u202e١"), max_size=30)
ANYTHING = st.one_of(st.text(), HUMAN, st.dates().map(str), st.floats().map(str), st.integers().map(str))


@pytest.mark.parametrize("name", sorted(TRANSFORMS))
@given(raw=ANYTHING)
def test_no_transform_raises_and_each_leaves_its_own_result_alone(name: str, raw: str) -> None:
    read = TRANSFORMS[name].read
    value = read(raw)
    if value is not None:
        assert read(str(value)) == value


@given(raw=ANYTHING)
def test_reading_a_time_never_raises(raw: str) -> None:
    at = transforms.read_time(raw)
    assert at is None or isinstance(at, int)


@pytest.mark.parametrize("name", sorted(TRANSFORMS))
@pytest.mark.parametrize("raw", ["x" * 10_000_000, "<" * 10_000_000, "9" * 10_000_000, " " * 10_000_000])
def test_ten_megabytes_are_survived(name: str, raw: str) -> None:
    value = TRANSFORMS[name].read(raw)
    assert value is None or len(str(value)) <= transforms.TEXT_LIMIT


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("42", 42),
        ("42.0", 42),
        ("0.5", 0.5),
        ("-5", -5),
        ("85,000", 85000),
        ("$85k", 85000),
        ("$85,000 / year", 85000),
        ("85000 USD", 85000),
        ("1.2M", 1_200_000),
        ("$1 million", 1_000_000),
        ("1.0E7", 10_000_000),
        ("42 years", 42),
        ("2 kids", 2),
        (" 7 ", 7),
    ],
)
def test_a_number_is_read_as_people_write_it(raw: str, value: float) -> None:
    assert transforms.read_number(raw) == value


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("100k-150k", 100_000),
        ("100-150k", 100_000),
        ("100k–150k", 100_000),
        ("$100,000 - $149,999", 100_000),
        ("between 50k and 75k", 50_000),
        ("500-1m", 500),
        ("1-5", 1),
        ("1000+", 1000),
        ("50 or more", 50),
        ("over 200k", 200_000),
        ("under 25k", 0),
        ("< $25,000", 0),
    ],
)
def test_a_band_gives_its_lower_end(raw: str, value: float) -> None:
    assert transforms.read_number(raw) == value


@pytest.mark.parametrize(
    "raw", ["abc", "forty-two", "1,00", "12/05/1980", "5-", "nan", "inf", "١٢", "9e99", "--1", "$"]
)
def test_what_is_no_number_is_not_guessed(raw: str) -> None:
    assert transforms.read_number(raw) is None


@pytest.mark.parametrize(
    ("raw", "day"),
    [
        ("1984-06-02", "1984-06-02"),
        ("2026-11-22T23:30:00.123Z", "2026-11-22"),
        ("06/02/1984", "1984-06-02"),
        ("6-2-1984", "1984-06-02"),
        ("455068800000", "1984-06-03"),
        ("-455068800000", "1955-08-01"),
    ],
)
def test_a_day_is_read_from_iso_american_and_epoch_forms(raw: str, day: str) -> None:
    assert transforms.read_date(raw) == day


@pytest.mark.parametrize(
    "raw", ["2026-02-31", "31 February", "02/31/1964", "00/00/0000", "0001-01-01", "6/2/84", "soon"]
)
def test_a_day_that_does_not_exist_is_not_read(raw: str) -> None:
    assert transforms.read_date(raw) is None


def test_a_time_is_read_from_iso_and_from_milliseconds_alike() -> None:
    expected = 1795341600
    assert transforms.read_time("2026-11-22T10:00:00.123Z") == expected
    assert transforms.read_time("2026-11-22T10:00:00Z") == expected
    assert transforms.read_time("2026-11-22T05:00:00-05:00") == expected
    assert transforms.read_time("1795341600123") == expected
    assert transforms.read_time("yesterday") is None


@pytest.mark.parametrize("raw", ["TX", "tx", "TX ", "Texas", "TEXAS", " texas", "T.X."])
def test_a_state_is_read_from_its_code_and_its_name_in_any_case(raw: str) -> None:
    assert transforms.read_state(raw) == "TX"


def test_a_state_of_two_words_and_the_capital_are_known() -> None:
    assert transforms.read_state("north  carolina") == "NC"
    assert transforms.read_state("District of Columbia") == "DC"
    assert transforms.read_state("Bavaria") is None


def test_a_zip_is_its_first_five_digits_and_is_never_completed() -> None:
    assert transforms.read_zip("78701-1234") == "78701"
    assert transforms.read_zip(" 02134 ") == "02134"
    assert transforms.read_zip("7870") is None
    assert transforms.read_zip("SW1A 1AA") is None


@pytest.mark.parametrize(("raw", "value"), [("Yes", True), ("y", True), ("1", True), ("No", False), ("FALSE", False)])
def test_yes_and_no_come_in_many_words(raw: str, value: bool) -> None:
    assert transforms.read_boolean(raw) is value


def test_a_date_of_a_bounce_is_a_bounce_and_an_empty_one_is_not_known() -> None:
    assert transforms.read_filled("2026-11-22T10:00:00Z") is True
    assert transforms.read_filled(" ") is None


def test_maybe_is_neither_yes_nor_no() -> None:
    assert transforms.read_boolean("maybe") is None


def test_a_text_is_one_line_without_tags_and_invisible_characters() -> None:
    assert transforms.read_text(" <p>Owner\x00 &\n <b>Founder</b></p>\u202e\ud800 ") == "Owner & Founder"
    assert transforms.read_text("\x00 <br/> ") is None


def test_a_county_is_named_without_the_word_and_an_industry_in_small_letters() -> None:
    assert transforms.read_county("Travis County") == "Travis"
    assert transforms.read_lower("COMPUTER_SOFTWARE") == "computer software"


def test_options_are_compared_without_case_spaces_and_hyphens_but_bands_stay_apart() -> None:
    assert transforms.normal("Term-Life") == transforms.normal(" term life") == transforms.normal("TERM_LIFE")
    assert transforms.normal("1-5") == transforms.normal("1 – 5") != transforms.normal("15")
