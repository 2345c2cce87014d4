"""Edits of a mapping's text: only what is asked for changes, and the file stays one that people wrote."""

from __future__ import annotations

import pytest

import mappings
from connector.core.mapping import CrmMapping, parse_mapping
from connector.flows.mapping_acts import conditions_text
from connector.flows.mapping_edits import EditRefused, apply, form_edits
from tests.flows.conftest import VOCABULARY

SHIPPED = {name: mappings.package_text(f"{name}.yaml") for name in ("hubspot", "salesforce")}
HUBSPOT = SHIPPED["hubspot"]


def read(text: str) -> CrmMapping:
    return parse_mapping(*mappings.read_document(text), VOCABULARY)


def field(text: str, name: str):  # type: ignore[no-untyped-def]
    return next(one for one in read(text).fields if one.name == name)


@pytest.mark.parametrize("text", SHIPPED.values(), ids=SHIPPED)
def test_what_is_not_edited_stays_to_the_byte(text: str) -> None:
    made = apply(text, {"field.age.from": "client_age"})
    before, after = text.splitlines(), made.splitlines()
    assert [line for line in after if line not in before] == [
        "  age: {from: client_age, min: 1, max: 120, confirmed: true}"
    ]
    assert len(after) == len(before)


@pytest.mark.parametrize("text", SHIPPED.values(), ids=SHIPPED)
def test_no_comment_is_lost_by_choosing_another_property_for_every_field(text: str) -> None:
    edits = {f"field.{one.name}.from": "x" for one in read(text).fields}
    made = apply(text, edits)
    comments = [line for line in text.splitlines() if "#" in line]
    assert [line for line in made.splitlines() if "#" in line] == comments
    assert {one.candidates for one in read(made).fields} == {("x",)}


def test_a_property_that_a_person_chose_is_confirmed_and_none_is_an_answer() -> None:
    made = apply(HUBSPOT, {"field.age.from": "client_age", "field.zip.from": "", "field.city.none": "1"})
    assert (field(made, "age").candidates, field(made, "age").confirmed) == (("client_age",), True)
    assert (field(made, "zip").candidates, field(made, "zip").confirmed) == ((), True)
    assert (field(made, "city").candidates, field(made, "city").confirmed) == ((), True)
    again = apply(made, {"field.city.none": ""})
    assert not field(again, "city").confirmed


def test_bounds_and_conversion_come_and_go() -> None:
    made = apply(HUBSPOT, {"field.age.min": "18", "field.age.max": "", "field.industry.transform": ""})
    assert (field(made, "age").low, field(made, "age").high) == (18, None)
    assert field(made, "industry").transform == "text"


def test_an_option_is_mapped_changed_and_taken_out_whatever_its_case_and_marks() -> None:
    made = apply(HUBSPOT, {"field.homeowner.option.Yes, mortgaged.": "true", "field.homeowner.option.RENTER": "true"})
    options = field(made, "homeowner").options
    assert (options["yesmortgaged"], options["renter"]) == (True, True)
    assert "rents" in options
    assert "rents" not in field(apply(made, {"field.homeowner.option.rents": ""}), "homeowner").options


def test_rules_change_move_come_and_go() -> None:
    stem = "activity.calls."
    made = apply(
        HUBSPOT,
        {
            f"{stem}rule.0.when": "a = x | (empty)\nb = *y*",
            f"{stem}rule.1.down": "1",
            f"{stem}new.when": "c = z",
            f"{stem}new.kind": "called_us",
            f"{stem}otherwise": "note_logged",
        },
    )
    (calls,) = [one for one in read(made).activities if one.type == "calls"]
    assert conditions_text(calls.rules[0]) == "a = x | (empty)\nb = *y*"
    assert [rule.kind for rule in calls.rules[1:3]] == ["voicemail_left", "call_answered"]
    assert (conditions_text(calls.rules[-1]), calls.rules[-1].kind) == ("c = z", "called_us")
    assert calls.otherwise == "note_logged"
    fewer = read(apply(made, {f"{stem}rule.0.remove": "1"}))
    assert len(next(one for one in fewer.activities if one.type == "calls").rules) == len(calls.rules) - 1


def test_a_type_the_file_does_not_name_gets_its_first_rule() -> None:
    made = apply(HUBSPOT, {"activity.faxes.new.when": "to = us", "activity.faxes.new.kind": "message_received"})
    (faxes,) = [one for one in read(made).activities if one.type == "faxes"]
    assert (faxes.rules[0].kind, faxes.otherwise) == ("message_received", "other")


def test_a_signal_is_switched_off_and_on_again_with_its_rules() -> None:
    path = "signal.dated.page"
    off = apply(HUBSPOT, {path: ""})
    assert [one.name for one in read(off).signals.dated] == ["conversion"]
    assert apply(off, {path: "on"}) == HUBSPOT


def test_own_fields_and_own_values_are_added_changed_and_removed() -> None:
    new = {"new.label": "Pets at home", "new.type": "number", "new.from": "pets", "new.meaning": "Pets, all of them"}
    made = apply(HUBSPOT, {**new, "custom.product_interest.choices": "Pet insurance, Umbrella"})
    mapping = read(made)
    assert mapping.custom["pets_at_home"]["title"] == "Pets at home"
    assert mapping.custom["product_interest"]["choices"] == ["pet_insurance", "umbrella"]
    assert field(made, "pets_at_home").candidates == ("pets",)
    changed = apply(made, {"custom.pets_at_home.label": "Animals", "field.pets_at_home.max": "40"})
    assert read(changed).custom["pets_at_home"]["title"] == "Animals"
    assert field(changed, "pets_at_home").high == 40
    gone = apply(changed, {"custom.pets_at_home.remove": "1", "custom.product_interest.choices": ""})
    assert read(gone).custom == {}
    assert read(gone) == read(HUBSPOT)


@pytest.mark.parametrize(
    ("edits", "said"),
    [
        ({"field.age.max": "old"}, "not a number"),
        ({"activity.calls.rule.0.when": ""}, "hide all rules"),
        ({"activity.calls.rule.0.when": "no condition"}, "property = pattern"),
        ({"activity.calls.rule.99.kind": "other"}, "Somebody removed it"),
        ({"activity.calls.new.when": "a = b", "activity.calls.new.kind": ""}, "Choose what"),
        ({"prefix": "lead score!"}, "Begin with a letter"),
        ({"new.label": "Age"}, "already"),
        ({"new.label": "123"}, "letter"),
        ({"nonsense.age": "1"}, "no part"),
    ],
)
def test_what_cannot_be_understood_is_refused_beside_its_input(edits: dict[str, str], said: str) -> None:
    with pytest.raises(EditRefused, match=said) as caught:
        apply(HUBSPOT, edits)
    assert set(caught.value.problems) <= set(edits)


def test_only_what_was_changed_in_a_form_is_an_edit() -> None:
    seen = '{"field.age.from": "Age", "field.zip.from": "Zip", "signal.dated.page": "on"}'
    form = {"csrf_token": "x", "edition": "3", "seen": seen, "field.age.from": "Client age", "field.zip.from": "Zip"}
    assert form_edits(form) == {"field.age.from": "Client age", "signal.dated.page": ""}


@pytest.mark.parametrize("seen", ["", "rubbish", "[1]", '"x"'])
def test_a_form_that_says_nothing_of_what_it_showed_is_taken_as_it_stands(seen: str) -> None:
    assert form_edits({"seen": seen, "field.age.from": "Age", "field.zip.from": ""}) == {"field.age.from": "Age"}
