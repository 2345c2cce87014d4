"""Property definitions and groups: what exists, what can be made, and what making it twice does."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.account import Account

PATH = "/crm/v3/properties/contacts"
GROUP = {"name": "lead_scoring", "label": "Lead scoring", "displayOrder": -1}
SCORE = {"name": "lt_score", "label": "Score", "type": "number", "fieldType": "number", "groupName": "lead_scoring"}


@pytest.fixture
def grouped(account: Account) -> Account:
    account.post(f"{PATH}/groups", GROUP, 201)
    return account


def test_an_account_knows_the_properties_the_fact_sheet_names(account: Account) -> None:
    known = {one["name"]: one for one in account.get(PATH)["results"]}
    types = {
        "hs_analytics_num_page_views": "number",
        "hs_email_optout": "bool",
        "hs_email_last_click_date": "datetime",
        "recent_conversion_event_name": "string",
        "lifecyclestage": "enumeration",
        "hubspot_owner_id": "enumeration",
        "lastmodifieddate": "datetime",
        "phone": "string",
    }
    assert {name: known[name]["type"] for name in types} == types
    assert known["hs_email_optout"]["modificationMetadata"]["readOnlyValue"]
    assert not known["phone"]["modificationMetadata"]["readOnlyValue"]


def test_a_new_property_shows_everything_a_recorded_answer_shows(grouped: Account) -> None:
    made = grouped.post(PATH, SCORE, 201)
    metadata = made.pop("modificationMetadata")
    assert (metadata["archivable"], metadata["readOnlyDefinition"], metadata["readOnlyValue"]) == (True, False, False)
    made.pop("createdUserId"), made.pop("updatedUserId")
    assert made == SCORE | {
        "updatedAt": "2026-11-22T12:00:00Z",
        "createdAt": "2026-11-22T12:00:00Z",
        "description": "",
        "options": [],
        "displayOrder": -1,
        "calculated": False,
        "externalOptions": False,
        "archived": False,
        "hasUniqueValue": False,
        "hidden": False,
        "formField": False,
        "dataSensitivity": "non_sensitive",
    }


def test_making_a_property_or_a_group_twice_is_a_409(grouped: Account) -> None:
    grouped.post(PATH, SCORE, 201)
    for path, body in ((PATH, SCORE), (f"{PATH}/groups", GROUP)):
        answer = grouped.call("POST", path, body)
        assert (answer.status_code, answer.json["category"]) == (409, "OBJECT_ALREADY_EXISTS")


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "Lead Score"},
        {"name": "hs_score"},
        {"type": "decimal"},
        {"fieldType": "select"},
        {"groupName": "nowhere"},
        {"type": "enumeration", "fieldType": "select", "options": []},
        {"type": "enumeration", "fieldType": "select", "options": [{"label": "A", "value": "a"}] * 2},
    ],
)
def test_what_cannot_be_a_property_is_refused(grouped: Account, wrong: dict[str, Any]) -> None:
    answer = grouped.call("POST", PATH, SCORE | wrong)
    assert (answer.status_code, answer.json["category"]) == (400, "VALIDATION_ERROR")


def test_a_batch_makes_what_it_can_and_names_the_rest(grouped: Account) -> None:
    grouped.post(PATH, SCORE, 201)
    body = {"inputs": [SCORE, SCORE | {"name": "lt_model", "type": "string", "fieldType": "text"}]}
    made = grouped.post(f"{PATH}/batch/create", body, 207)
    assert [one["name"] for one in made["results"]] == ["lt_model"]
    assert made["errors"][0]["context"] == {"name": ["lt_score"]}


def test_an_archived_property_hides_its_values_and_takes_no_new_ones(grouped: Account) -> None:
    grouped.post(PATH, SCORE, 201)
    lead = grouped.add(email="a@example.com", lt_score="7")
    assert grouped.call("DELETE", f"{PATH}/lt_score").status_code == 204
    assert "lt_score" not in grouped.get(f"/crm/v3/objects/contacts/{lead}?properties=lt_score")["properties"]
    answer = grouped.call("PATCH", f"/crm/v3/objects/contacts/{lead}", {"properties": {"lt_score": "8"}})
    assert answer.json["errors"][0]["code"] == "PROPERTY_DOESNT_EXIST"
    assert [one["name"] for one in grouped.get(f"{PATH}?archived=true")["results"]] == ["lt_score"]


def test_a_property_archived_and_made_again_lives(grouped: Account) -> None:
    grouped.post(PATH, SCORE, 201)
    grouped.call("DELETE", f"{PATH}/lt_score")
    grouped.post(PATH, SCORE, 201)
    assert not grouped.get(f"{PATH}/lt_score")["archived"]


def test_the_vendors_own_properties_can_neither_be_archived_nor_renamed(account: Account) -> None:
    assert account.call("DELETE", f"{PATH}/email").status_code == 400
    assert account.call("PATCH", f"{PATH}/email", {"label": "Mail"}).status_code == 400


def test_options_can_be_changed_and_count_at_once(grouped: Account) -> None:
    options = [{"label": "Hot", "value": "hot"}]
    choice = SCORE | {"name": "lt_tier", "type": "enumeration", "fieldType": "select"}
    grouped.post(PATH, choice | {"options": options}, 201)
    grouped.call("PATCH", f"{PATH}/lt_tier", {"options": [*options, {"label": "Warm", "value": "warm"}]})
    lead = grouped.add(email="a@example.com", lt_tier="warm")
    shown = grouped.get(f"/crm/v3/objects/contacts/{lead}?properties=lt_tier")
    assert shown["properties"]["lt_tier"] == "warm"


def test_the_limit_of_own_properties_can_be_asked(grouped: Account) -> None:
    grouped.post(PATH, SCORE, 201)
    rows = grouped.get("/crm/limits/2026-09/custom-properties")["results"]
    assert [(row["usage"], row["limit"]) for row in rows if row["objectTypeId"] == "0-1"] == [(1, 1_000)]
