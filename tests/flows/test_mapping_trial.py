"""A record read by a draft of the mapping: in the CRM, as we read it, and the score it would have."""

from __future__ import annotations

from dataclasses import replace

import pytest

from adapters.contract import Choice, CrmField, FieldType, Misconfigured, QuotaSpent
from connector.flows.explain import explain
from connector.flows.mapping_drafts import MappingDraft, as_draft, open_draft
from connector.flows.mapping_edits import apply
from connector.flows.mapping_trial import NEVER, Trial, trial
from connector.flows.services import Services
from connector.store.database import Scope
from tests.flows.conftest import World


def draft_with(svc: Services, scope: Scope, **edits: str) -> MappingDraft:
    """The draft with these edits; `__` stands for the dot of a path."""
    now = open_draft(svc, scope)
    return as_draft(svc, scope, apply(now.text, {path.replace("__", "."): value for path, value in edits.items()}))


def tried(world: World, scope: Scope, typed: str, **edits: str) -> Trial:
    svc = world.services()
    return trial(svc, draft_with(svc, scope, **edits), typed)


def read(found: Trial) -> dict[str, object]:
    return {one.field: one.value for one in found.fields if one.value is not None}


@pytest.fixture
def scope(world: World) -> Scope:
    made = world.connect()
    world.sync(made)
    return made


def test_the_live_mapping_gives_the_very_card_the_lead_has(world: World, scope: Scope) -> None:
    found = tried(world, scope, "1012")
    card = explain(world.services(), "1012", None).card
    assert found.card is not None
    assert card is not None
    assert (found.card.score, found.card.tier, found.card.reasons) == (card.score, card.tier, card.reasons)
    assert [line[1:3] for line in found.card.lines] == [line[1:3] for line in card.lines]
    assert sum(line.points for line in found.card.lines) == found.card.score
    assert found.who is not None
    assert found.who.name == "P12"


def test_a_draft_that_reads_another_property_shows_what_it_would_give_and_stores_nothing(
    world: World, scope: Scope
) -> None:
    world.crm.fields["years"] = CrmField("years", "Years", FieldType.TEXT)
    world.crm.person("1012", firstname="P12", state="TX", years="41 years", age="88")
    with world.store.read() as conn:
        tables = ("lead", "activity", "card", "draft", "problem", "audit", "connection")
        before = {name: list(conn.exec_driver_sql(f"SELECT * FROM {name}")) for name in tables}
    found = tried(world, scope, "1012", field__age__from="years")
    assert read(found)["age"] == 41
    row = next(one for one in found.fields if one.field == "age")
    assert (row.property, row.held, row.note) == ("years", "41 years", "")
    with world.store.read() as conn:
        assert {name: list(conn.exec_driver_sql(f"SELECT * FROM {name}")) for name in tables} == before


def test_a_value_that_cannot_be_read_stands_beside_why_also_where_it_is_personal(world: World, scope: Scope) -> None:
    world.crm.fields["dob"] = CrmField("dob", "DOB", FieldType.TEXT)
    world.crm.person("1012", firstname="P12", age="199", dob="31 February")
    notes = {one.field: one.note for one in tried(world, scope, "1012", field__date_of_birth__from="dob").fields}
    assert notes["age"] == "Not a number from 1 to 120; it counts as empty."
    assert "Not a day such as" in notes["date_of_birth"]
    assert "Empty" in notes["state"]


def test_an_option_is_shown_by_its_label(world: World, scope: Scope) -> None:
    choices = (Choice("3", "$100k - $150k"), Choice("4", "More"))
    world.crm.fields["household_income"] = CrmField("household_income", "Income", FieldType.CHOICE, choices=choices)
    world.crm.person("1012", firstname="P12", household_income="3")
    row = next(o for o in tried(world, scope, "1012").fields if o.field == "household_income")
    assert (row.held, row.value) == ("$100k - $150k", 100_000)


def test_an_outcome_is_marked_as_never_an_input(world: World, scope: Scope) -> None:
    world.crm.fields["lifecyclestage"] = CrmField("lifecyclestage", "Stage", FieldType.TEXT)
    world.crm.person("1012", firstname="P12", lifecyclestage="customer")
    found = tried(world, scope, "1012", field__lifecycle_stage__from="lifecyclestage")
    assert [(one.field, one.note) for one in found.fields if one.outcome] == [("lifecycle_stage", NEVER)]


def test_nobody_named_offers_the_last_ten_and_a_name_offers_those_of_that_name(world: World, scope: Scope) -> None:
    assert [offer.name for offer in tried(world, scope, " ").offers] == [f"P{n}" for n in range(22, 12, -1)]
    world.crm.person("2001", firstname="Ann", lastname="Lee", state="TX")
    world.crm.person("2002", firstname="Ann", lastname="Lopez")
    world.sync(scope)
    found = tried(world, scope, "ann l")
    assert {(offer.crm_id, offer.name) for offer in found.offers} == {("2001", "Ann Lee"), ("2002", "Ann Lopez")}
    assert found.who is None
    one = tried(world, scope, "Ann LOPEZ")
    assert one.who is not None
    assert one.who.crm_id == "2002"
    assert "Nobody here is called" in tried(world, scope, "Nobody Atall").trouble


def test_a_contact_that_was_never_synced_is_tried_by_name_from_the_newest_ones_and_by_id(world: World) -> None:
    scope = world.connect()
    found = tried(world, scope, "P7")
    assert found.who is not None
    assert found.who.crm_id == "1007"
    assert found.card is not None
    assert found.act_total > 0
    assert [offer.crm_id for offer in tried(world, scope, "").offers][:2] == ["1022", "1021"]


def test_the_activities_are_those_of_the_crm_now_by_the_drafts_rules(world: World, scope: Scope) -> None:
    world.crm.act("calls:77", "1012", days=0.1, hs_call_direction="INBOUND")
    found = tried(world, scope, "1012")
    assert (found.acts[0].type, found.acts[0].kind) == ("calls", "called_us")
    other = tried(world, scope, "1012", activity__calls__otherwise="other", activity__calls__rule__0__remove="1")
    assert other.acts[0].kind == "other"


def test_a_merged_record_is_shown_as_what_it_became(world: World, scope: Scope) -> None:
    gone = world.crm.contacts.pop("1012")
    world.crm.contacts["1013"] = replace(world.crm.contacts["1013"], replaces=(gone.id,))
    found = trial(world.services(), open_draft(world.services(), scope), "#13")
    assert found.who is not None
    assert found.who.crm_id == "1013"


def test_a_record_the_crm_does_not_have_is_a_sentence(world: World, scope: Scope) -> None:
    del world.crm.contacts["1012"]
    found = tried(world, scope, "1012")
    assert "has no record 1012" in found.trouble
    assert found.who is None


def test_a_sick_crm_is_a_sentence_and_a_missing_permission_leaves_the_fields(world: World, scope: Scope) -> None:
    svc = world.services()
    draft = open_draft(svc, scope)

    def spent(what: str) -> None:
        raise QuotaSpent("The day's calls are used up.")

    world.crm.on_call = spent
    assert trial(svc, draft, "1012").trouble == "The day's calls are used up."

    def closed(what: str) -> None:
        if what == "activities_of":
            raise Misconfigured("The scope for calls is missing.")

    world.crm.on_call = closed
    found = trial(svc, draft, "1012")
    assert "Not all activities could be read. The scope for calls is missing." in found.notes
    assert read(found)["state"] == "NY"
    assert found.card is not None


def test_without_a_model_the_fields_are_shown_and_the_rest_is_said(world: World, scope: Scope) -> None:
    with world.store.write() as conn:
        conn.exec_driver_sql("DELETE FROM model")
    found = tried(world, scope, "1012")
    assert found.card is None
    assert "No model is published" in found.notes[0]
    assert read(found)["age"] == 42
