"""Faults by switch: each shows what it promises, where and as often as it was told."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.account import Account

CONTACTS = "/crm/v3/objects/contacts"


def switch(account: Account, kind: str, **more: Any) -> None:
    answer = account.client.post("/_sandbox/faults", json={"kind": kind, **more})
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize(
    ("kind", "more", "status", "said"),
    [
        ("rate_limited", {}, 429, '"policyName":"TEN_SECONDLY_ROLLING"'),
        ("rate_limited", {"policy": "SECONDLY"}, 429, '"policyName":"SECONDLY"'),
        ("quota_spent", {}, 429, '"policyName":"DAILY"'),
        ("unavailable", {}, 502, "<h1>502 Bad Gateway</h1>"),
        ("unavailable", {"status": 503}, 503, "<h1>503"),
        ("html", {}, 200, "<!DOCTYPE html>"),
        ("locked", {}, 423, '"status":"error"'),
        ("migrating", {}, 477, '"status":"error"'),
        ("token_revoked", {}, 401, "INVALID_AUTHENTICATION"),
        ("token_expired", {}, 401, "EXPIRED_AUTHENTICATION"),
        ("scope_removed", {"scopes": ["crm.objects.contacts.read"]}, 403, "MISSING_SCOPES"),
    ],
)
def test_a_fault_answers_as_the_vendor_would(
    account: Account, kind: str, more: dict[str, Any], status: int, said: str
) -> None:
    switch(account, kind, **more)
    answer = account.call("GET", CONTACTS)
    assert answer.status_code == status
    assert said in answer.text
    account.client.delete("/_sandbox/faults")
    assert account.call("GET", CONTACTS).status_code == 200


def test_waiting_times_are_sent_where_they_were_given(account: Account) -> None:
    switch(account, "rate_limited", retry_after=7, count=1)
    assert account.call("GET", CONTACTS).headers["Retry-After"] == "7"
    switch(account, "rate_limited", count=1)
    assert "Retry-After" not in account.call("GET", CONTACTS).headers


def test_a_fault_can_be_limited_by_count_path_and_method(account: Account) -> None:
    switch(account, "locked", count=2, path="/batch/update$", method="POST")
    (lead,) = account.contacts(1)
    row = {"id": lead, "properties": {"city": "Lima"}}
    assert [account.update(row).status_code for _ in range(3)] == [423, 423, 200]


def test_one_fault_hits_both_families_of_paths(account: Account) -> None:
    switch(account, "locked", path="^/crm/v3/objects/contacts$")
    assert account.call("GET", "/crm/objects/2026-09/contacts").status_code == 423


def test_a_lost_answer_was_carried_out_all_the_same(account: Account) -> None:
    (lead,) = account.contacts(1)
    switch(account, "lost_answer", count=1)
    assert account.update({"id": lead, "properties": {"city": "Lima"}}).status_code == 502
    assert account.get(f"{CONTACTS}/{lead}?properties=city")["properties"]["city"] == "Lima"


def test_a_garbled_answer_is_no_json(account: Account) -> None:
    account.contacts(1)
    switch(account, "garbled", count=1)
    answer = account.call("GET", CONTACTS)
    assert (answer.status_code, answer.get_json(silent=True)) == (200, None)


def test_a_row_that_fails_fails_alone_when_it_can_be_named(account: Account) -> None:
    first, second = account.contacts(2)
    switch(account, "rows_rejected", ids=[second], message="Policy number is required")
    rows = [{"id": lead, "objectWriteTraceId": lead, "properties": {"city": "Lima"}} for lead in (first, second)]
    answer = account.update(*rows)
    assert answer.status_code == 207
    assert answer.json
    assert [row["id"] for row in answer.json["results"]] == [first]
    assert "Policy number is required" in answer.json["errors"][0]["message"]


def test_a_row_can_spoil_its_batch_without_being_named(account: Account) -> None:
    first, second = account.contacts(2)
    switch(account, "rows_rejected", ids=[second], whole_batch=True)
    rows = [{"id": lead, "objectWriteTraceId": lead, "properties": {"city": "Lima"}} for lead in (first, second)]
    answer = account.update(*rows)
    assert answer.status_code == 400
    assert second not in answer.text
    assert account.update(rows[0]).status_code == 200


def test_an_admin_may_delete_a_property_under_our_feet(account: Account) -> None:
    body = {"name": "lt", "label": "Lt", "type": "string", "fieldType": "text", "groupName": "contactinformation"}
    account.post("/crm/v3/properties/contacts", body, 201)
    lead = account.add(email="a@example.com", lt="x")
    switch(account, "property_deleted", type="contacts", name="lt")
    answer = account.update({"id": lead, "properties": {"lt": "y"}})
    assert answer.json
    assert answer.json["errors"][0]["code"] == "PROPERTY_DOESNT_EXIST"


def test_a_spent_quota_shows_in_the_days_usage(account: Account) -> None:
    switch(account, "quota_spent", path="nowhere")
    account.hub.faults.clear()
    usage = account.get("/account-info/v3/api-usage/daily/private-apps")["results"][0]
    assert usage["currentUsage"] < usage["usageLimit"]


def test_an_unknown_fault_is_refused_with_the_list_of_faults(account: Account) -> None:
    answer = account.client.post("/_sandbox/faults", json={"kind": "meteor"})
    assert answer.status_code == 400
    assert "rate_limited" in answer.text


def test_settings_change_while_it_runs(account: Account) -> None:
    answer = account.client.patch("/_sandbox/settings", json={"burst_limit": 1})
    assert answer.status_code == 200
    assert [account.call("GET", CONTACTS).status_code for _ in range(2)] == [200, 429]
    assert account.client.patch("/_sandbox/settings", json={"token": "x"}).status_code == 400


def test_the_state_counts_records_calls_and_refusals(account: Account) -> None:
    account.contacts(2)
    account.call("GET", f"{CONTACTS}/999")
    switch(account, "rate_limited", count=1)
    account.call("GET", CONTACTS)
    state = account.client.get("/_sandbox/state").json
    assert state
    assert (state["objects"]["contacts"], state["throttled"], state["total_calls"]) == (2, 1, 4)
    assert state["calls"]["POST /crm/v3/objects/<type>"] == 2
    assert state["statuses"] == {"201": 2, "404": 1, "429": 1}


def test_calls_above_the_limits_are_told_apart_from_those_a_fault_refused(account: Account) -> None:
    switch(account, "rate_limited", count=1)
    assert account.call("GET", CONTACTS).status_code == 429
    assert account.client.get("/_sandbox/state").json["over_limit"] == 0
    account.client.patch("/_sandbox/settings", json={"burst_limit": 0})
    assert account.call("GET", CONTACTS).status_code == 429
    assert account.client.get("/_sandbox/state").json["over_limit"] == 1


def test_batches_of_writes_are_listed_with_their_times(account: Account) -> None:
    account.call("POST", "/crm/v3/objects/contacts/batch/update", {"inputs": [{"id": "1", "properties": {}}]})
    ((began, ended, _port),) = account.client.get("/_sandbox/writes").json
    assert began <= ended


def test_a_form_submitted_stands_on_the_contact(account: Account) -> None:
    one = account.call("POST", "/crm/v3/objects/contacts", {"properties": {"email": "a@leads.example"}}).json["id"]
    for form in ("Home: Get a quote", "Home: Call me"):
        assert account.client.post("/_sandbox/submit", json={"id": one, "form": form}).status_code == 204
    names = "num_conversion_events,first_conversion_event_name,recent_conversion_event_name"
    found = account.call("GET", f"/crm/v3/objects/contacts/{one}?properties={names}").json["properties"]
    assert [found[name] for name in names.split(",")] == ["2", "Home: Get a quote", "Home: Call me"]
    assert account.client.post("/_sandbox/submit", json={"id": "1", "form": "x"}).status_code == 404
