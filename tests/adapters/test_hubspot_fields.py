"""Properties are read as they are, created only where they are missing, and never bent."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.contract import Adapter, Choice, FieldState, FieldType, WantedField
from tests.adapters.canned import Canned, Reply

ALL = "/crm/v3/properties/contacts"
GROUPS = "/crm/v3/properties/contacts/groups"
TIER = WantedField("lt_tier", "Tier", FieldType.CHOICE, "How warm", (Choice("Hot", "Hot"), Choice("Cold", "Cold")))
SCORE = WantedField("lt_score", "Score", FieldType.NUMBER, "0 to 100")


def live(name: str, kind: str, shown: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "label": name.title(), "type": kind, "fieldType": shown, "groupName": "g", **more}


def options(*values: str) -> list[dict[str, Any]]:
    return [{"value": value, "label": value, "displayOrder": 0, "hidden": False} for value in values]


TIER_LIVE = live("lt_tier", "enumeration", "select", options=options("Cold", "Hot", "Boiling"))
SCORE_LIVE = live("lt_score", "number", "number")


def ensure(hubspot: Adapter, *wanted: WantedField) -> list[tuple[str, FieldState]]:
    return [(outcome.name, outcome.state) for outcome in hubspot.ensure_fields("lt", "Lead scoring", wanted)]


@pytest.mark.parametrize(
    ("kind", "shown", "expected"),
    [
        ("string", "text", FieldType.TEXT),
        ("string", "textarea", FieldType.LONG_TEXT),
        ("string", "html", FieldType.LONG_TEXT),
        ("string", "phonenumber", FieldType.TEXT),
        ("number", "number", FieldType.NUMBER),
        ("bool", "booleancheckbox", FieldType.BOOLEAN),
        ("enumeration", "booleancheckbox", FieldType.BOOLEAN),
        ("enumeration", "radio", FieldType.CHOICE),
        ("enumeration", "checkbox", FieldType.CHOICES),
        ("date", "date", FieldType.DATE),
        ("datetime", "date", FieldType.DATETIME),
        ("json", "text", FieldType.TEXT),
    ],
)
def test_every_property_type_has_a_meaning(
    hubspot: Adapter, server: Canned, kind: str, shown: str, expected: FieldType
) -> None:
    server.will_answer(Reply(200, {"results": [live("one", kind, shown)]}))
    assert hubspot.fields()[0].type is expected


def test_options_group_and_read_only_are_read(hubspot: Adapter, server: Canned) -> None:
    locked = live("a", "string", "text", modificationMetadata={"readOnlyValue": True})
    server.will_answer(
        Reply(
            200,
            {
                "results": [
                    TIER_LIVE,
                    locked,
                    live("b", "number", "calculation_equation"),
                    live("c", "number", "number", calculated=True),
                    {"name": "no type"},
                ]
            },
        )
    )
    tier, *others = hubspot.fields()
    assert tier.choices[2] == Choice("Boiling", "Boiling")
    assert (tier.group, tier.label, tier.read_only) == ("g", "Lt_Tier", False)
    assert [field.read_only for field in others] == [True, True, True]


def test_what_is_missing_is_created_and_not_offered_on_forms(hubspot: Adapter, server: Canned) -> None:
    server.will_answer(
        Reply(200, {"results": [SCORE_LIVE]}), Reply(200, {"results": []}), Reply(201), Reply(201, TIER_LIVE)
    )
    assert ensure(hubspot, SCORE, TIER) == [("lt_score", FieldState.EXISTS), ("lt_tier", FieldState.CREATED)]
    assert server.seen[2].body == {"name": "lt", "label": "Lead scoring", "displayOrder": -1}
    made = server.seen[3].body
    assert (made["groupName"], made["type"], made["fieldType"]) == ("lt", "enumeration", "select")
    assert made["formField"] is False
    assert [(option["value"], option["displayOrder"], option["hidden"]) for option in made["options"]] == [
        ("Hot", 0, False),
        ("Cold", 1, False),
    ]


def test_what_is_there_costs_one_call_and_is_left_alone(hubspot: Adapter, server: Canned) -> None:
    server.will_answer(Reply(200, {"results": [SCORE_LIVE, TIER_LIVE]}))
    assert ensure(hubspot, SCORE, TIER) == [("lt_score", FieldState.EXISTS), ("lt_tier", FieldState.EXISTS)]
    assert len(server.seen) == 1


def test_a_group_that_is_there_is_not_made_again(hubspot: Adapter, server: Canned) -> None:
    server.will_answer(Reply(200, {"results": []}), Reply(200, {"results": [{"name": "lt"}]}), Reply(201))
    assert ensure(hubspot, SCORE) == [("lt_score", FieldState.CREATED)]
    assert [seen.path for seen in server.seen] == [ALL, GROUPS, ALL]


@pytest.mark.parametrize(
    ("there", "says"),
    [
        (live("lt_tier", "string", "text"), "exists in HubSpot as text, but type choice with the options Hot, Cold"),
        (live("lt_tier", "enumeration", "select", options=options("Hot")), "lacks the options Cold"),
        (TIER_LIVE | {"modificationMetadata": {"readOnlyValue": True}}, "cannot be written"),
    ],
)
def test_a_property_of_another_kind_is_reported_and_not_touched(
    hubspot: Adapter, server: Canned, there: dict[str, Any], says: str
) -> None:
    server.will_answer(Reply(200, {"results": [there]}))
    (outcome,) = hubspot.ensure_fields("lt", "Lead scoring", [TIER])
    assert outcome.state is FieldState.DIFFERS
    assert says in outcome.message
    assert len(server.seen) == 1


def test_short_and_long_text_are_one_kind_to_us(hubspot: Adapter, server: Canned) -> None:
    server.will_answer(Reply(200, {"results": [live("why", "string", "textarea")]}))
    assert ensure(hubspot, WantedField("why", "Why", FieldType.TEXT, "")) == [("why", FieldState.EXISTS)]


def conflict() -> Reply:
    return Reply(409, {"status": "error", "category": "OBJECT_ALREADY_EXISTS", "message": "taken"})


def test_a_property_somebody_made_a_moment_ago_exists(hubspot: Adapter, server: Canned) -> None:
    server.will_answer(
        Reply(200, {"results": []}), Reply(200, {"results": []}), conflict(), conflict(), Reply(200, SCORE_LIVE)
    )
    assert ensure(hubspot, SCORE) == [("lt_score", FieldState.EXISTS)]


def test_a_deleted_property_that_holds_its_name_is_explained(hubspot: Adapter, server: Canned) -> None:
    missing = Reply(404, {"status": "error", "category": "OBJECT_NOT_FOUND", "message": "none"})
    server.will_answer(Reply(200, {"results": []}), Reply(200, {"results": [{"name": "lt"}]}), conflict(), missing)
    (outcome,) = hubspot.ensure_fields("lt", "Lead scoring", [SCORE])
    assert outcome.state is FieldState.FAILED
    assert "Archived properties" in outcome.message


def no_scope() -> Reply:
    needed = [{"message": "scope", "context": {"requiredGranularScopes": ["crm.schemas.contacts.write"]}}]
    return Reply(403, {"status": "error", "category": "MISSING_SCOPES", "message": "no", "errors": needed})


@pytest.mark.parametrize("group_is_there", [True, False])
def test_without_the_scope_the_admin_is_told_what_to_create(
    hubspot: Adapter, server: Canned, group_is_there: bool
) -> None:
    groups = [{"name": "lt"}] if group_is_there else []
    server.will_answer(Reply(200, {"results": [SCORE_LIVE]}), Reply(200, {"results": groups}), no_scope())
    score, tier = hubspot.ensure_fields("lt", "Lead scoring", [SCORE, TIER])
    assert score.state is FieldState.EXISTS
    assert tier.state is FieldState.FAILED
    assert "crm.schemas.contacts.write" in tier.message
    assert "internal name lt_tier: type choice with the options Hot, Cold" in tier.message


def test_a_refused_definition_gives_hubspots_sentence(hubspot: Adapter, server: Canned) -> None:
    refused = Reply(400, {"status": "error", "category": "VALIDATION_ERROR", "message": "You have reached your limit."})
    server.will_answer(Reply(200, {"results": []}), Reply(200, {"results": []}), Reply(201), refused)
    (outcome,) = hubspot.ensure_fields("lt", "Lead scoring", [SCORE])
    assert outcome.state is FieldState.FAILED
    assert "You have reached your limit." in outcome.message


def test_a_yes_or_no_field_gets_the_two_options_hubspot_wants(hubspot: Adapter, server: Canned) -> None:
    server.will_answer(Reply(200, {"results": []}), Reply(200, {"results": [{"name": "lt"}]}), Reply(201))
    ensure(hubspot, WantedField("hold", "Hold", FieldType.BOOLEAN, ""))
    assert [option["value"] for option in server.seen[2].body["options"]] == ["true", "false"]
