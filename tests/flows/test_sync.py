"""What a sync promises: everything read, scored and written once, whatever happens in between."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.contract import (
    Broken,
    Choice,
    CrmField,
    FieldType,
    Misconfigured,
    Need,
    OutcomeState,
    Permission,
    RowProblem,
    WriteResult,
    WriteStatus,
)
from connector.flows import meters
from connector.flows import sync as story
from connector.flows.explain import explain
from connector.flows.progress import Summary
from connector.flows.services import Refused
from connector.flows.sync import begin
from connector.store.database import Scope
from tests.flows.conftest import World, same
from tests.flows.crm import NOW, FakeAdapter, Killed
from tests.flows.looking import problems, rows


def test_a_first_sync_scores_and_writes_every_lead(world: World) -> None:
    done = world.sync(world.connect())
    assert (done.run.state, done.run.contacts, done.run.activities) == ("done", 23, 23)
    assert done.run.scored == done.run.written == 23
    assert set(world.crm.written) == set(world.crm.contacts)
    assert sum(done.tiers.values()) == 23
    quoted = world.crm.written["1003"]
    assert quoted["leadtier_reason_1"] == "Requested a quote on 18 Nov (+25)"
    assert quoted["leadtier_score"] == str(sum(int(p[1]) for p in lines(world, "1003")))


def lines(world: World, crm_id: str) -> list[tuple[str, int]]:
    return [(line.text, line.points) for line in explain(world.services(), crm_id, None).card.lines]


def test_operators_see_in_the_metrics_what_a_run_did(world: World) -> None:
    def shown() -> list[float]:
        of = meters.REGISTRY.get_sample_value
        ended = of("leadtier_runs_ended_total", {"kind": "sync", "state": "done"})
        return [ended or 0, of("leadtier_leads_scored_total") or 0, of("leadtier_records_written_total") or 0]

    before = shown()
    world.sync(world.connect())
    assert [now - was for now, was in zip(shown(), before, strict=True)] == [1, 23, 23]


def test_a_second_sync_with_nothing_changed_writes_nothing(world: World) -> None:
    scope = world.connect()
    world.sync(scope)
    before = len(world.crm.writes)
    again = world.sync(scope)
    assert again.run.state == "done"
    assert (again.run.scored, again.run.written, len(world.crm.writes)) == (0, 0, before)


def test_a_new_day_moves_only_what_time_moves(world: World) -> None:
    scope = world.connect()
    world.sync(scope)
    world.crm.writes.clear()
    world.now += timedelta(days=11)
    later = world.sync(scope)
    assert later.run.written == len(world.crm.writes)
    assert 0 < later.run.written <= later.run.scored < 23


@pytest.mark.parametrize("killed_at", range(1, 34, 2))
def test_killed_at_any_call_and_started_again_it_ends_the_same(
    world: World, undisturbed: tuple[World, Summary], killed_at: int
) -> None:
    scope = world.connect()
    calls = 0

    def kill(what: str) -> None:
        nonlocal calls
        calls += 1
        if calls == killed_at:
            raise Killed

    world.crm.on_call = kill
    _die(world, scope)
    world.crm.on_call = lambda what: None
    assert world.sync(scope).run.state == "done"
    same(undisturbed[0], world)
    values: dict[tuple[str, str], set[str | None]] = {}
    for crm_id, written in world.crm.writes:
        for name, value in written.items():
            if not name.endswith("scored_at"):
                values.setdefault((crm_id, name), set()).add(value)
    assert all(len(seen) == 1 for seen in values.values()), "a row was written twice with different values"


def _die(world: World, scope: Scope) -> None:
    try:
        world.sync(scope)
    except Killed:
        return


@pytest.mark.parametrize("stored_pages", range(10))
def test_killed_between_two_pages_it_goes_on_with_the_next(
    world: World, undisturbed: tuple[World, Summary], monkeypatch: pytest.MonkeyPatch, stored_pages: int
) -> None:
    scope = world.connect()
    take, taken = story._take, 0

    def counted(*args: object) -> None:
        nonlocal taken
        if taken == stored_pages:
            raise Killed
        take(*args)  # type: ignore[arg-type]
        taken += 1

    monkeypatch.setattr(story, "_take", counted)
    _die(world, scope)
    monkeypatch.setattr(story, "_take", take)
    done = world.sync(scope)
    same(undisturbed[0], world)
    assert done.run.contacts == undisturbed[1].run.contacts, "pages stored before the kill are not read again"


def test_what_changed_is_read_again_and_only_that_is_written(world: World) -> None:
    scope = world.connect()
    world.sync(scope)
    world.crm.writes.clear()
    for crm_id, record in world.crm.contacts.items():
        world.crm.contacts[crm_id] = replace(record, updated_at=NOW - timedelta(days=9))
    late = {"recent_conversion_event_name": "Talk to an agent: Callback request"}
    world.crm.person("1001", state="TX", age="31", recent_conversion_date="2026-11-20T09:00:00Z", **late)
    done = world.sync(scope)
    assert done.run.contacts == 1
    assert {crm_id for crm_id, _ in world.crm.writes} == {"1001"}
    assert world.crm.written["1001"]["leadtier_reason_1"] == "Requested a callback on 20 Nov (+25)"


def test_an_activity_that_moves_to_another_contact_is_followed(world: World) -> None:
    scope = world.connect()
    world.sync(scope)
    world.crm.act("calls:0", "1001", days=1, hs_call_direction="INBOUND", hs_call_status="COMPLETED")
    world.sync(scope)
    query = "SELECT crm_id FROM activity JOIN lead ON lead.id = lead_id WHERE source_id = 'calls:0'"
    assert rows(world, query) == [("1001",)]


def test_a_contact_created_while_we_read_is_fetched_before_the_run_ends(world: World) -> None:
    world.crm.person("5000", state="TX", age="40")
    world.crm.act("calls:99", "5000", hs_call_direction="INBOUND")
    world.crm.hidden = {"5000"}
    world.sync(world.connect())
    assert "5000" in world.crm.written


def test_an_activity_of_a_contact_that_is_gone_stops_nothing(world: World) -> None:
    world.crm.act("calls:99", "404404", hs_call_direction="INBOUND")
    done = world.sync(world.connect())
    assert done.run.state == "done"
    assert "404404" not in world.crm.written


def test_a_merge_gives_the_activities_to_the_record_that_stays(world: World) -> None:
    scope = world.connect()
    world.sync(scope)
    loser = world.crm.contacts.pop("1001")
    kept = world.crm.contacts["1002"]
    world.crm.contacts["1002"] = replace(kept, replaces=(loser.id,))
    world.crm.activities.pop("calls:1")
    world.sync(scope)
    query = "SELECT crm_id, archived FROM activity JOIN lead ON lead.id = lead_id WHERE source_id = 'calls:1'"
    assert rows(world, query) == [("1002", 0)]
    assert rows(world, "SELECT archived FROM lead WHERE crm_id = '1001'") == [(1,)]


def test_a_record_that_became_one_of_another_page_hands_over_what_it_did(world: World) -> None:
    """The first page tells it, a later one brings the new record; told again by every full pass, it does no more."""
    scope = world.connect()
    world.sync(scope)
    world.crm.contacts.pop("1001")
    world.crm.person("9999", firstname="New")
    world.crm.activities.pop("calls:1")
    world.crm.became = {"1001": "9999", "404": "9999", "9999": "9999"}
    for _ in range(2):
        world.sync(scope, full=True)
        query = "SELECT crm_id, known FROM activity JOIN lead ON lead.id = lead_id WHERE source_id = 'calls:1'"
        assert rows(world, query) == [("9999", 1)]
    assert rows(world, "SELECT archived FROM lead WHERE crm_id = '1001'") == [(1,)]
    assert rows(world, "SELECT 1 FROM lead WHERE crm_id = '404'") == []
    assert "9999" in world.crm.written


def test_an_archived_contact_is_not_scored_and_not_written(world: World) -> None:
    scope = world.connect()
    world.sync(scope)
    world.crm.writes.clear()
    world.crm.contacts["1003"] = replace(world.crm.contacts["1003"], archived=True)
    done = world.sync(scope)
    assert sum(done.tiers.values()) == 22
    assert not world.crm.writes


def test_a_full_sync_reads_everything_again_and_writes_only_differences(world: World) -> None:
    scope = world.connect()
    world.sync(scope)
    for crm_id, record in world.crm.contacts.items():
        world.crm.contacts[crm_id] = replace(record, updated_at=NOW - timedelta(days=9))
    assert world.sync(scope).run.contacts == 0
    full = world.sync(scope, full=True)
    assert (full.run.contacts, full.run.written) == (23, 0)


def test_a_full_sync_waits_for_the_one_that_was_cut_off(world: World) -> None:
    scope = world.connect()
    begin(world.services(), scope)
    with pytest.raises(Refused, match="`leadtier sync` finishes it"):
        begin(world.services(), scope, full=True)


def test_rubbish_in_a_field_is_a_problem_and_stops_nothing(world: World) -> None:
    scope = world.connect()
    world.crm.person("1001", state="TX", age="abc", household_income="$85k")
    done = world.sync(scope)
    assert done.run.scored == 23
    found = [problem for problem in problems(world, scope) if problem.record_id == "1001"]
    assert [problem.where for problem in found] == ["age"]
    assert found[0].mend
    world.crm.person("1001", state="TX", age="41")
    world.sync(scope)
    assert not [problem for problem in problems(world, scope) if problem.record_id == "1001"], "mended, so gone"


def test_a_row_the_adapter_cannot_read_is_told_and_the_page_is_kept(world: World) -> None:
    scope = world.connect()
    world.crm.problems = [RowProblem("31", "The record came without an id.")]
    assert world.sync(scope).run.contacts == 23
    assert "31" in {problem.record_id for problem in problems(world, scope)}


def test_a_property_that_disappears_from_the_crm_is_told(world: World) -> None:
    scope = world.connect()
    world.crm.fields.pop("age")
    assert world.sync(scope).run.state == "done"
    assert any("age" in problem.where for problem in problems(world, scope))


def hidden(world: World, *kinds: str, name: str = "age") -> None:
    """The CRM shows a field on these kinds of record no more; no record changes by that."""
    world.crm.fields[name] = replace(world.crm.fields[name], missing_on=kinds)


def synced_long_ago(world: World) -> Scope:
    """A synced book in which nothing changes any more."""
    scope = world.connect()
    world.sync(scope)
    for crm_id, record in world.crm.contacts.items():
        world.crm.contacts[crm_id] = replace(record, updated_at=NOW - timedelta(days=9))
    return scope


def test_when_a_field_is_shown_again_everybody_is_read_again_once(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    scope = synced_long_ago(world)
    hidden(world, "Lead")
    assert world.sync(scope).run.contacts == 0, "what is hidden is not asked for"
    assert ["age" in p.where and "not visible on Lead" in p.text for p in problems(world, scope)] == [True]
    assert world.sync(scope).run.contacts == 0
    hidden(world)
    acts = world.sync(scope).run
    assert (acts.state, acts.contacts) == ("done", 23)
    assert "reads all contacts again: age" in caplog.text
    assert problems(world, scope) == []
    assert world.sync(scope).run.contacts == 0, "once"


def test_a_stream_left_out_is_told_in_a_whole_sentence(world: World) -> None:
    def forbid(what: str) -> None:
        if what == "emails":
            raise Misconfigured("The app may not read emails.")

    world.crm.on_call = forbid
    scope = world.connect()
    world.sync(scope)
    (problem,) = [problem for problem in problems(world, scope) if "emails" in problem.text]
    assert problem.mend.endswith("Until then nothing of emails is read, and scores do without it.")


def test_a_field_shown_again_on_some_records_is_read_there_and_one_hidden_from_more_is_not(world: World) -> None:
    scope = synced_long_ago(world)
    whole = world.crm.fields["age"]
    hidden(world, "Lead")
    world.sync(scope)
    world.crm.fields.pop("age")
    assert world.sync(scope).run.contacts == 0, "there is nothing more to be read"
    world.crm.fields["age"] = replace(whole, missing_on=("Lead",))
    assert world.sync(scope).run.contacts == 23


def test_a_run_cut_off_while_a_field_was_hidden_begins_again_with_the_contacts(world: World) -> None:
    scope = world.connect()
    hidden(world, "Lead")
    calls = 0

    def cut(what: str) -> None:
        nonlocal calls
        calls += what == "contacts"
        if calls == 3:
            raise Broken("HubSpot sent a web page.")

    world.crm.on_call = cut
    assert world.sync(scope).run.state == "failed"
    world.crm.on_call = lambda what: None
    hidden(world)
    assert world.sync(scope).run.contacts == 23


def test_what_connecting_found_to_mend_makes_nothing_be_read_again(world: World) -> None:
    choices = (Choice("Term Life", "Term Life"), Choice("Pet", "Pet insurance"))
    world.crm.fields["product_interest"] = CrmField("product_interest", "Product", FieldType.CHOICE, choices=choices)
    scope = synced_long_ago(world)
    world.connect()
    assert any("Pet insurance" in problem.text for problem in problems(world, scope))
    assert world.sync(scope).run.contacts == 0


def test_when_a_score_field_is_open_again_everybody_is_written_again(world: World) -> None:
    scope = synced_long_ago(world)
    hidden(world, "Lead", name="leadtier_tier")
    assert world.sync(scope).run.written == 0
    (problem,) = problems(world, scope)
    assert "leadtier_tier is not visible or not editable on Lead" in problem.text
    hidden(world, name="leadtier_tier")
    done = world.sync(scope).run
    assert (done.contacts, done.written) == (0, 23)
    assert world.sync(scope).run.written == 0


def test_outcomes_are_kept_for_evaluation(world: World) -> None:
    world.sync(world.connect())
    query = "SELECT crm_id, state FROM outcome JOIN lead ON lead.id = lead_id"
    assert rows(world, query) == [("1000", OutcomeState.WON.value)]


def test_credentials_are_sealed_and_never_in_the_clear(world: World) -> None:
    world.connect()
    world.store.close()
    for path in world.path.parent.iterdir():
        assert b"secret-token" not in path.read_bytes()


def test_connecting_without_a_needed_permission_saves_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = [Permission("contacts.write", "to write the score", Need.REQUIRED, granted=False)]
    monkeypatch.setattr(FakeAdapter, "permissions", lambda self: refused)
    with pytest.raises(Refused, match=r"contacts.write \(to write the score\)"):
        world.connect()
    assert rows(world, "SELECT * FROM connection") == []


def test_acts_of_a_record_that_is_gone_already_make_the_one_it_became_dirty(world: World) -> None:
    """The write found it gone; its activities came later, and later still what became of it."""
    scope = world.connect()
    world.crm.answers["1001"] = WriteResult("1001", WriteStatus.GONE)
    world.sync(scope)
    world.crm.contacts.pop("1001")
    world.crm.act("calls:77", "1001", hs_call_direction="INBOUND", hs_call_status="COMPLETED")
    world.sync(scope, full=True)
    world.crm.activities.pop("calls:77")
    world.crm.became = {"1001": "1002"}
    done = world.sync(scope, full=True)
    query = "SELECT crm_id FROM activity JOIN lead ON lead.id = lead_id WHERE source_id = 'calls:77'"
    assert rows(world, query) == [("1002",)]
    assert done.run.scored == 1


def test_somebody_known_for_longer_than_the_record_keeps_that_age(world: World) -> None:
    """A lead that was converted: the contact is new, the person is not."""
    long_ago = NOW - timedelta(days=80)
    world.crm.known_since = {"1001": long_ago}
    scope = world.connect()
    world.sync(scope)
    created = rows(world, "SELECT created_at FROM lead WHERE crm_id = '1001'")
    assert created == [(int(long_ago.timestamp()),)]
    world.crm.known_since.clear()
    world.crm.person("1001", state="NY", age="31", product_interest="Term Life")
    world.sync(scope)
    assert rows(world, "SELECT created_at FROM lead WHERE crm_id = '1001'") == created
