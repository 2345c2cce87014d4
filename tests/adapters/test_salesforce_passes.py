"""Passes: everything at least once, resumable after every page, whatever Salesforce does in between."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from adapters.contract import Adapter, Retry
from adapters.salesforce.passes import REST_LIMIT
from tests.adapters.canned import Canned, Reply, Time
from tests.adapters.salesforce_fake import ROOT, FakeOrg, error, fake
from tests.adapters.salesforce_pages import Queries, csv, job, lead, opened, page, reads, salesforce, soqls

__all__ = ["fake", "reads", "salesforce"]

LEADS = "IsConverted = false"
ALL_LEADS = "FROM Lead ORDER BY"
"""Of a full pass that reads everybody."""
TEN_MINUTES = timedelta(minutes=10)


def ids(pages: list[Any]) -> list[str]:
    return [record.id for one in pages for record in one.items]


def literal(time: Time, before: timedelta = timedelta()) -> str:
    return (time.now() - before).strftime("%Y-%m-%dT%H:%M:%S+00:00")


def only_leads(server: Canned, time: Time) -> Adapter:
    return opened(server, time, records="Lead")


def test_a_full_pass_asks_for_everything_deleted_rows_included(
    server: Canned, time: Time, reads: Queries, salesforce: Adapter
) -> None:
    reads.will(ALL_LEADS, page([lead(1), lead(2, IsDeleted=True)]))
    pages = list(salesforce.contacts(None, []))
    assert [(record.id[-6:-3], record.archived) for one in pages for record in one.items] == [
        ("001", False),
        ("002", True),
    ]
    assert [one.complete for one in pages] == [False] * (len(pages) - 1) + [True]
    assert {seen.path for seen in server.seen if "q" in seen.query} == {ROOT + "queryAll"}
    assert not [soql for soql in soqls(server) if "SystemModstamp >=" in soql]


def test_a_full_pass_over_everybody_is_one_query_for_all_leads_and_one_for_all_contacts(
    server: Canned, reads: Queries, salesforce: Adapter
) -> None:
    list(salesforce.contacts(None, []))
    assert [soql.partition("FROM ")[2] for soql in soqls(server)] == ["Lead ORDER BY Id", "Contact ORDER BY Id"]


def test_an_increment_asks_for_the_converted_leads_by_themselves(
    server: Canned, reads: Queries, salesforce: Adapter
) -> None:
    cursor = list(salesforce.contacts(None, []))[-1].cursor
    server.seen.clear()
    list(salesforce.contacts(cursor, []))
    begun = [soql.partition("FROM ")[2].partition(" AND ")[0] for soql in soqls(server)]
    assert begun[:2] == ["Lead WHERE IsConverted = false", "Lead WHERE IsConverted = true"]
    assert begun[2].startswith("Contact WHERE SystemModstamp >= ")
    assert len(begun) == 3


def test_pages_follow_salesforces_own_locator(
    server: Canned, reads: Queries, fake: FakeOrg, salesforce: Adapter
) -> None:
    fake.will("GET", "query/01g-2000", page([lead(3)], total=3))
    reads.will(ALL_LEADS, page([lead(1), lead(2)], more="01g-2000", total=3))
    pages = list(salesforce.contacts(None, []))
    assert len(ids(pages)) == 3
    assert len([soql for soql in soqls(server) if "FROM Lead" in soql]) == 1


def test_the_next_pass_looks_at_a_window_from_ten_minutes_before_this_one(
    server: Canned, time: Time, reads: Queries, salesforce: Adapter
) -> None:
    began = time.now()
    stream = salesforce.contacts(None, [])
    time.at += timedelta(hours=2)
    cursor = list(stream)[-1].cursor
    server.seen.clear()
    list(salesforce.contacts(cursor, []))
    window = f"SystemModstamp >= {literal(time, time.now() - began - timedelta(hours=2) + TEN_MINUTES)}"
    assert window in soqls(server)[0]
    assert f"SystemModstamp < {literal(time)}" in soqls(server)[0]


def test_a_pass_is_dated_by_salesforces_clock(server: Canned, time: Time, reads: Queries, fake: FakeOrg) -> None:
    fake.will("GET", "limits", Reply(200, {}, {"Date": "Sun, 22 Nov 2026 09:00:00 GMT"}))
    adapter = opened(server, time, records="Lead")
    adapter.quota()
    cursor = list(adapter.contacts(None, []))[-1].cursor
    assert json.loads(cursor)["started"] == int((time.now() - timedelta(hours=3)).timestamp())


def test_rows_of_one_instant_are_paged_by_id(server: Canned, time: Time, reads: Queries) -> None:
    adapter = only_leads(server, time)
    cursor = list(adapter.contacts(None, []))[-1].cursor
    list(adapter.contacts(cursor, []))
    assert soqls(server)[-2].endswith("ORDER BY Id")


def test_an_interrupted_pass_goes_on_behind_its_last_row_with_the_same_window(
    server: Canned, time: Time, reads: Queries
) -> None:
    adapter = only_leads(server, time)
    cursor = list(adapter.contacts(None, []))[-1].cursor
    time.at += timedelta(hours=1)
    reads.will(LEADS, page([lead(1), lead(2)], more="gone-2000", total=9))
    first = next(iter(adapter.contacts(cursor, [])))
    asked = [soql for soql in soqls(server) if LEADS in soql][-1]
    window = asked.split("WHERE")[1].split("ORDER")[0].strip()
    time.at += timedelta(days=1)
    server.seen.clear()
    list(only_leads(server, time).contacts(first.cursor, []))
    resumed = next(soql for soql in soqls(server) if LEADS in soql)
    assert f"{window} AND Id > '{first.items[-1].id}'" in resumed


def test_no_cursor_lies_beyond_the_start_of_the_first_attempt(server: Canned, time: Time, reads: Queries) -> None:
    began = time.now()
    reads.will(LEADS, page([lead(1)], more="gone-2000", total=9))
    first = next(iter(only_leads(server, time).contacts(None, [])))
    time.at += timedelta(days=1)
    last = list(only_leads(server, time).contacts(first.cursor, []))[-1]
    assert json.loads(last.cursor)["since"] == int((began - TEN_MINUTES).timestamp())


def test_an_expired_locator_is_no_end(server: Canned, time: Time, reads: Queries, fake: FakeOrg) -> None:
    fake.will("GET", "query/old-2000", Reply(400, error("INVALID_QUERY_LOCATOR", "invalid query locator")))
    reads.will(LEADS, page([lead(1)], more="old-2000", total=2), page([lead(2)]))
    assert len(ids(list(only_leads(server, time).contacts(None, [])))) == 2
    assert f"Id > '{lead(1)['Id']}'" in [soql for soql in soqls(server) if LEADS in soql][1]


def test_a_query_that_takes_too_long_is_cut_into_halves(server: Canned, time: Time, reads: Queries) -> None:
    slow = Reply(400, error("QUERY_TIMEOUT", "Your query request was running for too long."))
    full = [lead(number) for number in range(1000)]
    reads.will(LEADS, slow, slow, page(full), page([lead(1000)]))
    assert len(ids(list(only_leads(server, time).contacts(None, [])))) == 1001
    limits = [soql.rpartition(" LIMIT ")[2] for soql in soqls(server) if LEADS in soql]
    assert limits[1:] == ["2000", "1000", "1000"]


def test_a_query_that_is_always_too_long_is_tried_again_later(server: Canned, time: Time, reads: Queries) -> None:
    reads.will(LEADS, *[Reply(400, error("QUERY_TIMEOUT", "too long"))] * 9)
    with pytest.raises(Retry, match="Lead"):
        list(only_leads(server, time).contacts(None, []))


def test_a_field_hidden_meanwhile_is_left_out_and_the_pass_goes_on(
    server: Canned, time: Time, reads: Queries, fake: FakeOrg
) -> None:
    adapter = only_leads(server, time)
    adapter.fields()
    fake.objects["Lead"] = [one for one in fake.objects["Lead"] if one["name"] != "City"]
    reads.will("City", Reply(400, error("INVALID_FIELD", "No such column 'City' on entity 'Lead'.")))
    reads.will(LEADS, page([lead(1)]))
    pages = list(adapter.contacts(None, ["City", "Email"]))
    assert list(pages[0].items[0].properties) == ["Email"]


def test_one_bad_row_never_stops_a_page(server: Canned, time: Time, reads: Queries) -> None:
    reads.will(LEADS, page(["text", {"Id": None}, lead(5)]))
    first = next(iter(only_leads(server, time).contacts(None, [])))
    assert len(first.items) == 1
    assert [problem.record_id for problem in first.problems] == ["?", "?"]


@pytest.mark.parametrize("cursor", ["rubbish", "{}", "[1]", '{"phase":"odd"}'])
def test_a_cursor_nobody_can_read_means_a_full_pass(server: Canned, time: Time, reads: Queries, cursor: str) -> None:
    list(only_leads(server, time).contacts(cursor, []))
    assert "SystemModstamp >=" not in soqls(server)[0]


def test_a_phase_that_is_read_no_longer_starts_the_pass_again(server: Canned, time: Time, reads: Queries) -> None:
    reads.will(ALL_LEADS, page([lead(1)], more="x-2000", total=9))
    first = next(iter(opened(server, time).contacts(None, [])))
    assert json.loads(first.cursor)["phase"] == "Lead"
    pages = list(opened(server, time, records="Contact").contacts(first.cursor, []))
    assert pages[-1].complete


def test_an_increment_that_is_large_goes_on_by_bulk(server: Canned, time: Time, reads: Queries, fake: FakeOrg) -> None:
    adapter = only_leads(server, time)
    cursor = list(adapter.contacts(None, []))[-1].cursor
    reads.will(LEADS, page([lead(1)], more="x-2000", total=REST_LIMIT + 1))
    fake.will("POST", "jobs/query", job("UploadComplete"))
    fake.will("GET", "jobs/query/750x", job())
    fake.will("GET", "jobs/query/750x/results", csv([lead(2)]))
    assert ids(list(adapter.contacts(cursor, []))) == [lead(1)["Id"], lead(2)["Id"]]
    (made,) = server.asked(ROOT + "jobs/query")
    assert made.body["operation"] == "queryAll"
    assert f"Id > '{lead(1)['Id']}'" in made.body["query"]


def test_the_total_counts_what_is_still_to_come(server: Canned, time: Time, reads: Queries, fake: FakeOrg) -> None:
    counts = [{"name": "Lead", "count": 2}, {"name": "Contact", "count": 7}]
    fake.will("GET", "limits/recordCount", Reply(200, {"sObjects": counts}))
    reads.will(ALL_LEADS, page([lead(1), lead(2)]))
    assert next(iter(opened(server, time).contacts(None, []))).total == 9


def test_record_counts_are_asked_once_and_not_by_increments(
    server: Canned, time: Time, reads: Queries, salesforce: Adapter
) -> None:
    cursor = list(salesforce.contacts(None, []))[-1].cursor
    list(salesforce.contacts(None, []))
    assert len(server.asked(ROOT + "limits/recordCount")) == 1
    other = opened(server, time)
    list(other.contacts(cursor, []))
    assert len(server.asked(ROOT + "limits/recordCount")) == 1
