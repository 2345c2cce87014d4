"""Getting in: four ways, each with a sentence where it fails, and the org's address never lost."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from adapters.contract import Adapter, Misconfigured, Reauthorise
from adapters.oauth import Pkce, authorise_url
from adapters.salesforce import CRM, factory, provider
from adapters.salesforce.describing import OBJECTS
from adapters.salesforce.tokens import HINTS, SCOPES, opened
from tests.adapters.canned import Canned, Reply, Time
from tests.adapters.salesforce_fake import error
from tests.adapters.salesforce_pages import page
from tests.adapters.vaults import Told

ROW = {"Id": "00D5e0000000001EAA", "Name": "Agency", "TimeZoneSidKey": "America/New_York"}
PARTS: list[dict[str, Any]] = [{"httpStatusCode": 404, "body": error("NOT_FOUND", "no")} for _ in OBJECTS]
ORG = Reply(200, {"compositeResponse": [*PARTS, {"httpStatusCode": 200, "body": page([ROW]).body}]})
"""Of a user who may read no object."""
TOKENS = "/services/oauth2/token"
CLIENT = {"client_id": "key", "client_secret": "secret"}


def granted(server: Canned, **more: Any) -> Reply:
    answer = {"access_token": "00Dxx!fresh", "token_type": "Bearer", "instance_url": server.url}
    return Reply(200, answer | {"id": "https://login.salesforce.com/id/00D/005", "issued_at": "1"} | more)


def open_with(credentials: Mapping[str, str], server: Canned, time: Time, **how: Any) -> Adapter:
    settings: dict[str, Any] = {"base_url": server.url, "clock": time.now, "sleep": time.sleep} | how
    return factory(credentials, **settings)


def refused(credentials: Mapping[str, str], time: Time) -> Misconfigured:
    with pytest.raises(Misconfigured) as caught:
        factory(credentials, base_url=None, clock=time.now, sleep=time.sleep)
    return caught.value


def test_client_credentials_give_a_token(server: Canned, time: Time) -> None:
    server.will_answer(granted(server), ORG)
    adapter = open_with(CLIENT | {"login_url": server.url}, server, time)
    assert adapter.check().name == "Agency"
    assert server.seen[0].path == TOKENS
    assert server.seen[0].body == {"grant_type": "client_credentials"} | CLIENT


def test_a_jwt_assertion_is_signed_with_the_key(server: Canned, time: Time) -> None:
    key = rsa.generate_private_key(65537, 2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    server.will_answer(granted(server), ORG)
    given = {"client_id": "key", "username": "integration@agency.example", "private_key": pem.replace("\n", "\\n")}
    open_with(given, server, time).check()
    form = server.seen[0].body
    assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    claims = jwt.decode(
        form["assertion"], key.public_key(), ["RS256"], options={"verify_aud": False, "verify_exp": False}
    )
    assert claims == {
        "iss": "key",
        "sub": "integration@agency.example",
        "aud": "https://login.salesforce.com",
        "exp": int((time.now() + timedelta(seconds=180)).timestamp()),
    }


def test_a_refreshed_token_keeps_what_the_answer_does_not_bring(server: Canned, time: Time) -> None:
    kept: list[Mapping[str, str]] = []
    given = CLIENT | {"refresh_token": "r1", "access_token": "old", "instance_url": server.url}
    answer = {"access_token": "new", "token_type": "Bearer", "refresh_token": "r2"}
    server.will_answer(Reply(401, error("INVALID_SESSION_ID", "expired")), Reply(200, answer), ORG)
    adapter = open_with(given | {"login_url": server.url}, server, time, vault=Told(given, kept.append))
    adapter.check()
    assert kept[-1]["refresh_token"] == "r2"
    assert kept[-1]["instance_url"] == server.url
    assert "expires_at" not in kept[-1]


def test_a_token_is_used_until_it_is_refused(server: Canned, time: Time) -> None:
    server.will_answer(granted(server), ORG, ORG)
    adapter = open_with(CLIENT, server, time)
    adapter.check()
    time.at += timedelta(days=1)
    adapter.check()
    assert len(server.asked(TOKENS)) == 1


def test_a_session_id_needs_the_address(time: Time) -> None:
    assert refused({"token": "00D!x"}, time).what == ("instance_url",)


@pytest.mark.parametrize("name", ["instance_url", "login_url"])
def test_the_address_people_use_is_refused_with_the_right_one(time: Time, name: str) -> None:
    given = {"token": "00D!x"} if name == "instance_url" else CLIENT
    problem = refused(given | {name: "https://agency.lightning.force.com"}, time)
    assert "my.salesforce.com" in problem.admin


@pytest.mark.parametrize("login", ["", "https://login.salesforce.com", "test.salesforce.com"])
def test_client_credentials_need_the_my_domain(time: Time, login: str) -> None:
    assert refused(CLIENT | {"login_url": login}, time).what == ("login_url",)


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({}, ("client_id", "client_secret")),
        ({"client_id": "key"}, ("client_secret",)),
        ({"client_id": "key", "username": "u"}, ("private_key",)),
        ({"refresh_token": "r"}, ("client_id",)),
    ],
)
def test_what_is_missing_is_named(time: Time, given: dict[str, str], missing: tuple[str, ...]) -> None:
    assert refused(given, time).what == missing


def test_a_key_that_is_none_is_said_so(server: Canned, time: Time) -> None:
    adapter = open_with({"client_id": "key", "username": "u", "private_key": "rubbish"}, server, time)
    with pytest.raises(Misconfigured, match="PEM") as caught:
        adapter.check()
    assert caught.value.what == ("private_key",)


@pytest.mark.parametrize(("words", "sentence"), HINTS)
def test_a_refusal_says_what_to_click(server: Canned, time: Time, words: str, sentence: str) -> None:
    body = {"error": "invalid_grant", "error_description": words.upper()}
    server.will_answer(Reply(400, body))
    with pytest.raises(Reauthorise) as caught:
        open_with(CLIENT, server, time).check()
    assert caught.value.admin == sentence


def test_a_token_bound_to_a_key_is_refused(server: Canned, time: Time) -> None:
    server.will_answer(granted(server, token_type="DPoP"))
    with pytest.raises(Misconfigured, match="DPoP"):
        open_with(CLIENT, server, time).check()
    assert len(server.seen) == 1


def test_the_admins_browser_is_sent_with_pkce() -> None:
    pkce = Pkce.fresh()
    url = authorise_url(
        provider("https://agency.my.salesforce.com"),
        client_id="key",
        redirect_uri="https://us.example/back",
        scopes=SCOPES,
        state="s",
        pkce=pkce,
    )
    assert url.startswith("https://agency.my.salesforce.com/services/oauth2/authorize?")
    query = parse_qs(urlsplit(url).query)
    assert query["scope"] == ["api refresh_token"]
    assert query["code_challenge"] == [pkce.challenge]


def test_the_org_is_called_where_the_token_answer_says(time: Time) -> None:
    given = {"client_id": "key", "refresh_token": "r", "instance_url": "https://agency.my.salesforce.com/"}
    _, host = opened(given, base_url=None, clock=time.now, vault=None)
    assert host() == "https://agency.my.salesforce.com"


@pytest.mark.parametrize(
    ("name", "value"), [("records", "Lead,Account"), ("records", ","), ("quota_free", "20%"), ("quota_free", "1")]
)
def test_a_setting_that_makes_no_sense_is_named(server: Canned, time: Time, name: str, value: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        open_with({"token": "x", name: value}, server, time)
    assert caught.value.what == (name,)


def test_secrets_are_marked_as_such() -> None:
    secret = {setting.name for setting in CRM.settings if setting.secret}
    assert secret == {"token", "client_secret", "private_key", "refresh_token"}
