"""An agency's own fields and values in a mapping file, explicit answers, and what became of a mapping in words."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

import mappings
from adapters.contract import CrmField, FieldType, Record
from connector.core.mapping import (
    CrmMapping,
    MappingRefused,
    bind,
    differences,
    from_document,
    map_record,
    parse_mapping,
    reads_otherwise,
    to_document,
)
from connector.core.vocabulary import FieldKind, Vocabulary

WORDS = Vocabulary.parse(mappings.load_vocabulary())
OWN = """
custom:
  pets: {from: [pets, number_of_pets], type: number, label: Pets at home, meaning: All pets, unit: animals, max: 50}
  plan: {from: plan, type: choice, choices: [gold, silver], options: {Best: gold}}
  product_interest: {choices: [umbrella]}
"""
LIVE = [
    CrmField("number_of_pets", "Pets", FieldType.NUMBER),
    CrmField("plan", "Plan", FieldType.TEXT),
    CrmField("product", "Product", FieldType.TEXT),
]


def read(text: str = OWN, words: Vocabulary = WORDS, fields: str = "") -> CrmMapping:
    base = "version: 1\ncrm: hubspot\nscore_fields: {group: g, label: G}\n"
    return parse_mapping(*mappings.read_document(f"{base}fields:{fields or ' {}'}\n{text}"), words)


def faults(text: str) -> str:
    with pytest.raises(MappingRefused) as caught:
        read(text)
    return " ".join(f"{one.line}: {one.text} {one.mend}" for one in caught.value.problems)


def test_an_own_field_is_read_like_any_other() -> None:
    mapping = read(fields="\n  product_interest: {from: product, options: {Umbrella policy: umbrella}}")
    bound, problems = bind(mapping, LIVE)
    record = Record("1", {"number_of_pets": "3", "plan": "best", "product": "Umbrella Policy"})
    assert problems == []
    assert map_record(bound, record) == ({"pets": 3, "plan": "gold", "product_interest": "umbrella"}, [])
    assert map_record(bound, replace(record, properties={"number_of_pets": "90"}))[0] == {}


def test_the_words_of_a_mapping_are_those_that_ship_and_its_own() -> None:
    words = WORDS.with_custom(read().custom)
    pets = words.fields["pets"]
    assert (pets.label, pets.type, pets.unit, pets.meaning) == ("Pets at home", FieldKind.NUMBER, "animals", "All pets")
    assert words.fields["product_interest"].choices[-1] == "umbrella"
    assert words.shipped is WORDS


def test_words_gather_from_several_mappings_and_a_field_is_redefined_by_its_own() -> None:
    first = WORDS.with_custom({"pets": {"type": "text", "meaning": "x"}, "lead_source": {"choices": ["radio"]}})
    both = first.with_custom({"pets": {"type": "number", "meaning": "y"}, "lead_source": {"choices": ["tv"]}})
    assert both.fields["pets"].type is FieldKind.NUMBER
    assert both.fields["lead_source"].choices[-2:] == ("radio", "tv")
    assert WORDS.with_custom(both.own).fields == both.fields
    assert both.with_custom({}) is both


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("custom: {Pets: {from: x, type: number}}", "cannot name a field"),
        ("custom: {pets: {from: x, type: animal}}", "not a type of field"),
        ("custom: {pets: {type: number}}", "names no property"),
        ("custom: {pets: {from: x, type: choice}}", "List the values"),
        ("custom: {pets: {from: x, type: text, choices: [a]}}", "Leave `choices` out"),
        ("custom: {pets: {from: x, type: choice, choices: [Two Words]}}", "pet_insurance"),
        ("custom: {pets: {from: x, type: choice, choices: [a, a]}}", "twice"),
        ("custom: {product_interest: {choices: [home]}}", "ships with us"),
        ("custom: {age: {choices: [old]}}", "Give your own field another name"),
        ("custom: {age: {from: x, type: number}}", "means nothing here"),
        ("custom: {pets: {from: x, type: number, transform: state}}", "does not give a number"),
        ("custom: {pets: {from: x, type: number, confirmed: maybe}}", "neither true nor false"),
    ],
)
def test_what_is_no_own_field_is_refused_with_its_line(text: str, said: str) -> None:
    found = faults(text)
    assert said in found
    assert "5:" in found


@pytest.mark.parametrize(
    "text",
    [
        "custom: {ethnicity: {from: x, type: text}}",
        "custom: {segment: {from: x, type: text, label: Religion}}",
        "custom: {segment: {from: Religion__c, type: text}}",
    ],
)
def test_nobody_is_scored_by_a_protected_attribute_whatever_it_is_called(text: str) -> None:
    found = faults(text)
    assert "cannot be an input of a score" in found
    assert "Source:" in found


def test_own_fields_have_a_limit() -> None:
    many = "".join(f"  f{n}: {{from: x, type: text}}\n" for n in range(61))
    assert "at most 60" in faults(f"custom:\n{many}")


def test_no_property_on_purpose_is_no_problem_and_gives_nothing() -> None:
    bound, problems = bind(read("", fields="\n  age: {from: [], confirmed: true}"), LIVE)
    assert (bound.fields, problems) == ((), [])


def test_what_a_person_chose_is_found_by_its_exact_name_only() -> None:
    field = "\n  vehicles: {from: Number of Pets, confirmed: %s}"
    assert bind(read("", fields=field % "true"), LIVE)[0].fields == ()
    assert [one.property for one in bind(read("", fields=field % "false"), LIVE)[0].fields] == ["number_of_pets"]


def test_a_signal_that_is_off_is_not_listened_to() -> None:
    text = "signals: {counters: {opened: {count: number_of_pets, last: plan, kind: email_opened%s}}}"
    assert len(read(text % "").signals.counters) == 1
    assert read(text % ", off: true").signals.counters == ()


def test_a_bound_mapping_with_own_fields_goes_into_a_document_and_back() -> None:
    bound, _ = bind(read(), LIVE)
    again = from_document(json.loads(json.dumps(to_document(bound))))
    assert again == bound
    assert WORDS.with_custom(again.custom).fields["pets"].label == "Pets at home"
    older = {key: value for key, value in to_document(bound).items() if key != "custom"}
    assert from_document(json.loads(json.dumps(older))).custom == {}


def test_the_same_mapping_has_no_differences_and_other_names_alone_read_nothing_otherwise() -> None:
    bound, _ = bind(read(), LIVE)
    assert differences(bound, bound) == []
    written = replace(bound, writes={"score": "lt_score"})
    assert differences(bound, written) == ["Score is written to lt_score."]
    assert not reads_otherwise(bound, written)
    assert reads_otherwise(bound, replace(bound, fields=bound.fields[1:]))
