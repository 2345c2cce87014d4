"""Record ids in their short and their long form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sandbox.salesforce.ids import make_id, prefix_of, serial_of, to18

_SERIALS = st.integers(0, 62**9 - 1)


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("001D000000IqhSL", "001D000000IqhSLIAZ"),
        ("00Q5e00000ZkM3h", "00Q5e00000ZkM3hEAF"),
        ("0" * 15, "0" * 15 + "AAA"),
    ],
)
def test_check_characters_are_the_vendors(short: str, long: str) -> None:
    assert to18(short) == long
    assert to18(long) == long


@given(_SERIALS)
def test_ids_tell_their_object_and_serial(serial: int) -> None:
    made = make_id("00Q", serial)
    assert len(made) == 18
    assert prefix_of(made) == "00Q"
    assert serial_of(made) == serial
    assert to18(made) == made == to18(made[:15])


@given(_SERIALS, _SERIALS)
def test_ids_rise_with_the_serial_compared_byte_by_byte(one: int, other: int) -> None:
    assert (make_id("003", one) < make_id("003", other)) == (one < other)


@given(_SERIALS)
def test_a_long_id_survives_software_that_ignores_case(serial: int) -> None:
    made = make_id("00Q", serial)
    assert to18(made.lower()) == made
    assert to18(made.upper()) == made


@pytest.mark.parametrize("text", ["", "00Q", "00QHs00000000-1", "00QHs0000000001M", "00QHs0000000001MA!", "é" * 15])
def test_what_is_no_id_is_none(text: str) -> None:
    assert to18(text) is None


def test_check_characters_outside_the_alphabet_are_no_id() -> None:
    assert to18("00QHs0000000001999") is None
