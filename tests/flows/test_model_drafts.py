"""The model's draft and its versions: nobody overwrites another silently, and what was published stays."""

from __future__ import annotations

from datetime import timedelta

import pytest

import mappings
from connector.flows import model_drafts, model_versions
from connector.flows.actors import Actor, Role
from connector.flows.model_drafts import BaseMoved, DraftMoved, ModelRefused, NothingChanged, open_draft
from connector.flows.model_edits import EditRefused
from connector.flows.publish import publish
from connector.flows.services import Refused, Services
from connector.store import audit, tenants
from connector.store import leads as lead_rows
from mappings import DocumentError
from tests.flows.conftest import World

ANN = Actor(1, "ann@agency.example", "Ann", Role.ADMIN)
BOB = Actor(2, "bob@agency.example", "Bob", Role.ADMIN)


@pytest.fixture
def svc(world: World) -> Services:
    found = world.services()
    publish(found, "personal_auto", "cli")
    return found


def last_entry(svc: Services) -> audit.Entry:
    with svc.store.read() as conn:
        return audit.entries(conn, svc.tenant.id)[0]


def test_an_agency_without_a_model_begins_with_the_starter_and_publishes_it_as_it_is(world: World) -> None:
    svc = world.services()
    draft = open_draft(svc)
    assert (draft.text, draft.edition, draft.live, draft.number) == (mappings.model_text("starter"), 0, None, 1)
    stored = model_drafts.publish(svc, ANN, 0)
    assert stored.label == "Starter v1"
    assert not open_draft(svc).changed


def test_edits_are_kept_in_the_draft_and_score_nobody(svc: Services) -> None:
    draft = model_drafts.edit(svc, ANN, 0, {"stages.SQL": "60"})
    assert (draft.edition, draft.based_on, draft.author, draft.changed) == (1, 1, ANN.email, True)
    assert open_draft(svc) == draft
    assert draft.live is not None
    assert "SQL: 65" in draft.live.document


def test_saving_what_is_there_already_saves_nothing(svc: Services) -> None:
    assert model_drafts.edit(svc, ANN, 0, {"stages.SQL": "65"}).edition == 0


def test_who_comes_second_is_told_and_nothing_is_lost(svc: Services) -> None:
    seen = open_draft(svc)
    model_drafts.edit(svc, ANN, seen.edition, {"stages.SQL": "60"}, seen.digest)
    with pytest.raises(DraftMoved) as moved:
        model_drafts.edit(svc, BOB, seen.edition, {"stages.MQL": "35"}, seen.digest)
    assert moved.value.theirs.author == ANN.email
    both = model_drafts.edit(svc, BOB, moved.value.theirs.edition, {"stages.MQL": "35"})
    assert "{MQL: 35, SQL: 60}" in both.text


def test_an_edition_that_comes_again_after_a_draft_was_thrown_away_is_not_taken_for_the_one_seen(svc: Services) -> None:
    seen = model_drafts.edit(svc, ANN, 0, {"stages.SQL": "60"})
    model_drafts.discard(svc, ANN, seen.edition)
    again = model_drafts.edit(svc, BOB, 0, {"stages.SQL": "70"})
    assert again.edition == seen.edition
    for story in (model_drafts.discard, model_drafts.rebase):
        with pytest.raises(DraftMoved):
            story(svc, ANN, seen.edition, seen.digest)
    with pytest.raises(DraftMoved):
        model_drafts.publish(svc, ANN, seen.edition, seen=seen.digest)


def test_what_makes_no_sense_is_refused_and_the_draft_stays(svc: Services) -> None:
    with pytest.raises(EditRefused):
        model_drafts.edit(svc, ANN, 0, {"stages.SQL": "600"})
    with pytest.raises(ModelRefused) as refused:
        model_drafts.save_text(svc, ANN, "name: X\nstages: {MQL: 50, SQL: 40}\n", 0)
    assert all(problem.line for problem in refused.value.problems)
    with pytest.raises(DocumentError):
        model_drafts.save_text(svc, ANN, "name: [", 0)
    assert open_draft(svc).edition == 0


def test_a_text_with_the_line_ends_of_a_browser_is_the_same_text(svc: Services) -> None:
    text = mappings.model_text("home")
    assert model_drafts.save_text(svc, ANN, text.replace("\n", "\r\n"), 0).text == text


def test_publishing_keeps_the_old_version_marks_every_lead_and_says_what_changed(world: World, svc: Services) -> None:
    scope = world.connect()
    world.sync(scope)
    with svc.store.read() as conn:
        assert lead_rows.count_dirty(conn, scope) == 0
    model_drafts.edit(svc, ANN, 0, {"stages.SQL": "60", "criteria.asked_for_quote.points": "35"})
    stored = model_drafts.publish(svc, BOB, 1, "More of those who ask")
    assert stored.version == 2
    assert open_draft(svc).edition == 0
    with svc.store.read() as conn:
        assert lead_rows.count_dirty(conn, scope) == len(world.crm.contacts)
    entry = last_entry(svc)
    assert (entry.actor, entry.detail) == (BOB.email, "Personal auto v2: More of those who ask")
    assert entry.change.before == "SQL: 65\nRequested a quote: 25 points"
    assert entry.change.after == "SQL: 60\nRequested a quote: 35 points"
    assert [each.note for each in model_versions.versions(svc)] == ["More of those who ask", ""]
    assert "SQL: 65" in model_versions.version(svc, 1).document


def test_nothing_to_publish_is_no_version(svc: Services) -> None:
    with pytest.raises(NothingChanged):
        model_drafts.publish(svc, ANN, 0)


def test_a_model_that_nobody_reaches_is_not_published(svc: Services) -> None:
    model_drafts.edit(svc, ANN, 0, {"hand_raiser.on": "no", "caps.fit": "1", "caps.engagement": "1"})
    with pytest.raises(ModelRefused, match="No pattern of good signs reaches"):
        model_drafts.publish(svc, ANN, 1)
    assert open_draft(svc).edition == 1


def test_a_draft_of_an_older_version_is_not_published_over_a_newer_one(svc: Services) -> None:
    draft = model_drafts.edit(svc, ANN, 0, {"stages.SQL": "60"})
    publish(svc, "home", "cli")
    with pytest.raises(BaseMoved) as moved:
        model_drafts.publish(svc, ANN, draft.edition)
    assert moved.value.live is not None
    assert moved.value.live.version == 2
    kept = model_drafts.rebase(svc, ANN, draft.edition)
    assert (kept.text, kept.based_on) == (draft.text, 2)
    assert model_drafts.publish(svc, ANN, kept.edition).version == 3


def test_discarding_says_in_the_trail_what_was_lost(svc: Services) -> None:
    model_drafts.edit(svc, ANN, 0, {"stages.SQL": "60"})
    assert not model_drafts.discard(svc, BOB, 1).changed
    entry = last_entry(svc)
    assert (entry.action, entry.change.before, entry.change.after) == ("discard draft", "SQL: 60", "SQL: 65")


def test_rolling_back_publishes_the_old_text_as_a_new_version(world: World, svc: Services) -> None:
    model_drafts.edit(svc, ANN, 0, {"stages.SQL": "60"})
    model_drafts.publish(svc, ANN, 1)
    world.now += timedelta(hours=1)
    stored = model_versions.roll_back(svc, BOB, 1, 2)
    assert stored.version == 3
    assert stored.document == model_versions.version(svc, 1).document
    assert last_entry(svc).change.after == "SQL: 65"
    with pytest.raises(BaseMoved):
        model_versions.roll_back(svc, BOB, 2, 2)
    with pytest.raises(Refused, match="already"):
        model_versions.roll_back(svc, BOB, 3, 3)
    with pytest.raises(LookupError):
        model_versions.roll_back(svc, BOB, 9, 3)


def test_versions_and_the_draft_are_compared_in_words(svc: Services) -> None:
    new = "id: forms\ngroup: engagement\npoints: 4\nactivity: form_submitted\n"
    model_drafts.edit(
        svc, ANN, 0, {"add.criterion.shared": new, "criteria.meeting.remove": "yes", "decay.0.percent": "12"}
    )
    assert [tuple(each) for each in model_versions.compare(svc, "1", "draft")] == [
        (
            "Decay",
            "10 % after 45 quiet days, 25 % after 90 quiet days",
            "12 % after 45 quiet days, 25 % after 90 quiet days",
        ),
        (
            "Booked a meeting or came to a meeting",
            "15 points: Booked a meeting or came to a meeting, within 60 days",
            "",
        ),
        ("Submitted a form", "", "4 points: Submitted a form"),
    ]
    for nonsense in ("9", "x", "²", "-1"):
        with pytest.raises(LookupError):
            model_versions.compare(svc, nonsense, "draft")


def test_a_comment_alone_is_a_change_too(svc: Services) -> None:
    draft = model_drafts.save_text(svc, ANN, "# Mine\n" + mappings.model_text("personal_auto"), 0)
    assert draft.changed
    assert [each.what for each in model_versions.compare(svc, "1", "draft")] == ["Comments and layout of the file"]


def test_a_shipped_model_becomes_the_draft_and_never_more(svc: Services) -> None:
    assert [each.name for each in model_versions.shipped()] == mappings.model_names()
    assert all(each.description for each in model_versions.shipped())
    draft = model_versions.begin_from(svc, ANN, "home", 0)
    assert draft.text == mappings.model_text("home")
    assert draft.live is not None
    assert draft.live.version == 1
    with pytest.raises(LookupError):
        model_versions.begin_from(svc, ANN, "../canonical", 1)


def test_another_agency_has_a_draft_of_its_own(world: World, svc: Services) -> None:
    model_drafts.edit(svc, ANN, 0, {"stages.SQL": "60"})
    with svc.store.write() as conn:
        stranger = tenants.add_tenant(conn, "another", "UTC", 0)
    other = svc.for_tenant(stranger.id)
    assert open_draft(other).live is None
    assert open_draft(other).edition == 0
    with pytest.raises(LookupError):
        model_versions.version(other, 1)
