"""Every call has a time-out, a budget and a credential; none of them leaks."""

from __future__ import annotations

import logging
import socket
import threading
import time as real_time

import pytest

from adapters.contract import Adapter, AdapterError, Broken, Misconfigured, Retry
from adapters.hubspot import client as client_module
from adapters.hubspot import factory
from tests.adapters.canned import Canned, Reply, Seen, Time
from tests.adapters.conftest import TOKEN

DETAILS = {"portalId": 7, "timeZone": "US/Eastern"}
RATE = {
    "X-HubSpot-RateLimit-Max": "190",
    "X-HubSpot-RateLimit-Interval-Milliseconds": "10000",
    "X-HubSpot-RateLimit-Remaining": "189",
}


def test_the_token_travels_as_a_bearer(hubspot: Adapter, server: Canned) -> None:
    server.will_answer(Reply(200, DETAILS), Reply(200, {"results": []}))
    hubspot.check()
    hubspot.fields()
    assert [seen.headers["authorization"] for seen in server.seen] == [f"Bearer {TOKEN}"] * 2


def test_a_server_that_is_not_there_is_tried_a_few_times(time: Time) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    adapter = factory({"token": TOKEN}, base_url=url, clock=time.now, sleep=time.sleep)
    for ask in (adapter.check, adapter.fields):
        with pytest.raises(Retry, match="could not be reached"):
            ask()
    assert adapter.usage.calls == 8
    assert len(time.slept) == 6


@pytest.mark.parametrize("ask", ["check", "fields"])
def test_a_server_that_never_answers_is_left(
    ask: str, server: Canned, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "TIMEOUT", (0.05, 0.05))
    released = threading.Event()

    def hang(_: Seen) -> Reply:
        released.wait(5)
        return Reply(200)

    server.route = hang
    adapter = factory({"token": TOKEN}, base_url=server.url, clock=time.now, sleep=time.sleep)
    started = real_time.monotonic()
    with pytest.raises(Retry):
        getattr(adapter, ask)()
    released.set()
    assert real_time.monotonic() - started < 3


def test_an_answer_that_breaks_off_is_asked_for_again(hubspot: Adapter, server: Canned) -> None:
    server.will_answer(Reply(200, {"results": []}, cut_after=5), Reply(200, {"results": []}))
    assert hubspot.fields() == []


def test_back_off_grows_and_never_waits_longer_than_a_minute(hubspot: Adapter, server: Canned, time: Time) -> None:
    server.will_answer(*[Reply(503)] * 5)
    with pytest.raises(Retry):
        hubspot.fields()
    assert len(time.slept) == 4
    assert time.slept[0] < time.slept[2]
    assert time.slept[1] < time.slept[3] < 60


def test_no_secret_reaches_a_log_line_or_an_error(
    hubspot: Adapter, server: Canned, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    leak = {"status": "error", "message": f"the token {TOKEN} is odd", "category": "VALIDATION_ERROR"}
    for status in (400, 401, 403, 418, 429, 502):
        server.will_answer(*[Reply(status, leak)] * 6)
        with pytest.raises(AdapterError) as caught:
            hubspot.fields()
        assert TOKEN not in caught.value.admin + caught.value.log + str(caught.value) + repr(caught.value)
        server.replies.clear()
    logged = "".join(record.getMessage() + str(record.__dict__) for record in caplog.records)
    assert logged
    assert TOKEN not in logged


def test_no_log_line_holds_a_query_or_a_body(
    hubspot: Adapter, server: Canned, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="adapters")
    server.route = lambda _: Reply(200, {"results": [{"id": "1", "properties": {"email": "jane@example.com"}}]})
    list(hubspot.contacts(None, ["email"]))
    assert "jane" not in caplog.text
    assert "GET /crm/v3/objects/contacts 200" in caplog.text


def test_the_burst_limit_is_the_one_hubspot_names(hubspot: Adapter, server: Canned, time: Time) -> None:
    server.route = lambda _: Reply(200, {"results": []}, RATE)
    for _ in range(150):
        hubspot.fields()
    assert time.slept == []


def test_without_a_named_limit_the_smallest_is_kept(hubspot: Adapter, server: Canned, time: Time) -> None:
    server.route = lambda _: Reply(200, {"results": []})
    for _ in range(101):
        hubspot.fields()
    assert sum(time.slept) > 9.9


def test_searches_have_a_narrower_budget(hubspot: Adapter, server: Canned, time: Time) -> None:
    server.route = lambda _: Reply(200, {"results": [], "total": 0})
    cursor = list(hubspot.contacts(None, []))[-1].cursor
    for _ in range(5):
        list(hubspot.contacts(cursor, []))
    assert 1.0 <= sum(time.slept) < 1.2
    assert hubspot.usage.by_family == {"burst": 2, "search": 5}


def test_a_limit_one_call_has_hit_holds_back_the_others(hubspot: Adapter, server: Canned, time: Time) -> None:
    more = Reply(200, {"results": [{"id": "1", "properties": {}}], "paging": {"next": {"after": "2"}}})
    limited = Reply(429, {"policyName": "TEN_SECONDLY_ROLLING"})
    server.will_answer(more, limited)
    next(hubspot.contacts(None, []))
    assert time.slept == []
    server.will_answer(Reply(200, {"results": []}))
    hubspot.fields()
    assert sum(time.slept) == 10.0


def test_one_adapter_serves_many_threads(hubspot: Adapter, server: Canned) -> None:
    server.route = lambda seen: Reply(200, {"results": [{"id": seen.body["inputs"][0]["id"], "properties": {}}]})
    wrong: list[str] = []

    def ask(name: int) -> None:
        for turn in range(10):
            wanted = f"{name}{turn:02}"
            page = hubspot.contacts_by_id([wanted], [])
            if [record.id for record in page.items] != [wanted]:
                wrong.append(wanted)

    threads = [threading.Thread(target=ask, args=(name,)) for name in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert hubspot.usage.calls == 80


def test_credentials_that_are_not_complete_are_refused_by_name(time: Time) -> None:
    with pytest.raises(Misconfigured, match="refresh_token") as caught:
        factory(
            {"client_id": "a", "client_secret": "b"},
            base_url=None,
            clock=time.now,
            sleep=time.sleep,
        )
    assert caught.value.what == ("refresh_token",)


def test_an_answer_without_an_account_is_broken(hubspot: Adapter, server: Canned) -> None:
    server.will_answer(Reply(200, {"hello": "world"}))
    with pytest.raises(Broken, match="base URL"):
        hubspot.check()
