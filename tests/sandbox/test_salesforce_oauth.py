"""OAuth of the sandbox's Salesforce side: the four ways to a session, and the ways to lose one."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from werkzeug.test import TestResponse

from tests.sandbox.org import SalesforceOrg

TOKEN, BACK = "/services/oauth2/token", "https://us.example/back"
VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PUBLIC = (
    KEY.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
)


def client(org: SalesforceOrg) -> dict[str, str]:
    return {"client_id": org.org.settings.client_id, "client_secret": org.org.settings.client_secret}


def ask(org: SalesforceOrg, **form: str) -> TestResponse:
    return org.client.post(TOKEN, data={**client(org), **form})


def tokens(org: SalesforceOrg, **form: str) -> dict[str, Any]:
    answer = ask(org, **form)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json
    return body


def refusal(answer: TestResponse) -> tuple[str, str]:
    assert answer.status_code == 400
    return answer.json["error"], answer.json["error_description"]


def works(org: SalesforceOrg, token: str) -> bool:
    return org.call("GET", "limits", token=token).status_code == 200


def code(org: SalesforceOrg, **more: str) -> str:
    query = {
        "response_type": "code",
        "client_id": org.org.settings.client_id,
        "redirect_uri": BACK,
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        "state": "ours",
    } | more
    answer = org.client.get("/services/oauth2/authorize", query_string=query)
    assert answer.status_code == 302
    given = parse_qs(urlsplit(answer.location).query)
    assert given["state"] == ["ours"]
    return given["code"][0]


def grant(org: SalesforceOrg, **more: str) -> dict[str, Any]:
    form = {"grant_type": "authorization_code", "code": code(org), "redirect_uri": BACK, "code_verifier": VERIFIER}
    return tokens(org, **{**form, **more})


def refresh(org: SalesforceOrg, token: str) -> TestResponse:
    return ask(org, grant_type="refresh_token", refresh_token=token)


def assertion(org: SalesforceOrg, **claims: Any) -> str:
    usual = {
        "iss": org.org.settings.client_id,
        "sub": org.org.settings.username,
        "aud": "https://login.salesforce.com",
        "exp": int(org.clock()) + 180,
    }
    return jwt.encode(usual | claims, KEY, algorithm="RS256")


def bearer(org: SalesforceOrg, given: str) -> TestResponse:
    return ask(org, grant_type="urn:ietf:params:oauth:grant-type:jwt-bearer", assertion=given)


def test_client_credentials_open_a_session_without_a_refresh_token(org: SalesforceOrg) -> None:
    body = tokens(org, grant_type="client_credentials")
    assert body["token_type"] == "Bearer"
    assert body["instance_url"] == "https://localhost"
    assert body["id"] == f"https://login.salesforce.com/id/{org.org.org_id}/{org.org.user_id}"
    assert body["issued_at"] == str(int(org.clock() * 1000))
    assert body["access_token"].startswith(f"{org.org.org_id[:15]}!")
    assert {"signature", "scope"} <= set(body)
    assert not {"refresh_token", "expires_in"} & set(body)
    assert works(org, body["access_token"])


def test_client_credentials_may_come_by_http_basic(org: SalesforceOrg) -> None:
    pair = tuple(client(org).values())
    answer = org.client.post(TOKEN, data={"grant_type": "client_credentials"}, auth=pair)
    assert works(org, answer.json["access_token"])


def test_a_wrong_secret_or_client_is_refused(org: SalesforceOrg) -> None:
    wrong = ask(org, grant_type="client_credentials", client_secret="wrong")
    assert refusal(wrong) == ("invalid_client", "invalid client credentials")
    unknown = ask(org, grant_type="client_credentials", client_id="wrong")
    assert refusal(unknown) == ("invalid_client_id", "client identifier invalid")


def test_client_credentials_need_a_user_in_the_apps_policy(org: SalesforceOrg) -> None:
    org.org.settings.client_credentials_user = False
    refused = ask(org, grant_type="client_credentials")
    assert refusal(refused) == ("invalid_grant", "no client credentials user enabled")


def test_an_unknown_grant_is_refused(org: SalesforceOrg) -> None:
    assert refusal(ask(org, grant_type="password"))[0] == "unsupported_grant_type"


@pytest.mark.parametrize("text", [False, True])
def test_a_signed_assertion_opens_a_session_its_expiry_a_number_or_a_text(org: SalesforceOrg, text: bool) -> None:
    org.org.settings.jwt_public_key = PUBLIC
    until: Any = int(org.clock()) + 180
    answer = bearer(org, assertion(org, exp=str(until) if text else until))
    assert answer.status_code == 200, answer.text
    assert works(org, answer.json["access_token"])
    assert "refresh_token" not in answer.json


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ({"sub": "nobody@us.example"}, ("invalid_grant", "user hasn't approved this consumer")),
        ({"exp": 1}, ("invalid_grant", "expired")),
        ({"exp": 9_999_999_999}, ("invalid_grant", "invalid assertion")),
        ({"exp": None}, ("invalid_grant", "invalid assertion")),
        ({"aud": "https://elsewhere.example"}, ("invalid_grant", "audience is invalid")),
        ({"iss": "somebody"}, ("invalid_client_id", "client identifier invalid")),
    ],
)
def test_an_assertion_that_claims_something_wrong_is_refused(
    org: SalesforceOrg, claims: dict[str, Any], said: tuple[str, str]
) -> None:
    org.org.settings.jwt_public_key = PUBLIC
    assert refusal(bearer(org, assertion(org, **claims))) == said


def test_an_assertion_signed_by_somebody_else_is_refused(org: SalesforceOrg) -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    org.org.settings.jwt_public_key = PUBLIC
    claims = jwt.decode(assertion(org), options={"verify_signature": False})
    forged = jwt.encode(claims, other, algorithm="RS256")
    assert refusal(bearer(org, forged)) == ("invalid_grant", "invalid assertion")
    assert refusal(bearer(org, "no.token.atall")) == ("invalid_grant", "invalid assertion")


def test_an_app_nobody_approved_gets_no_session_by_assertion(org: SalesforceOrg) -> None:
    org.org.settings.jwt_public_key = PUBLIC
    org.org.settings.pre_authorised = False
    assert refusal(bearer(org, assertion(org)))[1] == "user hasn't approved this consumer"


def test_a_code_is_good_once_and_only_with_its_verifier_and_address(org: SalesforceOrg) -> None:
    form = {"grant_type": "authorization_code", "redirect_uri": BACK, "code_verifier": VERIFIER}
    once = code(org)
    assert works(org, tokens(org, **form, code=once)["access_token"])
    assert refusal(ask(org, **form, code=once))[0] == "invalid_grant"
    other = {**form, "code_verifier": "w" * 64}
    assert refusal(ask(org, **other, code=code(org))) == ("invalid_grant", "invalid code verifier")
    other = {**form, "redirect_uri": "https://thief.example"}
    assert refusal(ask(org, **other, code=code(org)))[0] == "redirect_uri_mismatch"
    old = code(org)
    org.clock.forward(901)
    assert refusal(ask(org, **form, code=old))[0] == "invalid_grant"


def test_the_authorise_page_leads_back_only_to_a_web_address_and_for_its_own_client(org: SalesforceOrg) -> None:
    query = {"response_type": "code", "client_id": org.org.settings.client_id, "redirect_uri": "javascript:alert(1)"}
    assert org.client.get("/services/oauth2/authorize", query_string=query).status_code == 400
    query = {"response_type": "code", "client_id": "wrong", "redirect_uri": BACK}
    assert org.client.get("/services/oauth2/authorize", query_string=query).status_code == 400


def test_a_plain_challenge_is_refused(org: SalesforceOrg) -> None:
    query = {
        "response_type": "code",
        "client_id": org.org.settings.client_id,
        "redirect_uri": BACK,
        "code_challenge": VERIFIER,
        "code_challenge_method": "plain",
    }
    answer = org.client.get("/services/oauth2/authorize", query_string=query)
    assert parse_qs(urlsplit(answer.location).query)["error"] == ["invalid_request"]


def test_a_challenge_without_a_method_is_hashed_all_the_same(org: SalesforceOrg) -> None:
    # As jsforce asks.
    query = {"response_type": "code", "client_id": org.org.settings.client_id, "redirect_uri": BACK}
    answer = org.client.get("/services/oauth2/authorize", query_string=query | {"code_challenge": CHALLENGE})
    (given,) = parse_qs(urlsplit(answer.location).query)["code"]
    form = {"grant_type": "authorization_code", "code": given, "redirect_uri": BACK}
    assert refusal(ask(org, **form, code_verifier="x" * 64)) == ("invalid_grant", "invalid code verifier")
    answer = org.client.get("/services/oauth2/authorize", query_string=query | {"code_challenge": CHALLENGE})
    (given,) = parse_qs(urlsplit(answer.location).query)["code"]
    assert tokens(org, **form | {"code": given}, code_verifier=VERIFIER)["access_token"]


def test_every_refresh_hands_out_a_new_refresh_token(org: SalesforceOrg) -> None:
    first = grant(org)
    second = refresh(org, first["refresh_token"]).json
    assert second["refresh_token"] != first["refresh_token"]
    assert works(org, first["access_token"])
    assert works(org, second["access_token"])


def test_a_spent_refresh_token_ends_the_grant_and_all_its_sessions(org: SalesforceOrg) -> None:
    first = grant(org)
    second = refresh(org, first["refresh_token"]).json
    refused = refresh(org, first["refresh_token"])
    assert refusal(refused) == ("invalid_grant", "expired access/refresh token")
    assert not works(org, first["access_token"])
    assert not works(org, second["access_token"])
    assert refusal(refresh(org, second["refresh_token"]))[0] == "invalid_grant"


def test_without_rotation_the_refresh_token_stays_and_is_not_repeated(org: SalesforceOrg) -> None:
    org.org.settings.rotate_refresh_tokens = False
    first = grant(org)
    for _ in range(2):
        assert "refresh_token" not in refresh(org, first["refresh_token"]).json


def test_a_session_ends_when_nobody_used_it_for_its_time_and_use_prolongs_it(org: SalesforceOrg) -> None:
    token = tokens(org, grant_type="client_credentials")["access_token"]
    for _ in range(3):
        org.clock.forward(7000)
        assert works(org, token)
    org.clock.forward(7201)
    answer = org.call("GET", "limits", token=token)
    assert answer.status_code == 401
    assert answer.json == [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]


def test_a_call_without_a_session_is_refused_in_the_same_words(org: SalesforceOrg) -> None:
    answer = org.client.get("/services/data/v67.0/limits")
    assert answer.status_code == 401
    assert answer.json[0]["errorCode"] == "INVALID_SESSION_ID"


def test_revoking_a_session_ends_it_and_revoking_a_refresh_token_ends_its_sessions(org: SalesforceOrg) -> None:
    token = tokens(org, grant_type="client_credentials")["access_token"]
    assert org.client.post("/services/oauth2/revoke", data={"token": token}).status_code == 200
    assert not works(org, token)
    made = grant(org)
    assert org.client.post("/services/oauth2/revoke", data={"token": made["refresh_token"]}).status_code == 200
    assert not works(org, made["access_token"])
    assert refusal(org.client.post("/services/oauth2/revoke", data={"token": "unknown"}))[0] == "unsupported_token_type"


def test_introspection_tells_a_live_token_from_a_dead_one(org: SalesforceOrg) -> None:
    made = grant(org)
    for token, kind in ((made["access_token"], "access_token"), (made["refresh_token"], "refresh_token")):
        told = org.client.post("/services/oauth2/introspect", data={**client(org), "token": token}).json
        assert (told["active"], told["token_type"]) == (True, kind)
    org.client.post("/services/oauth2/revoke", data={"token": made["refresh_token"]})
    told = org.client.post("/services/oauth2/introspect", data={**client(org), "token": made["access_token"]}).json
    assert told == {"active": False}


def test_userinfo_names_the_org_and_the_user_and_refuses_dead_tokens_with_a_bare_word(org: SalesforceOrg) -> None:
    told = org.get("/services/oauth2/userinfo")
    assert (told["organization_id"], told["user_id"]) == (org.org.org_id, org.org.user_id)
    answer = org.call("GET", "/services/oauth2/userinfo", token="dead")
    assert (answer.status_code, answer.text) == (403, "Bad_OAuth_Token")
