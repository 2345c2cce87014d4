"""Query jobs: a SOQL query whose rows go into a file, and the pages of that file."""

from __future__ import annotations

import base64
import binascii
from functools import partial

from adapters.sandbox.salesforce.bulk.csvs import Form
from adapters.sandbox.salesforce.bulk.job import Asked, Job, JobFailed, State
from adapters.sandbox.salesforce.bulk.jobs import Jobs
from adapters.sandbox.salesforce.bulk.spool import Spool
from adapters.sandbox.salesforce.errors import ApiError
from adapters.sandbox.salesforce.soql import Flat, parse, run_flat
from adapters.sandbox.salesforce.soql.errors import SoqlError

OPERATIONS = ("query", "queryAll")
RESULTS = "results"
PAGE = 50_000
"""Rows of a page when the caller does not say."""
_NOT_IN_BULK = frozenset({"taskwhorelation", "eventwhorelation", "taskstatus", "taskpriority", "recentlyviewed"})


def open_query(jobs: Jobs, user_id: str, version: str, operation: str, soql: str, form: Form) -> Job:
    """A new query job. Raises `SoqlError`, or `ApiError` 400 when the query is none for bulk."""
    if operation not in OPERATIONS:
        raise ApiError(400, "INVALIDOPERATION", f"Operation '{operation}' is not supported: send query or queryAll.")
    sobject = parse(soql).source.name
    found = jobs.org.catalog.object(sobject)
    if sobject.lower() in _NOT_IN_BULK:
        raise ApiError(400, "INVALIDENTITY", f"Entity '{sobject}' is not supported by the Bulk API.")
    _rows(jobs, user_id, operation, soql)
    asked = Asked(operation, found.name if found else sobject, user_id, version, form, query=soql)
    return jobs.open("query", asked, partial(run_query, jobs))


def run_query(jobs: Jobs, job: Job) -> None:
    """Writes the rows of a query into the job's file. Raises `JobFailed`."""
    try:
        flat = _rows(jobs, job.asked.user_id, job.asked.operation, job.asked.query)
        spool = Spool(jobs.folder / f"{job.id}.csv", job.asked.form, job.asked.form.line(flat.header))
        job.spools[RESULTS] = spool
        for row in flat.rows:
            spool.write(row)
            job.processed = len(spool)
            if job.state is not State.WORKING:
                return
    except SoqlError as error:
        raise JobFailed(f"{error.code} : {error.message}") from error
    spool.finish()


def results(job: Job, version: str) -> Spool:
    """The finished rows. Raises `ApiError`: 409 for another API version than the job's, 400 before the end."""
    if version != job.asked.version:
        raise ApiError(
            409,
            "API_VERSION_MISMATCH",
            f"The job was created with API version {job.asked.version}; ask for its results with that version.",
        )
    if job.state is not State.DONE:
        raise ApiError(400, "INVALIDJOBSTATE", f"Results are there when the job is JobComplete; it is {job.state}.")
    return job.spools[RESULTS]


def locator(row: int) -> str:
    """The name of the page that begins at a row."""
    return base64.urlsafe_b64encode(str(row).encode()).decode().rstrip("=")


def row_of(text: str, rows: int) -> int:
    """The row a locator names, 0 for none. Raises `ApiError` 400."""
    if not text:
        return 0
    try:
        row = int(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error) as error:
        raise _bad_locator(text) from error
    if not 0 <= row < rows:
        raise _bad_locator(text)
    return row


def _rows(jobs: Jobs, user_id: str, operation: str, soql: str) -> Flat:
    return run_flat(jobs.org, jobs.org.view(user_id), soql, include_deleted=operation == "queryAll")


def _bad_locator(text: str) -> ApiError:
    return ApiError(400, "INVALID_QUERY_LOCATOR", f"invalid query locator: {text}")
