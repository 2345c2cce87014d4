"""Search: its filters, its ceilings, and an index that lags behind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.sandbox.hubspot.kinds import KINDS
from adapters.sandbox.seed import SeedObject
from tests.sandbox.account import NOON, Account, empty_account

CONTACTS = "/crm/v3/objects/contacts"


def where(name: str, operator: str, value: Any = None, **more: Any) -> dict[str, Any]:
    return {"propertyName": name, "operator": operator, **({} if value is None else {"value": value}), **more}


@pytest.fixture
def people(account: Account) -> dict[str, str]:
    """Three contacts, a minute apart, by name."""
    ids = {}
    for name, city, views in (("ann", "Toledo", "3"), ("bob", "Akron", "10"), ("cas", "", "")):
        given = {"city": city, "annualrevenue": views, "lifecyclestage": "lead" if name != "bob" else "customer"}
        ids[name] = account.add(email=f"{name}@example.com", **{key: value for key, value in given.items() if value})
        account.clock.forward(60)
    return ids


@pytest.mark.parametrize(
    ("filter", "names"),
    [
        (where("city", "EQ", "toledo"), "ann"),
        (where("city", "NEQ", "Toledo"), "bob cas"),
        (where("city", "HAS_PROPERTY"), "ann bob"),
        (where("city", "NOT_HAS_PROPERTY"), "cas"),
        (where("city", "IN", values=["toledo", "akron"]), "ann bob"),
        (where("city", "IN", values=["Toledo", "Akron"]), ""),
        (where("city", "NOT_IN", values=["toledo"]), "bob cas"),
        (where("lifecyclestage", "EQ", "lead"), "ann cas"),
        (where("lifecyclestage", "EQ", "LEAD"), ""),
        (where("lifecyclestage", "IN", values=["customer"]), "bob"),
        (where("email", "CONTAINS_TOKEN", "bob"), "bob"),
        (where("email", "CONTAINS_TOKEN", "bo"), ""),
        (where("email", "CONTAINS_TOKEN", "*b@example.com"), "bob"),
        (where("email", "NOT_CONTAINS_TOKEN", "example"), ""),
        (where("createdate", "GTE", str(int(NOON * 1000) + 60_000)), "bob cas"),
        (where("createdate", "GT", "2026-11-22T12:01:00Z"), "cas"),
        (where("lastmodifieddate", "BETWEEN", str(int(NOON * 1000)), highValue=str(int(NOON * 1000) + 1)), "ann"),
    ],
)
def test_filters_find_whom_they_should(
    account: Account, people: dict[str, str], filter: dict[str, Any], names: str
) -> None:
    assert account.found(filter) == [people[name] for name in names.split()]


def test_numbers_compare_as_numbers_and_times_by_the_millisecond(account: Account) -> None:
    deals = {amount: account.add("deals", dealname="Policy", amount=amount) for amount in ("9", "10", "100.5")}
    assert account.found(where("amount", "GT", "9.5"), kind="deals") == [deals["10"], deals["100.5"]]
    account.add("deals", dealname="Early", closedate="2026-11-20T10:00:00Z")
    late = account.add("deals", dealname="Late", closedate="2026-11-20T10:00:00.500Z")
    assert account.found(where("closedate", "GT", "2026-11-20T10:00:00.000Z"), kind="deals") == [late]


def test_groups_are_alternatives_and_filters_in_a_group_all_hold(account: Account, people: dict[str, str]) -> None:
    groups = [
        {"filters": [where("city", "EQ", "Toledo"), where("lifecyclestage", "EQ", "lead")]},
        {"filters": [where("city", "EQ", "Akron"), where("lifecyclestage", "EQ", "lead")]},
        {"filters": [where("city", "NOT_HAS_PROPERTY")]},
    ]
    found = [row["id"] for row in account.search(filterGroups=groups)["results"]]
    assert found == [people["ann"], people["cas"]]


def test_activities_of_a_contact_are_found_by_the_pseudo_property(account: Account, people: dict[str, str]) -> None:
    spec = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 202}]
    note = account.add("notes", ties=[{"to": {"id": people["bob"]}, "types": spec}])
    account.add("notes")
    assert account.found(where("associations.contact", "EQ", people["bob"]), kind="notes") == [note]


def test_words_are_looked_for_in_names_and_addresses(account: Account, people: dict[str, str]) -> None:
    assert [row["id"] for row in account.search(query="bob example")["results"]] == [people["bob"]]


def test_sorts_come_as_text_or_as_objects(account: Account, people: dict[str, str]) -> None:
    newest_first = [people["cas"], people["bob"], people["ann"]]
    for sort in ("-createdate", {"propertyName": "createdate", "direction": "DESCENDING"}):
        assert [row["id"] for row in account.search(sorts=[sort])["results"]] == newest_first
    assert [row["id"] for row in account.search(sorts=["createdate"])["results"]] == newest_first[::-1]
    assert [row["id"] for row in account.search()["results"]] == newest_first[::-1]


def test_paging_goes_by_offset_and_the_last_page_has_none(account: Account, people: dict[str, str]) -> None:
    first = account.search(limit=2)
    assert (first["total"], first["paging"]) == (3, {"next": {"after": "2"}})
    last = account.search(limit=2, after="2")
    assert ([row["id"] for row in last["results"]], "paging" in last) == ([people["cas"]], False)


@pytest.mark.parametrize(
    "body",
    [
        {"limit": 201},
        {"limit": 100, "after": "9901"},
        {"filterGroups": [{"filters": [where("city", "HAS_PROPERTY")]}] * 6},
        {"filterGroups": [{"filters": [where("city", "HAS_PROPERTY")] * 7}]},
        {"filterGroups": [{"filters": [where("city", "HAS_PROPERTY")] * 5}] * 4},
        {"sorts": ["city", "email"]},
        {"filterGroups": [{"filters": [where("no_such_thing", "EQ", "1")]}]},
        {"filterGroups": [{"filters": [where("city", "SOUNDS_LIKE", "1")]}]},
        {"filterGroups": [{"filters": [where("lastmodifieddate", "GTE", "lately")]}]},
        {"properties": ["p" * 30] * 100},
    ],
    ids=["page", "ceiling", "groups", "in-group", "in-all", "sorts", "property", "operator", "date", "length"],
)
def test_what_is_beyond_the_limits_is_a_400(account: Account, body: dict[str, Any]) -> None:
    answer = account.call("POST", f"{CONTACTS}/search", body)
    assert (answer.status_code, answer.json["category"]) == (400, "VALIDATION_ERROR")


def test_the_last_allowed_page_ends_at_ten_thousand(account: Account) -> None:
    assert account.search(limit=100, after="9900")["results"] == []


def test_archived_records_never_appear(account: Account, people: dict[str, str]) -> None:
    account.call("DELETE", f"{CONTACTS}/{people['bob']}")
    assert account.search()["total"] == 2


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[Account]:
    with empty_account(tmp_path, search_lag=2.0) as account:
        yield account


def test_a_new_record_is_found_only_when_the_index_has_caught_up(slow: Account) -> None:
    lead = slow.add(email="a@example.com")
    assert slow.found(where("email", "EQ", "a@example.com")) == []
    slow.clock.forward(1.9)
    assert slow.search()["total"] == 0
    slow.clock.forward(0.1)
    assert slow.found(where("email", "EQ", "a@example.com")) == [lead]


def test_a_changed_record_is_found_under_its_old_values_until_then(slow: Account) -> None:
    lead = slow.add(email="a@example.com", city="Toledo")
    slow.clock.forward(10)
    for city in ("Akron", "Dayton"):
        slow.call("PATCH", f"{CONTACTS}/{lead}", {"properties": {"city": city}})
        slow.clock.forward(1)
    seen = []
    for _ in range(3):
        body = slow.search(filterGroups=[{"filters": [where("city", "HAS_PROPERTY")]}], properties=["city"])
        seen.append((body["total"], body["results"][0]["properties"]["city"]))
        slow.clock.forward(1)
    assert seen == [(1, "Akron"), (1, "Dayton"), (1, "Dayton")]


def test_a_change_is_hidden_from_a_search_by_modified_date_until_the_index_has_it(slow: Account) -> None:
    lead = slow.add(email="a@example.com")
    slow.clock.forward(10)
    since = str(int(slow.clock() * 1000))
    slow.call("PATCH", f"{CONTACTS}/{lead}", {"properties": {"city": "Akron"}})
    assert slow.found(where("lastmodifieddate", "GTE", since)) == []
    slow.clock.forward(2)
    assert slow.found(where("lastmodifieddate", "GTE", since)) == [lead]


def test_more_than_ten_thousand_hits_are_counted_but_cannot_be_paged(account: Account) -> None:
    made = int(NOON * 1000)
    account.store.load(SeedObject("contacts", str(number), {}, made, made) for number in range(1, 10_302))
    assert account.store.objects.count(KINDS["contacts"]) == 10_301
    page = account.search(limit=200, after="9800")
    assert (page["total"], page["paging"]["next"]["after"]) == (10_301, "10000")
    assert account.call("POST", f"{CONTACTS}/search", {"limit": 200, "after": "10000"}).status_code == 400


def test_windows_by_record_id_reach_everybody_behind_one_timestamp(account: Account) -> None:
    made = int(NOON * 1000)
    account.store.load(SeedObject("contacts", str(number), {}, made, made) for number in range(1, 10_302))
    last, seen = "0", 0
    while True:
        filters = [where("lastmodifieddate", "GTE", str(made)), where("hs_object_id", "GT", last)]
        body = {"filterGroups": [{"filters": filters}], "sorts": ["hs_object_id"], "limit": 200}
        rows = account.search(**body)["results"]
        if not rows:
            break
        seen, last = seen + len(rows), rows[-1]["id"]
    assert seen == 10_301
