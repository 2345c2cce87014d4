"""Signing in: who comes in, who waits, how long a session lasts, and what the audit trail says of it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher

from connector.flows import passwords, people, sign_in, throttling, visits
from connector.flows.services import Refused, Services
from connector.flows.sign_in import Came
from connector.flows.throttling import Wait
from connector.flows.visits import Browser
from connector.store import accounts, audit, sessions, tenants
from connector.store import tables as t
from tests.flows.conftest import World

EMAIL, PASSWORD = "ann@agency.example", "correct horse battery"
HASHED = passwords.hashed(PASSWORD)
HERE = Came(Browser("Firefox on Windows", "203.0.113.9"))


@pytest.fixture
def svc(world: World) -> Services:
    svc = world.services()
    with svc.store.write() as conn:
        account = accounts.add_account(conn, EMAIL, "Ann", 0)
        accounts.set_password(conn, account.id, HASHED)
        accounts.add_member(conn, svc.tenant.id, account.id, "admin", 0)
    return svc


def trail(svc: Services) -> list[tuple[str, str]]:
    with svc.store.read() as conn:
        return [(one.actor, one.action) for one in audit.entries(conn, svc.tenant.id)]


def fail(svc: Services, times: int, came: Came = HERE, email: str = EMAIL) -> None:
    for _ in range(times):
        with pytest.raises(Refused):
            sign_in.by_password(svc, email, "something else", came)


def test_the_address_may_be_typed_with_capitals_and_spaces(svc: Services) -> None:
    secret = sign_in.by_password(svc, " Ann@Agency.Example ", PASSWORD, HERE)
    visit = visits.resume(svc, secret)
    assert visit is not None
    assert visits.actor_of(visit) == (visit.account_id, EMAIL, "Ann", "admin")
    assert visit.tenant_id == svc.tenant.id


def test_unknown_person_and_wrong_password_are_told_the_same_and_cost_the_same(
    svc: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    fits = passwords.fits
    monkeypatch.setattr(passwords, "fits", lambda kept, typed: asked.append(kept) or fits(kept, typed))
    said = []
    for email in (EMAIL, "nobody@agency.example"):
        with pytest.raises(Refused) as refused:
            sign_in.by_password(svc, email, "something else", HERE)
        said.append(str(refused.value))
    assert said[0] == said[1]
    assert asked == [HASHED, ""], "a hash is computed for both"


def test_the_trail_tells_who_came_and_who_failed_but_not_what_was_typed(svc: Services) -> None:
    fail(svc, 1)
    fail(svc, 1, email="nobody@agency.example")
    sign_in.by_password(svc, EMAIL, PASSWORD, HERE)
    assert trail(svc) == [(EMAIL, "sign in"), (EMAIL, "failed sign-in")]
    with svc.store.read() as conn:
        assert "something else" not in repr(audit.entries(conn, svc.tenant.id))
        assert "203.0.113.9" in repr(audit.entries(conn, svc.tenant.id))


def test_waits_grow_and_end_and_a_good_attempt_starts_anew(svc: Services, world: World) -> None:
    fail(svc, throttling.FREE)
    waits = []
    for _ in range(9):
        with pytest.raises(Wait) as wait:
            sign_in.by_password(svc, EMAIL, PASSWORD, HERE)
        waits.append(wait.value.seconds)
        world.now += timedelta(seconds=wait.value.seconds)
        fail(svc, 1)
    assert waits == [15, 30, 60, 120, 240, 480, 900, 900, 900]
    world.now += timedelta(seconds=900)
    assert sign_in.by_password(svc, EMAIL, PASSWORD, HERE)
    fail(svc, throttling.FREE)


def test_the_wait_is_said_in_words(svc: Services) -> None:
    fail(svc, throttling.FREE)
    with pytest.raises(Wait, match="Wait 15 seconds, then try again; nothing is locked"):
        sign_in.by_password(svc, EMAIL, PASSWORD, HERE)


def test_attempts_while_one_waits_make_the_wait_no_longer(svc: Services, world: World) -> None:
    fail(svc, throttling.FREE)
    for _ in range(50):
        with pytest.raises(Wait):
            sign_in.by_password(svc, EMAIL, "something else", HERE)
    world.now += timedelta(seconds=15)
    assert sign_in.by_password(svc, EMAIL, PASSWORD, HERE)


def test_a_stranger_who_guesses_does_not_keep_the_person_out_of_a_browser_they_used(svc: Services) -> None:
    fail(svc, throttling.FREE, Came(Browser("curl", "198.51.100.7")))
    with pytest.raises(Wait):
        sign_in.by_password(svc, EMAIL, PASSWORD, HERE)
    assert sign_in.by_password(svc, EMAIL, PASSWORD, HERE._replace(known=True))


def test_one_address_cannot_try_many_people(svc: Services) -> None:
    for number in range(throttling.FREE_BY_ADDRESS):
        fail(svc, 1, email=f"person{number}@agency.example")
    with pytest.raises(Wait):
        sign_in.by_password(svc, EMAIL, PASSWORD, HERE)
    assert sign_in.by_password(svc, EMAIL, PASSWORD, Came(Browser("Firefox", "198.51.100.7")))


def test_an_office_that_signs_in_all_day_waits_never(svc: Services) -> None:
    for _ in range(throttling.FREE_BY_ADDRESS + 5):
        sign_in.by_password(svc, EMAIL, PASSWORD, HERE)


def test_attempts_at_the_same_time_are_all_counted(svc: Services) -> None:
    def one(_: int) -> str:
        try:
            sign_in.by_password(svc, EMAIL, "something else", HERE)
        except Wait:
            return "waits"
        except Refused:
            return "tried"
        return "in"

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(one, range(24)))
    assert found.count("tried") == throttling.FREE
    assert found.count("waits") == 24 - throttling.FREE


def test_the_table_of_attempts_tells_nobody_who_tried(svc: Services) -> None:
    fail(svc, 1)
    with svc.store.read() as conn:
        kept = repr(conn.execute(sa.select(t.throttle)).all())
    assert EMAIL not in kept
    assert "203.0.113.9" not in kept


def test_a_hash_of_weaker_days_is_made_anew_at_the_next_sign_in(svc: Services) -> None:
    with svc.store.write() as conn:
        weak = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
        accounts.set_password(conn, 1, weak)
    sign_in.by_password(svc, EMAIL, PASSWORD, HERE)
    with svc.store.read() as conn:
        account = accounts.account_by_email(conn, EMAIL)
    assert account is not None
    assert not passwords.is_dated(account.password)


@pytest.mark.parametrize(
    ("steps", "lives"),
    [
        ([visits.IDLE - 1], True),
        ([visits.IDLE], False),
        ([visits.IDLE - 1] * 28, True),
        ([visits.IDLE - 1] * 29, False),
    ],
    ids=["used again in time", "idle for too long", "in use", "in use for two weeks"],
)
def test_a_session_ends_when_it_rests_for_long_and_after_two_weeks(
    svc: Services, world: World, steps: list[int], lives: bool
) -> None:
    secret = sign_in.by_password(svc, EMAIL, PASSWORD, HERE)
    found = None
    for seconds in steps:
        world.now += timedelta(seconds=seconds)
        found = visits.resume(svc, secret)
    assert (found is not None) is lives


def test_what_a_page_asks_by_itself_keeps_nobody_signed_in(svc: Services, world: World) -> None:
    secret = sign_in.by_password(svc, EMAIL, PASSWORD, HERE)
    world.now += timedelta(seconds=visits.IDLE - 1)
    assert visits.resume(svc, secret, stays=False)
    world.now += timedelta(seconds=1)
    assert visits.resume(svc, secret) is None


def test_being_seen_is_written_once_a_minute(svc: Services, world: World) -> None:
    secret = sign_in.by_password(svc, EMAIL, PASSWORD, HERE)
    written: list[str] = []
    sa.event.listen(svc.store.engine, "commit", lambda _: written.append("commit"))
    for _ in range(10):
        visits.resume(svc, secret)
    assert not written
    world.now += timedelta(seconds=sessions.SEEN_EVERY)
    for _ in range(10):
        visits.resume(svc, secret)
    assert len(written) == 1


def test_the_database_holds_no_secret_that_opens_a_session(svc: Services) -> None:
    secret = sign_in.by_password(svc, EMAIL, PASSWORD, HERE)
    with svc.store.read() as conn:
        assert secret not in repr(conn.execute(sa.select(t.session)).all())


def test_signing_in_ends_the_session_that_the_browser_held(svc: Services) -> None:
    first = sign_in.by_password(svc, EMAIL, PASSWORD, HERE)
    second = sign_in.by_password(svc, EMAIL, PASSWORD, HERE._replace(before=first))
    assert visits.resume(svc, first) is None
    assert visits.resume(svc, second)


def _removed(svc: Services) -> None:
    with svc.store.write() as conn:
        accounts.remove_member(conn, svc.tenant.id, 1)


def test_a_lost_password_is_forgotten_and_who_comes_by_a_link_sets_another(svc: Services) -> None:
    before = sign_in.by_password(svc, EMAIL, PASSWORD, HERE)
    people.forget_password(svc, "cli", EMAIL)
    assert visits.resume(svc, before) is None, "who knew the password is out"
    fail(svc, 1)
    with pytest.raises(Refused):
        sign_in.by_password(svc, EMAIL, "", HERE)
    visit = visits.resume(svc, sign_in.by_link(svc, people.link_in(svc, "cli", EMAIL), HERE))
    assert visit is not None
    people.change_password(svc, visits.actor_of(visit), HERE, "", "another horse altogether")
    assert visits.resume(svc, sign_in.by_password(svc, EMAIL, "another horse altogether", HERE)) is not None
    assert ("cli", "forget password") in trail(svc)


def _another_role(svc: Services) -> None:
    with svc.store.write() as conn:
        accounts.set_role(conn, svc.tenant.id, 1, "viewer")


@pytest.mark.parametrize(("happens", "role"), [(_removed, None), (_another_role, "viewer")])
def test_a_role_counts_from_the_next_request_on(
    svc: Services, happens: Callable[[Services], None], role: str | None
) -> None:
    secret = sign_in.by_password(svc, EMAIL, PASSWORD, HERE)
    happens(svc)
    found = visits.resume(svc, secret)
    assert (found.role if found else None) == role


def test_who_is_in_no_agency_any_more_is_told_so(svc: Services) -> None:
    _removed(svc)
    with pytest.raises(Refused, match="Ask an owner"):
        sign_in.by_password(svc, EMAIL, PASSWORD, HERE)


def test_another_agency_is_shown_to_its_members_only(svc: Services) -> None:
    with svc.store.write() as conn:
        mine, foreign = tenants.add_tenant(conn, "mine too", "UTC", 0), tenants.add_tenant(conn, "foreign", "UTC", 0)
        accounts.add_member(conn, mine.id, 1, "viewer", 0)
    secret = sign_in.by_password(svc, EMAIL, PASSWORD, HERE)
    visit = visits.resume(svc, secret)
    assert visit is not None
    assert not visits.show(svc, visit, foreign.id)
    assert visits.show(svc, visit, mine.id)
    now = visits.resume(svc, secret)
    assert now is not None
    assert (now.tenant_id, now.role) == (mine.id, "viewer")
