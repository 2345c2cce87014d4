"""Transforms that an admin chooses for values the usual ones leave out."""

from __future__ import annotations

import pytest

from connector.core.mapping.transform_table import TRANSFORMS

READS = [
    ("number_in_text", "about 42 (est.)", 42),
    ("number_in_text", "Income: $85k before tax", 85_000),
    ("number_in_text", "HHI 1.2M", 1_200_000),
    ("number_in_text", "2 kids, 3 cars", None),
    ("number_in_text", "555-0142", None),
    ("number_in_text", "none", None),
    ("thousands", "85", 85_000),
    ("thousands", "1.5", 1500),
    ("thousands", "85,000", 85_000),
    ("thousands", "0", 0),
    ("thousands", "-5", -5),
    ("band_middle", "$100k - $150k", 125_000),
    ("band_middle", "100-150k", 125_000),
    ("band_middle", "1-4", 2.5),
    ("band_middle", "1000+", 1000),
    ("band_middle", "under 25k", 0),
    ("band_middle", "42", 42),
    ("yes_no_text", "Yes - verified", True),
    ("yes_no_text", "No, rents", False),
    ("yes_no_text", "No answer", None),
    ("yes_no_text", "Nope", None),
    ("more_than_none", "2", True),
    ("more_than_none", "0", False),
    ("more_than_none", "yes", True),
    ("date_day_first", "25/12/1984", "1984-12-25"),
    ("date_day_first", "03/04/1984", "1984-04-03"),
    ("date_day_first", "1984-04-03", "1984-04-03"),
    ("date_day_first", "31/02/1984", None),
    ("date_short_year", "6/2/84", "1984-06-02"),
    ("date_short_year", "6/2/27", "2027-06-02"),
    ("date_short_year", "06/02/1984", "1984-06-02"),
    ("date_words", "Jun 2, 1984", "1984-06-02"),
    ("date_words", "2 June 1984", "1984-06-02"),
    ("date_words", "2-Jun-1984", "1984-06-02"),
    ("date_words", "Saturday, June 2nd 1984", "1984-06-02"),
    ("date_words", "31 Feb 1984", None),
    ("date", "19840602", "1984-06-02"),
    ("date", "19841302", None),
    ("state_in_text", "Austin, TX 78701", "TX"),
    ("state_in_text", "US-TX", "TX"),
    ("state_in_text", "TX - Texas", "TX"),
    ("state_in_text", "Kansas City, MO", "MO"),
    ("state_in_text", "Washington, DC", "DC"),
    ("state_in_text", "lives in West Virginia", "WV"),
    ("state_in_text", "TX or FL", None),
    ("state_in_text", "in or me", None),
    ("zip_padded", "2134", "02134"),
    ("zip_padded", "2134.0", "02134"),
    ("zip_padded", "601", "00601"),
    ("zip_padded", "78701-1234", "78701"),
    ("zip_padded", "12", None),
    ("zip_in_text", "12345 Main St, Austin, TX 78701", "78701"),
    ("zip_in_text", "Main St 12", None),
]  # fmt: skip


@pytest.mark.parametrize(("name", "raw", "value"), READS)
def test_a_conversion_reads_what_it_says_and_guesses_nothing_else(name: str, raw: str, value: object) -> None:
    assert TRANSFORMS[name].read(raw) == value


def test_every_transform_says_in_words_what_it_does() -> None:
    assert [name for name, one in TRANSFORMS.items() if not one.does or one.does.endswith(".")] == []
    assert len({one.does for one in TRANSFORMS.values()}) == len(TRANSFORMS)
