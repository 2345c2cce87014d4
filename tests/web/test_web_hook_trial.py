"""Webhooks of a connection: its secrets and steps, and an event that goes the real way, over the network, to us."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask.testing import FlaskClient
from hook_support import LEAD, ORG, PORTAL, SECRET, Doors
from web_support import Book, signed_in, token
from werkzeug.serving import make_server

from connector.core.types import Tier
from connector.flows import connection_hooks, hook_setup
from connector.flows.hook_trial import State, follow, send
from connector.flows.services import Refused, Services
from connector.store import inbox_work
from connector.store.database import Scope
from connector.web.app import create_app


@dataclass
class Outside:
    """The process as the internet reaches it, under its own address."""

    svc: Services
    url: str
    client: FlaskClient
    doors: Doors

    def connect(self, kind: str) -> Scope:
        """A connection with one lead."""
        account, crm_id = (PORTAL, "1001") if kind == "hubspot" else (ORG, LEAD)
        scope = self.doors.connect(account, kind, name="main")
        Book(self.svc, self.svc.tenant.id).lead(scope, crm_id, 50, Tier.WARM)
        return scope

    def page(self, scope: Scope, path: str = "") -> str:
        return self.client.get(f"/connections/{scope.connection_id}/webhooks{path}").text

    def post(self, scope: Scope, path: str = "", **form: str) -> Any:
        where = f"/connections/{scope.connection_id}/webhooks"
        return self.client.post(where + path, data={"csrf_token": token(self.client, where), **form})

    def handle(self, scope: Scope) -> None:
        """What a worker does with what waits."""
        with self.svc.store.write() as conn:
            ids = [event.id for event in inbox_work.open_events(conn, scope, 10)]
            inbox_work.finish(conn, scope, {"read": ids}, self.svc.now() + 2)


@pytest.fixture
def outside(svc: Services) -> Iterator[Outside]:
    server = make_server("127.0.0.1", 0, lambda *_: [], threaded=True)
    svc.public_url = f"http://127.0.0.1:{server.server_port}"
    server.app = app = create_app(svc)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Outside(svc, svc.public_url, signed_in(svc, app=app), Doors(svc))
    server.shutdown()
    thread.join(5)
    server.server_close()


def add(outside: Outside, kind: str) -> None:
    hook_setup.add_own(outside.svc, outside.url, "main", "" if kind == "salesforce" else SECRET)


@pytest.mark.parametrize("kind", ["hubspot", "salesforce"])
def test_the_event_goes_the_whole_way_and_is_about_a_lead_that_exists(outside: Outside, book: Book, kind: str) -> None:
    scope = outside.connect(kind)
    add(outside, kind)
    book.worker()
    sent = send(outside.svc, scope, outside.url)
    assert [step.state for step in sent.steps] == [State.OK, State.OK], sent.steps
    assert outside.doors.kept() == ["1001" if kind == "hubspot" else LEAD]
    assert [step.state for step in follow(outside.svc, scope, sent.event_id, sent.at)] == [State.OK, State.WAITS]
    outside.handle(scope)
    stored, handled = follow(outside.svc, scope, sent.event_id, sent.at)
    assert (stored.state, handled.state) == (State.OK, State.OK)
    assert "after 2 seconds" in handled.text


def test_an_event_proven_by_the_operators_app_goes_to_the_apps_address(outside: Outside) -> None:
    scope = outside.connect("hubspot")
    outside.doors.app_secret()
    assert send(outside.svc, scope, outside.url).event_id
    assert outside.doors.kept() == ["1001"]


def test_with_nobody_at_work_the_last_step_says_so(outside: Outside) -> None:
    scope = outside.connect("salesforce")
    add(outside, "salesforce")
    sent = send(outside.svc, scope, outside.url)
    assert follow(outside.svc, scope, sent.event_id, sent.at)[1].state is State.BAD
    assert "leadtier run" in follow(outside.svc, scope, sent.event_id, sent.at)[1].text


def test_an_event_that_another_program_swallowed_is_said_to_be_missing(outside: Outside) -> None:
    scope = outside.connect("hubspot")
    stored, handled = follow(outside.svc, scope, "never came", 0)
    assert (stored.state, handled.state) == (State.BAD, State.NOT_TRIED)


Failing = Callable[..., Any]


def raising(error: Exception) -> Failing:
    def post(*_: object, **__: object) -> None:
        raise error

    return post


def answering(status: int, text: str = "", kind: str = "text/plain") -> Failing:
    def post(*_: object, **__: object) -> requests.Response:
        made = requests.Response()
        made.status_code, made._content = status, text.encode()
        made.headers["Content-Type"] = kind
        return made

    return post


@pytest.mark.parametrize(
    ("post", "says"),
    [
        (raising(requests.ConnectionError("NameResolutionError: Name or service not known")), "Check the DNS"),
        (raising(requests.exceptions.SSLError("bad")), "certificate"),
        (raising(requests.ConnectTimeout("slow")), "did not answer in time"),
        (raising(requests.ConnectionError("Connection refused")), "takes no connection"),
        (answering(302), "leads somewhere else"),
        (answering(404), "no door at this address"),
        (answering(502, "<html>"), "proxy answered for us"),
        (answering(401, "The webhook's signature does not fit."), "to the letter"),
        (answering(413), "answered 413"),
    ],
)
def test_each_way_to_fail_is_a_sentence(
    outside: Outside, monkeypatch: pytest.MonkeyPatch, post: Failing, says: str
) -> None:
    scope = outside.connect("hubspot")
    add(outside, "hubspot")
    monkeypatch.setattr(requests.Session, "post", post)
    sent = send(outside.svc, scope, outside.url)
    assert not sent.event_id
    bad = next(step for step in sent.steps if step.state is State.BAD)
    assert says in bad.text
    assert sent.steps[-1].state is State.NOT_TRIED


def test_without_a_lead_or_a_secret_it_says_what_to_do_first(outside: Outside) -> None:
    scope = outside.doors.connect(PORTAL, "hubspot", name="main")
    with pytest.raises(Refused, match="Add one above"):
        send(outside.svc, scope, outside.url)
    add(outside, "hubspot")
    with pytest.raises(Refused, match="first sync"):
        send(outside.svc, scope, outside.url)


def test_an_address_that_is_not_ours_is_not_posted_to(outside: Outside) -> None:
    scope = outside.connect("salesforce")
    add(outside, "salesforce")
    for address in ("http://169.254.169.254/latest", f"{outside.url}.evil.example/hooks/salesforce/x"):
        with pytest.raises(Refused, match="begins with"):
            send(outside.svc, scope, outside.url, address)


def test_the_page_sends_it_and_follows_it(outside: Outside, book: Book) -> None:
    scope = outside.connect("hubspot")
    add(outside, "hubspot")
    book.worker()
    answer = outside.post(scope, "/trial")
    assert answer.status_code == 303, answer.text
    path = answer.headers["Location"]
    assert parse_qs(urlsplit(path).query)["event"]
    page = outside.client.get(path).text
    assert "Stored in the inbox" in page
    assert 'hx-trigger="every 2s"' in page
    outside.handle(scope)
    fragment = outside.client.get(path, headers={"HX-Request": "true"})
    assert "HX-Request" in fragment.headers["Vary"]
    assert "<html" not in fragment.text
    assert "every 2s" not in fragment.text
    assert "Read again and scored" in fragment.text


def test_an_address_is_shown_once_and_a_secret_never(outside: Outside) -> None:
    scope = outside.connect("hubspot")
    made = outside.post(scope, secret=SECRET).text
    assert SECRET not in made
    assert f"{outside.url}/hooks/hubspot/" in made
    key = made.split(f"{outside.url}/hooks/hubspot/")[1].split('"')[0]
    later = outside.page(scope)
    assert key not in later
    assert SECRET not in later
    assert "leadtier-webhooks" in later


def test_what_is_long_comes_as_a_file(outside: Outside) -> None:
    scope = outside.connect("hubspot")
    add(outside, "hubspot")
    answer = outside.client.get(f"/connections/{scope.connection_id}/webhooks/setup.json")
    assert "attachment" in answer.headers["Content-Disposition"]
    assert json.loads(answer.text)["type"] == "webhooks"


def test_a_second_secret_is_good_beside_the_first_and_each_can_go(outside: Outside) -> None:
    scope = outside.connect("hubspot")
    for secret in (SECRET, "another-secret"):
        assert outside.post(scope, secret=secret).status_code == 200
    assert send(outside.svc, scope, outside.url).event_id
    first, second = connection_hooks.hooks(outside.svc, scope).own.secrets  # type: ignore[union-attr]
    assert outside.post(scope, "/remove", id=str(first.id)).status_code == 303
    assert send(outside.svc, scope, outside.url).event_id
    assert outside.post(scope, "/remove", id=str(first.id)).status_code == 409
    assert outside.post(scope, "/remove", id=str(second.id)).status_code == 303


def test_the_operators_secret_is_not_an_agencys_to_remove(outside: Outside) -> None:
    scope = outside.connect("hubspot")
    secret_id = outside.doors.app_secret()
    assert outside.post(scope, "/remove", id=str(secret_id)).status_code == 409
    assert send(outside.svc, scope, outside.url).event_id


def test_without_a_public_address_the_page_says_what_to_do(client: FlaskClient, doors: Doors) -> None:
    scope = doors.connect(PORTAL, "hubspot", name="main")
    page = client.get(f"/connections/{scope.connection_id}/webhooks").text
    assert "LEADTIER_PUBLIC_URL" in page
    assert "Send a test event" not in page


def test_what_was_refused_is_listed_with_what_to_do(outside: Outside) -> None:
    scope = outside.connect("hubspot")
    add(outside, "hubspot")
    outside.doors.told({}, secret="wrong", path="/hooks/hubspot")
    outside.doors.counts()
    assert "No secret" in outside.page(scope)
