from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from mapping_support import about, bound_hubspot, contact, hubspot, live_fields, problems_of

from adapters.contract import Choice, CrmField, FieldType
from connector.core.mapping import bind, drift, from_document, map_record, to_document


def test_with_everything_there_nothing_is_amiss() -> None:
    bound = bound_hubspot()
    assert problems_of() == []
    assert {"age", "state", "recent_conversion_date", "leadtier_flag"} <= set(bound.properties)
    assert len(set(bound.properties)) == len(bound.properties)


def test_the_first_candidate_that_exists_is_taken_and_the_reason_told() -> None:
    live = [CrmField("birthday", "Birthday", FieldType.DATE), CrmField("dob", "DOB", FieldType.TEXT)]
    (field,) = bind(hubspot(), live)[0].fields
    assert (field.name, field.property) == ("date_of_birth", "birthday")
    assert "birthday" in field.reason


def test_a_property_is_also_found_by_a_name_or_label_that_differs_only_in_case_and_marks() -> None:
    live = [CrmField("x_17", "Household Income", FieldType.TEXT)]
    (field,) = bind(hubspot(), live)[0].fields
    assert (field.name, field.property) == ("household_income", "x_17")
    assert "Household Income" in field.reason


def test_a_field_nobody_can_fill_is_named_with_what_to_do_and_blocks_nothing() -> None:
    (problem,) = about(bind(hubspot(), [])[1], "county")
    assert not problem.blocking
    assert "county" in problem.text
    assert "Create a field named county" in problem.mend


def test_a_field_no_score_reads_may_be_missing() -> None:
    problems = bind(hubspot(), [], outcomes={"lifecycle_stage"})[1]
    assert about(problems, "lifecycle_stage") == []
    assert about(problems, "lead_status") != []


def test_a_property_of_an_unfit_type_is_a_warning() -> None:
    (problem,) = problems_of(CrmField("age", "Age", FieldType.BOOLEAN))
    assert problem.where == "age"
    assert "boolean" in problem.text


def test_an_option_is_read_by_its_label_when_its_value_is_a_code() -> None:
    choices = (Choice("opt_1", "Term Life"), Choice("opt_2", "Medigap"))
    bound = bound_hubspot(CrmField("product_interest", "Product", FieldType.CHOICE, choices=choices))
    assert map_record(bound, contact(product_interest="opt_2"))[0] == {"product_interest": "medicare_supplement"}


def test_an_income_band_kept_as_a_code_is_read_by_its_label() -> None:
    choices = (Choice("3", "$100k - $150k"), Choice("9", "Prefer not to say"))
    income = CrmField("household_income", "Income", FieldType.CHOICE, choices=choices)
    assert map_record(bound_hubspot(income), contact(household_income="3"))[0] == {"household_income": 100_000}
    assert problems_of(income) == []


def test_an_option_that_stands_for_nothing_we_know_is_a_warning_that_names_it() -> None:
    choices = (Choice("Term Life", "Term Life"), Choice("Pet", "Pet insurance"))
    (problem,) = problems_of(CrmField("product_interest", "Product", FieldType.CHOICE, choices=choices))
    assert '"Pet insurance"' in problem.text
    assert "Term Life" not in problem.text


def test_a_score_field_that_does_not_exist_or_is_read_only_is_not_written() -> None:
    mapping = hubspot()
    live = [field for field in live_fields(mapping) if field.name != "leadtier_stage"]
    live = [replace(field, read_only=field.name == "leadtier_tier") for field in live]
    bound, problems = bind(mapping, live)
    assert "stage" not in bound.writes
    assert "tier" not in bound.writes
    assert bound.writes["score"] == "leadtier_score"
    assert {problem.where for problem in problems} == {"leadtier_stage", "leadtier_tier"}


def test_signals_of_properties_the_account_lacks_are_left_out() -> None:
    bound, _ = bind(hubspot(), [CrmField("hs_email_optout", "Opt-out", FieldType.BOOLEAN)])
    assert bound.signals.counters == ()
    assert [switch.name for switch in bound.signals.switches] == ["unsubscribed"]


def test_a_bound_mapping_survives_being_stored_as_json() -> None:
    bound = bound_hubspot()
    again = from_document(json.loads(json.dumps(to_document(bound))))
    assert again == bound
    record = contact(age="42", homeowner="Own", recent_conversion_date="2026-11-20T10:00:00Z")
    assert map_record(again, record) == map_record(bound, record)


@pytest.mark.parametrize("document", [{}, {"version": 0}, {"version": 1}, {"version": 1, "crm": "x", "fields": [{}]}])
def test_a_stored_mapping_that_is_none_of_ours_says_to_connect_again(document: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="connect again"):
        from_document(document)


def test_nothing_has_drifted_while_the_account_is_the_same() -> None:
    assert drift(bound_hubspot(), live_fields(hubspot())) == []


def test_a_property_deleted_in_the_crm_is_noticed_with_what_it_gave() -> None:
    live = [field for field in live_fields(hubspot()) if field.name != "age"]
    (problem,) = drift(bound_hubspot(), live)
    assert problem.where == "age"
    assert "is not there any more, or is hidden from us" in problem.text
    assert "Restore it" in problem.mend
    assert not problem.blocking


def test_a_property_that_changed_its_type_is_noticed() -> None:
    live = [replace(f, type=FieldType.NUMBER) if f.name == "age" else f for f in live_fields(hubspot())]
    (problem,) = drift(bound_hubspot(), live)
    assert "was a text property and is now number" in problem.text


def test_a_score_field_deleted_in_the_crm_blocks_writing() -> None:
    live = [field for field in live_fields(hubspot()) if field.name != "leadtier_tier"]
    (problem,) = drift(bound_hubspot(), live)
    assert problem.blocking
    assert "leadtier_tier" in problem.text
    assert "deleted" not in problem.text, "it may be hidden from us only"


def live_with(name: str, **changes: Any) -> list[CrmField]:
    return [replace(f, **changes) if f.name == name else f for f in live_fields(hubspot())]


def test_a_field_hidden_on_one_kind_of_record_is_noticed() -> None:
    (problem,) = drift(bound_hubspot(), live_with("age", missing_on=("Lead",)))
    assert problem.where == "age"
    assert problem.text == (
        "Age (age), which gives age, is not visible on Lead any more, so it counts as not known there."
    )
    assert "read access to it on Lead" in problem.mend
    assert not problem.blocking


def test_a_field_that_one_kind_never_had_is_no_drift_and_that_is_kept_with_the_connection() -> None:
    live = live_with("age", missing_on=("Contact",))
    bound = from_document(json.loads(json.dumps(to_document(bind(hubspot(), live)[0]))))
    assert drift(bound, live) == []
    assert drift(bound, live_fields(hubspot())) == []
    (problem,) = drift(bound, live_with("age", missing_on=("Lead",)))
    assert "on Lead any more" in problem.text


def test_a_mapping_stored_before_kinds_were_told_apart_is_still_read() -> None:
    document = to_document(bound_hubspot())
    for field in document["fields"]:
        del field["missing_on"]
    assert from_document(json.loads(json.dumps(document))) == bound_hubspot()


def test_a_field_we_only_read_may_be_read_only_on_one_kind() -> None:
    assert drift(bound_hubspot(), live_with("age", read_only_on=("Lead",))) == []


@pytest.mark.parametrize("closed", ["missing_on", "read_only_on"])
def test_a_score_field_closed_on_one_kind_is_told_when_bound_and_later(closed: str) -> None:
    live = live_with("leadtier_tier", **{closed: ("Lead",)})
    bound, (problem,) = bind(hubspot(), live)
    assert bound.writes["tier"] == "leadtier_tier", "the other kind is written"
    assert "leadtier_tier is not visible or not editable on Lead, so nothing is written there" in problem.text
    assert not problem.blocking
    assert drift(bound, live) == drift(bound_hubspot(), live) == [problem]


def test_a_score_field_that_may_only_be_read_now_is_told() -> None:
    (problem,) = drift(bound_hubspot(), live_with("leadtier_tier", read_only=True))
    assert "leadtier_tier is read-only" in problem.text
