"""OAuth: one refresher at a time, new tokens kept before they are used, dead grants named as such."""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from adapters import oauth
from adapters.contract import Adapter, Broken, Misconfigured, Reauthorise, Retry
from adapters.hubspot import factory, provider
from tests.adapters.canned import Canned, Reply, Seen, Time
from tests.adapters.vaults import Shared, Told

DETAILS = {"portalId": 7, "timeZone": "US/Eastern"}
EXPIRED = {"status": "error", "category": "EXPIRED_AUTHENTICATION", "message": "expired"}


def grant(time: Time, lives: float = 1800) -> dict[str, str]:
    return {
        "client_id": "app",
        "client_secret": "app-secret",
        "refresh_token": "refresh-1",
        "access_token": "access-1",
        "expires_at": (time.now() + timedelta(seconds=lives)).isoformat(),
    }


def tokens(number: int) -> Reply:
    return Reply(200, {"access_token": f"access-{number}", "refresh_token": f"refresh-{number}", "expires_in": 1800})


def opened(
    server: Canned, time: Time, credentials: Mapping[str, str], kept: list[Mapping[str, str]] | None = None
) -> Adapter:
    vault = Told(credentials, (kept if kept is not None else []).append)
    return factory(credentials, base_url=server.url, clock=time.now, sleep=time.sleep, vault=vault)


def test_a_401_renews_the_token_once_and_goes_on(server: Canned, time: Time) -> None:
    server.will_answer(Reply(401, EXPIRED), tokens(2), Reply(200, DETAILS))
    kept: list[Mapping[str, str]] = []
    assert opened(server, time, grant(time), kept).check().id == "7"
    assert server.seen[1].path == "/oauth/v3/token"
    assert server.seen[1].body == {
        "grant_type": "refresh_token",
        "client_id": "app",
        "client_secret": "app-secret",
        "refresh_token": "refresh-1",
    }
    assert server.seen[2].headers["authorization"] == "Bearer access-2"
    assert kept[0]["refresh_token"] == "refresh-2"
    assert kept[0]["client_secret"] == "app-secret"


def test_new_tokens_are_kept_before_they_are_used(server: Canned, time: Time) -> None:
    used_when_kept: list[int] = []
    server.will_answer(Reply(401, EXPIRED), tokens(2), Reply(200, DETAILS))
    adapter = factory(
        grant(time),
        base_url=server.url,
        clock=time.now,
        sleep=time.sleep,
        vault=Told(grant(time), lambda _: used_when_kept.append(len(server.seen))),
    )
    adapter.check()
    assert used_when_kept == [2]


def test_a_token_refused_twice_needs_a_person(server: Canned, time: Time) -> None:
    server.will_answer(Reply(401, EXPIRED), tokens(2), Reply(401, EXPIRED))
    with pytest.raises(Reauthorise):
        opened(server, time, grant(time)).check()


def test_a_refused_refresh_needs_a_person(server: Canned, time: Time) -> None:
    refused = {"error": "invalid_grant", "status": "BAD_REFRESH_TOKEN", "message": "revoked"}
    server.will_answer(Reply(401, EXPIRED), Reply(400, refused))
    with pytest.raises(Reauthorise, match=r"key or the user does not fit.*connect the account again"):
        opened(server, time, grant(time)).check()


def test_a_wrong_app_secret_is_said_with_both_things_to_check(server: Canned, time: Time) -> None:
    server.will_answer(Reply(400, {"error": "invalid_client"}))
    with pytest.raises(Misconfigured, match=r"client id \(consumer key\).*client secret") as caught:
        opened(server, time, grant(time, lives=10)).check()
    assert caught.value.what == ("client_id", "client_secret")


def test_a_token_near_its_end_is_renewed_before_the_call(server: Canned, time: Time) -> None:
    server.will_answer(tokens(2), Reply(200, DETAILS), Reply(200, DETAILS))
    adapter = opened(server, time, grant(time, lives=30))
    adapter.check()
    adapter.check()
    assert [seen.path for seen in server.seen][1:] == ["/account-info/v3/details"] * 2


def test_a_known_lifetime_is_used_to_four_fifths(server: Canned, time: Time) -> None:
    server.route = lambda seen: tokens(2) if "oauth" in seen.path else Reply(200, DETAILS)
    adapter = opened(server, time, grant(time, lives=0))
    adapter.check()
    time.at += timedelta(seconds=1430)
    adapter.check()
    assert len(server.asked("/oauth/v3/token")) == 1
    time.at += timedelta(seconds=20)
    adapter.check()
    assert len(server.asked("/oauth/v3/token")) == 2


def test_a_token_endpoint_that_is_busy_is_tried_again(server: Canned, time: Time) -> None:
    server.will_answer(Reply(503), tokens(2), Reply(200, DETAILS))
    assert opened(server, time, grant(time, lives=0)).check().id == "7"


def test_a_token_endpoint_that_stays_busy_is_the_engines_to_schedule(server: Canned, time: Time) -> None:
    server.will_answer(*[Reply(503)] * 4)
    with pytest.raises(Retry):
        opened(server, time, grant(time, lives=0)).check()


def test_a_token_answer_that_makes_no_sense_is_broken(server: Canned, time: Time) -> None:
    server.will_answer(Reply(200, {"hello": "world"}))
    with pytest.raises(Broken):
        opened(server, time, grant(time, lives=0)).check()
    server.will_answer(Reply(418, "<html>"))
    with pytest.raises(Broken):
        opened(server, time, grant(time, lives=0)).check()


def test_a_vendor_may_leave_the_refresh_token_as_it_was(server: Canned, time: Time) -> None:
    server.will_answer(Reply(200, {"access_token": "access-2"}), Reply(200, DETAILS))
    kept: list[Mapping[str, str]] = []
    opened(server, time, grant(time, lives=0), kept).check()
    assert kept[0]["refresh_token"] == "refresh-1"


def test_many_threads_refused_together_refresh_once(server: Canned, time: Time) -> None:
    together = threading.Barrier(8, timeout=5)

    def route(seen: Seen) -> Reply:
        if "oauth" in seen.path:
            return tokens(2)
        if seen.headers["authorization"] == "Bearer access-2":
            return Reply(200, {"results": []})
        together.wait()
        return Reply(401, EXPIRED)

    server.route = route
    adapter = opened(server, time, grant(time))
    threads = [threading.Thread(target=adapter.fields) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(server.asked("/oauth/v3/token")) == 1


def test_the_authorise_address_carries_scopes_state_and_proof() -> None:
    pkce = oauth.Pkce.fresh()
    url = oauth.authorise_url(
        provider(),
        client_id="app",
        redirect_uri="https://leads.example/oauth",
        scopes=("oauth", "crm.objects.contacts.read"),
        optional_scopes=("crm.objects.deals.read",),
        state="s-1",
        pkce=pkce,
    )
    query = parse_qs(urlsplit(url).query)
    assert url.startswith("https://app.hubspot.com/oauth/authorize?")
    assert query["scope"] == ["oauth crm.objects.contacts.read"]
    assert query["optional_scope"] == ["crm.objects.deals.read"]
    assert query["state"] == ["s-1"]
    expected = base64.urlsafe_b64encode(hashlib.sha256(pkce.verifier.encode()).digest()).rstrip(b"=").decode()
    assert query["code_challenge"] == [expected]


def test_a_code_becomes_credentials_the_factory_takes(server: Canned, time: Time) -> None:
    server.will_answer(tokens(1), Reply(200, DETAILS))
    credentials = oauth.exchange(
        provider(server.url),
        client_id="app",
        client_secret="app-secret",
        redirect_uri="https://leads.example/oauth",
        code="c-1",
        now=time.now(),
        pkce=oauth.Pkce("verifier", "challenge"),
    )
    assert server.seen[0].body["code_verifier"] == "verifier"
    assert opened(server, time, credentials).check().id == "7"


def test_a_grant_can_be_given_back(server: Canned, time: Time) -> None:
    server.will_answer(Reply(200))
    oauth.revoke(provider(server.url), grant(time))
    assert server.seen[0].body["token"] == "refresh-1"


def test_an_unreachable_token_endpoint_is_tried_again_later(time: Time) -> None:
    with pytest.raises(Retry):
        oauth.revoke(provider("http://127.0.0.1:9"), grant(time))


def test_a_token_that_another_process_renewed_is_not_asked_for_again(server: Canned, time: Time) -> None:
    vault = Shared(grant(time))
    one, other = (
        factory(grant(time), base_url=server.url, clock=time.now, sleep=time.sleep, vault=vault) for _ in "ab"
    )

    def route(seen: Seen) -> Reply:
        if "oauth" in seen.path:
            return tokens(2)
        return Reply(200, DETAILS) if seen.headers["authorization"] == "Bearer access-2" else Reply(401, EXPIRED)

    server.route = route
    assert one.check().id == other.check().id == "7"
    assert len(server.asked("/oauth/v3/token")) == 1


def test_a_token_of_unknown_lifetime_is_used_until_it_is_refused(server: Canned, time: Time) -> None:
    where = replace(provider(server.url), lifetime=None, keeps=("instance_url",))
    server.will_answer(
        Reply(200, {"access_token": "access-2", "instance_url": "https://acme.example"}),
        Reply(200, {"access_token": "access-3"}),
    )
    held = oauth.OAuthTokens(where, grant(time, lives=0), clock=time.now)
    assert held.token() == "access-2"
    time.at += timedelta(days=1)
    assert held.token() == "access-2"
    held.renew("access-2")
    assert held.token() == "access-3"
    assert held.credentials["instance_url"] == "https://acme.example"


def test_a_grant_may_ask_for_its_tokens_in_its_own_way(server: Canned, time: Time) -> None:
    server.will_answer(tokens(2))
    app = {"client_id": "app", "client_secret": "app-secret"}
    form = {"grant_type": "client_credentials"} | app
    assert oauth.OAuthTokens(provider(server.url), app, clock=time.now, form=lambda _: form).token() == "access-2"
    assert server.seen[0].body == form


def test_a_refusal_whose_words_are_known_says_what_to_click(server: Canned, time: Time) -> None:
    where = replace(provider(server.url), hints=(("not approved", "Approve the app under Manage Apps."),))
    server.will_answer(Reply(400, {"error": "invalid_grant", "error_description": "User has Not Approved this"}))
    with pytest.raises(Reauthorise, match="under Manage Apps"):
        oauth.OAuthTokens(where, grant(time, lives=0), clock=time.now).token()


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_the_secrets_are_not_sent_on_to_where_a_redirect_points(server: Canned, time: Time, status: int) -> None:
    with Canned() as elsewhere:
        server.will_answer(Reply(status, {}, {"Location": f"{elsewhere.url}/oauth/v3/token"}))
        with pytest.raises(Broken, match="leads somewhere else"):
            oauth.OAuthTokens(provider(server.url), grant(time, lives=0), clock=time.now).token()
        assert elsewhere.seen == []


def test_a_netrc_file_adds_nothing_to_the_token_request(
    server: Canned, time: Time, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    server.will_answer(tokens(2))
    oauth.OAuthTokens(provider(server.url), grant(time, lives=0), clock=time.now).token()
    assert "authorization" not in server.seen[0].headers


def test_tokens_that_could_not_be_kept_are_kept_the_next_time_and_not_asked_for_again(
    server: Canned, time: Time
) -> None:
    kept: list[Mapping[str, str]] = []
    troubles = [OSError("database is locked")]

    def keep(fresh: Mapping[str, str]) -> None:
        if troubles:
            raise troubles.pop()
        kept.append(fresh)

    server.will_answer(tokens(2))
    held = oauth.OAuthTokens(provider(server.url), grant(time, lives=0), clock=time.now, vault=Told(grant(time), keep))
    with pytest.raises(OSError, match="locked"):
        held.token()
    assert held.token() == "access-2"
    assert [fresh["refresh_token"] for fresh in kept] == ["refresh-2"]
    assert held.token() == "access-2"
    assert len(kept) == len(server.seen) == 1


@pytest.mark.parametrize("told", ["soon", -1, "nan", "inf", 1e300, [], None])
def test_a_lifetime_that_is_no_number_of_seconds_is_not_known(server: Canned, time: Time, told: object) -> None:
    server.will_answer(Reply(200, {"access_token": "access-2", "expires_in": told}))
    held = oauth.OAuthTokens(provider(server.url), grant(time, lives=0), clock=time.now)
    assert held.token() == "access-2"
    assert held.credentials["expires_at"] == (time.now() + timedelta(seconds=oauth.DEFAULT_LIFETIME)).isoformat()


def test_an_unreachable_token_endpoint_promises_nothing(time: Time) -> None:
    with pytest.raises(Retry, match="Check its address") as caught:
        oauth.OAuthTokens(provider("http://127.0.0.1:9"), grant(time, lives=0), clock=time.now).token()
    assert "by itself" not in caught.value.admin
