"""Bulk API 2.0 ingest jobs as an integration meets them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.sandbox.salesforce.catalog import make_field
from tests.sandbox.org import SalesforceOrg, empty_org
from tests.sandbox.wire import simple_salesforce


@pytest.fixture
def org(tmp_path: Path) -> Iterator[SalesforceOrg]:
    with empty_org(tmp_path) as found:
        yield found


def opened(org: SalesforceOrg, operation: str = "update", **more: Any) -> str:
    made = org.post("jobs/ingest", {"object": "Lead", "operation": operation, "contentType": "CSV", **more})
    assert made["state"] == "Open"
    return str(made["id"])


def upload(org: SalesforceOrg, job_id: str, data: str, status: int = 201) -> None:
    answer = org.call(
        "PUT", f"jobs/ingest/{job_id}/batches", data=data.encode(), content_type="text/csv; charset=UTF-8"
    )
    assert answer.status_code == status, answer.text


def run(org: SalesforceOrg, data: str, operation: str = "update", **more: Any) -> dict[str, Any]:
    """The job after it has ended."""
    job_id = opened(org, operation, **more)
    upload(org, job_id, data)
    org.patch(f"jobs/ingest/{job_id}", {"state": "UploadComplete"}, 200)
    return dict(org.get(f"jobs/ingest/{job_id}"))


def outcome(org: SalesforceOrg, job: dict[str, Any], which: str) -> list[dict[str, str]]:
    answer = org.call("GET", f"jobs/ingest/{job['id']}/{which}")
    assert (answer.status_code, answer.content_type) == (200, "text/csv")
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


def lead(org: SalesforceOrg, lead_id: str) -> dict[str, Any]:
    return dict(org.get(f"sobjects/Lead/{lead_id}"))


def test_an_open_job_tells_where_its_data_goes(org: SalesforceOrg) -> None:
    made = org.post("jobs/ingest", {"object": "lead", "operation": "update"})

    assert made["contentUrl"] == f"services/data/v67.0/jobs/ingest/{made['id']}/batches"
    assert (made["object"], made["state"], made["apiVersion"]) == ("Lead", "Open", 67.0)


def test_good_and_bad_rows_are_told_apart(org: SalesforceOrg) -> None:
    good, gone = org.add("Lead"), org.add("Lead")
    org.delete(f"sobjects/Lead/{gone}")

    job = run(org, f"Id,Phone\n{good},212-555-0100\n{gone},212-555-0101\n")

    assert (job["state"], job["numberRecordsProcessed"], job["numberRecordsFailed"]) == ("JobComplete", 2, 1)
    (done,) = outcome(org, job, "successfulResults")
    assert done == {"sf__Id": good, "sf__Created": "false", "Id": good, "Phone": "212-555-0100"}
    (failed,) = outcome(org, job, "failedResults")
    assert failed["sf__Id"] == gone
    assert failed["sf__Error"].startswith("ENTITY_IS_DELETED:entity is deleted:")
    assert failed["sf__Error"].endswith("--")
    assert outcome(org, job, "unprocessedrecords") == []
    assert outcome(org, job, "unprocessedRecords") == []


def test_an_empty_cell_leaves_a_field_alone_and_a_word_clears_it(org: SalesforceOrg) -> None:
    kept, cleared = (org.add("Lead", Phone="212-555-0100", Description="old") for _ in range(2))

    run(org, f'Id,Phone,Description\n{kept},,"new, ""quoted"""\n{cleared},#N/A,\n')

    assert (lead(org, kept)["Phone"], lead(org, kept)["Description"]) == ("212-555-0100", 'new, "quoted"')
    assert (lead(org, cleared)["Phone"], lead(org, cleared)["Description"]) == (None, "old")


def test_inserted_rows_get_ids(org: SalesforceOrg) -> None:
    job = run(org, "LastName,Company,DoNotCall\nZoë,Home,true\n,Home,false\n", "insert")

    (done,) = outcome(org, job, "successfulResults")
    assert done["sf__Created"] == "true"
    assert lead(org, done["sf__Id"])["LastName"] == "Zoë"
    assert lead(org, done["sf__Id"])["DoNotCall"] is True
    (failed,) = outcome(org, job, "failedResults")
    assert failed["sf__Error"] == "REQUIRED_FIELD_MISSING:Required fields are missing: [LastName]:LastName--"


def test_a_value_of_the_wrong_kind_fails_its_row_only(org: SalesforceOrg) -> None:
    one, other = org.add("Lead"), org.add("Lead")

    job = run(org, f"Id,NumberOfEmployees\n{one},many\n{other},12\n")

    assert [row["Id"] for row in outcome(org, job, "failedResults")] == [one]
    assert lead(org, other)["NumberOfEmployees"] == 12


def test_deleting_takes_ids_and_nothing_else(org: SalesforceOrg) -> None:
    gone, kept = org.add("Lead"), org.add("Lead")

    assert run(org, f"Id\n{gone}\n", "delete")["numberRecordsFailed"] == 0
    assert run(org, f"Id,Phone\n{kept},1\n", "delete")["state"] == "Failed"

    assert [row["Id"] for row in org.query("SELECT Id FROM Lead")] == [kept]


def test_results_do_not_keep_the_order_of_the_upload(org: SalesforceOrg) -> None:
    ids = [org.add("Lead") for _ in range(8)]

    job = run(org, "Id,Phone\n" + "".join(f"{each},1\n" for each in ids))

    found = [row["sf__Id"] for row in outcome(org, job, "successfulResults")]
    assert sorted(found) == sorted(ids)
    assert found != ids


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ('Id,Phone\n{id},5"10\n', "Found unescaped quote"),
        ('Id,Phone\n{id},"5\n', "EOF reached before closing an opened quote"),
        ('Id,Phone\n{id},"5"10\n', "Found unescaped quote"),
        ("Id,Nonsense__c\n{id},5\n", "InvalidBatch : Field name not found : Nonsense__c"),
        ("Id,Phone\n{id}\n", "InvalidBatch"),
        ("Id,Phone\r\n{id},5\r\n", "LineEnding is invalid on user data. Current LineEnding setting is LF"),
        ("", "InvalidBatch"),
    ],
)
def test_a_file_that_cannot_be_read_fails_as_a_whole(org: SalesforceOrg, data: str, sentence: str) -> None:
    first, second = org.add("Lead"), org.add("Lead")
    good = f"{first},ok\n" if data.startswith("Id,Phone\n") else ""
    text = data.replace("\n", "\n" + good, 1).replace("{id}", second)

    job = run(org, text)

    assert job["state"] == "Failed"
    assert sentence in job["errorMessage"]
    assert job["numberRecordsProcessed"] == 0
    assert lead(org, first)["Phone"] is None
    unprocessed = org.call("GET", f"jobs/ingest/{job['id']}/unprocessedrecords").text
    assert unprocessed == text


def test_a_hidden_field_is_no_column(org: SalesforceOrg) -> None:
    found = org.add("Lead")
    org.org.hide("Lead", "Phone")

    job = run(org, f"Id,Phone\n{found},5\n")

    assert job["errorMessage"] == "InvalidBatch : Field name not found : Phone"


def test_data_is_uploaded_once(org: SalesforceOrg) -> None:
    job_id = opened(org)
    upload(org, job_id, "Id\n")

    answer = org.call("PUT", f"jobs/ingest/{job_id}/batches", data=b"Id\n", content_type="text/csv")

    assert answer.status_code == 400
    assert "Found multiple contents" in answer.text


def test_more_than_the_vendor_takes_is_refused(org: SalesforceOrg, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.sandbox.salesforce.bulk.ingests.UPLOAD_MOST", 20)
    job_id = opened(org)

    upload(org, job_id, "Id,Phone\n" + "x" * 20, status=413)
    upload(org, job_id, "Id,Phone\n")


def test_a_job_has_to_be_closed_before_anything_happens(org: SalesforceOrg) -> None:
    found = org.add("Lead")
    job_id = opened(org)
    upload(org, job_id, f"Id,Phone\n{found},5\n")

    assert org.get(f"jobs/ingest/{job_id}")["state"] == "Open"
    assert org.refused("GET", f"jobs/ingest/{job_id}/successfulResults", 400) == "INVALIDJOBSTATE"
    assert lead(org, found)["Phone"] is None


def test_jobs_end_and_then_they_may_go(org: SalesforceOrg) -> None:
    path = f"jobs/ingest/{opened(org)}"
    assert org.refused("DELETE", path, 400) == "API_ERROR"
    assert org.patch(path, {"state": "Aborted"}, 200)["state"] == "Aborted"
    assert org.refused("PATCH", path, 400, {"state": "UploadComplete"}) == "INVALIDJOBSTATE"
    assert org.delete(path) is None
    assert org.refused("GET", path, 404) == "NOT_FOUND"


def test_the_assignment_rule_runs_only_when_it_is_named(org: SalesforceOrg) -> None:
    found, owner = org.add("Lead"), org.org.user_id
    org.org.load("User", [{"LastName": "Rep", "Name": "Rep", "IsActive": 1}])
    rep = next(row["Id"] for row in org.query("SELECT Id FROM User") if row["Id"] != owner)
    org.org.settings.lead_assignment_owner = rep

    run(org, f"Id,Phone\n{found},5\n")
    kept = lead(org, found)["OwnerId"]
    (rule,) = org.query("SELECT Id FROM AssignmentRule")
    run(org, f"Id,Phone\n{found},6\n", assignmentRuleId=rule["Id"])

    assert (kept, lead(org, found)["OwnerId"]) == (owner, rep)


def test_upserts_go_by_an_external_id(org: SalesforceOrg) -> None:
    key = make_field("Policy__c", "string", label="Policy", length=20, custom=True, external_id=True, id_lookup=True)
    org.org.add_custom_field("Lead", key, visible=True)
    found = org.add("Lead", Policy__c="P-1")

    job = run(org, "Policy__c,LastName,Company\nP-1,Known,C\nP-2,New,C\n", "upsert", externalIdFieldName="Policy__c")

    created = {row["Policy__c"]: row["sf__Created"] for row in outcome(org, job, "successfulResults")}
    assert created == {"P-1": "false", "P-2": "true"}
    assert lead(org, found)["LastName"] == "Known"
    without = run(org, "LastName,Company\nNobody,C\n", "upsert", externalIdFieldName="Policy__c")
    assert without["numberRecordsFailed"] == 1


def test_locked_rows_fail_and_the_others_do_not(org: SalesforceOrg) -> None:
    held, free = org.add("Lead"), org.add("Lead")
    org.hub.faults.add("rows_locked", ids=[held], count=1)

    job = run(org, f"Id,Phone\n{held},5\n{free},6\n")

    (failed,) = outcome(org, job, "failedResults")
    assert (failed["sf__Id"], failed["sf__Error"].partition(":")[0]) == (held, "UNABLE_TO_LOCK_ROW")
    assert run(org, f"Id,Phone\n{held},5\n")["numberRecordsFailed"] == 0


def test_half_a_job_may_stay_unprocessed(org: SalesforceOrg) -> None:
    ids = [org.add("Lead") for _ in range(4)]
    org.hub.faults.add("bulk_unprocessed", count=1)

    job = run(org, "Id,Phone\n" + "".join(f"{each},5\n" for each in ids))

    assert (job["state"], job["numberRecordsProcessed"]) == ("Failed", 2)
    assert [row["Id"] for row in outcome(org, job, "unprocessedrecords")] == ids[2:]
    assert {row["sf__Id"] for row in outcome(org, job, "successfulResults")} == set(ids[:2])


def test_a_job_may_come_with_its_data(org: SalesforceOrg) -> None:
    found = org.add("Lead")
    job = json.dumps({"object": "Lead", "operation": "update"})
    parts = {
        "job": (io.BytesIO(job.encode()), "job.json", "application/json"),
        "content": (io.BytesIO(f"Id,Phone\n{found},5\n".encode()), "content.csv", "text/csv"),
    }

    made = org.call("POST", "jobs/ingest", data=parts, content_type="multipart/form-data")

    assert made.status_code == 200, made.text
    (job_row,) = org.get("jobs/ingest")["records"]
    assert org.get(f"jobs/ingest/{job_row['id']}")["numberRecordsProcessed"] == 1
    assert lead(org, found)["Phone"] == "5"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"object": "Nonsense", "operation": "insert"}, "INVALIDJOB"),
        ({"object": "Lead", "operation": "merge"}, "INVALIDOPERATION"),
        ({"object": "Lead", "operation": "upsert"}, "INVALIDJOB"),
        ({"object": "Lead", "operation": "upsert", "externalIdFieldName": "Nonsense__c"}, "INVALIDJOB"),
        ({"object": "Lead", "operation": "hardDelete"}, "FEATURENOTENABLED"),
        ({"object": "Lead", "operation": "insert", "lineEnding": "CR"}, "INVALIDJOB"),
        ({"object": "Lead", "operation": "insert", "contentType": "XML"}, "INVALIDJOB"),
    ],
)
def test_a_job_that_could_never_be_done_is_refused(org: SalesforceOrg, body: dict[str, str], code: str) -> None:
    assert org.refused("POST", "jobs/ingest", 400, body) == code


def test_batches_are_counted_by_ten_thousand_rows(org: SalesforceOrg, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.sandbox.salesforce.bulk.ingests.BATCH", 2)
    ids = [org.add("Lead") for _ in range(5)]

    run(org, "Id,Phone\n" + "".join(f"{each},5\n" for each in ids))

    left = org.get("limits")["DailyBulkApiBatches"]
    assert left["Max"] - left["Remaining"] == 3


def test_uploads_may_have_other_delimiters_and_windows_line_ends(org: SalesforceOrg) -> None:
    found = org.add("Lead")

    job = run(org, f"Id;Phone\r\n{found};5\r\n", columnDelimiter="SEMICOLON", lineEnding="CRLF")

    assert job["numberRecordsFailed"] == 0
    assert lead(org, found)["Phone"] == "5"
    assert org.call("GET", f"jobs/ingest/{job['id']}/successfulResults").text.startswith('"sf__Id";"sf__Created";"Id"')


def test_simple_salesforce_loads_and_extracts_unmodified(org: SalesforceOrg) -> None:
    client = simple_salesforce(org).bulk2.Lead
    found = org.add("Lead")

    inserted = client.insert(records=[{"LastName": f"L{n}", "Company": "C"} for n in range(3)], wait=0)
    updated = client.update(records=[{"Id": found, "Phone": "5"}, {"Id": "00Q000000000000", "Phone": "6"}], wait=0)
    pages = list(client.query("SELECT Id, Phone FROM Lead", max_records=2, wait=0))

    assert (inserted[0]["numberRecordsProcessed"], inserted[0]["numberRecordsFailed"]) == (3, 0)
    assert updated[0]["numberRecordsFailed"] == 1
    assert "INVALID_CROSS_REFERENCE_KEY" in client.get_failed_records(updated[0]["job_id"])
    assert sum(len(page.splitlines()) - 1 for page in pages) == 4
    assert lead(org, found)["Phone"] == "5"
