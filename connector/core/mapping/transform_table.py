"""Every transform by name: how to read a property, what it serves for, and what an admin is told of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from connector.core.mapping.conversions import (
    read_band_middle,
    read_date_day_first,
    read_date_short_year,
    read_date_words,
    read_more_than_none,
    read_number_in_text,
    read_state_in_text,
    read_thousands,
    read_yes_no_text,
    read_zip_in_text,
    read_zip_padded,
)
from connector.core.mapping.transforms import (
    Read,
    read_boolean,
    read_county,
    read_date,
    read_filled,
    read_lower,
    read_number,
    read_state,
    read_text,
    read_zip,
)


@dataclass(frozen=True, slots=True)
class Transform:
    """How a property is read. `gives` are the canonical types it may serve; `expects` completes "Write ..."."""

    read: Read
    gives: frozenset[str]
    expects: str
    does: str
    """What it does with values, in words an admin may choose it by."""


def _transform(read: Read, gives: str, expects: str, does: str) -> Transform:
    return Transform(read, frozenset(gives.split()), expects, does)


TRANSFORMS: Mapping[str, Transform] = {
    "text": _transform(read_text, "text choice", "some text", "Read the text as it is"),
    "lower": _transform(read_lower, "text choice", "some text", "Read the text in lower case"),
    "county": _transform(read_county, "text", "the name of the county", "Read “Travis County” as Travis"),
    "number": _transform(read_number, "number", "a number such as 85000", "Read “$85k” and “85,000” as numbers"),
    "boolean": _transform(read_boolean, "boolean", "yes or no", "Read yes, y, true and 1 alike"),
    "filled": _transform(read_filled, "boolean", "anything, or leave it empty", "Read anything as yes"),
    "date": _transform(read_date, "date", "a day such as 2026-11-22", "Read 2026-11-22 and 11/22/2026 as days"),
    "state": _transform(read_state, "state", "a US state such as TX or Texas", "Read “Texas” as TX"),
    "zip": _transform(read_zip, "zip", "a ZIP code of five digits", "Read the five digits of ZIP and ZIP+4"),
    # Chosen by an admin, never by themselves.
    "number_in_text": _transform(read_number_in_text, "number", "one number", "Find the number in a longer text"),
    "thousands": _transform(read_thousands, "number", "a number of thousands", "Read 85 as 85,000"),
    "band_middle": _transform(read_band_middle, "number", "a number or a band", "Read a band by its middle"),
    "yes_no_text": _transform(read_yes_no_text, "boolean", "yes or no", "Read the yes or no a text begins with"),
    "more_than_none": _transform(read_more_than_none, "boolean", "a number", "Read 0 as no and more as yes"),
    "date_words": _transform(read_date_words, "date", "a day such as June 2, 1984", "Read months written out"),
    "date_short_year": _transform(read_date_short_year, "date", "a day such as 6/2/84", "Read years of two digits"),
    "date_day_first": _transform(
        read_date_day_first, "date", "a day such as 25/12/1984", "Read the day before the month"
    ),
    "state_in_text": _transform(read_state_in_text, "state", "one US state", "Find the state in a longer text"),
    "zip_padded": _transform(read_zip_padded, "zip", "a ZIP code", "Put back the zeros that ZIP codes lost"),
    "zip_in_text": _transform(read_zip_in_text, "zip", "a ZIP code", "Find the ZIP code in an address"),
}

READS_ANYTHING = frozenset({"filled"})
"""They do not look at what stands in a property, so its type does not matter."""

TEXT_TRANSFORMS = frozenset(name for name, transform in TRANSFORMS.items() if "text" in transform.gives)
"""They read anything, so an option's label tells them no more than its value."""
