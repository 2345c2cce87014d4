"""Told events through the whole river: they score, they wait, they follow their lead, and no sync takes them away."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa

from connector.flows import told
from connector.flows.live import live
from connector.flows.purge import purge
from connector.flows.told import Told
from connector.store import tables as t
from connector.store.database import Scope
from tests.flows.conftest import World


def tell(world: World, *events: Told) -> told.Taken:
    svc = world.services()
    return told.take(svc, svc.tenant.id, events)


def event(world: World, event_id: str, email: str = "", crm_id: str = "") -> Told:
    at = int((world.now - timedelta(days=1)).timestamp())
    return Told(0, event_id, "", crm_id, email, "callback_requested", at, "")


def told_to(world: World) -> list[tuple[str, str]]:
    """CRM id and source id of every activity that was told."""
    query = sa.select(t.lead.c.crm_id, t.activity.c.source_id).join_from(t.activity, t.lead)
    with world.store.read() as conn:
        return sorted(tuple(row) for row in conn.execute(query.where(t.activity.c.source_id.startswith("told:"))))


def score(world: World, crm_id: str) -> int:
    query = sa.select(t.card.c.score).join_from(t.card, t.lead).where(t.lead.c.crm_id == crm_id)
    with world.store.read() as conn:
        return int(conn.execute(query).scalar_one())


def merge(world: World, loser: str, into: str) -> None:
    """Somebody merges two records in the CRM."""
    later = world.now + timedelta(minutes=1)
    world.crm.contacts[into] = replace(world.crm.contacts[into], replaces=(loser,), updated_at=later)
    del world.crm.contacts[loser]


def again(world: World, scope: Scope, *, full: bool = False) -> None:
    """A later sync; nothing but time has passed."""
    world.now += timedelta(minutes=10)
    world.sync(scope, full=full)


def test_a_told_event_moves_the_score_and_the_field_in_the_crm(world: World) -> None:
    scope = world.connect()
    world.sync(scope)
    before = score(world, "1005")
    assert tell(world, event(world, "e1", email="p5@example.com")).accepted == 1
    again(world, scope)
    assert score(world, "1005") > before
    assert world.crm.written["1005"]["leadtier_score"] == str(score(world, "1005"))


def test_a_told_event_is_in_the_crm_after_a_live_slice_and_no_sync(world: World) -> None:
    scope = world.connect()
    world.sync(scope)
    before = score(world, "1005")
    tell(world, event(world, "e1", crm_id="1005"))
    assert live(world.services(), scope)["go"] == "more"
    assert score(world, "1005") > before
    assert world.crm.written["1005"]["leadtier_score"] == str(score(world, "1005"))


def test_an_event_that_came_first_counts_with_the_first_sync(world: World) -> None:
    scope = world.connect()
    assert tell(world, event(world, "e1", crm_id="1005"), event(world, "e2", email="p6@example.com")).waiting == 2
    world.sync(scope)
    assert told_to(world) == [("1005", "told:e1"), ("1006", "told:e2")]
    quiet = World(world.crm, world.path.with_name("quiet.db"), now=world.now)
    quiet.sync(quiet.connect())
    assert score(world, "1005") > score(quiet, "1005")
    quiet.store.close()


def test_neither_a_sync_nor_a_full_one_takes_away_what_was_told(world: World) -> None:
    scope = world.connect()
    world.sync(scope)
    tell(world, event(world, "e1", crm_id="1005"))
    world.crm.person("1005", world.now + timedelta(minutes=1), email="p5@example.com", state="TX", age="80")
    world.crm.act("calls:5", "1005", days=1, hs_call_direction="INBOUND", hs_call_status="COMPLETED")
    again(world, scope)
    again(world, scope, full=True)
    assert told_to(world) == [("1005", "told:e1")]


def test_an_address_that_changes_in_the_crm_finds_what_waited_for_it(world: World) -> None:
    scope = world.connect()
    world.sync(scope)
    tell(world, event(world, "e1", email="new@example.com"))
    world.crm.person("1005", world.now + timedelta(minutes=1), email=" New@Example.com", state="TX")
    again(world, scope)
    assert told_to(world) == [("1005", "told:e1")]
    assert tell(world, event(world, "e2", email="p5@example.com")).waiting == 1


def test_what_was_told_of_a_merged_lead_goes_to_the_one_that_stays(world: World) -> None:
    scope = world.connect()
    world.sync(scope)
    tell(world, event(world, "e1", crm_id="1005"))
    merge(world, "1005", into="1006")
    again(world, scope)
    assert told_to(world) == [("1006", "told:e1")]
    assert tell(world, event(world, "e1", crm_id="1006")).duplicates == 1


def test_when_the_one_that_stays_is_forgotten_so_is_what_was_told_of_the_other(world: World) -> None:
    scope = world.connect()
    world.sync(scope)
    tell(world, event(world, "e1", email="p5@example.com"), event(world, "e2", crm_id="1007"))
    merge(world, "1005", into="1006")
    again(world, scope)
    with world.store.write() as conn:
        purge(conn, scope, ["1006"], [], int(world.now.timestamp()))
        left = conn.execute(sa.select(t.told_event.c.event_id)).scalars().all()
    assert left == ["e2"]


def test_a_lead_that_comes_back_gets_what_waited_meanwhile(world: World) -> None:
    scope = world.connect()
    world.sync(scope)
    there = world.crm.contacts["1005"]
    later = world.now + timedelta(minutes=1)
    world.crm.contacts["1005"] = replace(there, archived=True, updated_at=later)
    again(world, scope, full=True)
    assert tell(world, event(world, "e1", crm_id="1005")).waiting == 1
    world.crm.contacts["1005"] = replace(there, updated_at=world.now + timedelta(minutes=1))
    again(world, scope)
    assert told_to(world) == [("1005", "told:e1")]


def test_what_was_told_of_a_record_that_was_merged_before_we_read_it_counts_with_the_one_that_stays(
    world: World,
) -> None:
    scope = world.connect()
    world.sync(scope)
    before = score(world, "1005")
    assert tell(world, event(world, "e1", crm_id="7777")).waiting == 1
    later = world.now + timedelta(minutes=1)
    world.crm.contacts["1005"] = replace(world.crm.contacts["1005"], replaces=("7777",), updated_at=later)
    again(world, scope)
    assert told_to(world) == [("1005", "told:e1")]
    assert score(world, "1005") > before
