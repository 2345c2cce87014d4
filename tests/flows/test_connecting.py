"""Connecting keeps what was renewed on the way, and renewing is done by one process at a time."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import pytest

from adapters.contract import Account, Crm, Reauthorise, Vault
from connector.flows.connect import connect
from connector.flows.services import Refused
from connector.flows.vault import ConnectionVault
from connector.store import connections
from tests.flows.conftest import World
from tests.flows.crm import CAPABILITIES, FakeAdapter


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
