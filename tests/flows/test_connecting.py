"""Connecting keeps what was renewed on the way, and renewing is done by one process at a time."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from adapters.contract import Account, Crm, FieldOutcome, FieldState, Reauthorise, Retry, Setting, Vault, WantedField
from connector.flows.connect import connect
from connector.flows.services import Refused, Services
from connector.flows.vault import ConnectionVault
from connector.store import connections
from tests.flows.conftest import World
from tests.flows.crm import CAPABILITIES, NOW, FakeAdapter
from tests.flows.looking import problems, rows


class Rotating(FakeAdapter):
    """Its first call exchanges the refresh token for a new one, as some vendors do every time."""

    vault: Vault
    then: Exception | None = None

    def check(self) -> Account:
        with self.vault.renewing() as kept:
            self.vault.keep({**kept, "refresh_token": "refresh-2"})
        if self.then:
            raise self.then
        return super().check()


def rotating(world: World, then: Exception | None = None) -> Crm:
    def opened(_: Mapping[str, str], *, vault: Vault, **__: Any) -> Rotating:
        adapter = Rotating(world.crm)
        adapter.vault, adapter.then = vault, then
        return adapter

    return Crm(CAPABILITIES, (), opened, None)  # type: ignore[arg-type]


def test_a_refresh_token_renewed_while_connecting_is_the_one_that_is_kept(world: World) -> None:
    svc = world.services()
    svc.crms = {"rotating": rotating(world)}
    scope = connect(svc, "rotating", {"refresh_token": "refresh-1"}, None, "mine", MAPPING).scope
    assert svc.sealer.open(svc.connection(scope).sealed)["refresh_token"] == "refresh-2"


def test_a_refresh_token_used_up_by_a_failed_attempt_is_said_to_be(world: World) -> None:
    svc = world.services()
    svc.crms = {"rotating": rotating(world, Reauthorise("The user may not use the API."))}
    with pytest.raises(Refused, match=r"may not use the API\. .*authorise the app again"):
        connect(svc, "rotating", {"refresh_token": "refresh-1"}, None, "mine", MAPPING)


def test_who_waited_for_another_renewer_sees_what_that_one_kept(world: World) -> None:
    svc = world.services()
    scope = world.connect()
    inside, go = threading.Event(), threading.Event()
    seen: list[str] = []

    def first() -> None:
        vault = ConnectionVault(world.store, svc.sealer, scope, lambda *_: None)
        with vault.renewing():
            inside.set()
            go.wait(5)
            vault.keep({"token": "renewed"})

    def second() -> None:
        with ConnectionVault(world.store, svc.sealer, scope, lambda *_: None).renewing() as kept:
            seen.append(kept["token"])

    one, other = threading.Thread(target=first), threading.Thread(target=second)
    one.start()
    assert inside.wait(5)
    other.start()
    other.join(0.2)
    assert seen == [], "the second one must wait"
    go.set()
    one.join(5)
    other.join(5)
    assert seen == ["renewed"]
    with world.store.read() as conn:
        assert "renewed" not in connections.connection_by_id(conn, scope).sealed


def choosing(world: World) -> Services:
    """A CRM that asks which records are leads."""
    svc = world.services()
    settings = (
        Setting("token", "Token", "A token.", secret=True),
        Setting("records", "Records", "Which.", default="a"),
    )
    svc.crms = {"hubspot": replace(svc.crms["hubspot"], settings=settings)}
    return svc


def test_another_setting_makes_the_next_sync_read_everything_and_another_token_does_not(world: World) -> None:
    old = NOW - timedelta(days=5)
    world.crm.contacts = {key: replace(one, updated_at=old) for key, one in world.crm.contacts.items()}
    scope = world.connect()
    world.sync(scope)
    assert not connect(choosing(world), "hubspot", {"token": "new", "records": "a"}, None).reads_again
    assert world.sync(scope).run.contacts == 0
    assert connect(choosing(world), "hubspot", {"token": "new", "records": "a,b"}, None).reads_again
    assert world.sync(scope).run.contacts == 23


def test_another_setting_also_begins_a_sync_anew_that_failed(world: World) -> None:
    old = NOW - timedelta(days=5)
    world.crm.contacts = {key: replace(one, updated_at=old) for key, one in world.crm.contacts.items()}
    scope = world.connect()

    def fail(what: str) -> None:
        if what == "write":
            raise Reauthorise("No more.")

    world.crm.on_call = fail
    assert world.sync(scope).run.state == "failed"
    world.crm.on_call = lambda what: None
    assert connect(choosing(world), "hubspot", {"token": "new", "records": "b"}, None).reads_again
    assert world.sync(scope).run.contacts == 23


def test_connecting_again_keeps_the_name_unless_another_is_given(world: World) -> None:
    svc, token = world.services(), {"token": "secret-token"}
    assert connect(svc, "hubspot", token, None, "main").name == "main"
    again = connect(svc, "hubspot", token, None)
    assert (again.name, again.renamed_from) == ("main", "")
    renamed = connect(svc, "hubspot", token, None, "two")
    assert (renamed.name, renamed.renamed_from) == ("two", "main")


def test_a_crm_that_cannot_be_reached_leaves_nothing_behind_and_says_so(world: World) -> None:
    def gone(_: str) -> None:
        raise Retry("Fake could not be reached. Check its address and the network.")

    world.crm.on_call = gone
    with pytest.raises(Refused, match=r"Check its address.*Nothing was saved"):
        world.connect()
    assert rows(world, "SELECT name FROM connection") == []


class Refusing(FakeAdapter):
    """Lets nobody create fields."""

    def ensure_fields(self, group: str, label: str, wanted: Sequence[WantedField]) -> Sequence[FieldOutcome]:
        return [FieldOutcome(field.name, FieldState.FAILED, "Ask an admin.") for field in wanted]


def test_a_score_field_that_could_not_be_created_is_a_problem_once(world: World) -> None:
    svc = world.services()
    svc.crms = {"hubspot": replace(svc.crms["hubspot"], open=lambda *_, **__: Refusing(world.crm))}
    found = connect(svc, "hubspot", {"token": "secret-token"}, None)
    wanted = {field.name for field in found.fields}
    assert not [problem for problem in found.problems if "leadtier" in problem.where + problem.mend]
    said = [problem for problem in problems(world, found.scope) if any(name in problem.text for name in wanted)]
    assert len(said) == len(wanted)


MAPPING = """
version: 1
crm: rotating
fields:
  first_name: {from: firstname}
activities: {}
signals: {}
score_fields:
  group: scoring
  label: Scoring
  prefix: lt_
  fields:
    score: {label: Score, type: number, description: The score., value: score}
"""
