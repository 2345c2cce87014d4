"""Signing in by an identity provider, over real HTTP: who comes in, and everything that lets nobody in."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from provider import CLIENT, SECRET, FakeProvider, answering
from web_support import Book, signed_in
from werkzeug.test import TestResponse

from connector.flows import passwords, people
from connector.flows.actors import Role
from connector.flows.identity import Provider
from connector.flows.services import Services
from connector.store import accounts
from connector.web.app import create_app

EMAIL = "ann@bluebonnet.example"


@pytest.fixture
def provider(svc: Services) -> Iterator[FakeProvider]:
    with answering(FakeProvider(int(time.time()))) as made:  # tokens are judged by the clock of this machine
        svc.provider = Provider(made.issuer, CLIENT, SECRET, "Agency Login")
        yield made


@pytest.fixture
def browser(svc: Services, provider: FakeProvider) -> FlaskClient:
    return create_app(svc).test_client()


def come(browser: FlaskClient, provider: FakeProvider, back: str = "/settings/you") -> TestResponse:
    there = browser.get(f"/oidc/start?next={back}")
    assert there.status_code == 303, there.get_data(as_text=True)
    return browser.get(provider.consent(there.headers["Location"]))


def add(svc: Services, tenant_id: int | None = None) -> None:
    with svc.store.write() as conn:
        account = accounts.add_account(conn, EMAIL, "Ann", 0)
        accounts.add_member(conn, tenant_id or svc.tenant.id, account.id, "admin", 0)


def is_in(browser: FlaskClient) -> bool:
    return browser.get("/settings/you").status_code == 200


def test_the_button_stands_on_the_sign_in_page_where_there_is_a_provider(browser: FlaskClient, svc: Services) -> None:
    assert "Sign in with Agency Login" in browser.get("/sign-in").get_data(as_text=True)
    svc.provider = None
    assert "/oidc/start" not in browser.get("/sign-in").get_data(as_text=True)
    assert browser.get("/oidc/start").status_code == 404


def test_a_member_with_a_verified_address_comes_in_and_goes_on(
    browser: FlaskClient, provider: FakeProvider, svc: Services
) -> None:
    add(svc)
    answer = come(browser, provider)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/settings/you")
    assert is_in(browser)


def test_later_the_subject_counts_and_not_the_address(
    browser: FlaskClient, provider: FakeProvider, svc: Services
) -> None:
    add(svc)
    come(browser, provider)
    provider.claims = {"email": "married@bluebonnet.example", "email_verified": False}
    again = create_app(svc).test_client()
    come(again, provider)
    assert EMAIL in again.get("/settings/you").get_data(as_text=True)


def test_another_subject_with_the_same_address_is_somebody_else(
    browser: FlaskClient, provider: FakeProvider, svc: Services
) -> None:
    add(svc)
    come(browser, provider)
    provider.claims = {"sub": "subject-2"}
    again = create_app(svc).test_client()
    assert come(again, provider).status_code == 403
    assert not is_in(again)


def test_an_invited_person_comes_in_with_the_role_of_the_invitation(
    browser: FlaskClient, provider: FakeProvider, svc: Services
) -> None:
    people.invite(svc, "cli", EMAIL, Role.VIEWER)
    come(browser, provider)
    (who,) = people.members(svc)
    assert (who.email, who.name, who.role) == (EMAIL, "Ann Verified", "viewer")
    assert people.invited(svc) == []


def test_a_stranger_does_not_become_a_member(browser: FlaskClient, provider: FakeProvider, svc: Services) -> None:
    answer = come(browser, provider)
    assert answer.status_code == 403
    assert "Ask an owner of your agency" in answer.get_data(as_text=True)
    assert not is_in(browser)
    assert people.members(svc) == []


@pytest.mark.parametrize(
    "claim", [{"email_verified": False}, {"email_verified": "true"}, {"email_verified": None}, {"email": ""}]
)
def test_an_address_that_is_not_verified_opens_nothing(
    browser: FlaskClient, provider: FakeProvider, svc: Services, claim: dict[str, Any]
) -> None:
    add(svc)
    provider.claims = claim
    assert come(browser, provider).status_code == 403
    assert not is_in(browser)


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"},
        {"aud": "another-client"},
        {"aud": [CLIENT, "another"], "azp": "another"},
        {"exp": 1_000_000_000},
        {"nonce": "replayed"},
    ],
    ids=["another issuer", "for another", "for another party", "too old", "another nonce"],
)
def test_a_token_that_is_not_for_us_now_opens_nothing(
    browser: FlaskClient, provider: FakeProvider, svc: Services, claims: dict[str, Any]
) -> None:
    add(svc)
    provider.claims = claims
    assert come(browser, provider).status_code == 403
    assert not is_in(browser)


@pytest.mark.parametrize("fault", ["no signature", "another key", "client's own secret"])
def test_a_signature_that_is_not_the_provider_s_opens_nothing(
    browser: FlaskClient, provider: FakeProvider, svc: Services, fault: str
) -> None:
    add(svc)
    provider.faults = {fault}
    assert come(browser, provider).status_code == 403
    assert not is_in(browser)


def test_a_code_of_another_browser_opens_nothing(browser: FlaskClient, provider: FakeProvider, svc: Services) -> None:
    """Login CSRF: somebody is sent back with the code of the attacker."""
    add(svc)
    attackers = provider.consent(create_app(svc).test_client().get("/oidc/start").headers["Location"])
    assert browser.get(attackers).status_code == 400
    browser.get("/oidc/start")
    assert browser.get(attackers).status_code == 403
    assert not is_in(browser)


def test_the_way_back_works_once(browser: FlaskClient, provider: FakeProvider, svc: Services) -> None:
    add(svc)
    back = provider.consent(browser.get("/oidc/start").headers["Location"])
    assert browser.get(back).status_code == 303
    assert browser.get(back).status_code == 400


def test_who_says_no_at_the_provider_is_told_so(browser: FlaskClient, provider: FakeProvider) -> None:
    back = provider.consent(browser.get("/oidc/start").headers["Location"])
    state = back.partition("state=")[2]
    answer = browser.get(f"/oidc/callback?error=access_denied&state={state}")
    assert answer.status_code == 403
    assert "Agency Login did not sign you in" in answer.get_data(as_text=True)


@pytest.mark.parametrize("fault", ["down", "another issuer"])
def test_a_provider_that_is_down_is_a_page_with_a_sentence(
    browser: FlaskClient, provider: FakeProvider, fault: str
) -> None:
    provider.faults = {fault}
    answer = browser.get("/oidc/start")
    assert answer.status_code == 503
    assert "Agency Login cannot be reached" in answer.get_data(as_text=True)


def test_a_provider_that_goes_down_meanwhile_is_too(
    browser: FlaskClient, provider: FakeProvider, svc: Services
) -> None:
    add(svc)
    back = provider.consent(browser.get("/oidc/start").headers["Location"])
    provider.faults = {"down"}
    answer = browser.get(back)
    assert answer.status_code == 403
    assert "Agency Login cannot be reached" in answer.get_data(as_text=True)


def test_who_has_a_password_keeps_it(browser: FlaskClient, provider: FakeProvider, svc: Services) -> None:
    client = signed_in(svc, email=EMAIL)
    with svc.store.write() as conn:
        account = accounts.account_by_email(conn, EMAIL)
        assert account is not None
        accounts.set_password(conn, account.id, passwords.hashed("correct horse battery"))
    come(browser, provider)
    assert is_in(browser)
    assert is_in(client)
    with svc.store.read() as conn:
        after = accounts.account_by_email(conn, EMAIL)
    assert after is not None
    assert passwords.fits(after.password, "correct horse battery")


def test_a_member_of_another_agency_only_is_shown_that_one(
    browser: FlaskClient, provider: FakeProvider, svc: Services, stranger: Book
) -> None:
    add(svc, stranger.tenant_id)
    come(browser, provider)
    page = browser.get("/settings/you").get_data(as_text=True)
    assert "Another agency" in page
    assert svc.tenant.name not in page
