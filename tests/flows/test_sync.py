"""What a sync promises: everything read, scored and written once, whatever happens in between."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.contract import (
    Broken,
    Misconfigured,
    Need,
    OutcomeState,
    Permission,
    QuotaSpent,
    Reauthorise,
    Retry,
    RowProblem,
    WriteResult,
    WriteStatus,
)
from connector.flows import sync as story
from connector.flows.doctor import State, examine
from connector.flows.explain import explain
from connector.flows.parts import DirectSteps
from connector.flows.progress import Summary
from connector.flows.publish import publish
from connector.flows.rescore import begin_rescore, drain, rescore
from connector.flows.services import Refused
from connector.store import problems as problem_rows
from connector.store.database import Scope
from tests.flows.conftest import World, same
from tests.flows.crm import NOW, FakeAdapter, Killed


def rows(world: World, query: str) -> list[tuple[object, ...]]:
    with world.store.read() as conn:
        return [tuple(row) for row in conn.exec_driver_sql(query)]


def problems(world: World, scope: Scope) -> list[problem_rows.ProblemRow]:
    with world.store.read() as conn:
        query = 'SELECT record_id, "where", text, mend FROM problem WHERE connection_id = ? ORDER BY id'
        return [problem_rows.ProblemRow(*row) for row in conn.exec_driver_sql(query, (scope.connection_id,))]


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
    world.now += timedelta(days=1)
    tomorrow = world.sync(scope)
    assert tomorrow.run.scored == 23
    assert tomorrow.run.written == len(world.crm.writes) < 23


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


def test_a_row_the_crm_refuses_is_parked_with_its_sentence_and_tried_by_the_next_sync(world: World) -> None:
    scope = world.connect()
    world.crm.answers["1004"] = WriteResult("1004", WriteStatus.REJECTED, "Enter only letters")
    done = world.sync(scope)
    assert (done.run.written, done.run.failed) == (22, 1)
    assert "Enter only letters" in problems(world, scope)[0].text
    world.crm.answers.clear()
    again = world.sync(scope)
    assert (again.run.written, again.run.failed) == (1, 0)
    assert not problems(world, scope)


def test_a_write_whose_answer_was_lost_is_not_taken_for_undone(world: World) -> None:
    """The score moves, the write arrives but its answer does not, the score moves back: the CRM must follow."""
    scope = world.connect()
    world.sync(scope)
    before = dict(world.crm.written["1001"])
    person = world.crm.contacts["1001"]
    world.crm.person("1001", state="NY", age="31", product_interest="Term Life")
    told: list[str] = []

    def lose_answer(what: str) -> None:
        if what == "write":
            world.crm.written["1001"] |= {"leadtier_score": "0", "leadtier_reason_1": None}
            told.append(what)
            raise Reauthorise("The answer was lost, and so is the run.")

    world.crm.on_call = lose_answer
    assert world.sync(scope).run.state == "failed"
    assert told
    world.crm.on_call = lambda what: None
    world.crm.contacts["1001"] = replace(person, updated_at=NOW)
    world.sync(scope)
    after = world.crm.written["1001"]
    assert {name: after[name] for name in SHOWN} == {name: before[name] for name in SHOWN}


SHOWN = ("leadtier_score", "leadtier_tier", "leadtier_stage", "leadtier_reason_1", "leadtier_rationale")


def test_a_rewrite_puts_back_what_somebody_else_changed_in_the_crm(world: World) -> None:
    scope = world.connect()
    world.sync(scope)
    held = {crm_id: dict(values) for crm_id, values in world.crm.written.items()}
    world.crm.written["1003"]["leadtier_score"] = "99"
    svc = world.services()
    run = begin_rescore(svc, scope, rewrite=True)
    rescore(svc, scope, run.id, DirectSteps(svc.sleep))
    assert {c: {n: v[n] for n in SHOWN} for c, v in world.crm.written.items()} == {
        c: {n: v[n] for n in SHOWN} for c, v in held.items()
    }


def test_score_fields_made_anew_are_filled_again(world: World) -> None:
    scope = world.connect()
    world.sync(scope)
    world.crm.fields.pop("leadtier_score")
    for values in world.crm.written.values():
        values.pop("leadtier_score")
    world.connect()
    world.sync(scope)
    assert all("leadtier_score" in values for values in world.crm.written.values())


def test_what_became_dirty_while_a_cut_off_run_was_writing_is_scored_before_it_ends(world: World) -> None:
    scope = world.connect()
    world.sync(scope)
    svc = world.services()
    run = begin_rescore(svc, scope, rewrite=True)
    while drain(svc, scope, run.id)["go"] == "more" and not world.crm.writes[23:]:
        pass
    publish(svc, "term_life", "an admin")
    rescore(svc, scope, run.id, DirectSteps(svc.sleep))
    with svc.store.read() as conn:
        cards = conn.exec_driver_sql("SELECT DISTINCT model_version FROM card").scalars().all()
    assert cards == ["term_life v2"]


def test_a_row_that_is_locked_is_waited_for(world: World) -> None:
    scope = world.connect()
    world.crm.answers["1004"] = WriteResult("1004", WriteStatus.RETRY, "locked")

    def unlock(what: str) -> None:
        if world.slept:
            world.crm.answers.clear()

    world.crm.on_call = unlock
    done = world.sync(scope)
    assert (done.run.state, done.run.written, done.run.failed) == ("done", 23, 0)
    assert world.slept


def test_a_record_that_is_gone_when_written_is_archived(world: World) -> None:
    scope = world.connect()
    world.crm.answers["1004"] = WriteResult("1004", WriteStatus.GONE)
    done = world.sync(scope)
    assert (done.run.state, done.run.failed, sum(done.tiers.values())) == ("done", 0, 22)


def fail_once(error: Exception, what: str, after: int = 0) -> Callable[[str], None]:
    seen = 0

    def on_call(asked: str) -> None:
        nonlocal seen
        if asked == what:
            seen += 1
            if seen == after + 1:
                raise error

    return on_call


def test_a_crm_that_asks_for_patience_is_waited_for(world: World) -> None:
    scope = world.connect()
    world.crm.on_call = fail_once(Retry("HubSpot is busy.", after=7), "contacts", after=1)
    done = world.sync(scope)
    assert (done.run.state, done.run.contacts, done.run.written) == ("done", 23, 23)
    assert 7 in world.slept


def test_a_crm_that_stays_away_ends_the_run_and_keeps_its_place(world: World) -> None:
    scope = world.connect()

    def away(what: str) -> None:
        raise Retry("HubSpot does not answer.")

    world.crm.on_call = away
    failed = world.sync(scope)
    assert failed.run.state == "failed"
    assert "HubSpot does not answer." in failed.run.message
    assert "leadtier sync" in failed.run.message
    world.crm.on_call = lambda what: None
    assert world.sync(scope).run.written == 23


def test_a_token_revoked_in_mid_run_keeps_what_was_read_and_says_to_connect_again(world: World) -> None:
    scope = world.connect()
    world.crm.on_call = fail_once(Reauthorise("The token is not valid any more. Connect again."), "contacts", after=2)
    failed = world.sync(scope)
    assert (failed.run.state, failed.run.contacts) == ("failed", 10)
    findings = {finding.what: finding for finding in examine(world.services())}
    assert findings["needs you"].state is State.BAD
    assert "Connect again" in findings["needs you"].text
    world.connect()
    done = world.sync(scope)
    assert (done.run.state, done.run.contacts, done.run.written) == ("done", 13, 23)
    assert "needs you" not in {finding.what for finding in examine(world.services())}


def test_a_spent_quota_stops_the_run_until_it_resets(world: World) -> None:
    scope = world.connect()
    until = NOW + timedelta(hours=5)
    world.crm.on_call = fail_once(QuotaSpent("The calls of today are used up.", until=until), "write")
    failed = world.sync(scope)
    assert failed.run.state == "failed"
    assert "14:00" in failed.run.message, "said in the tenant's zone, Chicago"
    world.crm.on_call = lambda what: None
    assert world.sync(scope).run.written + failed.run.written == 23


def test_a_missing_scope_for_one_activity_type_costs_that_type_only(world: World) -> None:
    scope = world.connect()

    def forbid(what: str) -> None:
        if what == "emails":
            raise Misconfigured("The app may not read emails.", what=["sales-email-read"])

    world.crm.on_call = forbid
    done = world.sync(scope)
    assert (done.run.state, done.run.written) == ("done", 23)
    assert "Not read: emails" in done.run.message
    assert "The app may not read emails." in {problem.text for problem in problems(world, scope)}
    world.crm.on_call = lambda what: None
    world.crm.act("emails:1", "1001", hs_email_direction="INCOMING_EMAIL")
    assert world.sync(scope).run.activities >= 1, "granted later, it is read from the beginning"


def test_without_the_scope_for_contacts_nothing_goes(world: World) -> None:
    scope = world.connect()
    world.crm.on_call = fail_once(Misconfigured("The app may not read contacts."), "contacts")
    assert world.sync(scope).run.message.startswith("The app may not read contacts.")


def test_an_answer_that_makes_no_sense_ends_the_run_with_a_sentence(world: World) -> None:
    scope = world.connect()
    world.crm.on_call = fail_once(Broken("HubSpot sent a web page.", log="<html>…"), "calls")
    failed = world.sync(scope)
    assert (failed.run.state, failed.run.message) == ("failed", "HubSpot sent a web page.")


def test_a_property_that_disappears_from_the_crm_is_told(world: World) -> None:
    scope = world.connect()
    world.crm.fields.pop("age")
    assert world.sync(scope).run.state == "done"
    assert any("age" in problem.where for problem in problems(world, scope))


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
