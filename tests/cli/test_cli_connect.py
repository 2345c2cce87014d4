"""What connecting prints of the score fields."""

from __future__ import annotations

from adapters.contract import FieldOutcome, FieldState
from connector.cli.app import out
from connector.cli.connect import _show_score_fields


def test_what_is_the_same_for_many_score_fields_is_said_once_with_their_names() -> None:
    failed = [FieldOutcome(f"field_{number}", FieldState.FAILED, "Ask an admin.") for number in range(3)]
    others = [
        FieldOutcome("new", FieldState.CREATED, "Give the reps the permission set."),
        FieldOutcome("old", FieldState.EXISTS),
    ]
    with out.capture() as captured:
        _show_score_fields([*failed, *others])
    said = captured.get()
    assert "1 created, 1 there already, 3 failed" in said
    assert "field_0, field_1, field_2: Ask an admin." in said
    assert said.count("Ask an admin.") == 1
    assert "new: Give the reps the permission set." in said
