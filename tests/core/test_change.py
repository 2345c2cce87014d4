"""The history says what moved a score, and why."""

from __future__ import annotations

from connector.core.change import moved
from connector.core.types import Line, Met

ASKED = Line("asked", "Requested a callback on 20 Nov", 25)
FIT = Line("fit", "Fits term life", 15)
FADED = Line("decay", "No activity for 30+ days (-20 %)", -8)


def test_a_new_line_is_told_with_its_points() -> None:
    assert moved([FIT], [FIT, ASKED]) == "+25 Requested a callback on 20 Nov"


def test_a_line_that_is_gone_is_told_by_what_it_said() -> None:
    assert moved([FIT, FADED], [FIT]) == "+8 no longer: No activity for 30+ days (-20 %)"
    assert moved([FIT, ASKED], [FIT]) == "-25 no longer: Requested a callback on 20 Nov"


def test_only_the_difference_counts() -> None:
    assert (
        moved([FADED], [Line("decay", "No activity for 60+ days (-50 %)", -20)])
        == "-12 No activity for 60+ days (-50 %)"
    )


def test_nothing_moved_is_an_empty_text_even_when_a_date_did() -> None:
    assert moved([ASKED], [Line("asked", "Requested a callback on 21 Nov", 25)]) == ""


def test_the_first_card_is_told_from_nothing() -> None:
    assert moved(None, [ASKED, FIT]) == "+25 Requested a callback on 20 Nov; +15 Fits term life"
    assert moved(None, []) == ""


def test_only_the_three_largest_are_told() -> None:
    lines = [Line(f"l{points}", f"Line {points}", points) for points in (1, -9, 5, 7, 3)]
    assert moved([], lines) == "-9 Line -9; +7 Line 7; +5 Line 5; 2 more"


def test_a_line_that_became_unknown_is_no_longer_there() -> None:
    unknown = Line("fit", "Age: not known", 0, Met.UNKNOWN)
    assert moved([FIT], [unknown]) == "-15 no longer: Fits term life"
