"""What people may not be scored by, by the name of a property and by its label."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mapping_support import VOCABULARY

from connector.core.protected import ALLOWED, PROXIES, Ruling, judge, words_of
from connector.core.protected_words import RULES

REFUSED = [
    ("Race__c", "", "race"),
    ("raceType", "", "race"),
    ("cust_17", "Ethnicity", "ethnic"),
    ("skincolor", "", "color"),
    ("color", "Color", "color"),
    ("CountryOfBirth", "", "national origin"),
    ("nationality", "", "national origin"),
    ("religion", "", "religion"),
    ("x", "Faith", "religion"),
    ("Sex", "", "sex"),
    ("leads_gender", "", "sex"),
    ("is_male", "", "sex"),
    ("preferred_pronouns", "", "gender identity"),
    ("sexual_orientation", "", "sexual orientation"),
    ("is_disabled", "", "disability"),
    ("Disability__c", "", "disability"),
    ("disabled_veteran", "", "disability"),
    ("health_status", "", "health"),
    ("Health", "", "health"),
    ("preexisting_conditions", "", "health"),
    ("pre_existing_conditions", "Health plan questions", "health"),
    ("is_smoker", "", "health"),
    ("TobaccoUse__c", "", "health"),
    ("dna_test", "", "genetic"),
    ("PhotoUrl", "Photo URL", "picture"),
    ("hs_avatar_filemanager_key", "", "picture"),
]
WARNED = [
    "marital_status", "maritalstatus", "MaritalStatus__c", "Spouse_Name__c", "preferred_language", "hs_language", "zip",
    "PostalCode", "Essex_County", "household_income", "number_of_children", "age", "date_of_birth", "Salutation",
    "citizenship", "credit_score", "LastName", "education", "MailingStreet",
]  # fmt: skip
FREE = [
    "essex", "sussex", "Middlesex__c", "trace", "brace_id", "terrace", "unisex", "vehicle_color", "roof_color",
    "disability_insurance_interest", "long_term_disability_coverage", "email_disabled", "health_insurance_carrier",
    "account_health_score", "cancer_policy", "smoke_detectors", "smokehouse", "medical_practice_type",
    "med_pay_coverage", "roof_photo", "roof_age", "home_age", "medicare_supplement", "church_name",
    "company_name", "state", "email",
    "lifecyclestage", "programming_language", "credit_card_on_file", "leadtier_score", "mileage", "page_views",
    "manage", "storage", "capacity", "velocity", "incoming_calls",
]  # fmt: skip


@pytest.mark.parametrize(("name", "label", "what"), REFUSED)
def test_a_protected_attribute_is_refused_with_reason_source_and_certainty(name: str, label: str, what: str) -> None:
    said = judge(name, label)
    assert said.refused, said
    assert what in said.reason
    assert said.source
    assert said.certainty in ("high", "medium", "our own caution")


@pytest.mark.parametrize("name", WARNED)
def test_a_stand_in_is_allowed_with_a_warning(name: str) -> None:
    said = judge(name)
    assert said.warned, said
    assert said.reason
    assert said.source


@pytest.mark.parametrize("name", FREE)
def test_words_are_whole_words_and_context_counts(name: str) -> None:
    assert judge(name) == ALLOWED


@given(st.sampled_from(["sex", "race", "health", "age", "gender"]), st.from_regex(r"[a-z]{1,6}", fullmatch=True))
def test_a_word_inside_another_is_not_that_word(word: str, more: str) -> None:
    known = {phrase.removeprefix("=").replace(" ", "") for rule in RULES for phrase in rule.phrases}
    for joined in (word + more, more + word):
        if joined not in known:
            assert judge(f"b{joined}x") == ALLOWED


@given(st.text(max_size=60), st.text(max_size=60))
def test_the_stricter_of_name_and_label_counts_and_nothing_raises(name: str, label: str) -> None:
    order = [Ruling.ALLOWED, Ruling.WARNED, Ruling.REFUSED]
    assert judge(name, label).ruling in order
    refused = judge(f"{name} gender", label)
    assert refused.refused


def test_no_field_of_ours_is_refused_and_every_proxy_of_the_linter_is_warned_of() -> None:
    for spec in VOCABULARY.fields.values():
        assert not judge(spec.name, spec.label).refused, spec.name
    assert [name for name in PROXIES if not judge(name).warned] == []


def test_names_come_apart_at_humps_marks_and_digits() -> None:
    assert words_of("MaritalStatus__c") == ("marital", "status", "c")
    assert words_of("HTTPServer2Name") == ("http", "server", "2", "name")
    assert words_of("Alter · Größe") == ("alter", "grösse")
