"""Writing: one result per row, in order; absent keys leave a field, None clears it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from adapters.contract import Adapter, Choice, FieldState, FieldType, Update, WantedField, WriteStatus
from tests.contract.stage import Stage, Trouble


def wanted(stage: Stage) -> list[WantedField]:
    """One field of every type, as this CRM spells them."""
    return [replace(field, name=stage.named(field.name)) for field in WANTED]


WANTED = (
    WantedField("leadtier_score", "Score", FieldType.NUMBER, "How warm"),
    WantedField("leadtier_tier", "Tier", FieldType.CHOICE, "Word", (Choice("Hot", "Hot"), Choice("Cold", "Cold"))),
    WantedField("leadtier_reason_1", "Reason", FieldType.TEXT, "Why"),
    WantedField("leadtier_rationale", "Rationale", FieldType.LONG_TEXT, "All of it"),
    WantedField("leadtier_scored_at", "Scored at", FieldType.DATETIME, "When"),
    WantedField("leadtier_seen_on", "Seen on", FieldType.DATE, "Day"),
    WantedField("leadtier_hold", "Hold", FieldType.BOOLEAN, "Wait"),
    WantedField("leadtier_lines", "Lines", FieldType.CHOICES, "Many", (Choice("home", "Home"), Choice("auto", "Auto"))),
)


VALUES = {
    "leadtier_score": "83",
    "leadtier_tier": "Hot",
    "leadtier_reason_1": "Requested a callback on 20 Nov (+25)",
    "leadtier_rationale": "One line\nand another",
    "leadtier_scored_at": "2026-11-22T12:00:00Z",
    "leadtier_seen_on": "2026-11-22",
    "leadtier_hold": "true",
    "leadtier_lines": "home;auto",
}


def updates(stage: Stage, *contact_ids: str, value: str | None = "Elyria") -> list[Update]:
    return [Update(one, {stage.text_field: value}) for one in contact_ids]


def test_every_row_written_is_there(stage: Stage, adapter: Adapter) -> None:
    made = stage.add_contacts(adapter.capabilities.write_batch)
    results = adapter.write(updates(stage, *made))
    assert [(result.contact_id, result.status) for result in results] == [(one, WriteStatus.OK) for one in made]
    assert stage.value(made[-1]) == "Elyria"


@pytest.mark.parametrize("nameless", [False, True])
def test_order_and_length_are_kept_when_rows_fare_differently(stage: Stage, adapter: Adapter, nameless: bool) -> None:
    first, gone, bad, last = stage.add_contacts(4)
    stage.archive(gone)
    stage.refuse_writes_to(bad, nameless=nameless)
    results = adapter.write(updates(stage, first, gone, bad, last))
    assert [(result.contact_id, result.status) for result in results] == [
        (first, WriteStatus.OK),
        (gone, WriteStatus.GONE),
        (bad, WriteStatus.REJECTED),
        (last, WriteStatus.OK),
    ]
    assert results[2].message
    assert [stage.value(first), stage.value(bad), stage.value(last)] == ["Elyria", None, "Elyria"]


def test_an_id_that_never_was_is_gone(adapter: Adapter, stage: Stage) -> None:
    (one,) = stage.add_contacts(1)
    results = adapter.write(updates(stage, "999999999", one))
    assert [result.status for result in results] == [WriteStatus.GONE, WriteStatus.OK]


def test_an_absent_key_leaves_a_field_and_none_clears_it(stage: Stage, adapter: Adapter) -> None:
    adapter.ensure_fields("lead_scoring", "Lead scoring", wanted(stage))
    kept, cleared = stage.add_contacts(2)
    adapter.write(updates(stage, kept, cleared))
    adapter.write([Update(kept, {stage.named("leadtier_score"): "7"}), Update(cleared, {stage.text_field: None})])
    assert stage.value(kept) == "Elyria"
    assert stage.value(cleared) is None


def test_writing_the_same_again_does_no_harm(stage: Stage, adapter: Adapter) -> None:
    made = stage.add_contacts(3)
    for _ in range(2):
        assert {result.status for result in adapter.write(updates(stage, *made))} == {WriteStatus.OK}


def test_too_many_rows_or_one_contact_twice_is_our_own_mistake(stage: Stage, adapter: Adapter) -> None:
    too_many = [str(number) for number in range(adapter.capabilities.write_batch + 1)]
    for wrong in (too_many, ["1", "1"]):
        with pytest.raises(ValueError, match="write takes"):
            adapter.write(updates(stage, *wrong))


def test_no_row_costs_no_call(adapter: Adapter) -> None:
    assert adapter.write([]) == []
    assert adapter.usage.calls == 0


def test_fields_are_created_once_and_can_be_written(stage: Stage, adapter: Adapter) -> None:
    if not adapter.capabilities.creates_fields:
        pytest.skip("this CRM's fields are created by hand")
    fields = wanted(stage)
    first = adapter.ensure_fields("lead_scoring", "Lead scoring", fields)
    again = adapter.ensure_fields("lead_scoring", "Lead scoring", fields)
    assert [outcome.state for outcome in first] == [FieldState.CREATED] * len(WANTED)
    assert [outcome.state for outcome in again] == [FieldState.EXISTS] * len(WANTED)
    live = {field.name: field for field in adapter.fields()}
    assert [live[field.name].type for field in fields] == [field.type for field in WANTED]
    (one,) = stage.add_contacts(1)
    values = {stage.named(name): value for name, value in VALUES.items()}
    assert [result.status for result in adapter.write([Update(one, values)])] == [WriteStatus.OK]
    (record,) = adapter.contacts_by_id([one], list(values)).items
    read = {name: record.properties[name] or "" for name in values}
    moment = stage.named("leadtier_scored_at")
    assert datetime.fromisoformat(read.pop(moment)) == datetime.fromisoformat(values.pop(moment))
    assert read == values


def test_a_field_of_another_type_is_reported_and_left(stage: Stage, adapter: Adapter) -> None:
    score = wanted(stage)[0]
    adapter.ensure_fields("lead_scoring", "Lead scoring", [score])
    (outcome,) = adapter.ensure_fields("lead_scoring", "Lead scoring", [replace(score, type=FieldType.TEXT)])
    assert outcome.state is FieldState.DIFFERS
    assert score.name in outcome.message


def test_a_write_whose_answer_was_lost_may_be_sent_again(stage: Stage, adapter: Adapter) -> None:
    (one,) = stage.add_contacts(1)
    stage.strike(Trouble.CUT_OFF_ONCE)
    assert [result.status for result in adapter.write(updates(stage, one))] == [WriteStatus.OK]
    assert stage.value(one) == "Elyria"
