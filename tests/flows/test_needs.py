"""What needs a person, and nothing else: told from rows, the most urgent first."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from adapters.contract import Misconfigured, QuotaSpent, Reauthorise, WriteResult, WriteStatus
from connector.flows import flags, missing
from connector.flows.actors import Actor, Role
from connector.flows.flags import Said
from connector.flows.heard_hooks import refused_lately
from connector.flows.live import live
from connector.flows.missing import Question
from connector.flows.needs import needs
from connector.flows.retrying import retry_all, retry_one, retry_same
from connector.flows.services import Refused
from connector.store import audit, hook_counts, inbox, workers
from connector.store import connections as connection_rows
from connector.store import refused as refused_rows
from connector.store import tables as t
from connector.store.database import Scope
from connector.store.exclusive import present
from connector.store.hook_counts import NOBODY, Count
from connector.store.inbox import InboxEvent
from connector.store.workers import WorkerRow
from tests.flows.conftest import World
from tests.flows.looking import problems

ANA = Actor(1, "ana@example.com", "Ana", Role.ADMIN)


@pytest.fixture
def scope(world: World) -> Scope:
    """A connection that was read once, and a worker that lives."""
    made = world.connect()
    world.sync(made)
    held = present(world.store, "worker")
    assert held is not None
    with world.store.write() as conn:
        workers.save_worker(conn, WorkerRow("worker", "host", 1, 0, now(world) + 10**7))
    return made


def now(world: World) -> int:
    return int(world.now.timestamp())


def said(world: World) -> list[tuple[str, str]]:
    return [(need.severity, need.title) for need in needs(world.services())]


def test_when_all_is_well_nobody_is_needed(world: World, scope: Scope) -> None:
    assert said(world) == []


def test_first_steps_are_no_needs(world: World) -> None:
    assert said(world) == [], "no CRM is connected yet"


def test_where_nobody_works_somebody_must_start_a_worker(world: World) -> None:
    world.connect()
    assert said(world) == [("now", "Nobody works")]


def test_a_grant_that_died_asks_for_a_new_one_until_it_works_again(world: World, scope: Scope) -> None:
    def refuse(what: str) -> None:
        raise Reauthorise("The token was revoked. Connect again.")

    world.crm.on_call = refuse
    world.sync(scope)
    (need,) = needs(world.services())
    assert (need.severity, need.title) == ("now", "hubspot needs you")
    assert need.text.startswith("The token was revoked. Connect again.")
    world.crm.on_call = lambda what: None
    world.sync(scope)
    assert said(world) == []


def test_the_day_s_calls_are_told_until_they_come_back(world: World, scope: Scope) -> None:
    def spent(what: str) -> None:
        raise QuotaSpent("The day's calls are used up.", until=world.now + timedelta(hours=2))

    world.crm.on_call = spent
    world.sync(scope)
    (need,) = needs(world.services())
    assert (need.severity, need.title) == ("soon", "The day's calls of hubspot are used up")
    assert "Calls are possible again from 20 Nov 11:00" in need.text
    world.now += timedelta(hours=2, seconds=1)
    assert said(world) == []
    world.crm.on_call = lambda what: None
    world.sync(scope)
    assert not problems(world, scope), "what is over is no problem any more"


def test_a_mapped_property_that_went_is_urgent_and_a_missing_permission_is_not(world: World, scope: Scope) -> None:
    def no_calls(what: str) -> None:
        if what == "calls":
            raise Misconfigured("The scope for calls is missing.", "403")

    world.crm.on_call = no_calls
    del world.crm.fields["age"]
    world.sync(scope)
    assert said(world) == [
        ("now", "1 mapped property of hubspot changed in the CRM"),
        ("soon", "hubspot lacks 1 permission"),
    ]


def test_the_question_about_missing_leads_has_its_answers(world: World, scope: Scope) -> None:
    with world.store.write() as conn:
        missing.ask(conn, connection_rows.connection_by_id(conn, scope), Question(9, 23, 1, "2026-11-20"))
    (need,) = needs(world.services())
    assert (need.severity, need.title) == ("now", "Are 9 leads of hubspot gone?")
    assert [one.said for one in need.answers] == ["accept", "keep"]
    missing.answer(world.services(), scope, "keep", ANA.email)
    assert said(world) == []


def test_flags_are_a_need_when_they_waited_two_days(world: World, scope: Scope) -> None:
    with world.store.write() as conn:
        assert flags.record(conn, scope, 1, Said("too_high", "", "Ben", now(world), "link:1"))
    assert said(world) == []
    world.now += timedelta(days=2, seconds=1)
    assert said(world) == [("soon", "1 flag waited more than two days")]


def test_webhooks_that_are_refused_and_never_taken_are_a_need(world: World, scope: Scope) -> None:
    def count(number: int, reason: str = "wrong signature", whose: int = NOBODY) -> None:
        with world.store.write() as conn:
            hook_counts.add_counts(conn, [Count("hubspot", whose, reason, "Check the secret.", number)], now(world))

    count(2)
    count(9, "unknown account 4")
    assert said(world) == [], "some strangers knock at any door"
    count(1)
    assert said(world) == [("soon", "Webhooks of hubspot are refused")]
    world.now += timedelta(days=1, seconds=1)
    assert said(world) == []
    count(3, whose=scope.connection_id)
    assert [one.refusals.number for one in refused_lately(world.services())] == [3]
    world.now += timedelta(seconds=2)
    with world.store.write() as conn:
        at = now(world)
        event = InboxEvent(scope.tenant_id, scope.connection_id, "e", "changed", "1", "", "", "", False, at)
        inbox.add_events(conn, [event], at * 1000)
    assert refused_lately(world.services()) == [], "since then one was taken"


def test_it_takes_a_handful_of_queries(world: World, scope: Scope) -> None:
    svc, asked = world.services(), []
    sa.event.listen(world.store.engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
    needs(svc)
    assert len(asked) <= 7


def test_refused_rows_are_tried_again_one_by_one_by_sentence_or_all(world: World, scope: Scope) -> None:
    for crm_id, why in {"1001": "Too long.", "1002": "Too long.", "1003": "Locked.", "1004": "Locked."}.items():
        world.crm.answers[crm_id] = WriteResult(crm_id, WriteStatus.REJECTED, why)
    _write_all_again(world, scope)
    svc = world.services()
    assert ("soon", "The CRM refuses 4 rows") in said(world)
    with world.store.read() as conn:
        rows = refused_rows.page(conn, scope.tenant_id)
        assert [(one.text, one.rows) for one in refused_rows.sentences(conn, scope.tenant_id)] == [
            ("Locked.", 2),
            ("Too long.", 2),
        ]
    assert [row.crm_id for row in rows] == ["1001", "1002", "1003", "1004"]
    assert all(row.since == now(world) and row.sentence for row in rows)
    assert retry_one(svc, rows[0].lead_id, ANA) == 1
    with pytest.raises(Refused, match="None of these rows"):
        retry_one(svc, rows[0].lead_id, ANA)
    assert retry_same(svc, "Locked.", ANA) == 2
    assert retry_all(svc, ANA) == 1
    with pytest.raises(Refused):
        retry_all(svc, ANA)
    with world.store.read() as conn:
        trail = [one.detail for one in audit.entries(conn, scope.tenant_id) if one.action == "retry refused rows"]
    assert trail == ["all: 1", "all with one sentence: 2", f"lead {rows[0].lead_id}: 1"]
    world.crm.answers.clear()
    while live(svc, scope)["go"] == "more":
        pass
    assert said(world) == []
    assert not problems(world, scope)


def test_a_row_refused_again_is_refused_since_the_first_time(world: World, scope: Scope) -> None:
    world.crm.answers["1001"] = WriteResult("1001", WriteStatus.REJECTED, "Locked.")
    _write_all_again(world, scope)
    first = now(world)
    world.now += timedelta(hours=1)
    world.sync(scope)
    with world.store.read() as conn:
        (row,) = refused_rows.page(conn, scope.tenant_id)
    assert (row.since, row.attempts) == (first, 2)


def _write_all_again(world: World, scope: Scope) -> None:
    with world.store.write() as conn:
        conn.execute(sa.update(t.lead).values(written="{}", dirty=1))
    world.sync(scope)
