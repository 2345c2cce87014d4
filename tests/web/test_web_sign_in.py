"""Signing in and out in a browser, and a session that ends in the middle of a form."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest
from flask.testing import FlaskClient
from hook_support import PUBLIC
from web_support import NOW, send, signed_in, token

from connector.flows import passwords, throttling, visits
from connector.flows.services import Services
from connector.store import accounts
from connector.web.app import create_app
from connector.web.guard import COOKIE, local

EMAIL, PASSWORD = "ann@bluebonnet.example", "correct horse battery"
HASHED = passwords.hashed(PASSWORD)
TYPED = {"name": 'Ann "the" <b>Owner</b>', "note": "line one\nline two"}


@pytest.fixture
def ann(svc: Services) -> FlaskClient:
    """A browser that is not signed in yet, of somebody who has an account."""
    with svc.store.write() as conn:
        account = accounts.add_account(conn, EMAIL, "Ann", 0)
        accounts.set_password(conn, account.id, HASHED)
        accounts.add_member(conn, svc.tenant.id, account.id, "admin", 0)
    return create_app(svc, public_url=PUBLIC).test_client()


def enter(client: FlaskClient, password: str = PASSWORD, page: str = "/sign-in", **fields: str) -> object:
    return send(client, "/sign-in", page, email=EMAIL, password=password, **fields)


def end_session(client: FlaskClient) -> None:
    client.delete_cookie(COOKIE)


def test_a_page_leads_to_the_sign_in_and_back(ann: FlaskClient) -> None:
    away = ann.get("/settings/you?done=name")
    assert away.status_code == 302
    page = away.headers["Location"]
    shown = ann.get(page).get_data(as_text=True)
    back = re.search(r'name="next" value="([^"]+)"', shown)
    assert back
    entered = send(ann, "/sign-in", page, email=EMAIL, password=PASSWORD, next=unescape(back[1]))
    assert (entered.status_code, entered.headers["Location"]) == (303, "/settings/you?done=name")
    assert EMAIL in ann.get("/settings/you").get_data(as_text=True)


def test_who_is_signed_in_needs_no_form(client: FlaskClient) -> None:
    assert client.get("/sign-in?next=/settings").headers["Location"] == "/settings"


@pytest.mark.parametrize(
    "path",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/\n/evil.example",
        "http:evil.example",
        "",
        "settings",
    ],
)
def test_after_signing_in_one_stays_here(ann: FlaskClient, path: str) -> None:
    assert local(path) == "/"
    entered = send(ann, "/sign-in", email=EMAIL, password=PASSWORD, next=path)
    assert entered.headers["Location"] == "/"


def test_a_wrong_password_keeps_the_address_and_never_the_password(ann: FlaskClient) -> None:
    answer = send(ann, "/sign-in", email=EMAIL, password="my wrong password")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert f'value="{EMAIL}"' in page
    assert "do not belong together" in page
    assert "my wrong password" not in page
    assert "Set-Cookie" not in answer.headers or COOKIE not in str(answer.headers.getlist("Set-Cookie"))


def test_too_many_attempts_wait_with_a_sentence(ann: FlaskClient) -> None:
    for _ in range(throttling.FREE):
        send(ann, "/sign-in", email=EMAIL, password="my wrong password")
    answer = send(ann, "/sign-in", email=EMAIL, password=PASSWORD)
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "15"
    assert "Wait 15 seconds" in answer.get_data(as_text=True)


def test_a_browser_in_which_one_signed_in_before_is_not_kept_out_by_a_stranger(ann: FlaskClient) -> None:
    send(ann, "/sign-in", email=EMAIL, password=PASSWORD)
    end_session(ann)
    stranger = ann.application.test_client()
    for _ in range(throttling.FREE + 1):
        send(stranger, "/sign-in", email=EMAIL, password="my wrong password")
    assert send(stranger, "/sign-in", email=EMAIL, password=PASSWORD).status_code == 429
    assert send(ann, "/sign-in", email=EMAIL, password=PASSWORD).status_code == 303


def test_the_cookie_is_for_this_host_s_requests_only(ann: FlaskClient) -> None:
    answer = send(ann, "/sign-in", email=EMAIL, password=PASSWORD)
    (cookie,) = [one for one in answer.headers.getlist("Set-Cookie") if one.startswith(f"{COOKIE}=")]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert f"Max-Age={visits.LONGEST}" in cookie
    assert "Secure" not in cookie
    assert "Domain" not in cookie


@pytest.mark.parametrize(
    "headers", [{"Host": "leads.example"}, {"Host": "127.0.0.1", "X-Forwarded-Host": "leads.example"}]
)
def test_under_the_public_address_it_travels_encrypted_only(ann: FlaskClient, headers: dict[str, str]) -> None:
    base = f"http://{headers['Host']}"
    found = re.search(r'name="csrf_token" value="([^"]+)"', ann.get("/sign-in", base_url=base).get_data(as_text=True))
    assert found
    # The test client, as a browser would, keeps a Secure cookie to itself where there is no TLS.
    given = {"csrf_token": found[1], "email": EMAIL, "password": PASSWORD}
    answer = ann.post("/sign-in", base_url=base.replace("http", "https"), headers=headers, data=given)
    cookies = answer.headers.getlist("Set-Cookie")
    assert all("Secure" in one for one in cookies)


def test_signing_in_gives_another_secret_each_time_and_ends_the_one_before(ann: FlaskClient) -> None:
    send(ann, "/sign-in", email=EMAIL, password=PASSWORD)
    first = ann.get_cookie(COOKIE)
    assert first
    thief = ann.application.test_client()
    thief.set_cookie(COOKIE, first.value)
    assert thief.get("/settings/you").status_code == 200
    csrf = token(ann, "/settings/you")
    ann.post("/sign-in", data={"csrf_token": csrf, "email": EMAIL, "password": PASSWORD})
    assert thief.get("/settings/you").status_code == 302
    assert ann.get("/settings/you").status_code == 200


def test_signing_out_ends_the_session_for_good(client: FlaskClient) -> None:
    kept = client.get_cookie(COOKIE)
    assert kept
    assert client.get("/sign-out").status_code == 405
    assert send(client, "/sign-out", "/settings/you").headers["Location"] == "/sign-in"
    assert client.get("/settings/you").status_code == 302
    client.set_cookie(COOKIE, kept.value)
    assert client.get("/settings/you").status_code == 302


def test_an_expired_session_is_none(svc: Services) -> None:
    client = signed_in(svc)
    later = create_app(replace(svc, clock=lambda: NOW + timedelta(seconds=visits.IDLE))).test_client()
    cookie = client.get_cookie(COOKIE)
    assert cookie
    later.set_cookie(COOKIE, cookie.value)
    assert later.get("/settings/you").status_code == 302


def test_a_form_sent_after_the_session_ended_is_kept_and_sent_again(ann: FlaskClient, svc: Services) -> None:
    send(ann, "/sign-in", email=EMAIL, password=PASSWORD)
    csrf = token(ann, "/settings/you")
    end_session(ann)
    lost = ann.post("/settings/you/name", data={"csrf_token": csrf, **TYPED})
    page = lost.get_data(as_text=True)
    assert lost.status_code == 401
    assert "Ann &#34;the&#34; &lt;b&gt;Owner&lt;/b&gt;" in page
    assert "nothing was saved yet" in page

    hidden = fields_of(page)
    wrong = ann.post("/sign-in", data={**hidden, "email": EMAIL, "password": "my wrong password"})
    assert wrong.status_code == 400
    again = ann.post("/sign-in", data={**fields_of(wrong.get_data(as_text=True)), "email": EMAIL, "password": PASSWORD})
    assert again.status_code == 200
    offered = again.get_data(as_text=True)
    assert 'action="/settings/you/name"' in offered
    kept = fields_of(offered)
    assert {name: kept[name] for name in TYPED} == TYPED
    assert PASSWORD not in offered

    sent = ann.post("/settings/you/name", data=kept)
    assert sent.status_code == 303
    with svc.store.read() as conn:
        account = accounts.account_by_email(conn, EMAIL)
    assert account is not None
    assert account.name == TYPED["name"]


def fields_of(page: str) -> dict[str, str]:
    found = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page)
    return {unescape(name): unescape(value) for name, value in found}


def test_a_form_of_another_site_is_never_offered_to_be_sent_again(ann: FlaskClient) -> None:
    page = ann.post("/settings/you/name", data={"csrf_token": "forged", **TYPED}).get_data(as_text=True)
    assert "kept:" not in page
    assert "Ann &#34;the&#34;" in page, "it is still shown, to be copied"


def test_a_password_typed_into_a_form_is_neither_kept_nor_shown(ann: FlaskClient) -> None:
    send(ann, "/sign-in", email=EMAIL, password=PASSWORD)
    csrf = token(ann, "/settings/you")
    end_session(ann)
    given = {"csrf_token": csrf, "old_password": PASSWORD, "new_password": "another horse battery"}
    page = ann.post("/settings/you/password", data=given).get_data(as_text=True)
    assert PASSWORD not in page
    assert "another horse battery" not in page
    assert "kept:" not in page


def test_forms_in_other_tabs_stay_good_when_the_same_person_signs_in_again(ann: FlaskClient) -> None:
    send(ann, "/sign-in", email=EMAIL, password=PASSWORD)
    other_tab = token(ann, "/settings/you")
    end_session(ann)
    send(ann, "/sign-in", email=EMAIL, password=PASSWORD)
    assert ann.post("/settings/you/name", data={"csrf_token": other_tab, "name": "Anna"}).status_code == 303


def test_forms_of_one_person_are_not_good_for_another(ann: FlaskClient, svc: Services) -> None:
    send(ann, "/sign-in", email=EMAIL, password=PASSWORD)
    hers = token(ann, "/settings/you")
    with svc.store.write() as conn:
        other = accounts.add_account(conn, "bob@bluebonnet.example", "Bob", 0)
        accounts.set_password(conn, other.id, HASHED)
        accounts.add_member(conn, svc.tenant.id, other.id, "admin", 0)
    end_session(ann)
    send(ann, "/sign-in", email="bob@bluebonnet.example", password=PASSWORD)
    answer = ann.post("/settings/you/name", data={"csrf_token": hers, "name": "Not Bob"})
    assert answer.status_code == 400
    assert "Not Bob" in answer.get_data(as_text=True), "what was typed is shown, to be copied"


def test_a_part_of_a_page_leads_the_whole_page_to_the_sign_in(ann: FlaskClient) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://localhost/runs?page=2"}
    answer = ann.get("/settings/you", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/sign-in?next=/runs?page%3D2"


def test_a_part_that_is_sent_leaves_the_page_as_it_is_and_says_so(ann: FlaskClient) -> None:
    answer = ann.post("/settings/you/name", data=TYPED, headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert (answer.headers["HX-Retarget"], answer.headers["HX-Reswap"]) == ("#notice", "innerHTML")
    assert "What you typed is still here" in answer.get_data(as_text=True)


def test_nobody_learns_anything_from_the_pages_of_the_entrance(nobody: FlaskClient, svc: Services) -> None:
    for path in ("/sign-in", "/setup/x", "/invitation/x", "/sign-in/link/x", "/nothing", "/oidc/start"):
        assert svc.tenant.name not in nobody.get(path, follow_redirects=True).get_data(as_text=True)
