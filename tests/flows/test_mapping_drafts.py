"""Drafts of a field mapping: what they begin from, two admins, pasted files, a CRM that is down."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import mappings
from adapters.contract import FieldType, Retry
from connector.core.mapping import MappingRefused
from connector.flows.mapping_checks import findings, required
from connector.flows.mapping_drafts import DraftMoved, discard, edit, open_draft, save_text
from connector.flows.mapping_edits import EditRefused
from connector.flows.mapping_matches import Matches
from connector.flows.mapping_rows import Status, rows
from connector.flows.services import Services
from connector.store.database import Scope
from tests.flows.conftest import World
from tests.flows.mapping_world import ANA, BEN, house, save

Place = tuple[World, Services, Scope]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    world = house(tmp_path)
    scope = world.connect()
    yield world, world.services(), scope
    world.store.close()


def blocking(svc: Services, scope: Scope) -> set[str]:
    return {one.where for one in findings(open_draft(svc, scope), required(svc)) if one.blocking}


def test_a_draft_begins_from_what_is_live_with_every_field_narrowed_to_its_property(place: Place) -> None:
    _, svc, scope = place
    draft = open_draft(svc, scope)
    assert (draft.edition, draft.based_on, draft.changed) == (0, 1, False)
    assert draft.bound.fields == tuple(replace(one, spec=by_name(draft, one.name)) for one in draft.live.fields)
    assert by_name(draft, "age").candidates == ("age",)
    assert len(by_name(draft, "vehicles").candidates) > 1
    assert "# How a HubSpot contact becomes a lead" in draft.text


def by_name(draft, name):  # type: ignore[no-untyped-def]
    ours = {one.reads.name: one.reads for one in draft.mapping.score_fields.fields if one.reads}
    known = {one.name: one for one in draft.mapping.fields}
    if name in ours:
        return replace(ours[name], candidates=(f"leadtier_{name}",))
    return known[name]


def test_a_property_is_chosen_by_its_label_or_its_name(place: Place) -> None:
    _, svc, scope = place
    save(svc, scope, {"field.age.from": "Client age", "field.vehicles.from": "pets"})
    given = {one.name: one.property for one in open_draft(svc, scope).bound.fields}
    assert (given["age"], given["vehicles"]) == ("client_age", "pets")


def test_a_property_nobody_has_is_refused_with_the_nearest_name(place: Place) -> None:
    _, svc, scope = place
    with pytest.raises(EditRefused, match="Did you mean “Client age”") as caught:
        save(svc, scope, {"field.age.from": "Clients age"})
    assert list(caught.value.problems) == ["field.age.from"]
    assert not open_draft(svc, scope).changed


def test_the_second_of_two_admins_is_told_and_overwrites_nothing(place: Place) -> None:
    _, svc, scope = place
    seen = open_draft(svc, scope).edition
    edit(svc, scope, ANA, seen, {"field.age.max": "99"})
    with pytest.raises(DraftMoved) as caught:
        edit(svc, scope, BEN, seen, {"field.age.max": "50"})
    assert caught.value.theirs is not None
    assert caught.value.theirs.author == ANA.email
    draft = open_draft(svc, scope)
    assert (by_name(draft, "age").high, draft.edition) == (99, 1)
    assert by_name(edit(svc, scope, BEN, draft.edition, {"field.zip.from": "pets"}), "age").high == 99


def test_a_draft_is_thrown_away_only_by_who_saw_it(place: Place) -> None:
    _, svc, scope = place
    edition = save(svc, scope, {"field.age.max": "99"})
    with pytest.raises(DraftMoved):
        discard(svc, scope, BEN, edition - 1)
    discard(svc, scope, BEN, edition)
    assert not open_draft(svc, scope).changed


def test_a_required_field_blocks_until_somebody_answers_for_it(place: Place) -> None:
    _, svc, scope = place
    assert blocking(svc, scope) == {"employer_size", "owner_id"}
    save(svc, scope, {"field.employer_size.none": "1", "field.owner_id.from": "pets"})
    assert blocking(svc, scope) == set()


def test_a_date_of_birth_answers_for_the_age(place: Place) -> None:
    world, svc, scope = place
    del world.crm.fields["age"]
    world.crm.fields["born_on"] = replace(world.crm.fields["pets"], name="born_on", label="Born", type=FieldType.DATE)
    svc.looks.forget(scope)
    assert "age" in blocking(svc, scope)
    save(svc, scope, {"field.date_of_birth.from": "born_on"})
    assert "age" not in blocking(svc, scope)


def test_a_match_by_likeness_alone_blocks_until_somebody_agrees(place: Place) -> None:
    world, svc, scope = place
    world.crm.fields["number_of_vehicles"] = replace(world.crm.fields["pets"], name="number_of_vehicles", label="Cars")
    svc.looks.forget(scope)
    assert "vehicles" in blocking(svc, scope)
    save(svc, scope, {"field.vehicles.confirmed": "number_of_vehicles"})
    assert "vehicles" not in blocking(svc, scope)


def test_a_chosen_property_that_goes_blocks_and_nothing_like_it_takes_its_place(place: Place) -> None:
    world, svc, scope = place
    save(svc, scope, {"field.vehicles.from": "pets"})
    world.crm.fields["Pets"] = replace(world.crm.fields.pop("pets"), name="Pets", label="pets")
    svc.looks.forget(scope)
    assert "vehicles" in blocking(svc, scope)
    assert "vehicles" not in {one.name for one in open_draft(svc, scope).bound.fields}


def test_a_property_by_which_people_may_not_be_scored_blocks_with_reason_and_source(place: Place) -> None:
    _, svc, scope = place
    save(svc, scope, {"field.industry.from": "Religion"})
    (said,) = [one for one in findings(open_draft(svc, scope), frozenset()) if one.where == "industry" and one.blocking]
    assert "Religion" in said.text
    assert "Source:" in said.mend


def test_a_protected_field_of_ones_own_is_refused_beside_its_name(place: Place) -> None:
    _, svc, scope = place
    with pytest.raises(EditRefused, match="Source:") as caught:
        save(svc, scope, {"new.label": "Ethnic group", "new.type": "text", "new.from": "pets"})
    assert list(caught.value.problems) == ["custom.ethnic_group.label"]


@pytest.mark.parametrize(
    "text", ["a: [1", "just words", "version: 1\ncrm: hubspot\nfields: {shoe_size: {from: x}}", ""]
)
def test_a_pasted_file_that_is_no_mapping_is_refused_and_nothing_is_saved(place: Place, text: str) -> None:
    _, svc, scope = place
    with pytest.raises((MappingRefused, mappings.DocumentError)):
        save_text(svc, scope, ANA, text, 0)
    assert not open_draft(svc, scope).changed


def test_a_file_for_another_kind_of_crm_is_refused(place: Place) -> None:
    _, svc, scope = place
    with pytest.raises(EditRefused, match="salesforce"):
        save_text(svc, scope, ANA, mappings.package_text("salesforce.yaml"), 0)


def test_a_file_becomes_the_draft_and_what_it_matches_anew_waits_for_somebody_to_agree(place: Place) -> None:
    _, svc, scope = place
    text = mappings.package_text("hubspot.yaml").replace("[age, current_age]", "[client_age, age]")
    draft = save_text(svc, scope, ANA, text, 0)
    assert draft.text == text
    assert "age" in blocking(svc, scope)


def test_while_the_crm_is_down_the_draft_stays_open_and_can_be_edited(place: Place) -> None:
    world, svc, scope = place

    def down(_: str) -> None:
        raise Retry(admin="The CRM does not answer.", log="503")

    world.crm.on_call = down
    draft = open_draft(svc, scope)
    assert "does not answer" in draft.look.trouble
    assert {one.property for one in draft.bound.fields} == {one.property for one in draft.live.fields}
    save(svc, scope, {"field.age.from": "client_age"})
    assert by_name(open_draft(svc, scope), "age").candidates == ("client_age",)


def test_rows_say_how_each_field_stands(place: Place) -> None:
    _world, svc, scope = place
    save(svc, scope, {"field.age.from": "age", "field.zip.none": "1"})
    draft = open_draft(svc, scope)
    made = rows(svc, draft, required(svc), findings(draft, required(svc)))
    status = {row.name: row.status for row in (*made.inputs, *made.outcomes)}
    assert status["age"] is Status.CONFIRMED
    assert status["state"] is Status.MATCHED
    assert status["zip"] is Status.NOT_KEPT
    assert status["owner_id"] is Status.MISSING
    assert status["vehicles"] is Status.NONE
    state = next(row for row in made.inputs if row.name == "state")
    assert set(state.sample.values if state.sample else ()) == {"TX", "NY"}
    assert "%" in state.reason
    assert "Drives “" in state.why
    assert [row.name for row in made.outcomes] == ["lifecycle_stage", "lead_status", "policy_number", "annual_premium"]


def test_options_show_what_each_stands_for_and_which_are_lost(place: Place) -> None:
    _, svc, scope = place
    save(svc, scope, {"field.product_interest.from": "line"})
    draft = open_draft(svc, scope)
    row = next(one for one in rows(svc, draft, frozenset(), ()).inputs if one.name == "product_interest")
    assert [(one.theirs, one.read, one.lost) for one in row.options] == [
        ("Umbrella cover", "", True),
        ("Term Life", "term_life", False),
    ]


def test_matching_automatically_only_proposes(place: Place) -> None:
    world, svc, scope = place
    world.crm.fields["number_of_vehicles"] = replace(world.crm.fields["pets"], name="number_of_vehicles", label="Cars")
    svc.looks.forget(scope)
    found = {one.spec.name: one for one in Matches(open_draft(svc, scope)).proposals()}
    assert found["vehicles"].match.property == "number_of_vehicles"
    assert found["vehicles"].match.percent >= 80
    assert not open_draft(svc, scope).changed
