"""Publishing a field mapping: numbered, checked against the CRM as it is, in force at once, undone by rolling back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

import mappings
from adapters.contract import Retry
from connector.flows.connect import connect
from connector.flows.mapping_drafts import DraftMoved, open_draft, take_as_newest
from connector.flows.mapping_fields_made import create
from connector.flows.mapping_versions import BaseMoved, PublishRefused, compare, history, publish, roll_back, version
from connector.flows.parts import DirectSteps, advance
from connector.flows.publish import publish as publish_model
from connector.flows.services import Refused, Services
from connector.flows.sync import STORY, begin, sync
from connector.store import audit, leads, models, tenants
from connector.store.database import Scope
from tests.flows.conftest import World
from tests.flows.crm import NOW
from tests.flows.mapping_world import ANA, BEN, NONE, PETS, house, publish_edits, save

Place = tuple[World, Services, Scope]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    world = house(tmp_path)
    scope = world.connect()
    yield world, world.services(), scope
    world.store.close()


def fields_of(world: World, scope: Scope, crm_id: str) -> dict[str, object]:
    with world.store.read() as conn:
        rows = conn.exec_driver_sql("SELECT fields FROM lead WHERE crm_id = ?", (crm_id,))
        return dict(json.loads(rows.scalar_one()))


def count_leads(world: World) -> int:
    with world.store.read() as conn:
        return int(conn.exec_driver_sql("SELECT count(*) FROM lead WHERE known").scalar_one())


def set_all(world: World, **properties: str) -> None:
    for crm_id, record in world.crm.contacts.items():
        world.crm.contacts[crm_id] = replace(record, properties={**record.properties, **properties})


def model_with(svc: Services, path: Path, criterion: str) -> None:
    """Publishes the starter model with one criterion more."""
    text = mappings.model_text("starter").replace("\ncriteria:\n", f"\ncriteria:\n{criterion}", 1)
    (path / "own.yaml").write_text(text)
    publish_model(svc, str(path / "own.yaml"), "test")


PET_OWNERS = """  - id: pet_owner
    group: fit
    text: Has pets
    points: 5
    when: {field: pets, at_least: 1}
"""


def test_connecting_makes_version_1_and_publishing_the_next(place: Place) -> None:
    _, svc, scope = place
    assert [one.version for one in history(svc, scope)] == [1]
    assert publish_edits(svc, scope, {"field.age.from": "client_age"}) == 2
    newest = history(svc, scope)[0]
    assert (newest.version, newest.author, newest.published_at) == (2, ANA.email, svc.now())
    assert not open_draft(svc, scope).changed
    assert {one.name: one.property for one in svc.mapping(scope).fields}["age"] == "client_age"


def test_a_version_never_changes_and_names_one_property_a_field(place: Place) -> None:
    _, svc, scope = place
    publish_edits(svc, scope, {"field.age.max": "99"})
    before = version(svc, scope, 2)
    publish_edits(svc, scope, {"field.age.max": "50"})
    assert version(svc, scope, 2) == before
    assert "state: {from: state}" in before.source


def test_every_process_reads_by_the_new_version_at_once_and_the_next_sync_reads_everything(place: Place) -> None:
    world, svc, scope = place
    world.sync(scope)
    set_all(world, client_age="61")
    other = world.services()
    publish_edits(svc, scope, {"field.age.from": "client_age"})
    assert {one.name: one.property for one in other.mapping(scope).fields}["age"] == "client_age"
    for crm_id, record in world.crm.contacts.items():
        world.crm.contacts[crm_id] = replace(record, updated_at=NOW - timedelta(days=300))  # no search would bring them
    world.sync(scope)
    assert {fields_of(world, scope, crm_id)["age"] for crm_id in world.crm.contacts} == {61}


def test_publishing_in_the_middle_of_a_sync_ends_right(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody's fields are blank meanwhile, and the sync after it reads by the new version what this one did not."""
    world, svc, scope = place
    monkeypatch.setattr("connector.flows.sync.PAGES_A_SLICE", 1)
    set_all(world, client_age="61")
    steps = DirectSteps(svc.sleep)
    run = begin(svc, scope)
    while not count_leads(world):
        advance(STORY, svc, scope, run.id)
    publish_edits(world.services(), scope, {"field.age.from": "client_age"})
    sync(svc, scope, run.id, steps)
    assert all("age" in fields_of(world, scope, crm_id) for crm_id in world.crm.contacts)
    world.sync(scope)
    assert {fields_of(world, scope, crm_id)["age"] for crm_id in world.crm.contacts} == {61}


def test_a_sync_that_was_cut_off_before_the_change_begins_anew_after_it(place: Place) -> None:
    world, svc, scope = place
    calls: list[str] = []

    def failing(what: str) -> None:
        calls.append(what)
        if calls.count("contacts") == 3:
            raise Refused("cut off")

    world.crm.on_call = failing
    world.sync(scope)
    world.crm.on_call = lambda _: None
    set_all(world, client_age="61")
    publish_edits(svc, scope, {"field.age.from": "client_age"})
    world.sync(scope)
    assert {fields_of(world, scope, crm_id)["age"] for crm_id in world.crm.contacts} == {61}


def test_nothing_is_published_while_something_blocks_or_the_crm_is_down(place: Place) -> None:
    world, svc, scope = place
    edition = save(svc, scope, {"field.age.max": "99"})
    with pytest.raises(PublishRefused, match="required") as caught:
        publish(svc, scope, ANA, edition)
    assert {one.where for one in caught.value.problems} == {"employer_size", "owner_id"}
    edition = save(svc, scope, NONE)

    def down(_: str) -> None:
        raise Retry(admin="The CRM does not answer.", log="503")

    world.crm.on_call = down
    with pytest.raises(Refused, match="does not answer"):
        publish(svc, scope, ANA, edition)
    assert [one.version for one in history(svc, scope)] == [1]
    assert open_draft(svc, scope).edition == edition


def test_a_property_that_was_deleted_since_the_page_was_opened_stops_publishing(place: Place) -> None:
    world, svc, scope = place
    edition = save(svc, scope, {**NONE, "field.age.from": "client_age"})
    del world.crm.fields["client_age"]
    with pytest.raises(PublishRefused, match="client_age"):
        publish(svc, scope, ANA, edition)


def test_what_another_saved_is_not_published_unseen(place: Place) -> None:
    _, svc, scope = place
    seen = save(svc, scope, NONE)
    save(svc, scope, {"field.age.max": "50"}, BEN)
    with pytest.raises(DraftMoved):
        publish(svc, scope, ANA, seen)


def test_a_draft_begun_before_another_version_does_not_undo_it_unseen(place: Place) -> None:
    _, svc, scope = place
    edition = save(svc, scope, {**NONE, "field.age.max": "99"})
    roll_back(svc, scope, BEN, 1)
    publish_2 = open_draft(svc, scope)
    assert publish_2.base_moved
    with pytest.raises(BaseMoved) as caught:
        publish(svc, scope, ANA, edition)
    assert caught.value.theirs is not None
    assert caught.value.theirs.author == BEN.email
    edition = take_as_newest(svc, scope, ANA, edition).edition
    assert publish(svc, scope, ANA, edition) == 3


def test_rolling_back_publishes_the_old_version_again(place: Place) -> None:
    _, svc, scope = place
    publish_edits(svc, scope, {"field.age.from": "client_age", "signal.counters.email_opened": ""})
    publish_edits(svc, scope, {"field.age.from": "pets"})
    assert roll_back(svc, scope, ANA, 2) == 4
    assert compare(svc, scope, 2, 4).differences == []
    assert {one.name: one.property for one in svc.mapping(scope).fields}["age"] == "client_age"
    with pytest.raises(LookupError):
        roll_back(svc, scope, ANA, 99)


def test_two_versions_are_compared_in_words(place: Place) -> None:
    _, svc, scope = place
    calls = "activity.calls."
    rule = {f"{calls}rule.0.remove": "1", f"{calls}new.when": "a = b | (empty)", f"{calls}new.kind": "called_us"}
    fields = {"field.age.from": "client_age", "field.age.max": "", "field.product_interest.option.Gap": "home"}
    off = {f"{calls}otherwise": "note_logged", "signal.dated.conversion": "", "custom.lead_source.choices": "Radio"}
    publish_edits(svc, scope, {**fields, **off, **rule, **PETS})
    assert compare(svc, scope, 1, 2).differences == [
        "Age comes from “Client age” (client_age) instead of “age” (age).",
        "Age: the largest value that counts is no limit instead of 120.",
        "Product interest: “gap” stands for home.",
        "Pets is read from “Pets at home” (pets).",
        "“Lead source” may be radio too.",
        "“Pets” is a new field of your own (number).",
        "Calls: no longer, where hs_call_direction is “INBOUND”, it counts as “Called us”.",
        "Calls: now, where a is “b” or “”, it counts as “Called us”.",
        "Calls: any other counts as “Note logged” instead of “Other”.",
        "The signal “Conversion” of the contact is not read any more.",
    ]
    assert compare(svc, scope, 2, 2).differences == []


def test_other_names_for_score_fields_are_written_once_they_are_there(place: Place) -> None:
    world, svc, scope = place
    world.sync(scope)
    edition = save(svc, scope, {**NONE, "prefix": "agency_"})
    with pytest.raises(PublishRefused, match="nothing would be written"):
        publish(svc, scope, ANA, edition)
    create(svc, scope, ANA)
    publish(svc, scope, ANA, edition)
    world.sync(scope)
    written = world.crm.written["1000"]
    assert written["agency_score"] == written["leadtier_score"]


def test_the_audit_trail_says_what_changed(place: Place) -> None:
    _, svc, scope = place
    publish_edits(svc, scope, {"field.age.from": "client_age"})
    with svc.store.read() as conn:
        entry = audit.entries(conn, scope.tenant_id)[0]
    assert (entry.actor, entry.action, entry.detail) == (ANA.email, "publish mapping", "hubspot")
    assert entry.change.before == "version 1"
    assert "Age comes from “Client age”" in entry.change.after


def test_an_own_field_is_the_agencys_once_published_and_the_model_can_read_it(place: Place, tmp_path: Path) -> None:
    world, svc, scope = place
    publish_edits(svc, scope, PETS)
    assert svc.vocabulary.fields["pets"].label == "Pets"
    fresh = world.services()
    assert fresh.vocabulary.fields["pets"].unit == "animals"
    set_all(world, pets="2")
    world.sync(scope)
    assert fields_of(world, scope, "1000")["pets"] == 2
    model_with(fresh, tmp_path, PET_OWNERS)
    world.sync(scope)
    with world.store.read() as conn:
        lines = conn.exec_driver_sql("SELECT document FROM card").scalars().all()
    assert all("pet_owner" in text for text in lines)


def test_an_own_field_that_the_published_model_reads_stays_and_the_criterion_is_named(
    place: Place, tmp_path: Path
) -> None:
    _, svc, scope = place
    publish_edits(svc, scope, PETS)
    model_with(svc, tmp_path, PET_OWNERS)
    edition = save(svc, scope, {"custom.pets.remove": "1"})
    with pytest.raises(PublishRefused, match=r"“Has pets” \(pet_owner\)"):
        publish(svc, scope, ANA, edition)
    publish_model(svc, "starter", "test")
    assert publish(svc, scope, ANA, open_draft(svc, scope).edition) == 3
    assert "pets" not in svc.vocabulary.fields
    with svc.store.read() as conn:
        assert json.loads(tenants.tenant_by_id(conn, scope.tenant_id).custom_fields) == {}


def test_a_product_line_of_ones_own_can_be_mapped_and_stays_while_the_model_has_it(
    place: Place, tmp_path: Path
) -> None:
    _, svc, scope = place
    own = {"custom.product_interest.choices": "Umbrella"}
    save(svc, scope, own)
    publish_edits(
        svc, scope, {"field.product_interest.from": "line", "field.product_interest.option.Umbrella cover": "umbrella"}
    )
    assert "umbrella" in svc.vocabulary.fields["product_interest"].choices
    text = mappings.model_text("starter").replace("id: term_life", "id: umbrella", 1)
    (tmp_path / "own.yaml").write_text(text)
    publish_model(svc, str(tmp_path / "own.yaml"), "test")
    edition = save(
        svc, scope, {"custom.product_interest.choices": "", "field.product_interest.option.Umbrella cover": ""}
    )
    with pytest.raises(PublishRefused, match="umbrella"):
        publish(svc, scope, ANA, edition)


def test_the_model_that_scores_is_never_left_without_its_words(place: Place) -> None:
    _, svc, scope = place
    with svc.store.read() as conn:
        before = models.published_version(conn, scope.tenant_id)
    publish_edits(svc, scope, PETS)
    with svc.store.read() as conn:
        assert models.published_version(conn, scope.tenant_id) == before


def test_a_signal_that_is_switched_off_is_forgotten_and_scores_follow(place: Place) -> None:
    world, svc, scope = place
    world.sync(scope)
    count = "SELECT count(*) FROM activity WHERE source_id LIKE 'signal:conversion:%'"
    with world.store.read() as conn:
        assert conn.exec_driver_sql(count).scalar_one() > 0
    publish_edits(svc, scope, {"signal.dated.conversion": ""})
    world.sync(scope)
    with world.store.read() as conn:
        assert conn.exec_driver_sql(count).scalar_one() == 0
        assert leads.counts(conn, scope)["dirty"] == 0


def test_publishing_again_what_is_live_makes_no_version(place: Place) -> None:
    _, svc, scope = place
    publish_edits(svc, scope, {"field.age.max": "99"})
    assert publish(svc, scope, ANA, 0) == 2
    assert [one.version for one in history(svc, scope)] == [2, 1]


def test_connecting_again_with_a_file_is_a_new_version(place: Place) -> None:
    world, svc, scope = place
    text = mappings.package_text("hubspot.yaml").replace("[age, current_age]", "[client_age]")
    connect(world.services(), "hubspot", {"token": "secret-token"}, None, "hubspot", text)
    assert [one.version for one in history(svc, scope)] == [2, 1]
    assert compare(svc, scope, 1, 2).differences == ["Age comes from “Client age” (client_age) instead of “age” (age)."]


def test_connecting_again_keeps_what_was_edited_whatever_was_connected_in_between(place: Place) -> None:
    world, svc, scope = place
    publish_edits(svc, scope, {"field.age.from": "client_age", **PETS})
    for _ in range(2):
        world.crm.fields.pop("leadtier_score")
        connect(world.services(), "hubspot", {"token": "secret-token"}, None, "hubspot")
        given = {one.name: one.property for one in svc.mapping(scope).fields}
        assert (given["age"], given["pets"]) == ("client_age", "pets")


def test_connecting_with_another_file_reads_everything_again(place: Place) -> None:
    world, _, scope = place
    world.sync(scope)
    set_all(world, client_age="61")
    for crm_id, record in world.crm.contacts.items():
        world.crm.contacts[crm_id] = replace(record, updated_at=NOW - timedelta(days=300))
    text = mappings.package_text("hubspot.yaml").replace("[age, current_age]", "[client_age]")
    connect(world.services(), "hubspot", {"token": "secret-token"}, None, "hubspot", text)
    world.sync(scope)
    assert {fields_of(world, scope, crm_id)["age"] for crm_id in world.crm.contacts} == {61}
