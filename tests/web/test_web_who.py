"""Every route of the application: who may come in, what a role may do, and nothing of another agency."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from web_support import signed_in, token
from werkzeug.routing import Rule

from connector.flows.actors import Role
from connector.flows.services import Services
from connector.store import tables as t
from connector.web import guard
from connector.web.app import create_app
from connector.web.shared import needed
from tests.store.agencies import move_in

VIEWERS_MAY = {
    "sign_in.show_agency",
    "you.rename",
    "you.change_password",
    "you.end",
    "you.end_others",
}
"""One's own account."""
COMPUTES = {"model_preview.typed", "model_preview.decay"}
"""Views that take a form and keep nothing of it."""


@pytest.fixture
def app(svc: Services) -> Flask:
    return create_app(svc)


def rules(app: Flask, *methods: str) -> Iterator[tuple[Rule, str]]:
    for rule in app.url_map.iter_rules():
        for method in sorted({*methods} & (rule.methods or set())):
            yield rule, method


def path_of(app: Flask, rule: Rule, value: object) -> str:
    adapter = app.url_map.bind("localhost")
    return adapter.build(rule.endpoint, dict.fromkeys(rule.arguments, value), rule.methods and min(rule.methods))


def test_who_is_not_signed_in_is_asked_to_by_every_page_but_the_open_doors(app: Flask) -> None:
    client, closed = app.test_client(), 0
    for rule, method in rules(app, "GET", "POST", "PUT", "PATCH", "DELETE"):
        path = path_of(app, rule, 1)
        if guard.is_open(path):
            continue
        closed += 1
        answer = client.open(path, method=method)
        if method == "GET":
            assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (302, "/sign-in"), path
        else:
            assert answer.status_code == 401, path
    assert closed > 30


OPEN_BLUEPRINTS = {"health", "metrics", "api", "flag_links", "doors", "sign_in", "entrance", "oidc"}
"""Rooms that prove their callers by themselves."""


def test_no_other_room_stands_behind_an_open_door(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        if guard.is_open(path_of(app, rule, 1)) and rule.endpoint != "static":
            assert rule.endpoint.split(".")[0] in OPEN_BLUEPRINTS, rule


def test_a_viewer_changes_nothing(app: Flask, svc: Services) -> None:
    viewer = signed_in(svc, Role.VIEWER, "vera@bluebonnet.example", app)
    csrf = token(viewer, "/settings/you")
    for rule, method in rules(app, "POST", "PUT", "PATCH", "DELETE"):
        path = path_of(app, rule, 1)
        if guard.is_open(path) or rule.endpoint in VIEWERS_MAY | COMPUTES:
            continue
        answer = viewer.open(path, method=method, data={"csrf_token": csrf})
        assert answer.status_code == 403, (path, answer.status_code)
        assert "Your role does not allow this" in answer.get_data(as_text=True)
    marked = {rule.endpoint for rule, method in rules(app, "POST") if _needs(app, rule, method) is Role.VIEWER}
    assert marked - COMPUTES <= VIEWERS_MAY, "a view that changes something is marked as a viewer's"


def _needs(app: Flask, rule: Rule, method: str) -> Role | None:
    return None if guard.is_open(path_of(app, rule, 1)) else needed(app.view_functions[rule.endpoint], method)


def test_a_page_that_is_not_allowed_says_who_can(svc: Services, client: FlaskClient, viewer: FlaskClient) -> None:
    page = viewer.post("/settings", data={"csrf_token": token(viewer, "/settings/you")}).get_data(as_text=True)
    assert "takes the role <strong>owner</strong>" in page
    assert "yours is <strong>viewer</strong>" in page
    assert "olivia@bluebonnet.example" in page


def test_an_admin_does_what_is_not_an_owner_s(admin: FlaskClient) -> None:
    csrf = token(admin, "/settings/you")
    assert admin.post("/settings/api-keys", data={"csrf_token": csrf, "name": "website"}).status_code == 200
    assert admin.post("/settings/people/invite", data={"csrf_token": csrf}).status_code == 403


def test_a_role_that_is_taken_away_counts_at_once(svc: Services, client: FlaskClient, admin: FlaskClient) -> None:
    with svc.store.write() as conn:
        conn.execute(sa.update(t.membership).values(role="viewer"))
    csrf = token(admin, "/settings/you")
    assert admin.post("/settings/api-keys", data={"csrf_token": csrf, "name": "website"}).status_code == 403


def test_no_page_shows_another_agency_whatever_number_is_in_its_address(svc: Services) -> None:
    with svc.store.write() as conn:
        move_in(conn, "stranger")
        rows = [
            conn.execute(sa.select(sa.func.max(one.c.id))).scalar() for one in t.metadata.sorted_tables if "id" in one.c
        ]
    numbers = (*range(1, max(filter(None, rows)) + 1), 2**31, 2**63)  # as many as there are rows, and beyond any
    client, tried = signed_in(svc), 0
    for rule, _ in rules(client.application, "GET"):
        if guard.is_open(path_of(client.application, rule, 1)):
            continue
        for number in numbers if rule.arguments else (1,):
            path = path_of(client.application, rule, number)
            for headers in ({}, {"HX-Request": "true"}):
                answer = client.get(path, headers=headers)
                assert "stranger" not in answer.get_data(as_text=True), path
                assert answer.status_code < 500, path
                tried += 1
    assert tried > 100
