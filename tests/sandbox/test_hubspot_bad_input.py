"""Whatever is sent, the answer is never a crash."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sandbox.account import Account, empty_account

SPEC = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 279}
FILTER = {"propertyName": "city", "operator": "IN", "values": ["a"], "value": "1", "highValue": "2"}
FIELD = {"name": "lt", "label": "Lt", "type": "enumeration", "fieldType": "select", "groupName": "contactinformation"}
ROW = {"id": "101", "idProperty": "email", "objectWriteTraceId": "t", "properties": {"email": "a@example.com"}}
PAIR = {"from": {"id": "101"}, "to": {"id": "101"}, "types": [SPEC]}
CALLS: list[tuple[str, str, Any]] = [
    ("POST", "/crm/v3/objects/contacts", {"properties": {"city": "a"}, "associations": [PAIR]}),
    ("PATCH", "/crm/v3/objects/contacts/101", {"properties": {"city": "a", "closedate": "1"}}),
    ("POST", "/crm/v3/objects/contacts/batch/read", {"properties": ["city"], "idProperty": "email", "inputs": [ROW]}),
    ("POST", "/crm/v3/objects/contacts/batch/read", {"propertiesWithHistory": ["city"], "inputs": [ROW]}),
    ("POST", "/crm/v3/objects/contacts/batch/update", {"inputs": [ROW]}),
    ("POST", "/crm/v3/objects/contacts/batch/create", {"inputs": [{**ROW, "associations": [PAIR]}]}),
    ("POST", "/crm/v3/objects/contacts/batch/upsert", {"inputs": [ROW]}),
    ("POST", "/crm/v3/objects/contacts/merge", {"primaryObjectId": "101", "objectIdToMerge": "102"}),
    ("POST", "/crm/v3/objects/contacts/gdpr-delete", {"objectId": "a@example.com", "idProperty": "email"}),
    (
        "POST",
        "/crm/v3/objects/contacts/search",
        {
            "filterGroups": [{"filters": [FILTER, {**FILTER, "operator": "BETWEEN", "propertyName": "createdate"}]}],
            "sorts": [{"propertyName": "city", "direction": "ASCENDING"}],
            "query": "a",
            "properties": ["city"],
            "limit": 5,
            "after": "0",
        },
    ),
    ("POST", "/crm/v4/associations/contacts/companies/batch/read", {"inputs": [{"id": "101", "after": "1"}]}),
    ("POST", "/crm/v4/associations/contacts/companies/batch/create", {"inputs": [PAIR]}),
    ("POST", "/crm/v4/associations/contacts/companies/batch/associate/default", {"inputs": [PAIR]}),
    ("POST", "/crm/v4/associations/contacts/companies/batch/archive", {"inputs": [{**PAIR, "to": [{"id": "1"}]}]}),
    ("PUT", "/crm/v4/objects/contacts/101/associations/companies/101", [SPEC]),
    ("POST", "/crm/v4/associations/contacts/companies/labels", {"name": "a", "label": "A"}),
    ("POST", "/crm/v3/properties/contacts", {**FIELD, "options": [{"label": "A", "value": "a", "displayOrder": 1}]}),
    ("PATCH", "/crm/v3/properties/contacts/own", {"label": "L", "options": [{"label": "A", "value": "a"}]}),
    ("POST", "/crm/v3/properties/contacts/batch/create", {"inputs": [FIELD]}),
    ("POST", "/crm/v3/properties/contacts/batch/read", {"archived": False, "inputs": [{"name": "city"}]}),
    ("POST", "/crm/v3/properties/contacts/groups", {"name": "g", "label": "G", "displayOrder": 1}),
    ("PUT", "/webhooks/v3/1/settings", {"targetUrl": "https://x.example", "throttling": {"maxConcurrentRequests": 6}}),
    ("POST", "/webhooks/v3/1/subscriptions", {"eventType": "contact.propertyChange", "propertyName": "city"}),
    ("POST", "/webhooks/v3/1/subscriptions/batch/update", {"inputs": [{"id": 1, "active": True}]}),
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 10**20) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    with empty_account(tmp_path_factory.mktemp("crm")) as account:
        account.contacts(2)
        account.add("companies", name="Harbor")
        own = {**FIELD, "name": "own", "options": [{"label": "A", "value": "a"}]}
        account.post("/crm/v3/properties/contacts", own, 201)
        yield account


def places(body: Any) -> list[tuple[Any, ...]]:
    """Where in a body something may be replaced."""
    found: list[tuple[Any, ...]] = [()]
    inside = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    for key, value in inside:
        found += [(key, *rest) for rest in places(value)]
    return found


def replaced(body: Any, place: tuple[Any, ...], value: Any) -> Any:
    if not place:
        return value
    changed = copy.copy(body)
    changed[place[0]] = replaced(body[place[0]], place[1:], value)
    return changed


@settings(max_examples=300, deadline=None, derandomize=True)
@given(data=st.data())
def test_no_body_however_odd_makes_the_server_fail(account: Account, data: st.DataObject) -> None:
    method, path, body = data.draw(st.sampled_from(CALLS))
    odd = replaced(body, data.draw(st.sampled_from(places(body))), data.draw(JSON))
    answer = account.call(method, path, odd)
    assert answer.status_code < 500, (method, path, odd)


@pytest.mark.parametrize(("method", "path", "body"), CALLS)
def test_the_bodies_the_odd_ones_are_made_of_are_understood(
    account: Account, method: str, path: str, body: Any
) -> None:
    answer = account.call(method, path, body)
    assert answer.status_code < 500
    assert "Invalid input JSON" not in answer.text


@pytest.mark.parametrize(
    "query", ["limit=x", "limit=-1", "after=x", "after=-5", "properties=", "archived=maybe", "associations=penguins"]
)
def test_no_query_makes_the_server_fail(account: Account, query: str) -> None:
    for path in ("/crm/v3/objects/contacts", "/crm/v3/owners", "/crm/v4/objects/contacts/101/associations/calls"):
        assert account.call("GET", f"{path}?{query}").status_code < 500
