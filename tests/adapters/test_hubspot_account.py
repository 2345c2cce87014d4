"""Who we are talking to, what we may do, how many calls are left."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.contract import Adapter, Need, Reauthorise
from tests.adapters.canned import Canned, Reply, Seen

USAGE = "/account-info/v3/api-usage/daily/private-apps"


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ("app-eu1.hubspot.com", "http://app-eu1.hubspot.com/contacts/7/record/0-1/{id}"),
        ("https://app.hubspot.com/", "https://app.hubspot.com/contacts/7/record/0-1/{id}"),
        (None, "http://app.hubspot.com/contacts/7/record/0-1/{id}"),
    ],
)
def test_a_contact_is_opened_on_the_host_hubspot_names_reached_as_the_api_is(
    hubspot: Adapter, server: Canned, domain: str | None, expected: str
) -> None:
    details = {"portalId": 7, "timeZone": "US/Eastern", "companyCurrency": "CAD", "uiDomain": domain}
    server.will_answer(Reply(200, details))
    account = hubspot.check()
    assert (account.id, account.time_zone, account.currency) == ("7", "US/Eastern", "CAD")
    assert account.record_url == expected


def usage(**row: Any) -> Reply:
    return Reply(200, {"results": [{"name": "private-apps-api-calls-daily", **row}]})


def test_the_days_calls_are_known_with_the_time_of_renewal(hubspot: Adapter, server: Canned) -> None:
    server.will_answer(usage(usageLimit=1000, currentUsage=2, fetchStatus="SUCCESS", resetsAt="2026-11-23T05:00:00Z"))
    quota = hubspot.quota()
    assert quota is not None
    assert (quota.used, quota.limit) == (2, 1000)
    assert quota.resets_at == datetime(2026, 11, 23, 5, tzinfo=UTC)
    assert server.seen[0].path == USAGE


@pytest.mark.parametrize(
    "reply",
    [
        Reply(404, {"status": "error", "message": "resource not found"}),
        Reply(403, {"status": "error", "category": "MISSING_SCOPES", "message": "no"}),
        Reply(200, {"results": []}),
        Reply(200, {"results": [{"usageLimit": 5, "currentUsage": 1, "fetchStatus": "ERROR"}]}),
    ],
)
def test_an_account_without_a_daily_limit_has_no_quota(hubspot: Adapter, server: Canned, reply: Reply) -> None:
    server.will_answer(reply)
    assert hubspot.quota() is None


def refusing(part: str, scope: str) -> Any:
    needed = [{"message": "scope", "context": {"requiredGranularScopes": [scope]}}]

    def route(seen: Seen) -> Reply:
        if part in seen.path and seen.path.endswith(part.rsplit("/", 1)[-1]):
            return Reply(403, {"status": "error", "category": "MISSING_SCOPES", "message": "no", "errors": needed})
        if seen.method == "POST":
            return Reply(400, {"status": "error", "category": "VALIDATION_ERROR", "message": "inputs are empty"})
        return Reply(200, {"results": []})

    return route


def test_permissions_are_found_by_harmless_calls(hubspot: Adapter, server: Canned) -> None:
    server.route = refusing("/nowhere", "")
    found = hubspot.permissions()
    assert all(permission.granted and permission.why for permission in found)
    assert {permission.scope for permission in found if permission.need is Need.REQUIRED} == {
        "crm.objects.contacts.read",
        "crm.objects.contacts.write",
        "crm.schemas.contacts.read",
    }
    assert all(seen.body == {"inputs": []} for seen in server.seen if seen.method == "POST")
    assert all(seen.query.get("limit", "1") == "1" for seen in server.seen)


@pytest.mark.parametrize(
    ("part", "scope", "need"),
    [
        ("/crm/v3/objects/contacts", "crm.objects.contacts.read", Need.REQUIRED),
        ("/contacts/batch/update", "crm.objects.contacts.write", Need.REQUIRED),
        ("/properties/contacts/batch/create", "crm.schemas.contacts.write", Need.OPTIONAL),
        ("/crm/v3/objects/deals", "crm.objects.deals.read", Need.OPTIONAL),
        ("/crm/v3/objects/emails", "sales-email-read", Need.OPTIONAL),
        ("/crm/v3/objects/calls", "crm.objects.calls.read", Need.OPTIONAL),
    ],
)
def test_a_missing_permission_is_named_as_hubspot_names_it(
    hubspot: Adapter, server: Canned, part: str, scope: str, need: Need
) -> None:
    server.route = refusing(part, scope)
    missing = [permission for permission in hubspot.permissions() if not permission.granted]
    assert [(permission.scope, permission.need) for permission in missing] == [(scope, need)]


def test_a_dead_token_is_no_matter_of_permissions(hubspot: Adapter, server: Canned) -> None:
    server.will_answer(Reply(401, {}))
    with pytest.raises(Reauthorise):
        hubspot.permissions()
