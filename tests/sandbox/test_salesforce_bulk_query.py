"""Bulk API 2.0 query jobs as an integration meets them."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.sandbox.org import SalesforceOrg, empty_org


@pytest.fixture
def org(tmp_path: Path) -> Iterator[SalesforceOrg]:
    with empty_org(tmp_path) as found:
        yield found


def job(org: SalesforceOrg, soql: str, **more: Any) -> dict[str, Any]:
    return dict(org.post("jobs/query", {"operation": "query", "query": soql, **more}))


def new(org: SalesforceOrg) -> str:
    return str(job(org, "SELECT Id FROM Lead")["id"])


def finished(org: SalesforceOrg, soql: str, **more: Any) -> str:
    job_id = str(job(org, soql, **more)["id"])
    assert org.get(f"jobs/query/{job_id}")["state"] == "JobComplete"
    return job_id


def results(org: SalesforceOrg, job_id: str, **query: str) -> TestResponse:
    answer = org.call("GET", f"jobs/query/{job_id}/results", query=query)
    assert answer.status_code == 200, answer.text
    return answer


def rows(answer: TestResponse) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


def leads(org: SalesforceOrg, count: int) -> list[str]:
    return [org.add("Lead", LastName=f"Lead {number}") for number in range(count)]


def test_a_new_job_waits_and_its_version_is_a_number(org: SalesforceOrg) -> None:
    made = job(org, "select Id from lead")

    assert made["state"] == "UploadComplete"
    assert made["object"] == "Lead"
    assert made["apiVersion"] == 67.0
    assert made["id"].startswith("750")
    assert (made["lineEnding"], made["columnDelimiter"], made["contentType"]) == ("LF", "COMMA", "CSV")


def test_every_row_comes_once_over_pages_that_may_be_read_again(org: SalesforceOrg) -> None:
    ids = leads(org, 5)
    job_id = finished(org, "SELECT Id FROM Lead ORDER BY Id")

    first = results(org, job_id, maxRecords="2")
    second = results(org, job_id, maxRecords="2", locator=first.headers["Sforce-Locator"])
    third = results(org, job_id, maxRecords="2", locator=second.headers["Sforce-Locator"])

    assert [row["Id"] for answer in (first, second, third) for row in rows(answer)] == sorted(ids)
    assert [answer.headers["Sforce-NumberOfRecords"] for answer in (first, second, third)] == ["2", "2", "1"]
    assert third.headers["Sforce-Locator"] == "null"
    again = results(org, job_id, maxRecords="2", locator=first.headers["Sforce-Locator"])
    assert again.text == second.text


def test_values_stand_in_quotes_and_empty_fields_stay_empty(org: SalesforceOrg) -> None:
    org.add("Lead", LastName='O"Hara, Zoë', Description="two\nlines", DoNotCall=True)
    job_id = finished(org, "SELECT LastName, Description, DoNotCall, Phone, CreatedDate, Owner.Name FROM Lead")

    answer = results(org, job_id)

    assert answer.content_type == "text/csv"
    assert answer.text.startswith('"LastName","Description","DoNotCall","Phone","CreatedDate","Owner.Name"\n"O""Hara')
    (row,) = rows(answer)
    assert (row["LastName"], row["Description"], row["Phone"]) == ('O"Hara, Zoë', "two\nlines", "")
    assert row["DoNotCall"] == "true"
    assert row["CreatedDate"] == "2026-11-22T12:00:00.000Z"


def test_a_job_without_rows_answers_with_its_header(org: SalesforceOrg) -> None:
    answer = results(org, finished(org, "SELECT Id, Email FROM Lead"))

    assert answer.text == '"Id","Email"\n'
    assert (answer.headers["Sforce-NumberOfRecords"], answer.headers["Sforce-Locator"]) == ("0", "null")


def test_delimiter_and_line_ending_are_as_asked(org: SalesforceOrg) -> None:
    leads(org, 1)
    answer = results(org, finished(org, "SELECT Id, LastName FROM Lead", columnDelimiter="PIPE", lineEnding="CRLF"))

    assert answer.text.startswith('"Id"|"LastName"\r\n')
    assert org.refused("POST", "jobs/query", 400, {"operation": "query", "query": "x", "columnDelimiter": "BAR"})


def test_deleted_rows_come_with_query_all_only(org: SalesforceOrg) -> None:
    (lead,) = leads(org, 1)
    org.delete(f"sobjects/Lead/{lead}")

    assert rows(results(org, finished(org, "SELECT Id FROM Lead"))) == []
    everything = results(org, finished(org, "SELECT Id FROM Lead", operation="queryAll"))
    assert [row["Id"] for row in rows(everything)] == [lead]


@pytest.mark.parametrize(
    ("soql", "code"),
    [
        ("SELECT Id, Nonsense__c FROM Lead", "INVALID_FIELD"),
        ("SELECT Id FROM", "MALFORMED_QUERY"),
        ("SELECT Id FROM Leads", "INVALID_TYPE"),
        ("SELECT Id, Address FROM Lead", "FUNCTIONALITY_NOT_ENABLED"),
        ("SELECT Id, (SELECT Id FROM Tasks) FROM Lead", "FUNCTIONALITY_NOT_ENABLED"),
        ("SELECT COUNT(Id) FROM Lead", "FUNCTIONALITY_NOT_ENABLED"),
        ("SELECT Id FROM Lead LIMIT 5 OFFSET 5", "FUNCTIONALITY_NOT_ENABLED"),
        ("SELECT Id FROM TaskWhoRelation", "INVALIDENTITY"),
    ],
)
def test_what_bulk_cannot_query_is_refused_when_the_job_is_made(org: SalesforceOrg, soql: str, code: str) -> None:
    assert org.refused("POST", "jobs/query", 400, {"operation": "query", "query": soql}) == code


def test_a_hidden_field_is_no_column(org: SalesforceOrg) -> None:
    org.org.hide("Lead", "Phone")

    refused = org.refused("POST", "jobs/query", 400, {"operation": "query", "query": "SELECT Phone FROM Lead"})

    assert refused == "INVALID_FIELD"


def test_results_are_read_with_the_version_the_job_was_made_with(org: SalesforceOrg) -> None:
    job_id = finished(org, "SELECT Id FROM Lead")

    org.refused("GET", f"/services/data/v66.0/jobs/query/{job_id}/results", 409)
    org.refused("GET", f"/services/data/v66.0/jobs/query/{job_id}/resultPages", 409)


def test_a_job_takes_its_time_and_has_no_results_before(tmp_path: Path) -> None:
    with empty_org(tmp_path, bulk_seconds=30.0) as org:
        job_id = job(org, "SELECT Id FROM Lead")["id"]
        org.clock.forward(29)
        waiting = org.get(f"jobs/query/{job_id}")["state"]
        assert org.refused("GET", f"jobs/query/{job_id}/results", 400) == "INVALIDJOBSTATE"
        org.clock.forward(1)

        assert waiting == "InProgress"
        assert org.get(f"jobs/query/{job_id}")["state"] == "JobComplete"


def test_result_pages_lead_to_every_row(org: SalesforceOrg, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.sandbox.salesforce.bulk.routes.PAGE", 1)
    ids = leads(org, 7)
    job_id = finished(org, "SELECT Id FROM Lead ORDER BY Id")

    first = org.get(f"jobs/query/{job_id}/resultPages")
    second = org.get(first["nextRecordsUrl"])

    assert (len(first["resultPages"]), first["done"]) == (5, False)
    assert (len(second["resultPages"]), second["done"], second["nextRecordsUrl"]) == (2, True, None)
    urls = [page["resultUrl"] for page in first["resultPages"] + second["resultPages"]]
    assert [row["Id"] for url in urls for row in rows(org.call("GET", url))] == sorted(ids)


def test_results_come_in_gzip_to_who_takes_it(org: SalesforceOrg) -> None:
    leads(org, 3)
    job_id = finished(org, "SELECT Id FROM Lead")

    answer = org.call("GET", f"jobs/query/{job_id}/results", headers={"Accept-Encoding": "gzip"})

    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.data).decode() == results(org, job_id).text


def test_a_strange_locator_is_refused(org: SalesforceOrg) -> None:
    leads(org, 1)
    job_id = finished(org, "SELECT Id FROM Lead")

    for locator in ("%%%", "MTAw", "null"):
        assert org.refused("GET", f"jobs/query/{job_id}/results", 400, locator=locator) == "INVALID_QUERY_LOCATOR"


def test_an_aborted_job_has_no_results_and_may_go(tmp_path: Path) -> None:
    with empty_org(tmp_path, bulk_seconds=30.0) as org:
        path = f"jobs/query/{new(org)}"
        assert org.refused("DELETE", path, 400) == "API_ERROR"

        assert org.patch(path, {"state": "Aborted"}, 200)["state"] == "Aborted"

        assert org.refused("GET", f"{path}/results", 400) == "INVALIDJOBSTATE"
        assert org.refused("PATCH", path, 400, {"state": "Aborted"}) == "INVALIDJOBSTATE"
        assert org.delete(path) is None
        assert org.refused("GET", path, 404) == "NOT_FOUND"


def test_the_list_shows_query_jobs_only(org: SalesforceOrg) -> None:
    org.post("jobs/ingest", {"object": "Lead", "operation": "insert"})
    job_id = finished(org, "SELECT Id FROM Lead")

    listed = org.get("jobs/query")

    assert [(each["id"], each["jobType"]) for each in listed["records"]] == [(job_id, "V2Query")]
    assert listed["done"] is True


def test_jobs_are_kept_for_seven_days(org: SalesforceOrg) -> None:
    job_id = finished(org, "SELECT Id FROM Lead")
    org.clock.forward(7 * 86_400 + 1)

    assert org.refused("GET", f"jobs/query/{job_id}", 404) == "NOT_FOUND"


def test_a_job_can_be_made_to_stick_or_to_fail(org: SalesforceOrg) -> None:
    org.hub.faults.add("bulk_stuck", path="jobs/query")
    stuck = org.get(f"jobs/query/{new(org)}")
    org.hub.faults.clear()
    org.hub.faults.add("bulk_failed", count=1)
    failed = org.get(f"jobs/query/{new(org)}")

    assert stuck["state"] == "InProgress"
    assert failed["state"] == "Failed"
    assert failed["errorMessage"].startswith("InternalServerError")
    assert finished(org, "SELECT Id FROM Lead")


def test_every_call_counts_against_the_day(org: SalesforceOrg) -> None:
    before = org.hub.quota.used
    results(org, finished(org, "SELECT Id FROM Lead"))

    assert org.hub.quota.used == before + 3
