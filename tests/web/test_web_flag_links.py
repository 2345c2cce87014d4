"""The page behind the link in a record. Whatever opens it, only the form records."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from web_support import Book
from werkzeug.test import TestResponse

from connector.core.types import Tier
from connector.flows.flag_links import Links
from connector.flows.services import Services
from connector.store import flags as flag_rows
from connector.store import leads as lead_rows
from connector.store import tables as t
from connector.store.database import Scope
from connector.web.app import create_app

PUBLIC = "https://leads.example"


@pytest.fixture
def scope(book: Book) -> Scope:
    return book.connect()


@pytest.fixture
def lead(book: Book, scope: Scope) -> int:
    return book.lead(scope, "4711", 50, Tier.WARM, first_name="Maria", last_name="Keller", email="m@example.com")


@pytest.fixture
def address(svc: Services, lead: int) -> str:
    return f"/flag/{Links(svc.sealer, PUBLIC).token(svc.tenant.id, lead)}"


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def form(client: FlaskClient, address: str, **said: str) -> dict[str, str]:
    """The form as a browser sends it."""
    page = client.get(address).get_data(as_text=True)
    given = {name: hidden(page, name) for name in ("csrf_token", "nonce")}
    return {"kind": "too_high", "note": "Spoke today", "who": "Ana", **given, **said}


def flags(svc: Services, lead: int) -> list[tuple[str, str, str]]:
    with svc.store.read() as conn:
        return [(f.kind, f.note, f.who) for f in flag_rows.of_lead(conn, svc.tenant.id, lead)]


def everything(svc: Services) -> dict[str, list[tuple[object, ...]]]:
    with svc.store.read() as conn:
        return {
            table.name: [tuple(row) for row in conn.execute(sa.select(table))] for table in t.metadata.sorted_tables
        }


def text(answer: TestResponse) -> str:
    return answer.get_data(as_text=True)


def test_it_shows_the_score_with_every_line_and_what_to_choose(client: FlaskClient, address: str) -> None:
    page = text(client.get(address))
    assert "The score of Maria K." in page
    assert re.findall(r"<td class=\"num\">(\d+)</td>", page)[-1] == "50"
    assert "Requested a quote on 20 Nov" in page
    for choice in ("Score too high", "Score too low", "Wrong data", "Duplicate", "Do not contact"):
        assert choice in page
    assert re.findall(r"<script([^>?]*)", page) == [' src="/static/theme.js']


def test_it_tells_little_of_the_person_and_leads_nowhere_else(client: FlaskClient, address: str) -> None:
    page = text(client.get(address))
    assert "Keller" not in page
    assert "example.com" not in page
    assert "/leads" not in page


def test_nobody_keeps_or_indexes_it(client: FlaskClient, address: str) -> None:
    headers = client.get(address).headers
    assert headers["Cache-Control"] == "no-store"
    assert "noindex" in headers["X-Robots-Tag"]


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE"])
def test_whoever_only_opens_the_link_changes_nothing(
    svc: Services, client: FlaskClient, address: str, method: str
) -> None:
    before = everything(svc)
    for query in ("", "?heard=1", "?kind=too_high&nonce=0123456789abcdef"):
        client.open(f"{address}{query}", method=method)
    assert everything(svc) == before


def test_the_form_records_once_and_shows_that_it_was_heard(
    svc: Services, client: FlaskClient, address: str, lead: int
) -> None:
    given = form(client, address)
    for _ in range(2):
        answer = client.post(address, data=given)
        assert answer.status_code == 303
    assert flags(svc, lead) == [("too_high", "Spoke today", "Ana")]
    page = text(client.get(answer.headers["Location"]))
    assert "Thank you, it was heard" in page
    assert "Waits for an answer" in page
    assert "Spoke today" not in page


def test_the_same_form_opened_anew_is_another_flag(svc: Services, client: FlaskClient, address: str, lead: int) -> None:
    for _ in range(2):
        client.post(address, data=form(client, address))
    assert len(flags(svc, lead)) == 2


def test_a_form_without_our_token_is_refused(svc: Services, client: FlaskClient, address: str, lead: int) -> None:
    given = form(client, address)
    for token in ("", "x", given["csrf_token"][:-1]):
        answer = client.post(address, data=given | {"csrf_token": token})
        assert (answer.status_code, flags(svc, lead)) == (400, [])
        assert "Nothing was saved" in text(answer)
    other = create_app(svc).test_client()
    assert other.post(address, data=given).status_code == 400


@pytest.mark.parametrize(
    ("wrong", "said"),
    [({"kind": ""}, "Choose what is wrong"), ({"kind": "x"}, "Choose what is wrong"), ({"nonce": ""}, "not complete"),
     ({"nonce": "<b>" * 9}, "not complete"), ({"note": "x" * 501}, "at most 500")],
)  # fmt: skip
def test_a_form_that_says_nothing_is_shown_again_with_what_was_typed(
    svc: Services, client: FlaskClient, address: str, lead: int, wrong: dict[str, str], said: str
) -> None:
    answer = client.post(address, data=form(client, address) | wrong)
    assert (answer.status_code, flags(svc, lead)) == (400, [])
    page = text(answer)
    assert said in page
    assert 'value="Ana"' in page


def test_a_form_that_was_refused_can_be_sent_again(svc: Services, client: FlaskClient, address: str, lead: int) -> None:
    page = text(client.post(address, data=form(client, address, kind="")))
    again = {name: hidden(page, name) for name in ("csrf_token", "nonce")}
    assert client.post(address, data={"kind": "wrong_data", **again}).status_code == 303
    assert flags(svc, lead) == [("wrong_data", "", "")]


def test_what_is_typed_is_shown_as_text(client: FlaskClient, address: str) -> None:
    page = text(client.post(address, data=form(client, address, kind="", who='"><script>alert(1)</script>')))
    assert "<script>alert" not in page


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_a_wrong_token_says_what_to_do(svc: Services, client: FlaskClient, address: str, method: str) -> None:
    given = form(client, address)
    answer = client.open(f"{address}x", method=method, data=given)
    assert answer.status_code == 404
    if method != "HEAD":
        assert "Open the record in the CRM and take" in text(answer)


def test_another_agency_s_lead_has_a_page_of_its_own(
    svc: Services, client: FlaskClient, stranger: Book, lead: int
) -> None:
    theirs = stranger.lead(stranger.connect("other"), "9", 20, Tier.COLD, first_name="Zoe", last_name="Quill")
    links = Links(svc.sealer, PUBLIC)
    page = text(client.get(f"/flag/{links.token(stranger.tenant_id, theirs)}"))
    assert "Another agency" in page
    assert "Zoe Q." in page
    for mixed in (links.token(svc.tenant.id, theirs), links.token(stranger.tenant_id, lead)):
        assert client.get(f"/flag/{mixed}").status_code == 404


def test_a_lead_that_is_gone_has_no_page(svc: Services, client: FlaskClient, scope: Scope, address: str) -> None:
    with svc.store.write() as conn:
        lead_rows.mark_gone(conn, scope, ["4711"])
    assert client.get(address).status_code == 404


def test_it_answers_under_the_public_name_where_screens_ask_who_is_there(svc: Services, address: str) -> None:
    app = create_app(svc, public_url=PUBLIC).test_client()
    shown = app.get(address, headers={"Host": "leads.example"})
    assert shown.status_code == 200
    assert "/sign-in" in app.get("/flags", headers={"Host": "leads.example"}).headers["Location"]
    assert app.get("/static/app.css", headers={"Host": "leads.example"}).status_code == 200


def test_the_cookie_is_only_ours_and_travels_encrypted_outside(svc: Services, address: str) -> None:
    app = create_app(svc, public_url=PUBLIC).test_client()
    outside = app.get(address, headers={"Host": "leads.example"}).headers["Set-Cookie"]
    inside = app.get(address).headers["Set-Cookie"]
    for cookie in (outside, inside):
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
    assert "Secure" in outside
    assert "Secure" not in inside
