"""What goes wrong on demand on the sandbox's Salesforce side."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.account import empty_account
from tests.sandbox.org import SalesforceOrg, empty_org


def fault(org: SalesforceOrg, kind: str, **more: Any) -> None:
    org.post("/_sandbox/faults", {"kind": kind, **more}, 201)


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("session_expired", 401, "INVALID_SESSION_ID"),
        ("request_limit", 403, "REQUEST_LIMIT_EXCEEDED"),
        ("concurrent_limit", 403, "REQUEST_LIMIT_EXCEEDED"),
        ("query_timeout", 400, "QUERY_TIMEOUT"),
        ("server_unavailable", 503, "SERVER_UNAVAILABLE"),
    ],
)
def test_a_fault_answers_once_in_the_vendors_words(org: SalesforceOrg, kind: str, status: int, code: str) -> None:
    fault(org, kind, count=1)
    assert org.refused("GET", "query", status, q="SELECT Id FROM Lead") == code
    assert org.query("SELECT Id FROM Lead") == []


def test_the_two_limits_are_told_apart_by_their_sentence(org: SalesforceOrg) -> None:
    fault(org, "concurrent_limit", count=1)
    assert org.call("GET", "sobjects").json[0]["message"] == "ConcurrentPerOrgLongTxn Limit exceeded."
    fault(org, "request_limit", count=1)
    assert org.call("GET", "sobjects").json[0]["message"] == "TotalRequests Limit exceeded."


@pytest.mark.parametrize(
    ("kind", "given", "status"),
    [("unavailable", {}, 502), ("unavailable", {"status": 503}, 503), ("html", {}, 200), ("edge", {}, 420)],
)
def test_some_answers_are_pages_and_no_json(org: SalesforceOrg, kind: str, given: dict[str, Any], status: int) -> None:
    fault(org, kind, count=1, **given)
    answer = org.call("GET", "sobjects")
    assert answer.status_code == status
    assert answer.text.startswith("<!DOCTYPE html>")
    assert org.call("GET", "sobjects").status_code == 200


def test_a_lost_answer_was_carried_out(org: SalesforceOrg) -> None:
    fault(org, "lost_answer", count=1, method="POST")
    assert org.call("POST", "sobjects/Lead", {"LastName": "Ames", "Company": "Us"}).status_code == 502
    assert len(org.query("SELECT Id FROM Lead")) == 1


def test_an_answer_may_be_cut_in_half(org: SalesforceOrg) -> None:
    fault(org, "garbled", count=1)
    answer = org.call("GET", "sobjects", headers={"Accept-Encoding": "identity"})
    assert answer.status_code == 200
    assert not answer.text.endswith("}")


def test_a_fault_keeps_to_the_paths_it_names(org: SalesforceOrg) -> None:
    fault(org, "session_expired", path="/query")
    assert org.call("GET", "sobjects").status_code == 200
    assert org.call("GET", "query", query={"q": "SELECT Id FROM Lead"}).status_code == 401
    org.delete("/_sandbox/faults")
    assert org.call("GET", "query", query={"q": "SELECT Id FROM Lead"}).status_code == 200


def test_revoked_sessions_stay_dead(org: SalesforceOrg) -> None:
    settings = org.org.settings
    form = {"grant_type": "client_credentials", "client_id": settings.client_id}
    made = org.client.post("/services/oauth2/token", data=form | {"client_secret": settings.client_secret}).json
    fault(org, "session_revoked", count=1)
    for _ in range(2):
        assert org.call("GET", "sobjects", token=made["access_token"]).status_code == 401


def test_a_locator_may_expire_early(tmp_path: Path) -> None:
    with empty_org(tmp_path, page_size=1) as org:
        for _ in range(2):
            org.add("Lead")
        page = org.get("query", q="SELECT Id FROM Lead")["nextRecordsUrl"]
        fault(org, "locator_expired", count=1)
        assert org.refused("GET", page, 400) == "INVALID_QUERY_LOCATOR"
        assert org.get(page)["done"]


@pytest.mark.parametrize(
    ("kind", "code"), [("rows_rejected", "FIELD_CUSTOM_VALIDATION_EXCEPTION"), ("rows_locked", "UNABLE_TO_LOCK_ROW")]
)
def test_single_rows_are_refused_while_their_neighbours_are_written(org: SalesforceOrg, kind: str, code: str) -> None:
    first, second = org.add("Lead"), org.add("Lead")
    fault(org, kind, ids=[first[:15]], count=2)
    rows = [{"attributes": {"type": "Lead"}, "id": lead, "Phone": "1"} for lead in (first, second)]
    told = org.patch("composite/sobjects", {"records": rows}, 200)
    assert told[0]["errors"][0]["statusCode"] == code
    assert told[1]["success"]
    assert org.refused("PATCH", f"sobjects/Lead/{first}", 400, {"Phone": "1"}) == code
    org.patch(f"sobjects/Lead/{first}", {"Phone": "1"})


def test_a_refused_row_undoes_its_neighbours_when_all_or_none_was_asked_for(org: SalesforceOrg) -> None:
    first, second = org.add("Lead"), org.add("Lead")
    fault(org, "rows_rejected", ids=[first])
    rows = [{"attributes": {"type": "Lead"}, "id": lead, "Phone": "1"} for lead in (second, first)]
    told = org.patch("composite/sobjects", {"allOrNone": True, "records": rows}, 200)
    assert [each["success"] for each in told] == [False, False]
    assert org.get(f"sobjects/Lead/{second}")["Phone"] is None


def test_fields_and_objects_hide_while_the_fault_lasts(org: SalesforceOrg) -> None:
    fault(org, "field_hidden", sobject="Lead", field="Industry")
    fault(org, "object_hidden", sobject="Campaign")
    assert org.refused("GET", "query", 400, q="SELECT Industry FROM Lead") == "INVALID_FIELD"
    assert org.refused("GET", "sobjects/Campaign", 404) == "NOT_FOUND"
    lead = org.add("Lead")
    refused = org.call("PATCH", f"sobjects/Lead/{lead}", {"Industry": "Banking"})
    assert refused.status_code == 400
    org.delete("/_sandbox/faults")
    assert org.query("SELECT Industry FROM Lead")
    assert org.get("sobjects/Campaign")


def test_an_admins_deeds_are_done_over_the_control_routes(org: SalesforceOrg) -> None:
    winner, loser = org.add("Lead"), org.add("Lead")
    root = "/_sandbox/salesforce"
    org.post(f"{root}/merge", {"master_id": winner, "ids": [loser]})
    (found,) = org.query("SELECT Id, MasterRecordId FROM Lead WHERE IsDeleted = true", everything=True)
    assert (found["Id"], found["MasterRecordId"]) == (loser, winner)
    converted = org.post(f"{root}/convert", {"id": winner, "opportunity_name": "Home"})
    (lead,) = org.query("SELECT IsConverted, ConvertedContactId FROM Lead")
    assert (lead["IsConverted"], lead["ConvertedContactId"]) == (True, converted["contact_id"])
    again = org.call("POST", f"{root}/convert", {"id": winner})
    assert again.status_code == 400


def test_deleted_records_come_back_and_locked_ones_are_let_go(org: SalesforceOrg) -> None:
    lead, root = org.add("Lead"), "/_sandbox/salesforce"
    org.post(f"{root}/delete", {"ids": [lead]})
    assert org.query("SELECT Id FROM Lead") == []
    org.post(f"{root}/undelete", {"ids": [lead]})
    org.post(f"{root}/lock", {"ids": [lead]})
    assert org.refused("PATCH", f"sobjects/Lead/{lead}", 400, {"Phone": "1"}) == "UNABLE_TO_LOCK_ROW"
    org.post(f"{root}/unlock", {})
    org.patch(f"sobjects/Lead/{lead}", {"Phone": "1"})


def test_a_rule_refuses_old_records_that_break_it_whatever_is_written(org: SalesforceOrg) -> None:
    lead, root = org.add("Lead"), "/_sandbox/salesforce"
    org.post(f"{root}/rule", {"sobject": "lead", "field": "phone"})
    refused = org.refused("PATCH", f"sobjects/Lead/{lead}", 400, {"Rating": "Hot"})
    assert refused == "FIELD_CUSTOM_VALIDATION_EXCEPTION"
    org.post(f"{root}/rule", {"sobject": "Lead", "field": "Phone", "off": True})
    org.patch(f"sobjects/Lead/{lead}", {"Rating": "Hot"})


def test_fields_are_hidden_and_users_changed_over_the_control_routes(org: SalesforceOrg) -> None:
    root = "/_sandbox/salesforce"
    org.post(f"{root}/hide", {"sobject": "Lead", "field": "Industry"})
    assert org.refused("GET", "query", 400, q="SELECT Industry FROM Lead") == "INVALID_FIELD"
    org.post(f"{root}/show", {"sobject": "Lead", "field": "Industry"})
    assert org.query("SELECT Industry FROM Lead") == []
    rep = org.with_assignment_rule()
    org.post(f"{root}/user", {"id": rep, "fields": {"IsActive": False}})
    assert org.get(f"sobjects/User/{rep}")["IsActive"] is False
    assert org.call("POST", f"{root}/lock", {"ids": ["nonsense"]}).json[0]["errorCode"] == "MALFORMED_ID"


def test_hubspot_meets_none_of_the_kinds_that_are_salesforces(tmp_path: Path) -> None:
    with empty_account(tmp_path) as account:
        account.hub.faults.add("session_expired")
        account.hub.faults.add("request_limit")
        account.get("/crm/v3/objects/contacts")


def test_salesforce_meets_none_of_the_kinds_that_are_hubspots(org: SalesforceOrg) -> None:
    for kind in ("rate_limited", "token_revoked", "locked", "migrating", "quota_spent"):
        fault(org, kind)
    assert org.call("GET", "sobjects").status_code == 200
