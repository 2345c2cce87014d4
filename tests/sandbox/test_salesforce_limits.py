"""The daily quota of the sandbox's Salesforce side, and what counts records."""

from __future__ import annotations

from pathlib import Path

from tests.sandbox.org import SalesforceOrg, empty_org


def test_every_call_counts_and_the_day_ends_with_a_refusal(tmp_path: Path) -> None:
    with empty_org(tmp_path, daily_limit=3) as org:
        usages = [org.call("GET", "sobjects").headers["Sforce-Limit-Info"] for _ in range(3)]
        assert usages == ["api-usage=1/3", "api-usage=2/3", "api-usage=3/3"]
        refused = org.call("GET", "sobjects")
        assert refused.status_code == 403
        assert refused.json == [{"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}]
        assert refused.headers["Sforce-Limit-Info"] == "api-usage=3/3"
        org.clock.forward(86_400)
        assert org.call("GET", "sobjects", token=org.token).status_code == 200


def test_calls_without_a_session_cost_nothing(org: SalesforceOrg) -> None:
    org.call("GET", "limits", token="dead")
    org.client.get("/services/data")
    assert org.hub.quota.used == 0


def test_what_is_left_can_be_asked_for(org: SalesforceOrg) -> None:
    org.call("GET", "sobjects")
    left = org.get("limits")
    assert left["DailyApiRequests"] == {"Max": 118_000, "Remaining": 117_998}
    assert {"DailyBulkApiBatches", "DailyBulkV2QueryJobs"} <= set(left)


def test_records_are_counted_objects_without_any_left_out(org: SalesforceOrg) -> None:
    org.add("Lead")
    gone = org.add("Lead")
    org.delete(f"sobjects/Lead/{gone}")
    told = org.get("limits/recordCount", sObjects="Lead,Contact,Nosuch")
    assert told == {"sObjects": [{"count": 1, "name": "Lead"}]}


def test_switches_can_be_turned_while_it_runs(org: SalesforceOrg) -> None:
    told = org.patch("/_sandbox/settings", {"salesforce": {"daily_limit": 5, "client_credentials_user": False}}, 200)
    assert (told["salesforce"]["daily_limit"], org.hub.quota.limit) == (5, 5)
    assert not org.org.settings.client_credentials_user
    org.patch("/_sandbox/settings", {"salesforce": {"edit_converted_leads": True, "may_deploy": False}}, 200)
    assert (org.org.settings.edit_converted_leads, org.org.settings.may_deploy) == (True, False)
    refused = org.call("PATCH", "/_sandbox/settings", {"salesforce": {"clock": 1}})
    assert refused.status_code == 400
    assert "cannot be set: clock" in refused.json["message"]


def test_the_state_tells_of_records_calls_and_usage(org: SalesforceOrg) -> None:
    org.add("Lead")
    state = org.get("/_sandbox/state")["salesforce"]
    assert state["objects"]["Lead"] == 1
    assert state["calls"] == {"POST /services/data/<version>/sobjects/<name>": 1}
    assert state["api_usage"] == {"used": 1, "limit": 118_000}
    assert state["statuses"] == {"201": 1}
