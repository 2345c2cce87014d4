"""Rooms by the name they are called under: doors answer everywhere, screens never under the public name."""

from __future__ import annotations

from typing import Any

import pytest
from hook_support import PUBLIC

from connector.flows.services import Services
from connector.web.app import create_app

OUTSIDE = {"Host": "leads.example"}


@pytest.fixture
def outside(svc: Services) -> Any:
    client = create_app(svc, public_url=PUBLIC).test_client()
    return lambda path: client.get(path, headers=OUTSIDE)


@pytest.mark.parametrize("path", ["/", "/leads", "/problems", "/runs", "/webhooks", "/flags", "/metrics", "/nothing"])
@pytest.mark.parametrize("hosts", [("localhost", "leads.example"), ()])
@pytest.mark.parametrize("name", ["leads.example", "LEADS.example:443", "leads.example.", "leads.example.:443"])
def test_no_screen_answers_under_the_public_name(svc: Services, path: str, hosts: tuple[str, ...], name: str) -> None:
    client = create_app(svc, hosts=hosts, public_url=PUBLIC).test_client()
    answer = client.get(path, headers={"Host": name})
    assert answer.status_code == 404
    assert svc.tenant.name not in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("X-Forwarded-Host", "leads.example"),
        ("X-Forwarded-Host", "LEADS.example:443, inner"),
        ("Forwarded", 'for=203.0.113.9;host="leads.example";proto=https'),
    ],
)
def test_a_proxy_that_calls_us_by_another_name_opens_no_screen(svc: Services, header: str, value: str) -> None:
    client = create_app(svc, public_url=PUBLIC).test_client()
    assert client.get("/leads", headers={"Host": "127.0.0.1", header: value}).status_code == 404


def test_health_answers_under_the_public_name_and_screens_under_this_machine_s(svc: Services, outside: Any) -> None:
    assert outside("/healthz").status_code == 200
    assert create_app(svc, public_url=PUBLIC).test_client().get("/leads").status_code == 200


def test_a_public_name_that_is_this_machine_hides_nothing(svc: Services) -> None:
    assert create_app(svc, public_url="http://localhost:8700").test_client().get("/").status_code == 200
