"""One test per row of the table: what Salesforce answers, and what the engine is told to do."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import pytest
from simple_salesforce.format import format_soql

from adapters.contract import AdapterError, Broken, Misconfigured, QuotaSpent, Reauthorise, Retry
from adapters.salesforce.errors import Refused, Unfinished
from adapters.salesforce.org import Org
from tests.adapters.canned import Canned, Reply, Time
from tests.adapters.salesforce_fake import TOKEN, error, org

__all__ = ["org"]

FINE = Reply(200, {"totalSize": 0, "done": True, "records": []})
HTML = {"Content-Type": "text/html;charset=UTF-8"}
SECRET = "zoe@leads.example"
SOQL = format_soql("SELECT Id FROM Lead WHERE Email = {}", SECRET)


def fails(org: Org, server: Canned, *replies: Reply) -> AdapterError:
    server.will_answer(*replies)
    with pytest.raises(AdapterError) as caught:
        org.client.query(SOQL)
    assert caught.value.admin.rstrip().endswith(".")
    return caught.value


@pytest.mark.parametrize("status", [406, 420, 429, 500, 502, 503, 504])
def test_an_error_of_the_way_there_is_tried_again(org: Org, server: Canned, time: Time, status: int) -> None:
    server.will_answer(Reply(status, "<html>We are setting things up</html>", HTML), FINE)
    org.client.query(SOQL)
    assert len(time.slept) == 1


def test_one_that_stays_is_the_engines_to_schedule(org: Org, server: Canned) -> None:
    busy = Reply(503, error("SERVER_UNAVAILABLE", "down"), {"Retry-After": "120"})
    problem = fails(org, server, busy)
    assert isinstance(problem, Retry)
    assert problem.after == 120


@pytest.mark.parametrize("status", [414, 431])
def test_a_call_that_is_too_long_is_said_so(org: Org, server: Canned, status: int) -> None:
    page = "<h1>Bad Message 414</h1><pre>reason: URI Too Long</pre>"
    problem = fails(org, server, Reply(status, page, HTML))
    assert isinstance(problem, Broken)
    assert "fewer fields" in problem.admin


def test_a_dead_session_needs_a_person_and_is_not_tried_again(org: Org, server: Canned) -> None:
    reply = Reply(401, error("INVALID_SESSION_ID", "Session expired or invalid"))
    assert isinstance(fails(org, server, reply), Reauthorise)
    assert len(server.seen) == 1


def test_the_identity_service_says_it_in_its_own_way(org: Org, server: Canned) -> None:
    assert isinstance(fails(org, server, Reply(403, "Bad_OAuth_Token", {"Content-Type": "text/html"})), Reauthorise)


@pytest.mark.parametrize("status", [200, 404])
def test_a_web_page_in_place_of_data_is_broken(org: Org, server: Canned, status: int) -> None:
    page = Reply(status, "<html>Traceback: proxy.py line 3</html>", HTML)
    problem = fails(org, server, page, page)
    assert isinstance(problem, Broken)
    assert "my.salesforce.com" in problem.admin
    assert "Traceback" not in problem.admin + problem.log


def test_json_cut_in_half_is_broken_when_it_stays(org: Org, server: Canned) -> None:
    assert isinstance(fails(org, server, *[Reply(200, '{"totalSize": 7, "rec')] * 3), Broken)
    assert len(server.seen) == 3


def test_the_days_calls_spent_ends_the_run_for_an_hour(org: Org, server: Canned, time: Time) -> None:
    reply = Reply(403, error("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."))
    problem = fails(org, server, reply)
    assert isinstance(problem, QuotaSpent)
    assert problem.until == time.now() + timedelta(hours=1)
    assert len(server.seen) == 1


def test_too_many_long_calls_at_once_pass(org: Org, server: Canned) -> None:
    reply = Reply(403, error("REQUEST_LIMIT_EXCEEDED", "ConcurrentPerOrgLongTxn Limit exceeded."))
    server.will_answer(reply, FINE)
    assert org.client.query(SOQL) == FINE.body


@pytest.mark.parametrize("code", ["UNABLE_TO_LOCK_ROW", "SERVER_UNAVAILABLE"])
def test_what_passes_is_tried_again(org: Org, server: Canned, code: str) -> None:
    server.will_answer(Reply(400, error(code, "unable to obtain exclusive access")), FINE)
    assert org.client.query(SOQL) == FINE.body


def test_a_security_policy_is_the_admins_to_change(org: Org, server: Canned) -> None:
    problem = fails(org, server, Reply(400, error("TXN_SECURITY_METERING_ERROR", "took too long")))
    assert isinstance(problem, Misconfigured)
    assert problem.what == ("Exempt from Transaction Security",)


@pytest.mark.parametrize("code", ["API_DISABLED_FOR_ORG", "API_CURRENTLY_DISABLED"])
def test_an_api_that_is_off_is_the_admins_to_switch_on(org: Org, server: Canned, code: str) -> None:
    problem = fails(org, server, Reply(403, error(code, "API is not enabled for this Organization or Partner")))
    assert isinstance(problem, Misconfigured)
    assert problem.what == ("API Enabled",)


def test_what_is_forbidden_is_named(org: Org, server: Canned) -> None:
    problem = fails(org, server, Reply(403, error("INSUFFICIENT_ACCESS", "no")))
    assert isinstance(problem, Misconfigured)
    assert problem.what == ("INSUFFICIENT_ACCESS",)


def test_a_retired_version_means_an_update(org: Org, server: Canned) -> None:
    assert "Update Leadtier" in fails(org, server, Reply(410, error("GONE", "retired"))).admin


@pytest.mark.parametrize(
    ("code", "message", "names"),
    [
        ("INVALID_FIELD", f"\n{SOQL}\n ^\nNo such column 'Score__c' on entity 'Lead'. If you", ("Lead.Score__c",)),
        ("INVALID_TYPE", f"{SOQL}\nsObject type 'Lead' is not supported.", ()),
        ("INVALID_QUERY_LOCATOR", "invalid query locator", ()),
    ],
)
def test_a_refusal_tells_its_code_and_the_field_it_means(
    org: Org, server: Canned, code: str, message: str, names: tuple[str, ...]
) -> None:
    problem = fails(org, server, Reply(400, error(code, message)))
    assert isinstance(problem, Refused)
    assert (problem.status, problem.code, problem.names) == (400, code, names)


def test_a_query_that_takes_too_long_waits_and_is_tried_again(org: Org, server: Canned) -> None:
    problem = fails(org, server, Reply(400, error("QUERY_TIMEOUT", "Your query request was running for too long.")))
    assert isinstance(problem, Unfinished)
    assert isinstance(problem, Retry)
    assert "tries again" in problem.admin
    assert len(server.seen) == 1


def test_an_answer_nobody_knows_is_broken(org: Org, server: Canned) -> None:
    assert isinstance(fails(org, server, Reply(418, {"odd": True})), Broken)


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 414, 418, 500])
def test_no_message_and_no_log_line_repeats_the_query_or_the_token(
    org: Org, server: Canned, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="adapters")
    body: Any = error("MALFORMED_QUERY", f"{SOQL} unexpected {TOKEN}") if status != 200 else f"{SOQL} {TOKEN}"
    problem = fails(org, server, *[Reply(status, body)] * 5)
    texts = [problem.admin, problem.log, str(problem), repr(problem), *(str(vars(one)) for one in caplog.records)]
    assert not [text for text in texts if SECRET in text or TOKEN in text]
