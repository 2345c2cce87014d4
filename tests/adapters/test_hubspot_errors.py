"""One test per row of the table: what HubSpot answers, and what the engine is told to do."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from adapters.contract import Adapter, Broken, Misconfigured, QuotaSpent, Reauthorise, Retry
from adapters.hubspot.errors import Refused, next_midnight, sentence
from tests.adapters.canned import Canned, Reply, Time

DETAILS = {"portalId": 7, "timeZone": "US/Eastern", "companyCurrency": "USD", "uiDomain": "app.hubspot.com"}
PAGE = Reply(200, "<html><body>Traceback: boom in proxy.py line 3</body></html>", {"Content-Type": "text/html"})


def error(category: str, message: str = "no", **more: Any) -> dict[str, Any]:
    return {"status": "error", "category": category, "message": message, "correlationId": "c-1", **more}


def limited(policy: str) -> dict[str, Any]:
    return error("RATE_LIMITS", "You have reached your limit.", errorType="RATE_LIMIT", policyName=policy)


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504, 520, 521, 522, 523, 524])
def test_an_error_of_the_way_there_is_tried_again(hubspot: Adapter, server: Canned, time: Time, status: int) -> None:
    server.will_answer(Reply(status, "<html>bad gateway</html>", {"Content-Type": "text/html"}), Reply(200, DETAILS))
    assert hubspot.check().id == "7"
    assert len(time.slept) == 1
    assert hubspot.usage.retried == 1


def test_an_error_of_the_way_there_that_stays_is_the_engines_to_schedule(hubspot: Adapter, server: Canned) -> None:
    server.will_answer(*[Reply(502, "<html>", {"Content-Type": "text/html"})] * 5)
    with pytest.raises(Retry):
        hubspot.check()
    assert len(server.seen) == 5


def test_a_web_page_is_broken_and_its_text_is_kept_from_the_admin(hubspot: Adapter, server: Canned) -> None:
    server.will_answer(PAGE, PAGE)
    with pytest.raises(Broken) as caught:
        hubspot.check()
    assert "proxy" in caught.value.admin
    assert "Traceback" not in caught.value.admin + caught.value.log


def test_a_web_page_that_was_an_accident_is_forgiven(hubspot: Adapter, server: Canned) -> None:
    server.will_answer(PAGE, Reply(200, DETAILS))
    assert hubspot.check().id == "7"


def test_json_cut_in_half_is_broken_when_it_stays(hubspot: Adapter, server: Canned) -> None:
    server.will_answer(*[Reply(200, '{"portalId": 7, "timeZ')] * 3)
    with pytest.raises(Broken, match="cut short"):
        hubspot.check()
    assert len(server.seen) == 3


@pytest.mark.parametrize("status", [401, 530])
def test_a_refused_token_asks_for_a_person(hubspot: Adapter, server: Canned, status: int) -> None:
    server.will_answer(Reply(status, error("INVALID_AUTHENTICATION")))
    with pytest.raises(Reauthorise, match="connect again"):
        hubspot.check()
    assert len(server.seen) == 1


def test_a_missing_scope_is_named(hubspot: Adapter, server: Canned) -> None:
    problem = {"message": "required", "context": {"requiredGranularScopes": ["crm.objects.deals.read"]}}
    server.will_answer(Reply(403, error("MISSING_SCOPES", errors=[problem])))
    with pytest.raises(Misconfigured, match=r"crm\.objects\.deals\.read") as caught:
        list(hubspot.outcomes(None))
    assert caught.value.what == ("crm.objects.deals.read",)


def test_another_refusal_of_access_gives_hubspots_reason(hubspot: Adapter, server: Canned) -> None:
    server.will_answer(Reply(403, error("BANNED", "This app is disabled.")))
    with pytest.raises(Misconfigured, match="This app is disabled"):
        hubspot.check()


def test_a_lock_is_waited_out_for_two_seconds_at_least(hubspot: Adapter, server: Canned, time: Time) -> None:
    server.will_answer(Reply(423, error("LOCKED")), Reply(200, DETAILS))
    hubspot.check()
    assert time.slept[0] >= 2.0


def test_a_long_migration_is_the_engines_to_schedule(hubspot: Adapter, server: Canned, time: Time) -> None:
    server.will_answer(Reply(477, error("MIGRATION_IN_PROGRESS"), {"Retry-After": "3600"}))
    with pytest.raises(Retry) as caught:
        hubspot.check()
    assert caught.value.after == 3600
    assert time.slept == []


def test_a_short_migration_is_waited_out(hubspot: Adapter, server: Canned, time: Time) -> None:
    server.will_answer(Reply(477, error("MIGRATION_IN_PROGRESS"), {"Retry-After": "20"}), Reply(200, DETAILS))
    hubspot.check()
    assert 20 <= time.slept[0] < 22


def test_a_spent_day_stops_at_once_until_midnight_in_the_accounts_zone(
    hubspot: Adapter, server: Canned, time: Time
) -> None:
    server.will_answer(Reply(200, DETAILS), Reply(429, limited("DAILY")))
    hubspot.check()
    with pytest.raises(QuotaSpent) as caught:
        hubspot.fields()
    assert caught.value.until == datetime(2026, 11, 23, tzinfo=ZoneInfo("US/Eastern"))
    assert time.slept == []


def test_a_spent_day_of_an_account_not_yet_known_has_no_end_yet(hubspot: Adapter, server: Canned) -> None:
    server.will_answer(Reply(429, limited("DAILY")))
    with pytest.raises(QuotaSpent) as caught:
        hubspot.fields()
    assert caught.value.until is None


@pytest.mark.parametrize(("policy", "seconds"), [("TEN_SECONDLY_ROLLING", 10.0), ("SECONDLY", 1.0)])
def test_a_rate_limit_is_waited_out(hubspot: Adapter, server: Canned, time: Time, policy: str, seconds: float) -> None:
    server.will_answer(Reply(429, limited(policy)), Reply(200, DETAILS))
    hubspot.check()
    assert seconds <= sum(time.slept) < seconds + 2
    assert hubspot.usage.throttled == 1


def test_retry_after_comes_before_the_policys_own_time(hubspot: Adapter, server: Canned, time: Time) -> None:
    server.will_answer(Reply(429, limited("TEN_SECONDLY_ROLLING"), {"Retry-After": "3"}), Reply(200, DETAILS))
    hubspot.check()
    assert 3.0 <= sum(time.slept) < 5.0


def test_a_limit_without_policy_or_header_has_no_time_of_its_own(hubspot: Adapter, server: Canned) -> None:
    server.will_answer(*[Reply(429, error("RATE_LIMITS"))] * 6)
    with pytest.raises(Retry) as caught:
        hubspot.check()
    assert caught.value.after is None


@pytest.mark.parametrize("status", [400, 404, 405, 409, 413, 414, 415, 422])
def test_a_refused_call_carries_what_hubspot_said(hubspot: Adapter, server: Canned, status: int) -> None:
    problem = {"message": "age was not a number", "code": "INVALID_INTEGER", "context": {"propertyName": ["age"]}}
    server.will_answer(Reply(status, error("VALIDATION_ERROR", "age was not a number", errors=[problem])))
    with pytest.raises(Refused) as caught:
        hubspot.fields()
    assert (caught.value.status, caught.value.category) == (status, "VALIDATION_ERROR")
    assert caught.value.codes == {"INVALID_INTEGER"}
    assert caught.value.properties == ("age",)
    assert isinstance(caught.value, Broken)


def test_an_unknown_status_is_broken(hubspot: Adapter, server: Canned) -> None:
    server.will_answer(Reply(418, error("TEAPOT")))
    with pytest.raises(Broken, match="does not know"):
        hubspot.fields()


def test_the_packed_json_is_taken_out_of_a_message() -> None:
    inner = '[{"isValid":false,"message":"Enter only letters","error":"INVALID_ALPHA","name":"firstname"}]'
    assert sentence({"message": f"Property values were not valid: {inner}"}) == "Enter only letters"
    assert sentence({"message": "Property values were not valid: [{broken"}) == "Property values were not valid"
    assert sentence({"message": "Plain."}) == "Plain."
    assert sentence({}) == "no reason given"


def test_midnight_of_an_unknown_zone_is_unknown(time: Time) -> None:
    assert next_midnight(time.now(), "Mars/Olympus") is None
    assert next_midnight(time.now(), "UTC") == datetime(2026, 11, 23, tzinfo=ZoneInfo("UTC"))
