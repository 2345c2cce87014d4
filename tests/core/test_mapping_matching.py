"""Which property is which field: proposals with a percentage and a reason."""

from __future__ import annotations

import random
import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mapping_support import VOCABULARY, hubspot

import mappings
from adapters.contract import Choice, CrmField, FieldType
from connector.core.mapping.assigning import assign
from connector.core.mapping.evidence import Wish, Words
from connector.core.mapping.likeness import likeness
from connector.core.mapping.matching import PROPOSED, Match, Matching
from connector.core.mapping.sample import sample_of

DOCUMENT = mappings.read_document(mappings.package_text("matching.yaml"))[0]
WORDS = Words(DOCUMENT["words"], DOCUMENT["looks"], DOCUMENT["outcomes"], DOCUMENT["shapes"])
WISHES = [Wish(VOCABULARY.fields[field.name], field) for field in hubspot().fields]
TEXT, NUMBER, DATE, CHOICE = FieldType.TEXT, FieldType.NUMBER, FieldType.DATE, FieldType.CHOICE


def prop(name: str, label: str = "", type: FieldType = TEXT, *options: str) -> CrmField:
    return CrmField(name, label or name, type, choices=tuple(Choice(one, one) for one in options))


def account(*held: tuple[CrmField, list[str]], ours: frozenset[str] = frozenset()) -> Matching:
    samples = {live.name: sample_of(values, max(len(values), 10)) for live, values in held}
    return Matching([live for live, _ in held], samples, WORDS, ours)


def proposed(*held: tuple[CrmField, list[str]], ours: frozenset[str] = frozenset()) -> dict[str, Match]:
    return account(*held, ours=ours).proposals(WISHES)


def wish(name: str) -> Wish:
    return next(one for one in WISHES if one.spec.name == name)


@pytest.mark.parametrize(
    ("live", "values", "field", "least"),
    [
        (prop("state"), ["TX", "Ohio"] * 5, "state", 98),
        (prop("household_income", type=NUMBER), ["85000"] * 10, "household_income", 99),
        (prop("x_17", "Household Income"), ["$85k"] * 10, "household_income", 90),
        (prop("cust_dob", "DOB", DATE), ["1980-01-02"] * 10, "date_of_birth", 90),
        (prop("bdate", "Birth date", DATE), ["1980-01-02"] * 10, "date_of_birth", 84),
        (prop("postalcd", "ZIP/Postal Code"), ["78701"] * 10, "zip", 85),
        (prop("stateprov", "State/Province"), ["TX"] * 10, "state", 85),
        (prop("hhi", "HH income", NUMBER), ["85000"] * 10, "household_income", 85),
        (prop("lob", "LOB", CHOICE, "Auto", "Home"), ["Auto", "Home"] * 5, "product_interest", 85),
        (prop("how_heard", "How did you hear about us?"), ["Referral", "Facebook"] * 5, "lead_source", 80),
        (prop("emp_cnt", "Number of Employees", NUMBER), ["12"] * 10, "employer_size", 85),
        (prop("houshold_incme", "Houshold Incme", NUMBER), ["85000"] * 10, "household_income", 55),
        (prop("est_hh_inc", "Estimated annual household income"), ["85k"] * 10, "household_income", 55),
        (prop("custom_9", "Where they live"), ["TX", "FL", "NY"] * 5, "state", PROPOSED),
        (prop("custom_8", "Wants", CHOICE, "Auto", "Medigap"), ["Auto", "Medigap"] * 5, "product_interest", PROPOSED),
    ],
)
def test_a_property_is_recognised(live: CrmField, values: list[str], field: str, least: int) -> None:
    found = proposed((live, values))
    assert found.keys() == {field}
    assert found[field].property == live.name
    assert least <= found[field].percent <= 100
    assert found[field].reason


@pytest.mark.parametrize(
    ("live", "values"),
    [
        (prop("age_of_roof", "Age of roof", NUMBER), ["12"] * 10),
        (prop("email_domain", "Email domain"), ["example.com"] * 10),
        (prop("state_license_number", "State license number"), ["A-123"] * 10),
        (prop("city_code", "City code"), ["17"] * 10),
        (prop("number_of_calls", "Number of calls", NUMBER), ["3"] * 10),
        (prop("favorite", "Favorite"), ["yes", "no"] * 5),
        (prop("initials", "Initials"), ["AB", "CD", "XY"] * 5),
        (prop("few", "Where"), ["TX", "FL"]),
        (prop("birthday_sent", "Last login", FieldType.BOOLEAN), ["true"] * 10),
    ],
)
def test_what_only_sounds_alike_is_not_proposed(live: CrmField, values: list[str]) -> None:
    assert proposed((live, values)) == {}


@pytest.mark.parametrize(("name", "label"), [("race", "State"), ("gender", "Lead source"), ("state", "Religion")])
def test_a_protected_attribute_is_never_proposed_or_listed(name: str, label: str) -> None:
    held = (prop(name, label), ["TX"] * 10)
    assert proposed(held) == {}
    assert [account(held).matches(one) for one in WISHES if account(held).matches(one)] == []


@pytest.mark.parametrize("name", ["annual_premium", "policy_number", "lifecyclestage", "hs_lead_status"])
def test_what_is_known_after_selling_only_is_proposed_as_an_outcome_and_never_as_an_input(name: str) -> None:
    found = proposed((prop(name, type=NUMBER if name == "annual_premium" else TEXT), ["900"] * 10))
    assert [VOCABULARY.fields[field].outcome for field in found] == [True]
    inputs = [one for one in WISHES if not one.spec.outcome]
    won = (prop("state", "State of closed won deal"), ["TX"] * 10)
    assert account(won).proposals(inputs) == {}


def test_our_own_score_fields_are_never_proposed_whatever_their_capitals() -> None:
    held = (prop("Leadtier_Flag", "Lead source"), ["Referral"] * 10)
    assert proposed(held, ours=frozenset({"leadtier_flag"})) == {}
    assert proposed(held) != {}


def test_a_property_goes_to_one_field_only_and_both_fields_get_one_where_two_are_there() -> None:
    only = proposed((prop("income", "Income", NUMBER), ["85000"] * 10))
    assert only.keys() == {"household_income"}
    both = proposed((prop("phone"), ["512 555 0100"] * 10), (prop("email"), ["a@example.com"] * 10))
    assert {field: match.property for field, match in both.items()} == {"phone": "phone", "email": "email"}


def test_of_two_alike_the_one_that_is_filled_more_often_wins() -> None:
    seldom, often = prop("a_state", "State code"), prop("b_state", "State code")
    found = proposed((seldom, ["TX"] * 2), (often, ["TX"] * 10))
    assert found["state"].property == "b_state"


def test_values_speak_against_a_good_name() -> None:
    good, bad = prop("state_code", "Us state"), prop("state", "State")
    found = account((good, ["TX"] * 10), (bad, ["open", "closed soon"] * 5)).matches(wish("state"))
    assert [match.property for match in found] == ["state_code", "state"]
    assert "0 % of its values read as US states" in found[1].reason


def test_options_of_a_field_the_agency_added_are_recognised() -> None:
    spec = replace(VOCABULARY.fields["lead_source"], name="breed", choices=("poodle", "beagle"))
    kinds = {"poodle": "poodle", "beagle": "beagle"}
    found_by = replace(wish("lead_source").map, name="breed", candidates=(), options=kinds)
    found = account((prop("x"), ["Poodle", "Beagle"] * 5)).matches(Wish(spec, found_by))
    assert [match.property for match in found] == ["x"]


def big_account(seed: int, size: int) -> Matching:
    chance = random.Random(seed)
    held = []
    words = (
        "account",
        "alpha",
        "balance",
        "call",
        "date",
        "email",
        "first",
        "lead",
        "office",
        "owner",
        "state",
        "total",
    )
    for number in range(size):
        name = f"{chance.choice(words)}_{chance.choice(words)}_{number}"
        values = [str(chance.randrange(900)) for _ in range(chance.randrange(40))]
        held.append((prop(name, name.replace("_", " ").title(), chance.choice(list(FieldType))), values))
    held += [(prop("state"), ["TX"] * 10), (prop("cust_dob", "DOB", DATE), ["1980-01-02"] * 10)]
    return account(*held)


def test_the_order_of_the_properties_does_not_matter() -> None:
    one = big_account(1, 60)
    other = replace(one, live=list(reversed(one.live)))
    assert one.proposals(WISHES) == other.proposals(WISHES)
    assert [one.matches(each) for each in WISHES] == [other.matches(each) for each in WISHES]


@pytest.mark.parametrize("seed", range(5))
def test_no_property_is_proposed_twice_and_every_proposal_is_among_the_matches_in_order(seed: int) -> None:
    made = big_account(seed, 80)
    found = made.proposals(WISHES)
    assert len({match.property for match in found.values()}) == len(found)
    for each in WISHES:
        listed = made.matches(each)
        assert [match.percent for match in listed] == sorted((match.percent for match in listed), reverse=True)
        if each.spec.name in found:
            assert found[each.spec.name].percent >= PROPOSED


def test_forty_fields_and_three_hundred_properties_take_no_time() -> None:
    made, wishes = big_account(3, 300), [*WISHES, *WISHES[:6]]
    made.proposals(wishes)
    begun = time.process_time()
    replace(made).proposals(wishes)
    assert time.process_time() - begun < 0.5, "it takes some 60 ms; a hundred times slower would be a page that hangs"


WEIGHTS = st.lists(
    st.lists(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9]), min_size=4, max_size=4), min_size=1, max_size=4
)


@given(WEIGHTS)
def test_an_assignment_is_the_best_there_is(rows: list[list[float]]) -> None:
    weights = np.array(rows)
    found = assign(weights)
    taken = [column for column in found if column is not None]
    assert len(set(taken)) == len(taken)
    total = sum(weights[row, column] for row, column in enumerate(found) if column is not None)
    assert total == pytest.approx(best(rows, frozenset()))


def best(rows: list[list[float]], taken: frozenset[int]) -> float:
    """By trying everything."""
    if not rows:
        return 0.0
    first, *rest = rows
    return max([best(rest, taken)] + [w + best(rest, taken | {c}) for c, w in enumerate(first) if c not in taken])


@given(st.lists(st.text(max_size=20), max_size=5), st.lists(st.text(max_size=20), max_size=5))
def test_likeness_is_between_nothing_and_the_same_whatever_the_names(asked: list[str], given: list[str]) -> None:
    found = likeness(asked, given)
    assert found.shape == (len(asked), len(given))
    assert ((found >= 0) & (found <= 1.0001)).all()
