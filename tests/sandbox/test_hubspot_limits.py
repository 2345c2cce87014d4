"""Rate limits over real rolling windows, and what is said about them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox.account import Account, empty_account

CONTACTS = "/crm/v3/objects/contacts"


@pytest.fixture
def limited(tmp_path: Path) -> Iterator[Account]:
    with empty_account(tmp_path, burst_limit=5, search_limit=2, daily_limit=40) as account:
        yield account


def test_the_burst_window_rolls(limited: Account) -> None:
    statuses = []
    for _ in range(7):
        statuses.append(limited.call("GET", CONTACTS).status_code)
        limited.clock.forward(1)
    assert statuses == [200] * 5 + [429] * 2
    limited.clock.forward(3)
    assert [limited.call("GET", CONTACTS).status_code for _ in range(2)] == [200, 429]


def test_a_refusal_names_its_policy(limited: Account) -> None:
    for _ in range(5):
        limited.call("GET", CONTACTS)
    body = limited.call("GET", CONTACTS).json
    assert (body["status"], body["errorType"], body["policyName"]) == ("error", "RATE_LIMIT", "TEN_SECONDLY_ROLLING")
    assert body["message"] == "You have reached your ten_secondly_rolling limit."


def test_search_has_a_second_of_its_own_and_no_headers(limited: Account) -> None:
    answers = [limited.call("POST", f"{CONTACTS}/search", {}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].json["policyName"] == "SECONDLY"
    assert not [name for name, _ in answers[0].headers if name.lower().startswith("x-hubspot-ratelimit")]
    assert limited.call("GET", CONTACTS).headers["X-HubSpot-RateLimit-Remaining"] == "4"


def test_headers_count_down(limited: Account) -> None:
    limited.call("GET", CONTACTS)
    headers = limited.call("GET", CONTACTS).headers
    told = {name: headers[f"X-HubSpot-RateLimit-{name}"] for name in ("Max", "Remaining", "Interval-Milliseconds")}
    assert told == {"Max": "5", "Remaining": "3", "Interval-Milliseconds": "10000"}
    assert (headers["X-HubSpot-RateLimit-Daily"], headers["X-HubSpot-RateLimit-Daily-Remaining"]) == ("40", "38")


def test_the_days_calls_end_and_come_back_at_the_accounts_midnight(limited: Account) -> None:
    for _ in range(40):
        limited.call("GET", CONTACTS)
        limited.clock.forward(3)
    answer = limited.call("GET", CONTACTS)
    assert (answer.status_code, answer.json["policyName"]) == (429, "DAILY")
    assert answer.json["message"] == "You have reached your daily limit."
    limited.clock.forward(17 * 3600)
    assert limited.call("GET", CONTACTS).status_code == 200


def test_usage_of_the_day_and_its_end_can_be_asked(account: Account) -> None:
    account.get(CONTACTS)
    usage = account.get("/account-info/2026-09/api-usage/daily/private-apps")["results"][0]
    assert (usage["currentUsage"], usage["usageLimit"], usage["fetchStatus"]) == (2, 1_000_000, "SUCCESS")
    assert usage["resetsAt"] == "2026-11-23T05:00:00Z"


def test_limits_can_be_switched_off(account: Account) -> None:
    assert {account.call("GET", CONTACTS).status_code for _ in range(250)} == {200}
