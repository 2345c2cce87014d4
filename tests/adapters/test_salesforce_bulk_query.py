"""Bulk queries: the same rows as by REST, resumable inside a download, and never a lead lost to a broken file."""

from __future__ import annotations

import json
from typing import Any

import pytest

from adapters.contract import Adapter, Page, Record, Retry
from adapters.salesforce import bulk_query, passes
from tests.adapters.canned import Canned, Reply, Time
from tests.adapters.salesforce_fake import ROOT, FakeOrg, error, fake
from tests.adapters.salesforce_pages import OBJECTS, Queries, contact, csv, job, lead, opened, page, reads

__all__ = ["fake", "reads"]

RESULTS = "jobs/query/750x/results"


@pytest.fixture
def adapter(server: Canned, time: Time, reads: Queries, fake: FakeOrg, monkeypatch: pytest.MonkeyPatch) -> Adapter:
    """An org with more leads than REST is used for."""
    monkeypatch.setattr(bulk_query, "PAGE", 2)
    fake.objects = {"Lead": fake.objects["Lead"]}
    fake.will("GET", "limits/recordCount", Reply(200, {"sObjects": [{"name": "Lead", "count": 30_000}]}))
    fake.will("POST", "jobs/query", job("UploadComplete"))
    fake.will("GET", "jobs/query/750x", job())
    return opened(server, time, records="Lead")


def ids(pages: list[Page[Record]]) -> list[str]:
    return [record.id for one in pages for record in one.items]


def leads(*numbers: int, **more: Any) -> list[dict[str, Any]]:
    return [lead(number, **more) for number in numbers]


def test_everything_comes_by_one_job_download_by_download(adapter: Adapter, fake: FakeOrg, server: Canned) -> None:
    fake.will("GET", RESULTS, csv(leads(1, 2, 3), locator="abc"), csv(leads(4)))
    pages = list(adapter.contacts(None, []))
    assert ids(pages) == [one["Id"] for one in leads(1, 2, 3, 4)]
    assert pages[-1].complete
    assert [seen.query.get("locator") for seen in server.asked(ROOT + RESULTS)] == [None, "abc"]
    (made,) = server.asked(ROOT + "jobs/query")
    assert "ORDER BY" not in made.body["query"]


def test_one_job_brings_losers_and_converted_leads_too(
    adapter: Adapter, fake: FakeOrg, server: Canned, time: Time
) -> None:
    fake.objects["Contact"] = OBJECTS["Contact"]
    loser = lead(1, IsDeleted=True, MasterRecordId=lead(2)["Id"])
    converted = [lead(3, IsConverted=True, ConvertedContactId=contact(1)["Id"]), lead(4, IsConverted=True)]
    fake.will("GET", RESULTS, csv([loser, lead(2), *converted]))
    pages = list(opened(server, time).contacts(None, []))
    assert [(record.id, record.archived) for one in pages for record in one.items] == [
        (lead(2)["Id"], False),
        (lead(4)["Id"], True),
    ]
    assert {old: new for one in pages for old, new in one.became.items()} == {
        lead(1)["Id"]: lead(2)["Id"],
        lead(3)["Id"]: contact(1)["Id"],
    }
    (made,) = server.asked(ROOT + "jobs/query")
    assert "WHERE" not in made.body["query"]


def test_values_are_those_of_rest(adapter: Adapter, fake: FakeOrg, reads: Queries, server: Canned, time: Time) -> None:
    """A full pass by the one way after a full pass by the other must not make every lead look changed."""
    values: dict[str, Any] = {
        "Email": "zoe@leads.example",
        "City": 'Zoë "Ann"\nPoe',
        "Age__c": 41.0,
        "Company": None,
    }
    quoted = values | {"City": values["City"].replace('"', '""'), "Age__c": "4.1E1"}
    stamp = {"CreatedDate": "2026-11-20T10:00:00.000Z", "SystemModstamp": "2026-11-20T10:00:00.000Z"}
    fake.will("GET", RESULTS, csv(leads(1, **(quoted | stamp))))
    names = list(values)
    (bulk,) = [record for one in adapter.contacts(None, names) for record in one.items]
    fake.will("GET", "limits/recordCount", Reply(200, {"sObjects": []}))
    reads.will("IsConverted = false", page(leads(1, **values)))
    (rest,) = [record for one in opened(server, time, records="Lead").contacts(None, names) for record in one.items]
    assert bulk == rest
    assert rest.properties["Age__c"] == "41"


def test_a_pass_cut_off_goes_on_in_the_same_job_at_the_same_row(
    adapter: Adapter, fake: FakeOrg, server: Canned, time: Time
) -> None:
    fake.will("GET", RESULTS, csv(leads(1, 2, 3, 4, 5)))
    stream = adapter.contacts(None, [])
    before = [next(stream), next(stream)]
    after = list(opened(server, time, records="Lead").contacts(before[-1].cursor, []))
    found = ids(before) + ids(after)
    assert sorted(set(found)) == [one["Id"] for one in leads(1, 2, 3, 4, 5)]
    assert len(server.asked(ROOT + "jobs/query")) == 1
    assert len(ids(after)) < 5


def test_a_job_that_is_gone_is_made_again(adapter: Adapter, fake: FakeOrg, server: Canned, time: Time) -> None:
    fake.will("GET", RESULTS, csv(leads(1, 2, 3, 4, 5)))
    cursor = next(iter(adapter.contacts(None, []))).cursor
    fake.will("GET", "jobs/query/750x", Reply(404, error("NOT_FOUND", "no job")), job())
    again = list(opened(server, time, records="Lead").contacts(cursor, []))
    assert len(ids(again)) == 5
    assert len(server.asked(ROOT + "jobs/query")) == 2


def test_a_job_under_way_is_waited_for_longer_and_longer(adapter: Adapter, fake: FakeOrg, time: Time) -> None:
    fake.will("GET", "jobs/query/750x", *[job("InProgress")] * 8, job())
    fake.will("GET", RESULTS, csv(leads(1)))
    pages = list(adapter.contacts(None, []))
    assert ids(pages) == [lead(1)["Id"]]
    assert time.slept == [6, 18, 54, 60, 60, 60, 60, 60, 60]
    assert json.loads(pages[0].cursor)["job"] == "750x"


def test_a_job_that_does_not_end_is_left_to_the_next_sync(adapter: Adapter, fake: FakeOrg) -> None:
    fake.will("GET", "jobs/query/750x", job("InProgress"))
    with pytest.raises(Retry, match="within an hour"):
        list(adapter.contacts(None, []))


@pytest.mark.parametrize(
    "trouble",
    [
        {("GET", "jobs/query/750x"): job("Failed")},
        {("POST", "jobs/query"): Reply(400, error("API_ERROR", "entity is not supported by the Bulk API"))},
        {("GET", RESULTS): csv(leads(1, 2), count=3)},
        {("GET", RESULTS): csv([{"Id": "00Q", "Email": 'a "stray" quote, and a comma'}])},
        {("GET", RESULTS): Reply(404, error("NOT_FOUND", "deleted meanwhile"))},
    ],
    ids=["failed", "refused", "rows missing", "stray quote", "gone"],
)
def test_what_bulk_cannot_do_is_read_by_rest(
    adapter: Adapter, fake: FakeOrg, reads: Queries, trouble: dict[tuple[str, str], Reply]
) -> None:
    fake.will("GET", RESULTS, csv(leads(1)))
    for (method, path), reply in trouble.items():
        fake.will(method, path, reply)
    reads.will("IsConverted = false", page(leads(1, 2, 3)))
    assert set(ids(list(adapter.contacts(None, [])))) == {one["Id"] for one in leads(1, 2, 3)}


def test_a_download_cut_off_on_the_way_is_fetched_again(adapter: Adapter, fake: FakeOrg) -> None:
    whole = csv(leads(1, 2, 3))
    fake.will("GET", RESULTS, Reply(200, whole.body, whole.headers, cut_after=60), whole)
    assert len(ids(list(adapter.contacts(None, [])))) == 3
    assert adapter.usage.retried == 1


def test_few_records_are_read_by_rest(
    server: Canned, time: Time, reads: Queries, fake: FakeOrg, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.will("GET", "limits/recordCount", Reply(200, {"sObjects": [{"name": "Lead", "count": passes.REST_LIMIT}]}))
    reads.will("FROM Contact", page([contact(1)]))
    assert ids(list(opened(server, time).contacts(None, []))) == [contact(1)["Id"]]
    assert server.asked(ROOT + "jobs/query") == []
