"""Grants under way: for one person of one agency, for ten minutes, once; what the CRM refuses becomes a sentence."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from adapters.contract import Setting
from connector.flows import grants, ways
from connector.flows.grants import Back, Held, NotGranted
from connector.flows.services import Refused, Services
from tests.flows.conftest import World
from tests.flows.connecting import Office
from tests.flows.looking import rows

APP = {"client_id": "app-1", "client_secret": "s-1"}


@pytest.fixture
def office(world: World) -> Office:
    return Office(world)


def ask(office: Office, **more: object) -> str:
    """Sends somebody off to the CRM; the state that comes back."""
    svc = office.services()
    wish = Held(
        "hubspot", "browser", {**APP, "records": "b"}, redirect_uri="https://leads.example/connections/callback"
    )
    url = grants.ask(svc, office.actor(svc), wish)
    return parse_qs(urlsplit(url).query)["state"][0]


def test_the_code_becomes_credentials_with_what_was_typed_beside(office: Office) -> None:
    svc = office.services()
    word = grants.redeem(svc, office.actor(svc), Back(ask(office), "code-1"))
    held = grants.held(svc, office.actor(svc), word)
    assert held.settings["refresh_token"] == "refresh of code-1"
    assert held.settings["records"] == "b"
    assert office.exchanged[0][1].redirect_uri == "https://leads.example/connections/callback"
    assert len(office.exchanged[0][1].verifier) >= 43


def test_neither_the_state_nor_the_secret_stands_in_the_database(office: Office) -> None:
    state = ask(office)
    kept = str(rows(office.world, "SELECT * FROM pending_grant"))
    assert state not in kept
    assert "s-1" not in kept


def test_a_state_is_good_once(office: Office) -> None:
    svc, state = office.services(), ask(office)
    grants.redeem(svc, office.actor(svc), Back(state, "code-1"))
    with pytest.raises(Refused, match="Begin again"):
        grants.redeem(svc, office.actor(svc), Back(state, "code-2"))
    assert len(office.exchanged) == 1


def test_a_state_is_good_for_ten_minutes(office: Office) -> None:
    state = ask(office)
    office.world.now += timedelta(seconds=grants.CONSENT_SECONDS)
    svc = office.services()
    with pytest.raises(Refused, match="took too long"):
        grants.redeem(svc, office.actor(svc), Back(state, "code-1"))


@pytest.mark.parametrize("whose", ["another person", "another agency"])
def test_a_state_is_good_for_who_asked_only(office: Office, whose: str) -> None:
    svc, state = office.services(), ask(office)
    actor = office.actor(svc, "bob@agency.example") if whose == "another person" else office.actor(svc)
    other = office.neighbour(svc) if whose == "another agency" else svc
    with pytest.raises(Refused):
        grants.redeem(other, actor, Back(state, "code-1"))
    assert office.exchanged == []


def test_a_state_nobody_gave_out_is_refused(office: Office) -> None:
    svc = office.services()
    for state in ("", "guessed", "x" * 10_000):
        with pytest.raises(Refused):
            grants.redeem(svc, office.actor(svc), Back(state, "code-1"))


@pytest.mark.parametrize(
    ("error", "says"),
    [
        ("access_denied", "not granted"),
        ("redirect_uri_mismatch", "redirect address"),
        ("odd<b>", "calls it 'oddb'"),
        ("", "without an answer"),
    ],
)
def test_what_the_crm_has_against_it_becomes_a_sentence(office: Office, error: str, says: str) -> None:
    svc = office.services()
    with pytest.raises(NotGranted, match=says) as refused:
        grants.redeem(svc, office.actor(svc), Back(ask(office), error=error))
    assert refused.value.wish.settings["client_id"] == "app-1"


def test_the_operators_app_needs_nothing_typed(office: Office) -> None:
    svc = office.services()
    svc.apps = {"hubspot": {"client_id": "operators", "client_secret": "o-1"}}
    assert [each.setting.name for each in ways.entrance(svc, "hubspot", "browser").asks] == []
    wish = Held("hubspot", "browser", {})
    state = parse_qs(urlsplit(grants.ask(svc, office.actor(svc), wish)).query)["state"][0]
    grants.redeem(svc, office.actor(svc), Back(state, "code-1"))
    assert office.exchanged[0][1].settings["client_id"] == "operators"


@pytest.mark.parametrize(
    ("login", "base_url"),
    [
        ("", "https://evil.example"),
        ("https://evil.example", ""),
        ("https://acme.crm.example@evil.example", ""),
        ("https://evilcrm.example", ""),
        ("https://evil.example\\.crm.example", ""),
        ("https://evil.example#.crm.example", ""),
    ],
)
def test_the_operators_app_is_never_shown_to_anybody_but_the_vendor(office: Office, login: str, base_url: str) -> None:
    """Else who types an address there is sent a secret that is the operator's, and every other agency's."""
    svc = with_login(office)
    wish = grants.sane(Held("hubspot", "browser", {"login_url": login} if login else {}, base_url=base_url))
    with pytest.raises(Refused, match="app of your own"):
        grants.ask(svc, office.actor(svc), wish)
    assert rows(office.world, "SELECT * FROM pending_grant") == []


@pytest.mark.parametrize("login", ["https://acme.crm.example", "acme.my.crm.example/", ""])
def test_the_operators_app_is_good_wherever_the_vendor_is(office: Office, login: str) -> None:
    svc = with_login(office)
    assert grants.ask(svc, office.actor(svc), Held("hubspot", "browser", {"login_url": login}))


def with_login(office: Office) -> Services:
    """A CRM that asks where to log in, and an operator's app for it."""
    svc = office.services()
    login = Setting("login_url", "Login", "Where.", address="crm.example")
    svc.crms = {"hubspot": replace(svc.crms["hubspot"], settings=[*svc.crms["hubspot"].settings, login])}
    svc.apps = {"hubspot": {"client_id": "operators", "client_secret": "o-1"}}
    return svc


def test_a_form_names_what_is_missing_and_keeps_a_stored_secret_that_is_left_empty(office: Office) -> None:
    into = ways.entrance(office.services(), "hubspot", "browser")
    assert set(ways.typed(into, {"client_id": "app-1"}).problems) == {"client_secret"}
    kept = ways.typed(into, {"client_id": "app-1", "client_secret": ""}, {"client_secret": "stored", "records": "b"})
    assert kept.problems == {}
    assert kept.settings == {"client_id": "app-1", "client_secret": "stored"}


@pytest.mark.parametrize(
    ("form", "elsewhere"),
    [
        ({}, False),
        ({"base_url": "https://api.example/", "login_url": "https://login.example"}, False),
        ({"base_url": "", "login_url": ""}, False),  # the vendor's own
        ({"base_url": "https://evil.example"}, True),
        ({"login_url": "https://evil.example"}, True),
        ({"records": "b"}, False),
    ],
)
def test_an_address_that_is_another_than_the_stored_one_is_noticed(
    office: Office, form: dict[str, str], *, elsewhere: bool
) -> None:
    svc = with_login(office)
    stored = {"token": "t", "login_url": "https://login.example"}
    assert ways.goes_elsewhere(svc, "hubspot", form, stored, "https://api.example") is elsewhere


def test_what_may_be_shown_of_credentials_holds_no_secret(office: Office) -> None:
    shown = ways.public(office.services(), "hubspot", {**APP, "token": "t", "refresh_token": "r"})
    assert shown == {"client_id": "app-1"}
