"""Rooms by the name they are called under: doors answer everywhere, screens here and under the public name."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from hook_support import PUBLIC
from web_support import signed_in

from connector.flows.services import Services
from connector.web.app import create_app

PUBLIC_NAMES = ["leads.example", "LEADS.example:443", "leads.example.", "leads.example.:443"]


@pytest.fixture
def inside(svc: Services) -> FlaskClient:
    return signed_in(svc, app=create_app(svc, public_url=PUBLIC))


@pytest.mark.parametrize("name", PUBLIC_NAMES[:2])
def test_screens_answer_under_the_public_name_to_who_is_signed_in(inside: FlaskClient, name: str) -> None:
    assert inside.get("/leads", headers={"Host": name}).status_code == 200


@pytest.mark.parametrize("path", ["/", "/leads", "/problems", "/runs", "/webhooks", "/flags", "/nothing"])
@pytest.mark.parametrize("name", PUBLIC_NAMES)
def test_nobody_sees_a_screen_under_the_public_name(svc: Services, path: str, name: str) -> None:
    answer = create_app(svc, public_url=PUBLIC).test_client().get(path, headers={"Host": name})
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/sign-in?")
    assert svc.tenant.name not in answer.get_data(as_text=True)


def test_any_other_name_is_turned_away_even_when_somebody_is_signed_in(inside: FlaskClient) -> None:
    assert inside.get("/leads", headers={"Host": "rebound.example"}).status_code == 421


@pytest.mark.parametrize("name", PUBLIC_NAMES)
@pytest.mark.parametrize("hosts", [("localhost", "leads.example"), ()])
def test_metrics_are_not_for_the_internet(svc: Services, name: str, hosts: tuple[str, ...]) -> None:
    client = create_app(svc, hosts=hosts, public_url=PUBLIC).test_client()
    assert client.get("/metrics", headers={"Host": name}).status_code == 404
    assert client.get("/metrics").status_code == 200


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("X-Forwarded-Host", "leads.example"),
        ("X-Forwarded-Host", "LEADS.example:443, inner"),
        ("Forwarded", 'for=203.0.113.9;host="leads.example";proto=https'),
    ],
)
def test_a_proxy_that_calls_us_by_another_name_does_not_show_metrics(svc: Services, header: str, value: str) -> None:
    client = create_app(svc, public_url=PUBLIC).test_client()
    assert client.get("/metrics", headers={"Host": "127.0.0.1", header: value}).status_code == 404


def test_health_answers_under_the_public_name_and_screens_under_this_machine_s(inside: FlaskClient) -> None:
    assert inside.get("/healthz", headers={"Host": "leads.example"}).status_code == 200
    assert inside.get("/leads").status_code == 200


def test_a_public_name_that_is_this_machine_hides_nothing(svc: Services) -> None:
    here = create_app(svc, public_url="http://localhost:8700")
    assert signed_in(svc, app=here).get("/").status_code == 200
    assert here.test_client().get("/metrics").status_code == 200
