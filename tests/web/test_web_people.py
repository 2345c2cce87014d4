"""Coming in, going out, and everything under Settings that is about people."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest
from flask.testing import FlaskClient
from hook_support import PUBLIC
from web_support import AT, NOW, Book, send, signed_in, token

from connector.flows import joining, links, passwords, people
from connector.flows.actors import Role
from connector.flows.services import Refused, Services
from connector.store import accounts, audit, tenants
from connector.web.app import create_app
from connector.web.guard import COOKIE

EMAIL, PASSWORD = "ann@bluebonnet.example", "correct horse battery"
OWNER = "olivia@bluebonnet.example"


def member(svc: Services, email: str) -> accounts.Member:
    return next(one for one in people.members(svc) if one.email == email)


def trail(svc: Services) -> list[tuple[str, str, str, tuple[str, str]]]:
    with svc.store.read() as conn:
        return [(one.actor, one.action, one.detail, tuple(one.change)) for one in audit.entries(conn, svc.tenant.id)]


def link_in(page: str) -> str:
    found = re.search(r'readonly value="([^"]+)"', page)
    assert found
    return unescape(found[1]).removeprefix("http://localhost")


def test_the_set_up_link_makes_the_first_owner_once(svc: Services, nobody: FlaskClient) -> None:
    link = f"/setup/{joining.set_up_link(svc)}"
    assert svc.tenant.name in nobody.get(link).get_data(as_text=True)
    answer = send(nobody, link, email="Ann@Bluebonnet.example", name="Ann", password=PASSWORD)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert EMAIL in nobody.get("/settings/people").get_data(as_text=True)
    assert member(svc, EMAIL).role == Role.OWNER
    assert joining.set_up_link(svc) is None
    another = create_app(svc).test_client()
    assert another.get(link).status_code == 410
    assert trail(svc)[-1][:2] == (EMAIL, "join")


def test_another_set_up_link_is_worth_nothing_once_there_is_an_owner(svc: Services, nobody: FlaskClient) -> None:
    link = f"/setup/{joining.set_up_link(svc)}"
    csrf = token(nobody, link)
    signed_in(svc)
    given = {"csrf_token": csrf, "email": EMAIL, "name": "Ann", "password": PASSWORD}
    assert nobody.post(link, data=given).status_code == 410
    assert nobody.get(link).status_code == 410
    assert [one.email for one in people.members(svc)] == [OWNER]


def test_a_set_up_link_ends_after_a_day(svc: Services) -> None:
    link = f"/setup/{joining.set_up_link(svc)}"
    later = create_app(replace(svc, clock=lambda: NOW + timedelta(days=1))).test_client()
    answer = later.get(link)
    assert answer.status_code == 410
    assert "leadtier run" in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"email": "ann"}, "Type an e-mail address"),
        ({"name": " "}, "Type a name"),
        ({"password": "short"}, "at least 12 characters"),
        ({"password": "Password1234"}, "first that anybody would try"),
    ],
)
def test_what_cannot_be_taken_is_said_beside_its_field_and_the_rest_is_kept(
    svc: Services, nobody: FlaskClient, given: dict[str, str], said: str
) -> None:
    link = f"/setup/{joining.set_up_link(svc)}"
    fields = {"email": EMAIL, "name": "Ann Other", "password": PASSWORD} | given
    answer = send(nobody, link, **fields)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert said in page
    assert 'aria-invalid="true"' in page
    assert fields["email"] in page
    assert fields["password"] not in page
    assert people.members(svc) == []


def invite(client: FlaskClient, email: str = EMAIL, role: str = "admin") -> str:
    answer = send(client, "/settings/people/invite", "/settings/people", email=email, role=role)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return link_in(answer.get_data(as_text=True))


def test_an_invitation_is_shown_once_and_lets_one_person_in(
    svc: Services, client: FlaskClient, nobody: FlaskClient
) -> None:
    link = invite(client)
    listed = client.get("/settings/people").get_data(as_text=True)
    assert EMAIL in listed
    assert link not in listed
    assert "invites" in nobody.get(link).get_data(as_text=True)
    assert send(nobody, link, name="Ann", password=PASSWORD).status_code == 303
    assert member(svc, EMAIL).role == "admin"
    assert create_app(svc).test_client().get(link).status_code == 410
    assert (OWNER, "invite", f"{EMAIL} as admin", ("", "")) in trail(svc)


def test_an_invitation_leads_to_the_public_address(svc: Services) -> None:
    svc.public_url = PUBLIC
    client = signed_in(svc, app=create_app(svc, public_url=PUBLIC))
    assert invite(client).startswith(f"{PUBLIC}/invitation/")


def test_an_invitation_that_is_taken_back_or_old_lets_nobody_in(svc: Services, client: FlaskClient) -> None:
    taken_back, old = invite(client, "one@x.example"), invite(client, "two@x.example")
    csrf = token(client, "/settings/people")
    ticket = next(one for one in people.invited(svc) if one.email == "one@x.example")
    answer = client.post(f"/settings/people/invitations/{ticket.id}/take-back", data={"csrf_token": csrf})
    assert answer.status_code == 303
    assert create_app(svc).test_client().get(taken_back).status_code == 410
    assert (
        client.post(f"/settings/people/invitations/{ticket.id}/take-back", data={"csrf_token": csrf}).status_code == 409
    )
    later = create_app(replace(svc, clock=lambda: NOW + timedelta(days=7))).test_client()
    assert later.get(old).status_code == 410


def test_a_second_invitation_takes_the_place_of_the_first(svc: Services, client: FlaskClient) -> None:
    first, second = invite(client), invite(client, role="viewer")
    fresh = create_app(svc).test_client()
    assert fresh.get(first).status_code == 410
    assert fresh.get(second).status_code == 200


def test_an_invitation_never_takes_an_account_over(svc: Services, stranger: Book, nobody: FlaskClient) -> None:
    """The owner who invites somebody must not become them: the account may be in other agencies."""
    with svc.store.write() as conn:
        account = accounts.add_account(conn, EMAIL, "Ann", 0)
        accounts.set_password(conn, account.id, passwords.hashed(PASSWORD))
        accounts.add_member(conn, stranger.tenant_id, account.id, "owner", 0)
    link = invite(signed_in(svc))
    page = nobody.get(link).get_data(as_text=True)
    assert "type its password" in page
    assert send(nobody, link, name="Mallory", password="another horse battery").status_code == 400
    assert send(nobody, link, password=PASSWORD).status_code == 303
    assert {one.tenant_id for one in people.agencies(svc, _actor(svc, EMAIL))} == {svc.tenant.id, stranger.tenant_id}


def _actor(svc: Services, email: str) -> people.Actor:
    who = member(svc, email)
    return people.Actor(who.account_id, who.email, who.name, Role(who.role))


def test_who_is_signed_in_joins_another_agency_with_one_click_and_switches(
    svc: Services, stranger: Book, strangers: FlaskClient
) -> None:
    link = invite(strangers, OWNER)
    client = signed_in(svc)
    assert send(client, link, as_me="1").status_code == 303
    page = client.get("/settings").get_data(as_text=True)
    assert "Another agency" in page
    assert f'<option value="{svc.tenant.id}"' in page
    send(client, "/agency", "/settings", agency=str(svc.tenant.id))
    assert '<span class="quiet">Bluebonnet Insurance</span>' in client.get("/settings").get_data(as_text=True)


def test_an_invitation_for_somebody_else_is_not_taken_by_who_is_signed_in(
    svc: Services, client: FlaskClient, viewer: FlaskClient
) -> None:
    link = invite(client)
    answer = viewer.post(link, data={"csrf_token": token(viewer, "/settings/you"), "as_me": "1"})
    assert answer.status_code == 400
    assert f"This invitation is for {EMAIL}" in answer.get_data(as_text=True)


@pytest.mark.parametrize("agency", ["2", "999", "x", "", "-1", "99999999999999999999"])
def test_nobody_is_shown_an_agency_they_are_not_in(client: FlaskClient, stranger: Book, agency: str) -> None:
    assert send(client, "/agency", "/settings", agency=agency).status_code == 404
    assert "Another agency" not in client.get("/settings").get_data(as_text=True)


def test_a_sign_in_link_works_once_and_opens_the_overview(
    svc: Services, client: FlaskClient, nobody: FlaskClient
) -> None:
    path = f"/sign-in/link/{people.link_in(svc, 'cli', OWNER)}"
    assert nobody.get(path).headers["Location"] == "/"
    assert nobody.get("/settings/you").status_code == 200
    assert nobody.get(path).headers["Location"] == "/", "the same browser just goes on"
    assert create_app(svc).test_client().get(path).status_code == 410


def test_under_a_public_name_a_look_at_the_link_does_not_use_it_up(svc: Services, client: FlaskClient) -> None:
    path = f"/sign-in/link/{people.link_in(svc, 'cli', OWNER)}"
    outside = create_app(svc, public_url=PUBLIC).test_client()
    scanner = outside.get(path, headers={"Host": "leads.example"})
    assert scanner.status_code == 200
    assert OWNER in scanner.get_data(as_text=True)
    assert links.opened(svc, "sign_in", path.rpartition("/")[2])


def test_a_link_of_one_kind_is_none_of_another(svc: Services, client: FlaskClient, nobody: FlaskClient) -> None:
    invitation = invite(client).rpartition("/")[2]
    assert nobody.get(f"/sign-in/link/{invitation}").status_code == 410
    assert nobody.get(f"/setup/{invitation}").status_code == 410


def test_roles_change_and_the_trail_says_from_what_to_what(
    svc: Services, client: FlaskClient, admin: FlaskClient
) -> None:
    who = member(svc, "adam@bluebonnet.example")
    path = f"/settings/people/{who.account_id}/role"
    assert send(client, path, "/settings/people", role="viewer").status_code == 303
    assert member(svc, who.email).role == "viewer"
    assert trail(svc)[0] == (OWNER, "change role", who.email, ("admin", "viewer"))
    assert send(client, path, "/settings/people", role="emperor").status_code == 400


def test_the_last_owner_stays(svc: Services, client: FlaskClient) -> None:
    who = member(svc, OWNER)
    for path, fields in ((f"{who.account_id}/role", {"role": "viewer"}), (f"{who.account_id}/remove", {})):
        answer = send(client, f"/settings/people/{path}", "/settings/people", **fields)
        assert answer.status_code == 409
        assert "last owner" in answer.get_data(as_text=True)
    assert member(svc, OWNER).role == Role.OWNER


def test_who_is_removed_is_signed_out_at_once(svc: Services, client: FlaskClient, admin: FlaskClient) -> None:
    who = member(svc, "adam@bluebonnet.example")
    assert send(client, f"/settings/people/{who.account_id}/remove", "/settings/people").status_code == 303
    assert admin.get("/settings/you").status_code == 302


@pytest.mark.parametrize("what", ["role", "remove"])
def test_people_of_another_agency_are_out_of_reach(
    svc: Services, client: FlaskClient, strangers: FlaskClient, stranger: Book, what: str
) -> None:
    theirs = svc.for_tenant(stranger.tenant_id)
    who = member(theirs, "sam@stranger.example")
    path = f"/settings/people/{who.account_id}/{what}"
    assert send(client, path, "/settings/people", role="viewer").status_code == 404
    assert member(theirs, "sam@stranger.example").role == Role.OWNER


def test_my_sessions_are_listed_and_ended(svc: Services, client: FlaskClient) -> None:
    other, third = signed_in(svc), signed_in(svc)
    page = client.get("/settings/you").get_data(as_text=True)
    assert page.count('class="who">Firefox') == 3
    assert page.count("this one") == 1
    ids = re.findall(r"/settings/you/sessions/(\d+)/end", page)
    assert send(client, f"/settings/you/sessions/{ids[0]}/end", "/settings/you").status_code == 303
    assert [one.get("/settings/you").status_code for one in (other, third)].count(302) == 1
    send(client, "/settings/you/sessions/end-others", "/settings/you")
    assert [one.get("/settings/you").status_code for one in (client, other, third)] == [200, 302, 302]


def test_nobody_ends_a_session_of_somebody_else(svc: Services, client: FlaskClient, admin: FlaskClient) -> None:
    csrf = token(admin, "/settings/you")
    for number in range(1, 6):
        answer = admin.post(f"/settings/you/sessions/{number}/end", data={"csrf_token": csrf})
        assert answer.status_code in {303, 404, 401}
    assert client.get("/settings/you").status_code == 200


def test_another_password_ends_every_other_session(svc: Services, client: FlaskClient) -> None:
    other = signed_in(svc)
    with svc.store.write() as conn:
        accounts.set_password(conn, member(svc, OWNER).account_id, passwords.hashed(PASSWORD))
    before = client.get_cookie(COOKIE)
    path, new = "/settings/you/password", "another horse battery"
    wrong = send(client, path, "/settings/you", old_password="not this one", new_password=new)
    assert wrong.status_code == 400
    assert "not your password" in wrong.get_data(as_text=True)
    assert send(client, path, "/settings/you", old_password=PASSWORD, new_password="short").status_code == 400
    assert send(client, path, "/settings/you", old_password=PASSWORD, new_password=new).status_code == 303
    assert client.get("/settings/you").status_code == 200
    assert client.get_cookie(COOKIE) != before
    assert other.get("/settings/you").status_code == 302


def test_an_owner_removed_while_another_leaves_still_leaves_one(svc: Services, client: FlaskClient) -> None:
    signed_in(svc, Role.OWNER, "second@bluebonnet.example")
    people.remove(svc, "cli", member(svc, OWNER).account_id)
    with pytest.raises(Refused, match="last owner"):
        people.remove(svc, "cli", member(svc, "second@bluebonnet.example").account_id)


def test_who_is_in_two_agencies_loses_only_the_one_they_are_removed_from(svc: Services, client: FlaskClient) -> None:
    with svc.store.write() as conn:
        other = tenants.add_tenant(conn, "Second home", "UTC", AT)
        accounts.add_member(conn, other.id, member(svc, OWNER).account_id, "viewer", AT)
    signed_in(svc, Role.OWNER, "second@bluebonnet.example")
    people.remove(svc, "cli", member(svc, OWNER).account_id)
    assert [one.email for one in people.members(svc.for_tenant(other.id))] == [OWNER]
