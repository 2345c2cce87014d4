"""What write-back promises: the CRM ends with the right values, whatever becomes of a single answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from adapters.contract import (
    Broken,
    Reauthorise,
    Retry,
    WriteResult,
    WriteStatus,
)
from connector.flows.parts import DirectSteps
from connector.flows.publish import publish
from connector.flows.rescore import begin_rescore, differs, drain, rescore
from tests.flows.conftest import World
from tests.flows.crm import NOW
from tests.flows.looking import problems, rows


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


def test_a_write_that_was_not_confirmed_is_not_dated(world: World) -> None:
    scope = world.connect()
    world.crm.answers["1004"] = WriteResult("1004", WriteStatus.REJECTED, "Enter only letters")
    world.sync(scope)
    assert rows(world, "SELECT crm_id FROM lead WHERE written_at IS NULL") == [("1004",)]


def test_an_empty_field_of_which_nothing_is_known_is_cleared_again(world: World) -> None:
    """The CRM may hold a reason from a write whose answer was lost; that the new card has none is then a difference."""
    mapping = world.services().mapping(world.connect())
    held, wanted = {"leadtier_score": "0"}, {"leadtier_score": "0", "leadtier_reason_1": None}
    assert differs(mapping, held, wanted)
    assert not differs(mapping, {**held, "leadtier_reason_1": None}, wanted)


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

    def delete(what: str) -> None:
        if what == "write":
            world.crm.contacts.pop("1004", None)

    world.crm.on_call = delete
    done = world.sync(scope)
    assert (done.run.state, done.run.failed, sum(done.tiers.values())) == ("done", 0, 22)


def test_a_record_said_to_be_gone_that_is_there_is_kept_and_tried_again(world: World) -> None:
    scope = world.connect()
    world.crm.answers["1004"] = WriteResult("1004", WriteStatus.GONE)
    done = world.sync(scope)
    assert (done.run.state, done.run.written, done.run.failed, sum(done.tiers.values())) == ("done", 22, 0, 23)
    world.crm.answers.clear()
    world.now += timedelta(minutes=10)
    assert world.sync(scope).run.written == 1


def test_where_nobody_can_tell_whether_a_record_is_gone_the_others_are_kept(world: World) -> None:
    scope = world.connect()
    world.crm.answers["1004"] = WriteResult("1004", WriteStatus.GONE)

    def out_of_reach(what: str) -> None:
        if what == "contacts_by_id":
            raise Retry("The CRM is away.")

    world.crm.on_call = out_of_reach
    done = world.sync(scope)
    assert (done.run.state, done.run.written, sum(done.tiers.values())) == ("done", 22, 23)


def fail_writes(world: World, calls: list[str]) -> None:
    def fail(what: str) -> None:
        if what == "write":
            calls.append(what)
            raise Broken("The CRM makes no sense.")

    world.crm.on_call = fail


def test_after_an_error_no_further_batch_is_sent(world: World) -> None:
    calls: list[str] = []
    scope = world.connect()
    fail_writes(world, calls)
    assert world.sync(scope).run.state == "failed"
    assert len(calls) == 1
    world.crm.on_call = lambda what: None
    assert world.sync(scope).run.written == 23, "what was not sent is still to be written"


def test_writers_beside_each_other_finish_what_they_have_begun_and_no_more(world: World) -> None:
    calls: list[str] = []
    world.crm.capabilities = replace(world.crm.capabilities, write_batch=2, writers=3)
    scope = world.connect()
    fail_writes(world, calls)
    assert world.sync(scope).run.state == "failed"
    assert 1 <= len(calls) <= 3
