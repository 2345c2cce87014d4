"""Disconnecting gives the grant back and removes everything of the account, in portions, and goes on after a kill."""

from __future__ import annotations

import pytest

from adapters.contract import Retry
from connector.flows import cadence, connection_settings, disconnect, parts, starting
from connector.flows.cancelling import cancel
from connector.flows.connect import connect
from connector.flows.services import Refused, Services
from connector.flows.stories import STORIES
from connector.flows.sync import begin as begin_sync
from connector.store import runs, tables
from connector.store.database import Scope
from connector.store.leaving import DISCONNECT
from tests.flows.conftest import World
from tests.flows.connecting import Office
from tests.flows.looking import rows
from tests.flows.test_connecting import MAPPING

OF_A_CONNECTION = [
    t.name for t in tables.metadata.sorted_tables if {"connection_id", "lead_id"} & set(t.columns.keys())
]


@pytest.fixture
def office(world: World, monkeypatch: pytest.MonkeyPatch) -> Office:
    monkeypatch.setattr(disconnect, "LEADS_A_SLICE", 5)
    return Office(world)


def connected(office: Office) -> Scope:
    """A connection with a synced book."""
    scope = connect(office.services(), "hubspot", {"client_id": "a", "refresh_token": "r-1"}, None, "main").scope
    office.world.sync(scope)
    return scope


def leave(office: Office, scope: Scope) -> int:
    svc = office.services()
    return disconnect.begin(svc, scope, office.actor(svc), "main").id


def go_on(svc: Services, scope: Scope, run_id: int, slices: int = 1000) -> bool:
    """As a worker does; whether it came to its end."""
    said = parts.STOP
    for _ in range(slices):
        said = parts.advance(STORIES[DISCONNECT], svc, scope, run_id)
        if said["go"] != "more":
            break
    return said["go"] == "next"


def left(world: World) -> dict[str, int]:
    return {name: n for name in OF_A_CONNECTION if (n := rows(world, f"SELECT count(*) FROM {name}")[0][0])}


def test_everything_of_the_account_goes_and_the_audit_trail_stays(office: Office) -> None:
    scope = connected(office)
    assert {"lead", "activity", "card", "run", "mapping_version"} <= left(office.world).keys()
    assert go_on(office.services(), scope, leave(office, scope))
    assert left(office.world) == {}
    assert rows(office.world, "SELECT name FROM connection") == []
    said = rows(office.world, "SELECT actor, action FROM audit ORDER BY id")
    assert ("ann@agency.example", "disconnect") in said
    assert said[-1] == ("leadtier", "disconnected")


def test_the_grant_is_given_back_with_what_is_stored(office: Office) -> None:
    scope = connected(office)
    go_on(office.services(), scope, leave(office, scope))
    assert [dict(one)["refresh_token"] for one in office.revoked] == ["r-1"]
    assert "took the grant back" in rows(office.world, "SELECT detail FROM audit WHERE action = 'revoke'")[0][0]


def test_a_vendor_that_is_away_keeps_nobody_from_leaving_and_the_admin_reads_what_to_do(office: Office) -> None:
    scope = connected(office)

    def away(*_: object) -> bool:
        raise Retry("The CRM is away.")

    office._revoke = away  # type: ignore[method-assign]
    assert go_on(office.services(), scope, leave(office, scope))
    assert "remove the app or its token" in rows(office.world, "SELECT detail FROM audit WHERE action = 'revoke'")[0][0]


@pytest.mark.parametrize("slices", [1, 2, 4, 6])
def test_who_comes_after_a_kill_goes_on(office: Office, slices: int) -> None:
    scope = connected(office)
    run_id = leave(office, scope)
    assert not go_on(office.services(), scope, run_id, slices)
    assert go_on(office.services(), scope, run_id)
    assert left(office.world) == {}
    assert len(office.revoked) == 1


def test_no_slice_removes_more_leads_than_its_portion(office: Office) -> None:
    scope = connected(office)
    run_id, svc = leave(office, scope), office.services()
    before = rows(office.world, "SELECT count(*) FROM lead")[0][0]
    while not go_on(svc, scope, run_id, 1):
        now = rows(office.world, "SELECT count(*) FROM lead")[0][0]
        assert before - now <= 5
        before = now


def test_the_name_must_be_typed(office: Office) -> None:
    scope, svc = connected(office), office.services()
    with pytest.raises(Refused, match="Type the connection's name"):
        disconnect.begin(svc, scope, office.actor(svc), "mian")
    with svc.store.read() as conn:
        assert runs.open_run(conn, scope, DISCONNECT) is None


def test_nothing_begins_there_any_more_and_it_cannot_be_cancelled(office: Office) -> None:
    scope = connected(office)
    run_id, svc = leave(office, scope), office.services()
    office.world.now = office.world.now.replace(year=office.world.now.year + 1)
    assert [one.what for one in cadence.due(svc) if one.scope == scope] == [DISCONNECT]
    with pytest.raises(Refused, match="being removed"):
        connection_settings.start(svc, scope, office.actor(svc), "sync")
    with pytest.raises(Refused, match="cannot be kept"):
        cancel(svc, scope, run_id, office.actor(svc))
    with pytest.raises(Refused, match="being disconnected"):
        connect(svc, "hubspot", {"token": "t"}, None)


def test_a_run_that_was_under_way_ends(office: Office) -> None:
    scope = connected(office)
    going = begin_sync(office.services(), scope)
    leave(office, scope)
    assert rows(office.world, f"SELECT state FROM run WHERE id = {going.id}") == [("failed",)]


def test_another_agency_and_another_connection_are_not_touched(office: Office) -> None:
    scope = connected(office)
    svc = office.services()
    svc.crms = {**svc.crms, "rotating": svc.crms["hubspot"]}
    sister = connect(svc, "rotating", {"token": "t"}, None, "sister", MAPPING).scope
    neighbour = office.neighbour(svc)
    theirs = connect(neighbour, "hubspot", {"token": "t"}, None, "theirs").scope
    go_on(office.services(), scope, leave(office, scope))
    assert rows(office.world, "SELECT id FROM connection ORDER BY id") == [
        (sister.connection_id,),
        (theirs.connection_id,),
    ]
    assert {one[0] for one in rows(office.world, "SELECT connection_id FROM mapping_version")} == {
        sister.connection_id,
        theirs.connection_id,
    }


@pytest.mark.parametrize("what", list(starting.STARTS))
def test_nothing_is_begun_on_a_connection_that_is_being_removed(office: Office, what: str) -> None:
    scope = connected(office)
    leave(office, scope)
    svc = office.services()
    with pytest.raises(Refused, match="being removed"):
        starting.start(svc, scope, what, office.actor(svc))
    assert rows(office.world, "SELECT kind FROM run WHERE state = 'running'") == [(DISCONNECT,)]
