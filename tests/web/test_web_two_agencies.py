"""Somebody who is in two agencies: a form of the one never changes the other."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask.testing import FlaskClient
from web_support import Book, send, signed_in, token

from connector.flows import passwords
from connector.flows.services import Services
from connector.store import accounts, tenants
from connector.web.guard import COOKIE

OWNER, PASSWORD = "olivia@bluebonnet.example", "correct horse battery"


@pytest.fixture
def olivia(svc: Services, stranger: Book) -> FlaskClient:
    """An owner here and elsewhere, signed in, who looks at this agency."""
    client = signed_in(svc)
    with svc.store.write() as conn:
        account = accounts.account_by_email(conn, OWNER)
        assert account is not None
        accounts.set_password(conn, account.id, passwords.hashed(PASSWORD))
        accounts.add_member(conn, stranger.tenant_id, account.id, "owner", 0)
    return client


def name_of(svc: Services, tenant_id: int) -> str:
    with svc.store.read() as conn:
        return tenants.tenant_by_id(conn, tenant_id).name


def show(client: FlaskClient, tenant_id: int) -> None:
    assert send(client, "/agency", "/settings", agency=str(tenant_id)).status_code == 303


def fields_of(page: str) -> dict[str, str]:
    found = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page)
    return {unescape(name): unescape(value) for name, value in found}


def test_a_form_left_open_in_another_tab_never_changes_the_agency_shown_since(
    svc: Services, stranger: Book, olivia: FlaskClient
) -> None:
    csrf = token(olivia, "/settings")
    show(olivia, stranger.tenant_id)
    answer = olivia.post("/settings", data={"csrf_token": csrf, "name": "Meant for here", "time_zone": "UTC"})
    assert answer.status_code == 400
    assert "Meant for here" in answer.get_data(as_text=True), "what was typed is shown, to be copied"
    assert name_of(svc, stranger.tenant_id) == "Another agency"


def test_joining_an_agency_by_a_click_makes_older_forms_worth_nothing(
    svc: Services, stranger: Book, strangers: FlaskClient
) -> None:
    client = signed_in(svc)
    csrf = token(client, "/settings")
    page = send(strangers, "/settings/people/invite", "/settings/people", email=OWNER, role="owner")
    link = re.search(r"/invitation/[\w-]+", page.get_data(as_text=True))
    assert link
    assert send(client, link[0], as_me="1").status_code == 303
    client.post("/settings", data={"csrf_token": csrf, "name": "Meant for here", "time_zone": "UTC"})
    assert name_of(svc, stranger.tenant_id) == "Another agency"


def test_a_form_kept_while_signing_in_again_goes_to_the_agency_it_was_of(
    svc: Services, stranger: Book, olivia: FlaskClient
) -> None:
    here = name_of(svc, svc.tenant.id)
    show(olivia, stranger.tenant_id)
    csrf = token(olivia, "/settings")
    olivia.delete_cookie(COOKIE)
    lost = olivia.post("/settings", data={"csrf_token": csrf, "name": "Renamed", "time_zone": "UTC"})
    kept = fields_of(lost.get_data(as_text=True))
    offered = olivia.post("/sign-in", data={**kept, "email": OWNER, "password": PASSWORD})
    assert olivia.post("/settings", data=fields_of(offered.get_data(as_text=True))).status_code == 303
    assert (name_of(svc, stranger.tenant_id), name_of(svc, svc.tenant.id)) == ("Renamed", here)


def test_a_kept_form_of_an_agency_one_is_no_longer_in_is_shown_and_not_sent(
    svc: Services, stranger: Book, olivia: FlaskClient
) -> None:
    show(olivia, stranger.tenant_id)
    csrf = token(olivia, "/settings")
    olivia.delete_cookie(COOKIE)
    lost = olivia.post("/settings", data={"csrf_token": csrf, "name": "Renamed", "time_zone": "UTC"})
    with svc.store.write() as conn:
        account = accounts.account_by_email(conn, OWNER)
        assert account is not None
        accounts.remove_member(conn, stranger.tenant_id, account.id)
    kept = fields_of(lost.get_data(as_text=True))
    page = olivia.post("/sign-in", data={**kept, "email": OWNER, "password": PASSWORD}).get_data(as_text=True)
    assert "Renamed" in page
    assert 'action="/settings"' not in page
