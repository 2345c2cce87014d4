"""``/services/data/vXX.0/jobs/query`` and ``/jobs/ingest``."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, g, request

from adapters.sandbox.salesforce.api.answers import answer, nothing, sent_object
from adapters.sandbox.salesforce.api.routes import guarded
from adapters.sandbox.salesforce.bulk.csvs import DELIMITERS, LINE_ENDINGS, Form
from adapters.sandbox.salesforce.bulk.ingests import (
    FAILED,
    SUCCESSFUL,
    UNPROCESSED,
    UPLOAD_MOST,
    open_ingest,
    receive,
)
from adapters.sandbox.salesforce.bulk.job import TERMINAL, Asked, State
from adapters.sandbox.salesforce.bulk.jobs import Jobs
from adapters.sandbox.salesforce.bulk.queries import PAGE, locator, open_query, results, row_of
from adapters.sandbox.salesforce.bulk.rendering import created, info, listed
from adapters.sandbox.salesforce.bulk.spool import Spool
from adapters.sandbox.salesforce.errors import ApiError, bad_json, not_found
from adapters.sandbox.salesforce.hub import hub
from adapters.sandbox.salesforce.view import NoSuchObject

bulk = guarded(Blueprint("bulk", __name__, url_prefix="/services/data/<version>/jobs"))
_RESULTS = {name.lower(): name for name in (SUCCESSFUL, FAILED, UNPROCESSED)}
_PAGES_AT_ONCE = 5


@bulk.post("/query")
def _create_query() -> Response:
    body = sent_object()
    soql = str(body.get("query") or "")
    job = open_query(_jobs(), g.session.user_id, _version(), str(body.get("operation")), soql, _form(body))
    told = answer(created(job))
    # Salesforce answers with the job as it was made, and sets to work at once.
    _jobs().begin(job)
    return told


@bulk.post("/ingest")
def _create_ingest() -> Response:
    request.max_content_length = UPLOAD_MOST + (1 << 20)
    data = None
    if request.mimetype == "multipart/form-data":
        body, data = _parts()
    else:
        body = sent_object()
    job = open_ingest(_jobs(), _asked(body))
    if data is not None:
        receive(_jobs(), job, io.BytesIO(data))
        _jobs().close(job)
    return answer(created(job))


@bulk.get("/<any(query, ingest):kind>")
def _list(kind: str) -> Response:
    found = _jobs().all(kind)
    for job in found:
        _jobs().begin(job)
    return answer({"done": True, "records": [listed(job) for job in found], "nextRecordsUrl": None})


@bulk.get("/<any(query, ingest):kind>/<job_id>")
def _info(kind: str, job_id: str) -> Response:
    return answer(info(_jobs().poll(_jobs().find(kind, job_id))))


@bulk.patch("/<any(query, ingest):kind>/<job_id>")
def _change(kind: str, job_id: str) -> Response:
    job, state = _jobs().find(kind, job_id), sent_object().get("state")
    if state == State.ABORTED:
        _jobs().abort(job)
    elif state == State.UPLOADED and kind == "ingest":
        _jobs().close(job)
    else:
        raise ApiError(400, "INVALIDJOBSTATE", f"The state of a job cannot be set to {state}.")
    return answer(created(job) | {"state": state})


@bulk.delete("/<any(query, ingest):kind>/<job_id>")
def _delete(kind: str, job_id: str) -> Response:
    _jobs().delete(_jobs().find(kind, job_id))
    return nothing()


@bulk.put("/ingest/<job_id>/batches")
def _upload(job_id: str) -> Response:
    request.max_content_length = UPLOAD_MOST + (1 << 20)
    if request.mimetype != "text/csv":
        raise ApiError(415, "UNSUPPORTED_MEDIA_TYPE", "Content type not supported. Send the data as text/csv.")
    receive(_jobs(), _jobs().find("ingest", job_id), request.stream)
    return nothing(201)


@bulk.get("/ingest/<job_id>/<outcome>")
def _outcome(job_id: str, outcome: str) -> Response:
    name = _RESULTS.get(outcome.lower())
    if name is None:
        raise not_found()
    job = _jobs().poll(_jobs().find("ingest", job_id))
    if job.state not in TERMINAL:
        raise ApiError(400, "INVALIDJOBSTATE", f"Results are there when the job has ended; it is {job.state}.")
    spool = job.spools.get(name)
    return Response(b"", content_type="text/csv") if spool is None else _csv(spool, 0, len(spool))


@bulk.get("/query/<job_id>/results")
def _results(job_id: str) -> Response:
    job = _jobs().find("query", job_id)
    spool = results(job, _version())
    start, count = row_of(request.args.get("locator", ""), len(spool)), _whole("maxRecords", PAGE)
    response = _csv(spool, start, count)
    rows = min(count, len(spool) - start)
    following = start + rows
    response.headers["Sforce-NumberOfRecords"] = str(rows)
    response.headers["Sforce-Locator"] = locator(following) if following < len(spool) else "null"
    return response


@bulk.get("/query/<job_id>/resultPages")
def _result_pages(job_id: str) -> Response:
    job = _jobs().find("query", job_id)
    spool = results(job, _version())
    start = row_of(request.args.get("locator", ""), len(spool))
    starts = [*range(start, max(len(spool), 1), PAGE)]
    shown, rest = starts[:_PAGES_AT_ONCE], starts[_PAGES_AT_ONCE:]
    pages = [{"resultUrl": f"{job.path}/results{_from(row)}maxRecords={PAGE}"} for row in shown]
    following = f"{job.path}/resultPages?locator={locator(rest[0])}" if rest else None
    return answer({"resultPages": pages, "nextRecordsUrl": following, "done": not rest})


def _from(row: int) -> str:
    return f"?locator={locator(row)}&" if row else "?"


def _csv(spool: Spool, start: int, count: int) -> Response:
    """A page as a stream."""
    response = Response(spool.page(start, count), content_type="text/csv")
    response.content_length = spool.size(start, count)
    return response


def _asked(body: Mapping[str, Any]) -> Asked:
    """An ingest job as its creator describes it. Raises `ApiError` for an object this user does not see."""
    name = str(body.get("object") or "")
    try:
        sobject = hub().org.view(g.session.user_id).object(name)
    except NoSuchObject as error:
        raise ApiError(400, "INVALIDJOB", f"Unable to find object: {name}") from error
    asked = Asked(
        str(body.get("operation")),
        sobject.name,
        g.session.user_id,
        _version(),
        _form(body),
        external_id=str(body.get("externalIdFieldName") or ""),
        assignment_rule=str(body.get("assignmentRuleId") or ""),
    )
    field = sobject.fields.get(asked.external_id.lower())
    if asked.external_id and not (field is not None and field.names_records):
        message = (
            f"Field name provided, {asked.external_id} does not match an External ID, Salesforce Id, or indexed field "
            f"for {sobject.name}"
        )
        raise ApiError(400, "INVALIDJOB", message)
    return asked


def _form(body: Mapping[str, Any]) -> Form:
    form = Form(str(body.get("columnDelimiter") or "COMMA"), str(body.get("lineEnding") or "LF"))
    if body.get("contentType") not in (None, "CSV"):
        raise ApiError(400, "INVALIDJOB", "The content type of a job must be CSV.")
    if form.delimiter not in DELIMITERS:
        raise ApiError(400, "INVALIDJOB", f"columnDelimiter must be one of {', '.join(DELIMITERS)}.")
    if form.ending not in LINE_ENDINGS:
        raise ApiError(400, "INVALIDJOB", f"lineEnding must be one of {', '.join(LINE_ENDINGS)}.")
    return form


def _parts() -> tuple[dict[str, Any], bytes]:
    """The two parts of a multipart job: its description and its data."""
    job = request.form.get("job") or (request.files["job"].read() if "job" in request.files else None)
    data = request.files["content"].read() if "content" in request.files else request.form.get("content", "").encode()
    try:
        body = json.loads(job or "")
    except ValueError as error:
        raise bad_json("The part named job must hold the job as JSON.") from error
    return dict(body), data


def _whole(name: str, default: int) -> int:
    text = request.args.get(name)
    if text is None:
        return default
    if not text.isdigit() or int(text) < 1:
        raise ApiError(400, "INVALID_QUERY_PARAMETER", f"{name} must be a whole number above 0, not {text}.")
    return int(text)


def _version() -> str:
    return str(g.version).removeprefix("v")


def _jobs() -> Jobs:
    return hub().jobs
