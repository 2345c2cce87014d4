"""A slow CRM takes some threads, never all."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from connector.web import asking


@pytest.fixture
def taken(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The application with every turn taken."""
    monkeypatch.setattr(asking, "PATIENCE", 0.01)
    app: Flask = client.application
    while asking.turns(app).acquire(blocking=False):
        pass
    return app


def test_a_page_that_asks_the_crm_is_put_off_while_others_wait_for_it(client: FlaskClient, taken: Flask) -> None:
    put_off = client.get("/connections/new")
    assert put_off.status_code == 503
    assert "go back" in put_off.get_data(as_text=True)
    assert put_off.headers["Retry-After"]
    asking.turns(taken).release()
    assert [client.get("/connections/new").status_code for _ in range(3)] == [200] * 3, "each gives its turn back"


def test_everything_else_goes_on(client: FlaskClient, taken: Flask) -> None:
    assert [client.get(path).status_code for path in ("/healthz", "/", "/leads", "/model", "/runs")] == [200] * 5
    assert client.post("/hooks/hubspot", data=b"{}").status_code == 401


def test_a_page_that_breaks_gives_its_turn_back(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks() -> None:
        raise RuntimeError("rubbish from the CRM")

    monkeypatch.setitem(client.application.view_functions, "connections.connecting.choose", breaks)
    answers = [client.get("/connections/new").status_code for _ in range(asking.AT_ONCE + 1)]
    assert answers == [500] * (asking.AT_ONCE + 1)
