"""Passes: everything at least once, resumable after every page, never past HubSpot's ceilings."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from adapters.contract import Adapter, Retry
from tests.adapters.canned import Canned, Reply, Seen, Time

LIST = "/crm/v3/objects/contacts"
SEARCH = "/crm/v3/objects/contacts/search"
READ = "/crm/v3/objects/contacts/batch/read"
TEN_MINUTES = timedelta(minutes=10)


def row(number: int, **properties: str | None) -> dict[str, Any]:
    return {
        "id": str(number),
        "properties": {"hs_object_id": str(number), **properties},
        "createdAt": "2026-01-02T03:04:05.678Z",
        "updatedAt": "2026-11-20T10:00:00Z",
        "archived": False,
    }


def page(rows: list[dict[str, Any]], after: str | None = None, total: int | None = None) -> Reply:
    body: dict[str, Any] = {"results": rows}
    if after is not None:
        body["paging"] = {"next": {"after": after}}
    if total is not None:
        body["total"] = total
    return Reply(200, body)


def following(time: Time, since: timedelta) -> str:
    """A cursor as a finished pass leaves it."""
    started = int((time.now() - since).timestamp() * 1000)
    return json.dumps({"phase": "next", "started": started, "since": started - 600_000, "after": ""})


def test_a_full_pass_lists_live_contacts_then_archived_ones(hubspot: Adapter, server: Canned) -> None:
    server.will_answer(page([row(1)], after="2"), page([row(2)]), page([row(9)]))
    server.replies.insert(1, page([], total=2))
    pages = list(hubspot.contacts(None, ["age"]))
    assert [(r.id, r.archived) for p in pages for r in p.items] == [("1", False), ("2", False), ("9", True)]
    assert [p.complete for p in pages] == [False, False, True]
    lists = server.asked(LIST)
    assert [seen.query["archived"] for seen in lists] == ["false", "false", "true"]
    assert lists[1].query["after"] == "2"
    assert lists[0].query["properties"] == "age,hs_merged_object_ids"
    assert lists[0].query["limit"] == "100"


def test_the_total_is_asked_once_and_only_where_there_is_more_than_a_page(hubspot: Adapter, server: Canned) -> None:
    server.will_answer(page([row(1)], after="2"), page([], total=250), page([row(2)]), page([]))
    assert [p.total for p in hubspot.contacts(None, [])] == [250, 250, 250]
    server.seen.clear()
    server.will_answer(page([row(1)]), page([]))
    assert next(iter(hubspot.contacts(None, []))).total == 1
    assert server.asked(SEARCH) == []


def test_a_total_that_cannot_be_had_stops_nothing(hubspot: Adapter, server: Canned, time: Time) -> None:
    server.will_answer(page([row(1)], after="2"), Reply(503), page([row(2)]), page([]))
    assert [p.total for p in hubspot.contacts(None, [])] == [None, None, None]
    assert time.slept == []


def test_the_next_pass_starts_ten_minutes_before_this_one_began(hubspot: Adapter, server: Canned, time: Time) -> None:
    began = time.now()
    server.route = lambda seen: page([row(5)] if seen.query.get("archived") == "false" else [])
    stream = hubspot.contacts(None, [])
    next(stream)
    time.at += timedelta(hours=2)
    finished = list(stream)[-1].cursor
    server.seen.clear()
    list(hubspot.contacts(finished, []))
    conditions = server.seen[0].body["filterGroups"][0]["filters"]
    assert conditions[0] == {
        "propertyName": "lastmodifieddate",
        "operator": "GTE",
        "value": str(int((began - TEN_MINUTES).timestamp() * 1000)),
    }
    assert conditions[1]["value"] == str(int(time.now().timestamp() * 1000))


def test_a_later_pass_pages_by_id_and_never_by_offset(hubspot: Adapter, server: Canned, time: Time) -> None:
    server.will_answer(page([row(1), row(7)], after="200", total=3), page([row(12)], total=1))
    pages = list(hubspot.contacts(following(time, timedelta(hours=1)), ["age"]))
    assert [r.id for p in pages for r in p.items] == ["1", "7", "12"]
    assert [p.total for p in pages] == [3, 3]
    bodies = [seen.body for seen in server.asked(SEARCH)]
    assert [body["filterGroups"][0]["filters"][2]["value"] for body in bodies] == ["0", "7"]
    assert [body["after"] for body in bodies] == ["0", "0"]
    assert bodies[0]["sorts"] == [{"propertyName": "hs_object_id", "direction": "ASCENDING"}]
    assert bodies[0]["limit"] == 200


def test_many_properties_are_read_by_id_because_a_search_body_is_short(
    hubspot: Adapter, server: Canned, time: Time
) -> None:
    names = [f"a_rather_long_property_name_{number:03}" for number in range(120)]
    server.will_answer(page([row(n) for n in range(1, 151)]), page([row(n) for n in range(1, 101)]), page([row(101)]))
    records = [r.id for p in hubspot.contacts(following(time, timedelta(hours=1)), names) for r in p.items]
    assert len(records) == 101
    assert len(json.dumps(server.asked(SEARCH)[0].body)) < 3000
    assert [len(seen.body["inputs"]) for seen in server.asked(READ)] == [100, 50]


def test_very_many_properties_are_read_by_id_because_an_address_is_short(hubspot: Adapter, server: Canned) -> None:
    names = [f"a_rather_long_property_name_{number:03}" for number in range(250)]
    server.will_answer(page([row(1)]), page([row(1, age="41")]), page([]))
    first = next(iter(hubspot.contacts(None, names)))
    assert first.items[0].properties["age"] == "41"
    assert server.asked(LIST)[0].query["properties"] == "hs_object_id"


def test_an_interrupted_full_pass_goes_on_behind_its_last_page(hubspot: Adapter, server: Canned, time: Time) -> None:
    began = time.now()
    server.will_answer(page([row(1)], after="2"), page([], total=3), page([row(2)], after="3"), *[Reply(503)] * 5)
    stream = hubspot.contacts(None, [])
    cursor = [next(stream), next(stream)][-1].cursor
    with pytest.raises(Retry):
        next(stream)
    server.seen.clear()
    time.at += timedelta(days=1)
    server.will_answer(page([row(3)]), page([]))
    rest = list(hubspot.contacts(cursor, []))
    assert [r.id for p in rest for r in p.items] == ["3"]
    assert server.seen[0].query["after"] == "3"
    assert server.asked(SEARCH) == []
    since = json.loads(rest[-1].cursor)["since"]
    assert since == int((began - TEN_MINUTES).timestamp() * 1000)


def test_an_interrupted_later_pass_keeps_its_window(hubspot: Adapter, server: Canned, time: Time) -> None:
    server.will_answer(page([row(1)], after="200"), page([row(4)]))
    stream = hubspot.contacts(following(time, timedelta(hours=1)), [])
    first = next(stream)
    window = server.seen[0].body["filterGroups"][0]["filters"][:2]
    time.at += timedelta(hours=5)
    list(hubspot.contacts(first.cursor, []))
    resumed = server.seen[1].body["filterGroups"][0]["filters"]
    assert resumed[:2] == window
    assert resumed[2]["value"] == "1"


@pytest.mark.parametrize("cursor", ["rubbish", "{}", "[1]", '{"phase":"odd","started":1}'])
def test_a_cursor_nobody_can_read_means_a_full_pass(hubspot: Adapter, server: Canned, cursor: str) -> None:
    server.route = lambda seen: page([])
    list(hubspot.contacts(cursor, []))
    assert server.seen[0].query["archived"] == "false"


def test_one_bad_row_never_stops_a_page(hubspot: Adapter, server: Canned) -> None:
    bad: list[Any] = [{"id": "1"}, "text", {"properties": {}}, {"id": "4", "properties": None}]
    server.will_answer(page([*bad, row(5)]), page([]))
    first = next(iter(hubspot.contacts(None, [])))
    assert [r.id for r in first.items] == ["5"]
    assert [problem.record_id for problem in first.problems] == ["1", "?", "?", "4"]
    assert "left out" in first.problems[0].text


def test_merged_contacts_name_the_ones_they_replace(hubspot: Adapter, server: Canned) -> None:
    server.will_answer(page([row(3, hs_merged_object_ids="1;2;3")]), page([]))
    assert next(iter(hubspot.contacts(None, []))).items[0].replaces == ("1", "2")


def test_contacts_asked_by_id_come_once_and_under_their_present_id(hubspot: Adapter, server: Canned) -> None:
    winner = row(3, hs_merged_object_ids="1;2")
    errors = [{"status": "error", "category": "OBJECT_NOT_FOUND", "context": {"ids": ["8"]}}]
    server.will_answer(Reply(207, {"results": [winner, winner], "numErrors": 1, "errors": errors}))
    found = hubspot.contacts_by_id(["1", "2", "8", "2"], ["age"])
    assert [(r.id, r.replaces) for r in found.items] == [("3", ("1", "2"))]
    assert server.seen[0].body["inputs"] == [{"id": "1"}, {"id": "2"}, {"id": "8"}]
    assert found.complete


def test_contacts_that_are_all_gone_are_no_error(hubspot: Adapter, server: Canned) -> None:
    server.will_answer(Reply(404, {"status": "error", "category": "OBJECT_NOT_FOUND", "message": "gone"}))
    assert hubspot.contacts_by_id(["1"], []).items == []


def test_history_comes_newest_first_in_batches_of_fifty(hubspot: Adapter, server: Canned) -> None:
    def route(seen: Seen) -> Reply:
        versions = [
            {"value": "lead", "timestamp": "2026-01-01T00:00:00Z"},
            {"value": "customer", "timestamp": "2026-06-01T00:00:00Z"},
            {"value": "odd", "timestamp": None},
        ]
        rows = [row(int(one["id"])) | {"propertiesWithHistory": {"stage": versions}} for one in seen.body["inputs"]]
        return page(rows)

    server.route = route
    past = hubspot.history([str(number) for number in range(60)], ["stage"])
    assert [version.value for version in past["7"]["stage"]] == ["customer", "lead"]
    assert [len(seen.body["inputs"]) for seen in server.seen] == [50, 10]
    assert server.seen[0].body["propertiesWithHistory"] == ["stage"]


def test_owners_come_page_by_page_with_the_former_ones(hubspot: Adapter, server: Canned) -> None:
    ann = {"id": "1", "email": "ann@agency.example", "firstName": "Ann", "lastName": "Poe", "archived": False}
    bob = {"id": "2", "email": "bob@agency.example", "firstName": "", "lastName": None, "archived": False}
    cy = {"id": 3, "email": None, "archived": True}
    server.will_answer(page([ann], after="x"), page([bob]), page([cy]))
    assert [(o.id, o.name, o.active) for o in hubspot.owners()] == [
        ("1", "Ann Poe", True),
        ("2", "bob@agency.example", True),
        ("3", "", False),
    ]
