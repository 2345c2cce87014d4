from __future__ import annotations

from textwrap import dedent

import pytest
from mapping_support import VOCABULARY, hubspot, parsed

from adapters.contract import CrmField, FieldType
from connector.core.mapping import MappingRefused, bind, wanted_fields
from connector.core.types import Problem

SMALL = """\
version: 1
crm: anycrm
fields:
  age: {from: [age, years], min: 0, max: 120}
  homeowner: {from: owner, options: {Own: true}}
activities:
  calls:
    rules:
      - when: {outcome: Connected}
        kind: call_answered
signals:
  dated: {}
score_fields:
  group: scoring
  label: Scoring
  prefix: lt_
  fields:
    score: {label: Score, type: number, value: score}
"""


def faults(old: str, new: str) -> list[Problem]:
    assert old in SMALL
    with pytest.raises(MappingRefused) as refused:
        parsed(SMALL.replace(old, new))
    return list(refused.value.problems)


def test_the_shipped_hubspot_mapping_serves_every_field_of_the_vocabulary() -> None:
    mapping = hubspot()
    read = {spec.name for spec in mapping.fields} | {s.reads.name for s in mapping.score_fields.fields if s.reads}
    assert read == set(VOCABULARY.fields)


def test_the_shipped_hubspot_mapping_covers_every_activity_type_the_adapter_reads() -> None:
    types = {type_map.type for type_map in hubspot().activities}
    assert types == {"calls", "emails", "meetings", "notes", "tasks", "communications"}


def test_the_score_fields_carry_the_prefix_and_another_prefix_can_be_chosen() -> None:
    names = [wanted.name for wanted in wanted_fields(hubspot())]
    assert names[:3] == ["leadtier_score", "leadtier_tier", "leadtier_stage"]
    assert wanted_fields(hubspot().with_prefix("acme_"))[0].name == "acme_score"


def test_a_crm_may_ask_for_a_suffix_and_does_not_mind_capitals() -> None:
    mapping = parsed(SMALL.replace("  prefix: lt_\n", "  prefix: Lt_\n  suffix: __c\n"))
    assert [wanted.name for wanted in wanted_fields(mapping)] == ["Lt_score__c"]
    bound, _ = bind(mapping, [CrmField("Lt_Score__c", "Score", FieldType.NUMBER)])
    assert bound.writes == {"score": "Lt_Score__c"}


def test_a_misspelt_field_is_refused_with_its_line_and_the_likely_name() -> None:
    (fault,) = faults("  age:", "  aeg:")
    assert fault.line == 4
    assert "'aeg'" in fault.text
    assert fault.mend == "Did you mean 'age'?"


def test_an_unknown_kind_is_refused_at_its_own_line() -> None:
    (fault,) = faults("kind: call_answered", "kind: call_answerd")
    assert fault.line == 10
    assert "call_answered" in fault.mend


def test_an_unknown_setting_of_a_field_is_refused() -> None:
    (fault,) = faults("max: 120", "maximum: 120")
    assert fault.line == 4
    assert "'maximum' means nothing here" in fault.text


def test_a_transform_that_cannot_give_the_type_is_refused_and_a_fitting_one_named() -> None:
    (fault,) = faults("{from: [age, years]", "{from: [age, years], transform: state")
    assert "does not give a number" in fault.text
    assert "number" in fault.mend


def test_an_option_that_is_no_choice_of_the_field_is_refused() -> None:
    (fault,) = faults("{Own: true}", "{Own: sometimes}")
    assert "'sometimes'" in fault.text


def test_a_rule_without_conditions_is_refused_because_it_would_hide_the_rest() -> None:
    assert any("without conditions" in fault.text for fault in faults("when: {outcome: Connected}", "when: {}"))


def test_a_field_without_properties_is_refused() -> None:
    (fault,) = faults("{from: [age, years], min: 0, max: 120}", "{min: 0}")
    assert "names no property" in fault.text


def test_a_bound_that_is_no_number_is_refused() -> None:
    (fault,) = faults("max: 120", "max: many")
    assert "'many' is not a number" in fault.text


def test_a_score_field_must_be_written_or_read_but_not_both() -> None:
    (fault,) = faults("value: score", "value: score, reads: flag")
    assert "either written or read" in fault.text


def test_a_score_field_of_an_unknown_type_or_value_is_refused() -> None:
    assert "'decimal'" in faults("type: number", "type: decimal")[0].text
    assert "'points'" in faults("value: score", "value: points")[0].text


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(MappingRefused) as refused:
        parsed(SMALL.replace("  age:", "  aeg:").replace("call_answered", "spoken").replace("version: 1", "version: 9"))
    assert [fault.line for fault in refused.value.problems] == [1, 4, 10]
    assert "line 4" in str(refused.value)


@pytest.mark.parametrize("text", ["", "[]", "42", "fields: [age]", "fields: {age: [1]}", "signals: none"])
def test_a_document_of_the_wrong_shape_is_refused_and_does_not_crash(text: str) -> None:
    with pytest.raises(MappingRefused):
        parsed(dedent(text))
