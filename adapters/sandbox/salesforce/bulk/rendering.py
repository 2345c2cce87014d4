"""A job as JSON.

Shape: Bulk API 2.0 Guide, "Create a Job", "Get Information About a Job", "Get All Jobs"; `apiVersion` is a number.
"""

from __future__ import annotations

from typing import Any

from adapters.sandbox.salesforce.bulk.job import Job
from adapters.sandbox.salesforce.values import stamp


def created(job: Job) -> dict[str, Any]:
    """The answer to creating a job, and to changing its state."""
    body: dict[str, Any] = {
        "id": job.id,
        "operation": job.asked.operation,
        "object": job.asked.sobject,
        "createdById": job.asked.user_id,
        "createdDate": stamp(job.created),
        "systemModstamp": stamp(job.changed),
        "state": str(job.state),
        "concurrencyMode": "Parallel",
        "contentType": "CSV",
        "apiVersion": float(job.asked.version),
    }
    if job.kind == "ingest":
        body["contentUrl"] = f"{job.path.removeprefix('/')}/batches"
        if job.asked.external_id:
            body["externalIdFieldName"] = job.asked.external_id
        if job.asked.assignment_rule:
            body["assignmentRuleId"] = job.asked.assignment_rule
    return body | {"lineEnding": job.asked.form.ending, "columnDelimiter": job.asked.form.delimiter}


def listed(job: Job) -> dict[str, Any]:
    """A job in the list of all jobs."""
    return created(job) | {"jobType": "V2Query" if job.kind == "query" else "V2Ingest"}


def info(job: Job) -> dict[str, Any]:
    """Everything about a job."""
    body = listed(job) | {
        "retries": 0,
        "totalProcessingTime": job.taken_ms,
        "numberRecordsProcessed": job.processed,
    }
    if job.kind == "query":
        body["isPkChunkingSupported"] = True
    else:
        body |= {
            "numberRecordsFailed": job.failed,
            "apiActiveProcessingTime": job.taken_ms,
            "apexProcessingTime": 0,
        }
    return body | ({"errorMessage": job.error} if job.error else {})
