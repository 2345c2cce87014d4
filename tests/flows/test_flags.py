"""A rep says that a score is wrong, and it is heard: once, at once, and with an answer on the record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from adapters.contract import Update, WriteResult, WriteStatus
from connector.flows import flags
from connector.flows.doctor import examine
from connector.flows.doctor_live import of_webhooks
from connector.flows.findings import Finding, State
from connector.flows.heard_hooks import heard_today
from connector.flows.services import Refused, Services
from connector.store import connections as connection_rows
from connector.store import flags as flag_rows
from connector.store import workers
from connector.store.database import Scope
from connector.store.exclusive import present
from connector.store.flags import Disagreement, Flag
from connector.store.workers import WorkerRow
from tests.flows.conftest import World
from tests.flows.crm import FakeAdapter
from tests.flows.hints import SCORE, changed, hint, run_live
from tests.flows.live_world import live_world
from tests.flows.looking import rows

FLAG, NOTE, STATUS = "leadtier_flag", "leadtier_flag_note", "leadtier_flag_status"
ANN = "1003"
"""A lead with a quote request: it has a score to disagree with."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = live_world(tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def scope() -> Scope:
    return Scope(1, 1)


def set_in_record(
    world: World, flag: str | None, note: str | None = None, crm_id: str = ANN, at: datetime | None = None
) -> None:
    world.now += timedelta(minutes=1)
    person = world.crm.contacts[crm_id]
    properties = {**person.properties, FLAG: flag, NOTE: note}
    world.crm.contacts[crm_id] = replace(person, properties=properties, updated_at=at or world.now)
    world.crm.written[crm_id] |= {FLAG: flag, NOTE: note}


def hear(world: World, scope: Scope, crm_id: str = ANN) -> None:
    changed(world, scope, crm_id, field=FLAG)
    run_live(world, scope)


def flagged(world: World, scope: Scope, flag: str | None, note: str | None = None) -> None:
    set_in_record(world, flag, note)
    hear(world, scope)


def said(world: World) -> list[Flag]:
    """What is known of the lead, the oldest first."""
    with world.store.read() as conn:
        (lead_id,) = conn.exec_driver_sql(f"SELECT id FROM lead WHERE crm_id = '{ANN}'").one()
        return flag_rows.of_lead(conn, 1, lead_id)[::-1]


def kinds(world: World) -> list[str]:
    return [flag.kind for flag in said(world)]


def record(world: World) -> dict[str, str | None]:
    return world.crm.written[ANN]


# ---------------------------------------------------------------------------------------------------- one flag is one


def test_a_flag_read_again_and_again_is_one(world: World, scope: Scope) -> None:
    flagged(world, scope, "too_high", "Spoke today")
    for _ in range(10):
        hear(world, scope)
    world.sync(scope)
    world.sync(scope, full=True)
    (flag,) = said(world)
    assert (flag.kind, flag.note, flag.answered_at) == ("too_high", "Spoke today", None)
    assert rows(world, "SELECT kind FROM activity WHERE source_id LIKE 'flag:%'") == [("flagged_too_high",)]
    assert rows(world, "SELECT count(*) FROM audit WHERE action = 'flag'") == [(1,)]


def test_a_flag_heard_by_polling_alone_is_heard_too(world: World, scope: Scope) -> None:
    set_in_record(world, "too_low")
    world.sync(scope)
    assert kinds(world) == ["too_low"]


def test_it_keeps_what_the_rep_saw(world: World, scope: Scope) -> None:
    shown = int(record(world)[SCORE] or 0)
    flagged(world, scope, "too_high")
    (flag,) = said(world)
    assert (flag.score, flag.model_version) == (shown, "starter v1")


def test_taken_back_and_set_again_is_a_second_flag(world: World, scope: Scope) -> None:
    flagged(world, scope, "too_high")
    flagged(world, scope, None)
    flagged(world, scope, "too_high")
    assert kinds(world) == ["too_high", "too_high"]


def test_another_kind_is_another_flag_and_another_note_the_same(world: World, scope: Scope) -> None:
    flagged(world, scope, "too_high")
    flagged(world, scope, "too_high", "He is broke")
    flagged(world, scope, "wrong_data", "He is broke")
    assert [(flag.kind, flag.note) for flag in said(world)] == [
        ("too_high", "He is broke"),
        ("wrong_data", "He is broke"),
    ]


def test_a_reading_older_than_what_is_known_changes_nothing(world: World, scope: Scope) -> None:
    before = world.now
    flagged(world, scope, "too_high")
    set_in_record(world, None, at=before)
    hear(world, scope)
    flagged(world, scope, "too_high")
    assert kinds(world) == ["too_high"]


def test_a_value_nobody_offers_is_no_flag(world: World, scope: Scope) -> None:
    flagged(world, scope, "rubbish")
    assert said(world) == []


def test_who_set_it_is_known_from_the_webhook(world: World, scope: Scope) -> None:
    set_in_record(world, "too_high")
    hint(world, scope, "changed", ANN, field=FLAG)
    with world.store.write() as conn:
        conn.exec_driver_sql("UPDATE inbox SET who = 'userId:7' WHERE done_at IS NULL")
    run_live(world, scope)
    assert [flag.who for flag in said(world)] == ["Ana Rep"]


def test_nobody_is_named_where_nobody_can_tell(world: World, scope: Scope) -> None:
    flagged(world, scope, "too_high")
    assert [flag.who for flag in said(world)] == [""]


def test_a_merged_record_takes_its_flags_and_its_hold_along(world: World, scope: Scope) -> None:
    flagged(world, scope, "do_not_contact")
    winner = world.crm.contacts["1004"]
    world.now += timedelta(minutes=1)
    del world.crm.contacts[ANN]
    world.crm.contacts["1004"] = replace(winner, replaces=(ANN,), updated_at=world.now)
    hear(world, scope, "1004")
    assert world.crm.written["1004"][SCORE] == "0"
    assert world.crm.written["1004"][STATUS] == "Heard 20 Nov: do not contact"


# --------------------------------------------------------------------------------------------------- what the rep sees


def test_of_two_flagged_records_that_were_merged_neither_flag_is_heard_again(world: World, scope: Scope) -> None:
    flagged(world, scope, "too_high")
    set_in_record(world, "duplicate", crm_id="1004")
    hear(world, scope, "1004")
    world.now += timedelta(minutes=1)
    winner = replace(world.crm.contacts[ANN], replaces=("1004",), updated_at=world.now)
    world.crm.contacts = {key: row for key, row in world.crm.contacts.items() if key != "1004"} | {ANN: winner}
    hear(world, scope)
    hear(world, scope)
    assert kinds(world) == ["too_high", "duplicate"]


def test_it_is_acknowledged_in_a_field_of_ours_and_the_reps_own_field_stays(world: World, scope: Scope) -> None:
    world.crm.writes.clear()
    flagged(world, scope, "too_high")
    assert world.crm.writes == [(ANN, {STATUS: "Heard 20 Nov: score too high"})]


def test_leads_nobody_flagged_are_not_written(world: World, scope: Scope) -> None:
    assert STATUS not in record(world)
    world.crm.writes.clear()
    flagged(world, scope, "too_high")
    world.sync(scope, full=True)
    assert {crm_id for crm_id, _ in world.crm.writes} == {ANN}


def test_a_flag_moves_no_score_of_a_model_that_does_not_count_flags(world: World, scope: Scope) -> None:
    before = dict(record(world))
    flagged(world, scope, "too_high")
    assert {name: value for name, value in record(world).items() if name not in {STATUS, FLAG, NOTE}} == before


def test_the_answer_reaches_the_record_and_the_flag_field_is_emptied(world: World, scope: Scope) -> None:
    flagged(world, scope, "too_high", "Spoke today")
    world.crm.writes.clear()
    answer(world, "The score is right because she asked for a quote.", at=timedelta(days=3))
    run_live(world, scope)
    heard = "Answered 23 Nov: The score is right because she asked for a quote."
    ((crm_id, values),) = world.crm.writes
    assert crm_id == ANN
    assert {name: values[name] for name in (STATUS, FLAG, NOTE)} == {STATUS: heard, FLAG: None, NOTE: None}


def answer(world: World, text: str, *, at: timedelta = timedelta(), release: bool = False) -> Flag:
    world.now += at
    return flags.answer(world.services(), said(world)[-1].id, text, "Cleo", release=release)


def test_another_flag_set_before_the_answer_arrived_is_not_wiped(world: World, scope: Scope) -> None:
    flagged(world, scope, "too_high")
    set_in_record(world, "do_not_contact")
    answer(world, "Thank you.")
    world.crm.writes.clear()
    run_live(world, scope)
    assert all(FLAG not in values for _, values in world.crm.writes)
    assert kinds(world) == ["too_high", "do_not_contact"]
    assert record(world)[SCORE] == "0"


@pytest.mark.parametrize("many", [None, 1])
def test_another_flag_set_while_the_answer_waited_to_be_written_is_not_wiped(
    world: World, scope: Scope, many: int | None
) -> None:
    flagged(world, scope, "too_high")
    world.crm.answers[ANN] = WriteResult(ANN, WriteStatus.RETRY, "Come again later.")
    answer(world, "Thank you.")
    run_live(world, scope)
    world.crm.answers.clear()
    world.crm.writes.clear()
    world.crm.capabilities = replace(world.crm.capabilities, backfill_from=many)
    set_in_record(world, "do_not_contact")
    world.now += timedelta(minutes=10)
    run_live(world, scope)
    assert all(FLAG not in values for _, values in world.crm.writes)
    assert kinds(world) == ["too_high", "do_not_contact"]
    assert record(world)[SCORE] == "0"


def test_the_same_flag_set_again_after_we_emptied_the_field_is_a_second_one(world: World, scope: Scope) -> None:
    flagged(world, scope, "too_high")
    answer(world, "Thank you.", at=timedelta(minutes=1))
    run_live(world, scope)
    assert record(world)[FLAG] is None
    flagged(world, scope, "too_high")
    hear(world, scope)
    assert kinds(world) == ["too_high", "too_high"]
    answer(world, "Once more: thank you.", at=timedelta(minutes=1))
    world.crm.writes.clear()
    run_live(world, scope)
    assert [values.get(FLAG, "not sent") for _, values in world.crm.writes] == [None]


def test_without_a_field_for_the_status_flags_are_told_apart_all_the_same(world: World, scope: Scope) -> None:
    svc = world.services()
    mapping = dict(svc.connection(scope).mapping)
    mapping["writes"] = {value: name for value, name in mapping["writes"].items() if value != "flag_status"}
    with svc.store.write() as conn:
        connection_rows.set_mapping(conn, scope, mapping)
    flagged(world, scope, "too_high")
    answer(world, "Thank you.")
    run_live(world, scope)
    assert record(world)[FLAG] is None
    flagged(world, scope, "too_high")
    flagged(world, scope, "too_high")
    assert kinds(world) == ["too_high", "too_high"]


def test_an_emptied_field_seen_empty_is_left_alone(world: World, scope: Scope) -> None:
    flagged(world, scope, "too_high")
    answer(world, "Thank you.")
    run_live(world, scope)
    set_in_record(world, None)
    world.crm.writes.clear()
    hear(world, scope)
    world.sync(scope, full=True)
    assert world.crm.writes == []


def test_where_the_crm_refuses_to_empty_the_field_the_answer_still_arrives(
    world: World, scope: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    flagged(world, scope, "too_high")
    write = FakeAdapter._write

    def choosy(self: FakeAdapter, update: Update) -> WriteResult:
        if FLAG in update.values:
            return WriteResult(update.contact_id, WriteStatus.REJECTED, "read-only")
        return write(self, update)

    monkeypatch.setattr(FakeAdapter, "_write", choosy)
    answer(world, "Thank you.")
    run_live(world, scope)
    assert record(world)[STATUS] == "Answered 20 Nov: Thank you."
    assert record(world)[FLAG] == "too_high"
    assert rows(world, "SELECT count(*) FROM problem WHERE \"where\" = 'write:refused'") == [(0,)]


def test_the_newest_event_is_what_the_record_tells(world: World, scope: Scope) -> None:
    flagged(world, scope, "too_high")
    flagged(world, scope, "wrong_data")
    assert record(world)[STATUS] == "Heard 20 Nov: wrong data"
    world.now += timedelta(hours=1)
    flags.answer(world.services(), said(world)[0].id, "It is right.", "")
    run_live(world, scope)
    assert record(world)[STATUS] == "Answered 20 Nov: It is right."


# ------------------------------------------------------------------------------------------------------------ the hold


def test_do_not_contact_holds_the_lead_at_once(world: World, scope: Scope) -> None:
    flagged(world, scope, "do_not_contact")
    held = record(world)
    assert (held[SCORE], held["leadtier_tier"]) == ("0", "Cold")
    assert str(held["leadtier_reason_1"]).startswith("Do not contact: on hold since 20 Nov")


def test_a_hold_outlives_the_flag_field_and_ends_by_an_answer_that_releases_it(world: World, scope: Scope) -> None:
    before = record(world)[SCORE]
    flagged(world, scope, "do_not_contact")
    flagged(world, scope, None)
    assert record(world)[SCORE] == "0"
    answer(world, "She meant the newsletter.", release=True)
    run_live(world, scope)
    assert record(world)[SCORE] == before


def test_an_answer_that_keeps_the_hold_keeps_it_and_a_later_one_may_release_it(world: World, scope: Scope) -> None:
    flagged(world, scope, "do_not_contact")
    answer(world, "Agreed.")
    run_live(world, scope)
    assert record(world)[SCORE] == "0"
    answer(world, "She called again.", release=True)
    run_live(world, scope)
    assert record(world)[SCORE] != "0"


def test_a_lead_is_not_released_while_another_do_not_contact_waits(world: World, scope: Scope) -> None:
    for _ in range(2):
        flagged(world, scope, "do_not_contact")
        flagged(world, scope, None)
    first, second = said(world)
    flags.answer(world.services(), first.id, "Released.", "", release=True)
    run_live(world, scope)
    assert record(world)[SCORE] == "0"
    flags.answer(world.services(), second.id, "Released.", "", release=True)
    run_live(world, scope)
    assert record(world)[SCORE] != "0"


# --------------------------------------------------------------------------------------------------- answers, labels


@pytest.mark.parametrize(
    ("text", "release", "why"),
    [("  ", False, "Write an answer"), ("x" * 201, False, "at most 200"), ("Fine.", True, "nothing to release")],
)
def test_an_answer_that_says_nothing_or_cannot_be_is_refused(
    world: World, scope: Scope, text: str, release: bool, why: str
) -> None:
    flagged(world, scope, "too_high")
    with pytest.raises(Refused, match=why):
        answer(world, text, release=release)
    assert said(world)[0].answered_at is None


def test_a_flag_that_is_not_there_cannot_be_answered(world: World) -> None:
    with pytest.raises(Refused, match="leadtier flags"):
        flags.answer(world.services(), 99, "Fine.", "")


def test_flags_are_labels_with_the_rules_behind_them_for_ninety_days(world: World, scope: Scope) -> None:
    flagged(world, scope, "too_high")
    flagged(world, scope, "too_low")
    svc = world.services()
    with world.store.read() as conn:
        lately = flags.rules_in_doubt(conn, 1, svc.now())
        later = flags.rules_in_doubt(conn, 1, svc.now() + flags.TERM + 86_400)
        labels = flag_rows.labels(conn, 1, 0)
    assert Disagreement("quote_or_callback", 1, 1) in lately
    assert later == []
    assert [label.kind for label in labels] == ["too_high", "too_low"]


def test_a_kind_nobody_knows_and_a_lead_of_others_are_faults(world: World, scope: Scope) -> None:
    svc: Services = world.services()
    with svc.store.write() as conn:
        with pytest.raises(ValueError, match="no kind of flag"):
            flags.record(conn, scope, 1, flags.Said("odd", "", "", 0, "link:1:x"))
        with pytest.raises(LookupError):
            flags.record(conn, Scope(1, 2), 1, flags.Said("too_high", "", "", 0, "link:1:x"))


def test_the_doctor_says_how_live_work_stands(world: World, scope: Scope) -> None:
    def found() -> dict[str, Finding]:
        svc = world.services()
        told = [of_webhooks(svc, name, heard) for name, heard in heard_today(svc).items()]
        return {one.what: one for one in [*examine(svc), *told]}

    assert "None came yet" in found()["webhooks"].text
    assert (found()["worker"].state, found()["worker"].mend.split("`")[1]) == (State.WARN, "leadtier run")
    flagged(world, scope, "too_high")
    now = int(world.now.timestamp())
    with world.store.write() as conn:
        workers.save_worker(conn, WorkerRow("worker-1", "host", 1, now - 5000, now - 1))
    assert found()["worker"].state is State.WARN, "it was seen a second ago, and has died since"
    living = present(world.store, "worker-1")
    assert living is not None
    assert found()["worker"].state is State.OK
    living.let_go()
    assert found()["flags"].text == "1 waits for an answer."
    assert "1 today, 0 waiting" in found()["webhooks"].text


def test_the_doctor_says_how_an_older_connection_gets_the_new_fields(world: World, scope: Scope) -> None:
    svc = world.services()
    assert not [one for one in examine(svc) if "was made before" in one.text]
    mapping = dict(svc.connection(scope).mapping)
    mapping["writes"] = {value: name for value, name in mapping["writes"].items() if not value.startswith("flag_")}
    with svc.store.write() as conn:
        connection_rows.set_mapping(conn, scope, mapping)
    (found,) = [one for one in examine(svc) if "was made before" in one.text]
    assert "flag_status and flag_link" in found.text
    assert "leadtier connect" in found.mend
    flagged(world, scope, "do_not_contact")
    assert record(world)[SCORE] == "0"
