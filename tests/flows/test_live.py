"""From hint to field: what a webhook sets off ends in the record, at the cost of few calls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from adapters.contract import Misconfigured, QuotaSpent, Reauthorise, Retry, WriteResult, WriteStatus
from connector.flows import meters, sync
from connector.flows.live import live
from connector.flows.rescore import begin_rescore
from connector.flows.sync import begin
from connector.store import inbox
from connector.store import leads as lead_rows
from connector.store import runs as run_rows
from connector.store import tables as t
from connector.store.database import Scope
from tests.flows.conftest import World, same
from tests.flows.crm import NOW
from tests.flows.hints import SCORE, Calls, asks_for_a_quote, changed, hint, results, run_live
from tests.flows.live_world import live_world
from tests.flows.looking import problems, rows


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = live_world(tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def scope() -> Scope:
    return Scope(1, 1)


def test_a_changed_record_is_read_again_scored_and_written(world: World, scope: Scope) -> None:
    before = int(world.crm.written["1001"][SCORE] or 0)
    asks_for_a_quote(world, "1001")
    changed(world, scope, "1001")
    run_live(world, scope)
    assert int(world.crm.written["1001"][SCORE] or 0) == before + 25
    assert [crm_id for crm_id, _ in world.crm.writes] == ["1001"]
    assert results(world) == {"read": 1}


def test_a_crm_whose_clock_is_a_little_ahead_is_believed_at_once(world: World, scope: Scope) -> None:
    before = int(world.crm.written["1001"][SCORE] or 0)
    asks_for_a_quote(world, "1001")
    person = world.crm.contacts["1001"]
    ahead = {"recent_conversion_date": (world.now + timedelta(minutes=2)).isoformat()}
    world.crm.contacts["1001"] = replace(person, properties={**person.properties, **ahead})
    changed(world, scope, "1001")
    run_live(world, scope)
    assert int(world.crm.written["1001"][SCORE] or 0) == before + 25


def test_a_changed_fit_field_costs_one_read_and_one_write_however_many_hints(world: World, scope: Scope) -> None:
    for crm_id in ("1001", "1002", "1004"):
        asks_for_a_quote(world, crm_id)
    for _ in range(3):
        changed(world, scope, "1001", "1002", "1004")
    calls = Calls(world)
    run_live(world, scope)
    assert calls == {"contacts_by_id": 1, "write": 1}
    assert results(world) == {"read": 9}


@pytest.mark.parametrize("field", ["", "notes_last_updated"], ids=["made or associated", "a sign of activity"])
def test_a_hint_at_something_else_than_a_mapped_property_reads_activities_too(
    world: World, scope: Scope, field: str
) -> None:
    world.crm.act("calls:new", "1001", days=0.1, hs_call_direction="INBOUND", hs_call_status="COMPLETED")
    hint(world, scope, "changed", "1001", field=field)
    calls = Calls(world)
    run_live(world, scope)
    assert calls["activities_of"] == 1
    assert ("calls:new",) in rows(world, "SELECT source_id FROM activity JOIN lead ON id = lead_id WHERE crm_id = 1001")


def test_a_record_read_again_that_is_as_it_was_sets_off_nothing(world: World, scope: Scope) -> None:
    hint(world, scope, "changed", "1001", "1002")
    calls = Calls(world)
    run_live(world, scope)
    assert (calls["write"], results(world)) == (0, {"read": 2})
    assert rows(world, "SELECT sum(scored) FROM run WHERE kind = 'live'") == [(0,)]


def test_the_echo_of_our_own_write_dies_without_a_call(world: World, scope: Scope) -> None:
    for field, value in world.crm.written["1001"].items():
        hint(world, scope, "changed", "1001", field=field, value=value or "")
    hint(world, scope, "changed", "1001", field=SCORE, value=f"{world.crm.written['1001'][SCORE]}.0")
    calls = Calls(world)
    run_live(world, scope)
    assert not calls
    assert set(results(world)) == {"echo"}


def test_a_late_webhook_about_an_earlier_write_is_an_echo(world: World, scope: Scope) -> None:
    hint(world, scope, "changed", "1001", field=SCORE, value="3", at=int(NOW.timestamp()) - 60)
    calls = Calls(world)
    run_live(world, scope)
    assert not calls
    assert results(world) == {"echo": 1}


def test_the_echo_of_a_write_whose_answer_is_still_out_is_an_echo(world: World, scope: Scope) -> None:
    asks_for_a_quote(world, "1001")
    changed(world, scope, "1001")

    def cut_off(what: str) -> None:
        if what == "write":
            raise Retry("busy", after=1)

    world.crm.on_call = cut_off
    run_live(world, scope)
    wanted = rows(world, "SELECT json_extract(\"values\", '$.leadtier_score') FROM outbox")[0][0]
    hint(world, scope, "changed", "1001", field=SCORE, value=str(wanted))
    world.crm.on_call = lambda what: None
    run_live(world, scope)
    assert results(world) == {"echo": 1, "read": 1}


def test_a_score_that_somebody_overwrote_is_put_back(world: World, scope: Scope) -> None:
    ours = world.crm.written["1001"][SCORE]
    world.crm.written["1001"][SCORE] = "99"
    hint(world, scope, "changed", "1001", field=SCORE, value="99")
    calls = Calls(world)
    run_live(world, scope)
    assert calls == {"write": 1}
    assert world.crm.written["1001"][SCORE] == ours
    assert results(world) == {"overwritten": 1}


def test_somebody_who_overwrites_it_each_time_is_not_fought_for_ever(world: World, scope: Scope) -> None:
    for _ in range(6):
        world.now += timedelta(seconds=10)
        world.crm.written["1001"][SCORE] = "99"
        hint(world, scope, "changed", "1001", field=SCORE, value="99")
        run_live(world, scope)
    assert len(world.crm.writes) == 3
    assert [(row.record_id, row.where) for row in problems(world, scope)] == [("1001", "overwritten")]


def test_all_fields_overwritten_at_once_are_one_overwriting(world: World, scope: Scope) -> None:
    ours = dict(world.crm.written["1001"])
    for _ in range(2):
        world.now += timedelta(seconds=10)
        for field in ours:
            world.crm.written["1001"][field] = "x"
            hint(world, scope, "changed", "1001", field=field, value="x")
        run_live(world, scope)
    told = {name: value for name, value in world.crm.written["1001"].items() if not name.endswith("scored_at")}
    assert told == {name: value for name, value in ours.items() if not name.endswith("scored_at")}


def test_a_deleted_record_is_gone_and_one_that_is_still_there_is_not(world: World, scope: Scope) -> None:
    del world.crm.contacts["1001"]
    hint(world, scope, "deleted", "1001", "1002")
    run_live(world, scope)
    assert rows(world, "SELECT crm_id FROM lead WHERE archived") == [("1001",)]
    assert results(world) == {"gone": 1, "read": 1}


def test_records_that_only_changed_are_not_retired_when_we_may_not_see_them_any_more(
    world: World, scope: Scope
) -> None:
    there = sorted(world.crm.contacts)
    world.crm.contacts.clear()
    changed(world, scope, *there)
    run_live(world, scope)
    assert not rows(world, "SELECT crm_id FROM lead WHERE archived")


def test_a_restored_record_comes_back_with_its_score(world: World, scope: Scope) -> None:
    kept = world.crm.contacts.pop("1001")
    hint(world, scope, "deleted", "1001")
    run_live(world, scope)
    world.crm.contacts["1001"] = kept
    hint(world, scope, "restored", "1001")
    run_live(world, scope)
    assert rows(world, "SELECT archived FROM lead WHERE crm_id = '1001'") == [(0,)]
    assert rows(world, "SELECT count(*) FROM card") == [(23,)]


def test_a_record_that_never_existed_is_gone_without_a_trace(world: World, scope: Scope) -> None:
    for kind in ("changed", "deleted", "merged", "restored"):
        hint(world, scope, kind, "77777", merged="88888" if kind == "merged" else "")
    hint(world, scope, "privacy_deleted", "99999")
    run_live(world, scope)
    assert rows(world, "SELECT count(*) FROM lead") == [(23,)]
    assert results(world) == {"gone": 4, "purged": 1}
    assert not rows(world, "SELECT * FROM audit WHERE action = 'purge'")


def test_a_merge_moves_what_we_know_to_the_record_that_stays(world: World, scope: Scope) -> None:
    world.crm.contacts.pop("1001")
    world.crm.contacts["1002"] = replace(world.crm.contacts["1002"], replaces=("1001",), updated_at=world.now)
    world.crm.activities["calls:1"] = replace(world.crm.activities["calls:1"], contact_ids=("1002",))
    hint(world, scope, "merged", "1002", merged="1001")
    run_live(world, scope)
    assert rows(world, "SELECT archived FROM lead WHERE crm_id = '1001'") == [(1,)]
    assert sorted(rows(world, "SELECT source_id FROM activity JOIN lead ON id = lead_id WHERE crm_id = '1002'")) == [
        ("calls:1",),
        ("calls:2",),
    ]


def test_a_privacy_deletion_leaves_nothing_of_the_person(world: World, scope: Scope) -> None:
    lead_id = rows(world, "SELECT id FROM lead WHERE crm_id = '1001'")[0][0]
    fill(world, scope, int(str(lead_id)))
    hint(world, scope, "changed", "1001", field=SCORE, value="55")
    del world.crm.contacts["1001"]
    hint(world, scope, "privacy_deleted", "1001", event_id="forget")
    run_live(world, scope)
    for table in ("card", "card_change", "activity", "outcome", "outbox", "flag", "told_event"):
        assert not rows(world, f"SELECT * FROM {table} WHERE lead_id = {lead_id}"), table
    assert not rows(world, "SELECT * FROM lead WHERE crm_id = '1001'")
    assert not rows(world, "SELECT * FROM problem WHERE record_id = '1001'")
    assert rows(world, "SELECT event_id, result FROM inbox WHERE record_id = '1001'") == [("forget", "purged")]
    [(actor, detail)] = rows(world, "SELECT actor, detail FROM audit WHERE action = 'purge'")
    assert (actor, "1001" in str(detail)) == ("the CRM", False)
    assert rows(world, "SELECT count(*) FROM lead") == [(22,)], "nobody else is forgotten"
    assert rows(world, "SELECT event_id FROM told_event") == [("somebody else",)]


def test_a_privacy_deletion_reaches_the_records_that_were_merged_into_it(world: World, scope: Scope) -> None:
    world.crm.contacts.pop("1001")
    world.crm.contacts["1002"] = replace(world.crm.contacts["1002"], replaces=("1001",), updated_at=world.now)
    hint(world, scope, "merged", "1002", merged="1001")
    run_live(world, scope)
    del world.crm.contacts["1002"]
    hint(world, scope, "privacy_deleted", "1002")
    run_live(world, scope)
    held = rows(world, "SELECT fields, email, digest, written FROM lead WHERE crm_id IN ('1001', '1002')")
    assert held == [("{}", "", "", "{}")]
    assert not rows(world, "SELECT * FROM problem WHERE record_id IN ('1001', '1002')")


def fill(world: World, scope: Scope, lead_id: int) -> None:
    """A row about the lead wherever there may be one."""
    mine = {"tenant_id": scope.tenant_id}
    ours = {**mine, "connection_id": scope.connection_id}
    told = {**mine, "kind": "quote_requested", "at": 1, "received_at": 1}
    with world.store.write() as conn:
        conn.execute(sa.update(t.lead).where(t.lead.c.id == lead_id).values(email="p1@example.com"))
        conn.execute(sa.insert(t.outcome).values(**ours, lead_id=lead_id, source_id="deals:9", state="won"))
        conn.execute(sa.insert(t.flag).values(**ours, lead_id=lead_id, source_event="f", kind="too_high", at=1))
        conn.execute(
            sa.insert(t.problem).values(**ours, record_id="1001", where="write:refused", text="t", mend="m", at=1)
        )
        conn.execute(sa.insert(t.told_event).values(**told, event_id="known", lead_id=lead_id))
        conn.execute(sa.insert(t.told_event).values(**told, event_id="by e-mail", email="p1@example.com"))
        conn.execute(sa.insert(t.told_event).values(**told, event_id="by id", crm_id="1001"))
        conn.execute(sa.insert(t.told_event).values(**told, event_id="somebody else", crm_id="1002"))


def test_a_privacy_deletion_of_a_record_that_is_still_there_is_a_change(world: World, scope: Scope) -> None:
    hint(world, scope, "privacy_deleted", "1001")
    run_live(world, scope)
    assert rows(world, "SELECT archived FROM lead WHERE crm_id = '1001'") == [(0,)]
    assert results(world) == {"read": 1}


def test_a_touched_lead_is_scored_and_written_without_being_read(world: World, scope: Scope) -> None:
    with world.store.write() as conn:
        conn.exec_driver_sql("UPDATE lead SET fields = '{}' WHERE crm_id = '1001'")
        lead_rows.mark_dirty(conn, scope, [int(str(rows(world, "SELECT id FROM lead WHERE crm_id = '1001'")[0][0]))])
        inbox.touch(conn, scope, ["1001"], int(world.now.timestamp() * 1000), "flag")
    calls = Calls(world)
    run_live(world, scope)
    assert calls == {"write": 1}
    assert results(world) == {"touched": 1}


def test_somebody_only_an_activity_names_is_read_along(world: World, scope: Scope) -> None:
    world.crm.person("5000", state="TX", age="40", product_interest="Term Life")
    world.crm.act("calls:shared", "1001", "5000", days=1, hs_call_direction="INBOUND", hs_call_status="COMPLETED")
    hint(world, scope, "changed", "1001")
    run_live(world, scope)
    assert "5000" in world.crm.written
    assert rows(world, "SELECT known, dirty FROM lead WHERE crm_id = '5000'") == [(1, 0)]


def test_live_work_goes_on_beside_an_open_sync_and_leaves_its_leads_alone(world: World, scope: Scope) -> None:
    begin(world.services(), scope)
    with world.store.write() as conn:
        lead_rows.mark_all_dirty(conn, scope)
    asks_for_a_quote(world, "1001")
    changed(world, scope, "1001")
    run_live(world, scope)
    assert [crm_id for crm_id, _ in world.crm.writes] == ["1001"]
    assert rows(world, "SELECT count(*) FROM lead WHERE dirty > 0") == [(22,)]


def test_before_the_first_sync_has_ended_a_lead_is_always_read_with_its_activities(world: World, scope: Scope) -> None:
    with world.store.write() as conn:
        conn.exec_driver_sql("UPDATE connection SET cursors = '{}'")
        conn.exec_driver_sql("DELETE FROM activity")
    changed(world, scope, "1001")
    calls = Calls(world)
    run_live(world, scope)
    assert calls["activities_of"] == 1
    assert ("calls:1",) in rows(world, "SELECT source_id FROM activity")


def test_a_page_that_a_sync_read_before_the_change_does_not_bring_back_how_it_was(world: World, scope: Scope) -> None:
    svc = world.services()
    run = begin(svc, scope, full=True)
    sync.start(svc, scope, run.id)
    before = world.crm.contacts["1001"]
    forget = world.crm.contacts["1002"]
    asks_for_a_quote(world, "1001")
    now = world.crm.contacts["1001"]
    world.crm.contacts.pop("1002")
    changed(world, scope, "1001")
    hint(world, scope, "privacy_deleted", "1002")
    run_live(world, scope, svc)
    world.crm.contacts |= {"1001": before, "1002": forget}
    while sync.read(svc, scope, run.id)["go"] == "more":
        pass
    world.crm.contacts["1001"] = now
    world.crm.contacts.pop("1002")
    run_live(world, scope, svc)
    assert ("Requested a quote on 20 Nov (+25)",) in rows(
        world, "SELECT json_extract(document, '$.reasons[0]') FROM card JOIN lead ON id = lead_id WHERE crm_id = '1001'"
    )
    assert not rows(world, "SELECT * FROM lead WHERE crm_id = '1002'")
    assert results(world) == {"read": 1, "purged": 1}


def test_what_somebody_left_over_is_scored_and_written_when_nobody_else_works(world: World, scope: Scope) -> None:
    begin_rescore(world.services(), scope, rewrite=True)
    assert run_live(world, scope)[-1]["go"] == "next"
    assert not world.crm.writes, "an open run's leads are its own"
    with world.store.write() as conn:
        conn.exec_driver_sql("UPDATE run SET finished_at = 1, state = 'failed' WHERE kind = 'rescore'")
    run_live(world, scope)
    assert len(world.crm.writes) == 23
    assert rows(world, "SELECT state, phase, scored, written FROM run WHERE kind = 'live'") == [
        ("running", "live", 23, 23)
    ]


def test_with_nothing_to_do_nothing_is_done(world: World, scope: Scope) -> None:
    calls = Calls(world)
    assert [said["go"] for said in run_live(world, scope)] == ["next"]
    assert not calls
    assert not rows(world, "SELECT * FROM run WHERE kind = 'live'")


# ------------------------------------------------------------------------------------------------- when the CRM fails


@pytest.mark.parametrize("where", ["contacts_by_id", "activities_of", "write"])
def test_while_the_crm_is_busy_hints_wait_and_nothing_is_lost(world: World, scope: Scope, where: str) -> None:
    asks_for_a_quote(world, "1001")
    hint(world, scope, "changed", "1001")

    def busy(what: str) -> None:
        if what == where:
            raise Retry("The CRM is busy.", after=7)

    world.crm.on_call = busy
    assert run_live(world, scope)[-1] == {"go": "wait", "wait": 7}
    assert results(world) == {None: 1}
    assert rows(world, "SELECT message FROM run WHERE kind = 'live'") == [("The CRM is busy.",)]
    calls = Calls(world)
    run_live(world, scope)
    assert "1001" in {crm_id for crm_id, _ in world.crm.writes}
    assert results(world) == {"read": 1}
    assert rows(world, "SELECT message FROM run WHERE kind = 'live'") == [("",)]
    assert where != "write" or not calls["contacts_by_id"], "what was read is not read again to be written"


def test_a_crm_that_needs_a_person_stops_live_work_for_a_while_and_says_so(world: World, scope: Scope) -> None:
    changed(world, scope, "1001")

    def refuse(what: str) -> None:
        raise Reauthorise("Connect the account again.")

    world.crm.on_call = refuse
    assert run_live(world, scope)[-1]["go"] == "stop"
    assert run_live(world, scope)[-1]["go"] == "stop"
    connection = world.services().connection(scope)
    assert (connection.trouble, connection.live_at > world.now.timestamp()) == ("Connect the account again.", True)
    assert rows(world, "SELECT state, message FROM run WHERE kind = 'live'") == [
        ("failed", "Connect the account again.")
    ]
    world.crm.on_call = lambda what: None
    run_live(world, scope)
    assert results(world) == {"read": 1}
    assert world.services().connection(scope).trouble == ""
    assert rows(world, "SELECT state, message FROM run WHERE kind = 'live'") == [("running", "")]


def test_a_quota_that_is_spent_is_left_alone_until_it_is_renewed(world: World, scope: Scope) -> None:
    changed(world, scope, "1001")
    until = world.now + timedelta(hours=3)

    def spent(what: str) -> None:
        raise QuotaSpent("No calls left today.", until=until)

    world.crm.on_call = spent
    assert run_live(world, scope)[-1]["go"] == "stop"
    assert world.services().connection(scope).live_at == int(until.timestamp())
    assert results(world) == {None: 1}


def test_without_the_permission_for_activities_the_rest_goes_on(world: World, scope: Scope) -> None:
    asks_for_a_quote(world, "1001")
    hint(world, scope, "changed", "1001")

    def lacking(what: str) -> None:
        if what == "activities_of":
            raise Misconfigured("The app lacks calls.read.")

    world.crm.on_call = lacking
    run_live(world, scope)
    assert results(world) == {"read": 1}
    assert [crm_id for crm_id, _ in world.crm.writes] == ["1001"]


@pytest.mark.parametrize("status", [WriteStatus.RETRY, WriteStatus.REJECTED, WriteStatus.GONE])
def test_a_row_that_is_not_taken_keeps_no_hint_open(world: World, scope: Scope, status: WriteStatus) -> None:
    asks_for_a_quote(world, "1001")
    changed(world, scope, "1001")
    world.crm.answers["1001"] = WriteResult("1001", status, "no")
    assert run_live(world, scope)[-1]["go"] == "next"
    assert results(world) == {"read": 1}
    world.crm.answers.clear()
    world.now += timedelta(seconds=10)
    run_live(world, scope)
    assert bool(world.crm.writes) == (status != WriteStatus.REJECTED)


def test_each_day_has_its_run(world: World, scope: Scope) -> None:
    changed(world, scope, "1001")
    run_live(world, scope)
    world.now += timedelta(days=1)
    changed(world, scope, "1002")
    run_live(world, scope)
    assert rows(world, "SELECT state, contacts FROM run WHERE kind = 'live' ORDER BY id") == [
        ("done", 1),
        ("running", 1),
    ]


def test_calls_are_counted_in_the_run(world: World, scope: Scope) -> None:
    changed(world, scope, "1001")
    run_live(world, scope)
    with world.store.read() as conn:
        run = run_rows.last_run(conn, scope, "live")
    assert run is not None
    assert run.calls == 1


def test_the_time_from_webhook_to_field_is_measured_once_for_each_hint(world: World, scope: Scope) -> None:
    def measured() -> tuple[float, float]:
        read = meters.REGISTRY.get_sample_value
        name = "leadtier_webhook_to_field_seconds"
        return read(f"{name}_count") or 0, read(f"{name}_sum") or 0

    before = measured()
    asks_for_a_quote(world, "1001")
    changed(world, scope, "1001", "1002")
    world.now += timedelta(seconds=3)
    run_live(world, scope)
    after = measured()
    assert (after[0] - before[0], round(after[1] - before[1])) == (2, 6)


# -------------------------------------------------------------------------------------------------------------- floods


def test_ten_thousand_changes_become_a_sync_or_two(world: World, scope: Scope) -> None:
    calls, svc = Calls(world), world.services()
    for _ in range(4):
        hint(world, scope, "changed", *(str(n) for n in range(50_000, 52_500)), field="state")
        run_live(world, scope, svc)
        world.now += timedelta(seconds=15)
    assert not calls
    assert results(world) == {"sync": 10_000}
    assert rows(world, "SELECT count(*) FROM run WHERE kind = 'sync' AND finished_at IS NULL") == [(1,)]
    assert svc.connection(scope).sync_at > NOW.timestamp(), "the next sync follows at once"


def test_a_bulk_edit_becomes_a_sync_and_other_hints_go_on(world: World, scope: Scope) -> None:
    asks_for_a_quote(world, "1001")
    hint(world, scope, "changed", "1003", "1004", field="state", bulk=True)
    changed(world, scope, "1001")
    calls = Calls(world)
    run_live(world, scope)
    assert calls == {"contacts_by_id": 1, "write": 1}
    assert results(world) == {"sync": 2, "read": 1}


def test_a_sync_that_began_after_the_changes_is_enough(world: World, scope: Scope) -> None:
    hint(world, scope, "changed", "1003", field="state", bulk=True)
    world.now += timedelta(seconds=5)
    begin(world.services(), scope)
    before = world.services().connection(scope).sync_at
    run_live(world, scope)
    assert world.services().connection(scope).sync_at == before
    assert results(world) == {"sync": 1}


def test_deletions_and_echoes_are_no_flood(world: World, scope: Scope) -> None:
    gone = [str(n) for n in range(60_000, 61_500)]
    hint(world, scope, "deleted", *gone, bulk=True)
    for _ in range(45):
        hint(world, scope, "changed", *world.crm.written, field=SCORE, value="", at=1)
    run_live(world, scope)
    assert results(world) == {"gone": 1500, "echo": 45 * 23}
    assert not rows(world, "SELECT * FROM run WHERE kind = 'sync' AND finished_at IS NULL")


def test_a_slice_reads_no_more_than_its_share(world: World, scope: Scope) -> None:
    changed(world, scope, *(str(n) for n in range(70_000, 71_200)))
    calls, svc = Calls(world), world.services()
    live(svc, scope)
    assert (calls["contacts_by_id"], results(world)) == (1, {"gone": 500, None: 700})


def test_the_end_is_the_same_as_that_of_a_full_read(world: World, scope: Scope, tmp_path: Path) -> None:
    for crm_id in ("1001", "1007"):
        asks_for_a_quote(world, crm_id)
    other = World(type(world.crm)().book(), tmp_path / "other.db")
    for crm_id in ("1001", "1007"):
        asks_for_a_quote(other, crm_id)
    other.now = world.now
    other.sync(other.connect())
    changed(world, scope, "1001", "1007")
    run_live(world, scope)
    same(other, world)
    other.store.close()


def test_a_privacy_deletion_leaves_nothing_in_the_file_either(world: World, scope: Scope) -> None:
    address = str(world.crm.contacts["1001"].properties["email"])

    def on_disk() -> bool:
        with world.store.read() as conn:
            conn.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        return address.encode() in world.path.read_bytes()

    assert on_disk()
    del world.crm.contacts["1001"]
    hint(world, scope, "privacy_deleted", "1001")
    run_live(world, scope)
    assert not on_disk()
