"""Tokens, scopes and OAuth."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.test import TestResponse

from tests.sandbox.account import Account

CONTACTS = "/crm/v3/objects/contacts"
CALLBACK = "http://localhost:8000/callback"
SCOPES = "oauth crm.objects.contacts.read"
TOKEN_PATHS = ["/oauth/v1/token", "/oauth/v3/token", "/oauth/2026-09/token"]


def code(account: Account, scopes: str = SCOPES) -> str:
    query = {"client_id": account.hub.settings.client_id, "redirect_uri": CALLBACK, "scope": scopes, "state": "s1"}
    page = account.client.get("/oauth/authorize", query_string=query)
    assert all(scope in page.text for scope in scopes.split())
    answer = account.client.post("/oauth/authorize", query_string=query)
    given = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert given["state"] == ["s1"]
    return given["code"][0]


def token(account: Account, path: str = TOKEN_PATHS[2], **form: str) -> TestResponse:
    settings = account.hub.settings
    keys = {"client_id": settings.client_id, "client_secret": settings.client_secret, "redirect_uri": CALLBACK}
    return account.client.post(path, data=keys | form)


def connect(account: Account, scopes: str = SCOPES) -> Any:
    answer = token(account, grant_type="authorization_code", code=code(account, scopes))
    assert answer.status_code == 200
    return answer.json


def test_without_a_token_or_with_a_foreign_one_nothing_is_answered(account: Account) -> None:
    for answer in (account.client.get(CONTACTS), account.call("GET", CONTACTS, token="pat-na1-else")):
        assert (answer.status_code, answer.json["category"]) == (401, "INVALID_AUTHENTICATION")


def test_a_missing_scope_is_a_403_that_names_it(account: Account) -> None:
    account.hub.settings.scopes -= {"crm.objects.deals.read"}
    answer = account.call("GET", "/crm/v3/objects/deals")
    assert (answer.status_code, answer.json["category"]) == (403, "MISSING_SCOPES")
    assert answer.json["errors"][0]["context"] == {"requiredGranularScopes": ["crm.objects.deals.read"]}
    assert answer.json["links"] == {"scopes": "https://developers.hubspot.com/scopes"}


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "/crm/v3/objects/emails", "sales-email-read"),
        ("GET", "/crm/v3/objects/notes", "crm.objects.contacts.read"),
        ("POST", "/crm/v3/objects/contacts", "crm.objects.contacts.write"),
        ("POST", "/crm/v3/properties/contacts", "crm.schemas.contacts.write"),
        ("GET", "/crm/v3/owners/", "crm.objects.owners.read"),
    ],
)
def test_every_door_has_its_scope(account: Account, method: str, path: str, scope: str) -> None:
    account.hub.settings.scopes -= {scope}
    answer = account.call(method, path, {})
    assert answer.status_code == 403
    assert answer.json["errors"][0]["context"]["requiredGranularScopes"] == [scope]


@pytest.mark.parametrize("path", TOKEN_PATHS)
def test_a_code_becomes_tokens_once(account: Account, path: str) -> None:
    one_time = code(account)
    answer = token(account, path, grant_type="authorization_code", code=one_time)
    assert (answer.json["token_type"], answer.json["expires_in"]) == ("bearer", 1800)
    assert account.call("GET", CONTACTS, token=answer.json["access_token"]).status_code == 200
    assert token(account, path, grant_type="authorization_code", code=one_time).json["status"] == "BAD_AUTH_CODE"


def test_newer_token_answers_tell_account_and_scopes(account: Account) -> None:
    made = connect(account)
    assert (made["hub_id"], made["scopes"]) == (account.hub.settings.portal_id, sorted(SCOPES.split()))


def test_a_token_may_do_only_what_was_agreed(account: Account) -> None:
    made = connect(account)
    assert account.call("GET", "/crm/v3/objects/deals", token=made["access_token"]).status_code == 403


def test_an_access_token_ends_after_half_an_hour_and_a_refresh_gives_another(account: Account) -> None:
    made = connect(account)
    account.clock.forward(1_799)
    assert account.call("GET", CONTACTS, token=made["access_token"]).status_code == 200
    account.clock.forward(8)
    answer = account.call("GET", CONTACTS, token=made["access_token"])
    assert (answer.status_code, answer.json["category"]) == (401, "EXPIRED_AUTHENTICATION")
    assert answer.json["message"] == "The OAuth token used to make this call expired 7 second(s) ago."
    assert answer.json["context"] == {"expire time": ["2026-11-22T12:30:00Z"]}
    fresh = token(account, grant_type="refresh_token", refresh_token=made["refresh_token"]).json
    assert fresh["refresh_token"] == made["refresh_token"]
    assert account.call("GET", CONTACTS, token=fresh["access_token"]).status_code == 200


def test_refresh_tokens_rotate_when_switched_on(account: Account) -> None:
    account.hub.settings.rotate_refresh_tokens = True
    made = connect(account)
    fresh = token(account, grant_type="refresh_token", refresh_token=made["refresh_token"]).json
    assert fresh["refresh_token"] != made["refresh_token"]
    again = token(account, grant_type="refresh_token", refresh_token=made["refresh_token"])
    assert again.json["status"] == "BAD_REFRESH_TOKEN"


def test_a_dead_refresh_token_and_a_wrong_secret_are_told_apart(account: Account) -> None:
    dead = token(account, grant_type="refresh_token", refresh_token="na1-dead")
    assert (dead.status_code, dead.json["error"], dead.json["status"]) == (400, "invalid_grant", "BAD_REFRESH_TOKEN")
    foreign = token(account, grant_type="refresh_token", refresh_token="na1-dead", client_secret="guess")
    assert (foreign.status_code, foreign.json["error"]) == (401, "invalid_client")


def test_revoking_ends_the_refresh_token_but_not_the_access_token_already_out(account: Account) -> None:
    made = connect(account)
    account.client.post("/oauth/2026-09/token/revoke", data={"token": made["refresh_token"]})
    assert token(account, grant_type="refresh_token", refresh_token=made["refresh_token"]).status_code == 400
    assert account.call("GET", CONTACTS, token=made["access_token"]).status_code == 200


def test_a_token_can_be_asked_what_it_is(account: Account) -> None:
    made = connect(account)
    about = account.client.post("/oauth/2026-09/token/introspect", data={"token": made["access_token"]}).json
    assert (about["active"], about["hub_id"]) == (True, account.hub.settings.portal_id)
    assert account.client.post("/oauth/2026-09/token/introspect", data={"token": "x"}).json == {"active": False}
    old = account.client.get(f"/oauth/v1/access-tokens/{made['access_token']}").json
    assert (old["hub_id"], old["expires_in"]) == (account.hub.settings.portal_id, 1800)


@pytest.mark.parametrize("wrong", [{"client_id": "else"}, {"redirect_uri": "javascript:1"}, {"scope": "oauth teapot"}])
def test_the_authorise_page_refuses_what_it_cannot_grant(account: Account, wrong: dict[str, str]) -> None:
    query = {"client_id": account.hub.settings.client_id, "redirect_uri": CALLBACK, "scope": SCOPES} | wrong
    assert account.client.get("/oauth/authorize", query_string=query).status_code == 400


def test_a_private_apps_token_tells_its_scopes(account: Account) -> None:
    path = "/oauth/v2/private-apps/get/access-token-info"
    told = account.client.post(path, json={"tokenKey": account.token}).json
    assert (told["hubId"], "oauth" in told["scopes"]) == (account.hub.settings.portal_id, True)
    assert account.client.post(path, json={"tokenKey": "pat-na1-else"}).status_code == 401
