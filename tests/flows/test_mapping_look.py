"""Looking at an account: few calls, one reading for all who ask, people's data in memory only."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from adapters.contract import QuotaSpent, Retry
from connector.flows.looks import FAILED_LASTS, LASTS, MOST, SLOW, Look, Looks
from connector.flows.mapping_look import look
from connector.store.database import Scope
from tests.flows.conftest import World
from tests.flows.crm import Crm

SECRET = "Zebulon-Quartermain"


def calls(world: World) -> list[str]:
    """From here on what is asked of the CRM, in order."""
    made: list[str] = []
    world.crm.on_call = made.append
    return made


def test_before_the_first_sync_the_newest_contacts_are_read_by_three_calls(world: World) -> None:
    scope = world.connect()
    made = calls(world)
    found = look(world.services(), scope)
    assert made == ["fields", "newest", "contacts_by_id"]
    assert (found.contacts, found.trouble) == (23, "")
    assert found.sample("age").values == ("52", "51", "50"), "the newest first"
    assert (found.sample("age").filled, found.sample("age").of) == (23, 23)
    assert found.sample("household_income").filled == 0
    assert found.sample("no such property").of == 23


def test_known_leads_are_read_by_their_ids_and_nothing_reaches_our_database(world: World) -> None:
    scope = world.connect()
    world.sync(scope)
    with world.store.read() as conn:
        before = list(conn.exec_driver_sql("SELECT * FROM lead"))
    made = calls(world)
    found = look(world.services(), scope)
    assert made == ["fields", "contacts_by_id"]
    assert found.contacts == 23
    with world.store.read() as conn:
        assert list(conn.exec_driver_sql("SELECT * FROM lead")) == before


def test_a_look_is_good_for_ten_minutes_and_a_fresh_one_is_taken_at_once(world: World) -> None:
    scope, svc = world.connect(), world.services()
    first = look(svc, scope)
    made = calls(world)
    world.now = world.now.replace(minute=9)
    assert look(svc, scope) is first
    assert made == []
    assert look(svc, scope, fresh=True) is not first
    world.now = world.now.replace(minute=20)
    look(svc, scope)
    assert made.count("fields") == 2


def test_requests_at_the_same_time_make_one_reading(world: World) -> None:
    scope, svc = world.connect(), world.services()
    made, begun, go_on = [], threading.Event(), threading.Event()

    def wait(what: str) -> None:
        made.append(what)
        begun.set()
        assert go_on.wait(10)

    world.crm.on_call = wait
    with ThreadPoolExecutor(5) as people:
        asked = [people.submit(look, svc, scope) for _ in range(5)]
        assert begun.wait(10)
        go_on.set()
        looks = {id(one.result(10)) for one in asked}
    assert len(looks) == 1
    assert made.count("fields") == 1


def test_a_slow_crm_is_said_to_be_slow_and_its_answer_is_there_the_next_time(world: World) -> None:
    scope, svc = world.connect(), world.services()
    svc.looks.patience = 0.01
    go_on = threading.Event()
    world.crm.on_call = lambda _: go_on.wait(10) and None
    assert look(svc, scope).trouble == SLOW
    go_on.set()
    svc.looks.patience = 10
    assert look(svc, scope).contacts == 23


@pytest.mark.parametrize("error", [Retry("The CRM is down."), QuotaSpent("The day's calls are used up.")])
def test_a_sick_crm_gives_what_there_is_and_a_sentence(world: World, error: Exception) -> None:
    scope, svc = world.connect(), world.services()

    def fail(what: str) -> None:
        if what == "contacts_by_id":
            raise error

    world.crm.on_call = fail
    found = look(svc, scope)
    assert len(found.fields) > 10
    assert (found.contacts, found.samples) == (0, {})
    assert "could not be read" in found.trouble
    assert str(error) in found.trouble


def test_what_was_seen_before_stays_when_the_crm_fails_and_it_is_asked_again_soon(world: World) -> None:
    scope, svc = world.connect(), world.services()
    look(svc, scope)

    def fail(what: str) -> None:
        raise Retry("The CRM is down.")

    world.crm.on_call = fail
    found = look(svc, scope, fresh=True)
    assert (found.contacts, found.trouble) == (23, "The CRM is down.")
    world.crm.on_call = lambda _: None
    world.now = world.now.replace(second=FAILED_LASTS)
    assert look(svc, scope).trouble == ""


def test_no_value_reaches_a_log(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.crm.person("9999", firstname=SECRET)
    scope = world.connect()
    with caplog.at_level(logging.DEBUG):
        found = look(world.services(), scope)
    assert SECRET in found.sample("firstname").raw
    assert SECRET not in caplog.text


def test_a_long_value_is_cut_and_a_blank_one_is_none(world: World) -> None:
    world.crm.person("9999", firstname="x" * 70_000, lastname="  ")
    found = look(world.services(), world.connect())
    assert max(map(len, found.sample("firstname").raw)) == 1020
    assert max(map(len, found.sample("firstname").values)) <= 60
    assert found.sample("lastname").filled == 0


def test_another_agencys_connection_is_none(world: World) -> None:
    scope = world.connect()
    with pytest.raises(LookupError):
        look(world.services(), Scope(scope.tenant_id + 1, scope.connection_id))


def test_what_is_forgotten_while_it_is_read_is_not_kept() -> None:
    looks, scope = Looks(), Scope(1, 1)

    def read() -> Look:
        looks.forget(scope)
        return Look(looked_at=5, contacts=3)

    assert looks.get(scope, 5, read, fresh=False).contacts == 3
    assert looks.get(scope, 5, lambda: Look(looked_at=5, contacts=4), fresh=False).contacts == 4
    looks.close()


def test_few_looks_are_kept_and_the_one_not_asked_for_longest_goes() -> None:
    looks = Looks()
    for number in range(MOST + 1):
        looks.get(Scope(1, number), 0, Look, fresh=False)
    kept = Look(contacts=1)
    assert looks.get(Scope(1, 0), 0, lambda: kept, fresh=False) is kept
    assert looks.get(Scope(1, MOST), 0, lambda: kept, fresh=False) is not kept
    assert looks.get(Scope(1, MOST), LASTS, lambda: kept, fresh=False) is kept
    looks.close()


def test_an_error_nobody_expected_reaches_whoever_asked_and_the_next_asks_again() -> None:
    looks = Looks()

    def fail() -> Look:
        raise RuntimeError("a bug")

    with pytest.raises(RuntimeError, match="a bug"):
        looks.get(Scope(1, 1), 0, fail, fresh=False)
    assert looks.get(Scope(1, 1), 0, lambda: Look(contacts=1), fresh=False).contacts == 1
    looks.close()


def test_an_account_without_contacts_is_no_trouble(world: World) -> None:
    world.crm = Crm()
    found = look(world.services(), world.connect())
    assert (found.contacts, found.trouble) == (0, "")
    assert found.fields
