"""How we call: headers that no retry loses, a share of the quota left alone, big answers over the disk."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.contract import Broken, QuotaSpent
from adapters.oauth import OAuthTokens
from adapters.salesforce.client import URL_LIMIT, Client
from adapters.salesforce.org import Org
from adapters.salesforce.tokens import provider
from tests.adapters.canned import Canned, Reply, Time
from tests.adapters.salesforce_fake import ROOT, TOKEN, FakeOrg, error, fake, org
from tests.adapters.salesforce_pages import page

__all__ = ["fake", "org"]

FINE = Reply(200, {"totalSize": 0, "done": True, "records": []})
EXPIRED = Reply(401, error("INVALID_SESSION_ID", "Session expired or invalid"))


def used(usage: str) -> Reply:
    return Reply(200, FINE.body, {"sforce-LIMIT-info": usage})


@pytest.fixture
def renewable(server: Canned, time: Time) -> Iterator[Client]:
    credentials = {"client_id": "id", "refresh_token": "refresh", "access_token": "old"}
    tokens = OAuthTokens(provider(server.url), credentials, clock=time.now)
    client = Client(host=lambda: server.url, tokens=tokens, free=0.2, clock=time.now, sleep=time.sleep)
    yield client
    client.close()


def test_every_call_carries_our_headers_also_after_a_renewal(renewable: Client, server: Canned) -> None:
    """Without the first one an assignment rule gives the lead to somebody else when a score is written."""
    server.will_answer(EXPIRED, Reply(200, {"access_token": "new", "token_type": "Bearer"}), Reply(200, []))
    renewable.patch("composite/sobjects", {"allOrNone": False, "records": []})
    first, _, again = server.seen
    for seen in (first, again):
        assert seen.headers["sforce-auto-assign"] == "FALSE"
        assert seen.headers["sforce-call-options"] == "client=Leadtier"
        assert seen.headers["accept-encoding"] == "gzip"
        assert seen.headers["user-agent"] == "leadtier"
        assert "x-prettyprint" not in seen.headers
    assert [seen.headers["authorization"] for seen in (first, again)] == ["Bearer old", "Bearer new"]


def test_uploads_and_downloads_carry_them_too(org: Org, server: Canned, tmp_path: Path) -> None:
    server.will_answer(Reply(201, ""), Reply(200, "a\n1\n", {"Content-Type": "text/csv"}))
    (tmp_path / "rows.csv").write_bytes("Id,Café\n".encode())
    org.client.upload("PUT", "jobs/ingest/750/batches", tmp_path / "rows.csv", "text/csv")
    with org.client.csv("jobs/ingest/750/failedResults") as download:
        assert download.file.read() == b"a\n1\n"
    assert {seen.headers["sforce-auto-assign"] for seen in server.seen} == {"FALSE"}
    assert server.seen[0].raw == "Id,Café\n".encode()
    assert server.seen[0].headers["content-type"] == "text/csv"


def test_the_version_is_pinned(org: Org, server: Canned) -> None:
    server.will_answer(FINE)
    org.client.query("SELECT Id FROM Lead")
    assert server.seen[0].path == "/services/data/v67.0/query"


def test_a_query_too_long_for_an_address_travels_in_a_body(org: Org, server: Canned) -> None:
    names = (f"A_rather_long_name_{number}__c" for number in range(600))
    soql = " ".join(["SELECT", ", ".join(names), "FROM Lead"])
    assert len(soql) > URL_LIMIT
    server.will_answer(together((200, FINE.body)))
    assert org.client.query(soql, deleted=True) == FINE.body
    (request,) = server.seen[0].body["compositeRequest"]
    assert request["url"].startswith("/services/data/v67.0/queryAll?q=SELECT+A_rather")


def together(*parts: tuple[int, Any]) -> Reply:
    """An answer of ``composite``."""
    return Reply(200, {"compositeResponse": [{"httpStatusCode": status, "body": body} for status, body in parts]})


def test_an_error_of_a_part_is_an_error(org: Org, server: Canned) -> None:
    server.will_answer(together((403, error("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."))))
    with pytest.raises(QuotaSpent):
        org.client.together(["query?q=SELECT+Id+FROM+Lead"])


@pytest.mark.parametrize("parts", [None, {}, [], [{"httpStatusCode": 200, "body": {}}] * 3])
def test_an_answer_without_one_result_a_part_is_broken(org: Org, server: Canned, parts: Any) -> None:
    server.will_answer(Reply(200, {"compositeResponse": parts}))
    with pytest.raises(Broken):
        org.client.together(["sobjects/Lead/describe", "sobjects/Contact/describe"])


def test_an_answer_that_is_no_composite_is_broken(org: Org, server: Canned) -> None:
    server.will_answer(Reply(200, [{"httpStatusCode": 200, "body": {}}]))
    with pytest.raises(Broken):
        org.client.together(["sobjects/Lead/describe"])


def test_what_is_not_there_is_missing_and_the_rest_is_read(org: Org, server: Canned) -> None:
    server.will_answer(together((404, error("NOT_FOUND", "no")), (200, {"name": "Contact"})))
    urls = ["sobjects/Lead/describe", "sobjects/Contact/describe"]
    assert org.client.together(urls, missing={}) == [{}, {"name": "Contact"}]
    assert len(server.seen) == 1


def test_several_queries_cost_one_call_and_one_for_every_further_page(org: Org, server: Canned, fake: FakeOrg) -> None:
    fake.will("GET", "query", page([{"Id": "1"}], more="u-2000", total=2), page([{"Id": "3"}]))
    fake.will("GET", "query/u-2000", page([{"Id": "2"}]))
    found = org.client.queries("SELECT Id FROM User", "SELECT Id FROM Group")
    assert [[row["Id"] for row in rows] for rows in found] == [["1", "2"], ["3"]]
    assert [seen.path for seen in server.seen] == [ROOT + "composite", ROOT + "query/u-2000"]


def test_a_check_describes_everything_in_the_same_call(org: Org, server: Canned, fake: FakeOrg) -> None:
    fake.will("GET", "query", page([{"Id": "00D5e0000000001EAA", "Name": "Agency"}]))
    assert org.check().name == "Agency"
    assert set(org.describes.all()) == {"Lead", "Contact"}
    org.zone()
    assert [seen.path for seen in server.seen] == [ROOT + "composite"]


def test_a_check_sees_what_has_been_hidden_since(org: Org, fake: FakeOrg) -> None:
    fake.will("GET", "query", page([{"Id": "00D5e0000000001EAA"}]))
    org.check()
    del fake.objects["Contact"]
    org.check()
    assert set(org.describes.all()) == {"Lead"}


def test_an_org_that_does_not_say_who_it_is_is_broken(org: Org, fake: FakeOrg) -> None:
    fake.will("GET", "query", page([]))
    with pytest.raises(Broken, match="which org"):
        org.check()


@pytest.mark.parametrize(
    "usage", ["api-usage=800/1000", "api-usage=1/1000; per-app-api-usage=250/250(appName=leadtier)"]
)
def test_the_share_of_the_others_is_not_touched(org: Org, server: Canned, time: Time, usage: str) -> None:
    server.will_answer(used(usage))
    org.client.query("SELECT Id FROM Lead")
    with pytest.raises(QuotaSpent, match="quota_free") as caught:
        org.client.query("SELECT Id FROM Lead")
    assert caught.value.until == time.now() + timedelta(hours=1)
    assert len(server.seen) == 1
    assert org.client.transport.usage.calls == 1


def test_all_up_to_that_share_may_be_used(org: Org, server: Canned) -> None:
    server.will_answer(used("api-usage=799/1000"), used("api-usage=800/1000"))
    org.client.query("SELECT Id FROM Lead")
    org.client.query("SELECT Id FROM Lead")
    assert org.client.allowance.quota is not None
    assert (org.client.allowance.quota.used, org.client.allowance.quota.limit) == (800, 1000)


def test_an_hour_later_one_call_finds_out_anew(org: Org, server: Canned, time: Time) -> None:
    server.will_answer(used("api-usage=900/1000"), used("api-usage=400/1000"), FINE)
    org.client.query("SELECT Id FROM Lead")
    time.at += timedelta(minutes=61)
    org.client.query("SELECT Id FROM Lead")
    org.client.query("SELECT Id FROM Lead")
    assert len(server.seen) == 3


def test_the_time_is_salesforces(org: Org, server: Canned, time: Time) -> None:
    server.will_answer(Reply(200, FINE.body, {"Date": "Sun, 22 Nov 2026 12:07:00 GMT"}))
    org.client.query("SELECT Id FROM Lead")
    time.at += timedelta(hours=1)
    assert org.client.now() == time.now() + timedelta(minutes=7)


def test_a_clock_that_is_right_to_the_second_is_left_alone(org: Org, server: Canned, time: Time) -> None:
    server.will_answer(Reply(200, FINE.body, {"Date": "Sun, 22 Nov 2026 12:00:01 GMT"}))
    org.client.query("SELECT Id FROM Lead")
    assert org.client.now() == time.now()


def test_threads_do_not_share_a_connection(org: Org, server: Canned) -> None:
    server.route = lambda _: FINE
    together = threading.Barrier(4)

    def ask(_: int) -> int:
        together.wait()
        org.client.query("SELECT Id FROM Lead")
        together.wait()
        return len(org.client._sessions)

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(ask, range(4))) == {4}
    assert {seen.headers["authorization"] for seen in server.seen} == {f"Bearer {TOKEN}"}


def test_what_is_described_is_asked_in_one_call_and_again_after_an_hour(org: Org, server: Canned, time: Time) -> None:
    def described(_: object) -> Reply:
        lead = {"name": "Lead", "fields": [{"name": "Id", "type": "id"}, {"name": "Address", "type": "address"}]}
        absent = [(404, error("NOT_FOUND", "no"))] * (len(server.seen[-1].body["compositeRequest"]) - 1)
        return together((200, lead), *absent)

    server.route = described
    assert list(org.describes.all()) == ["Lead"]
    assert list(org.describes.need("Lead").fields) == ["Id"]
    assert len(server.asked(ROOT + "composite")) == 1
    time.at += timedelta(hours=1)
    org.describes.all()
    assert len(server.seen) == 2
