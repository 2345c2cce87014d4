"""One ingest job of Bulk API 2.0: create, load, close, watch, and what became of its rows."""

from __future__ import annotations

import contextlib
import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from adapters.contract import AdapterError, Broken, Retry
from adapters.salesforce import csvs, paths
from adapters.salesforce.client import Client
from adapters.salesforce.errors import Refused
from adapters.salesforce.verdicts import Act, Refusal, fields_closed, of_text

FIRST_WAIT, LONGEST_WAIT, GROWTH = 1.0, 60.0, 3.0
"""Seconds between two looks at a job: a small one is done at once, a big one takes minutes, a look is a call."""
ROWS_A_SECOND = 2_000
"""What a job is expected to write; the first look waits for it."""

PATIENCE = 15 * 60.0
"""Seconds without progress after which a job is given up."""

AT_WORK = frozenset({"UploadComplete", "InProgress"})

NO_FIELD = re.compile(r"(?:Field name not found|No such column)\s*:?\s*'?(\w+)", re.IGNORECASE)

NOT_PROCESSED = Refusal("NOT_PROCESSED", "Salesforce's job ended before this row.", decided=Act.RETRY)
UNTOLD = Refusal("UNKNOWN", "Salesforce's job did not say what became of this row.", decided=Act.RETRY)


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of one job."""

    object: str
    path: Path
    count: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of them: the refused ones by `short` id, and what is to be said of all others (None: written)."""

    refused: Mapping[str, Refusal]
    rest: Refusal | None


def run(client: Client, part: Part) -> Outcome:
    """Writes one CSV. Raises the error family when nothing is known of its rows."""
    asked = {"object": part.object, "operation": "update", "contentType": "CSV", "lineEnding": "LF"}
    job_id = str(client.post(paths.INGEST_JOBS, asked)["id"])
    try:
        _load(client, job_id, part)
        job = _watch(client, job_id, part.count)
    except AdapterError:
        _abort(client, job_id)
        raise
    return _outcome(client, job_id, part, job)


def _load(client: Client, id: str, part: Part) -> None:
    """A repeated upload or close is refused because the first one arrived; the job's counts tell whether it did."""
    with contextlib.suppress(Refused):
        client.upload("PUT", paths.job(paths.INGEST_JOBS, id, "batches"), part.path, "text/csv; charset=UTF-8")
    with contextlib.suppress(Refused):
        client.patch(paths.job(paths.INGEST_JOBS, id), {"state": "UploadComplete"})


def _watch(client: Client, id: str, rows: int) -> Mapping[str, Any]:
    """The job at its end. Raises `Retry` when it stands still for too long."""
    wait, idle, seen = min(max(FIRST_WAIT, rows / ROWS_A_SECOND), LONGEST_WAIT), 0.0, -1
    while True:
        client.sleep(wait)
        job = _look(client, id)
        if job and job.get("state") not in AT_WORK:
            return job
        done = _count(job, "numberRecordsProcessed")
        idle = 0.0 if done > seen else idle + wait
        seen = max(seen, done)
        if idle >= PATIENCE:
            text = "Salesforce's bulk job has not moved for a quarter of an hour; it is stopped and tried again later."
            raise Retry(text, f"bulk job {id}: {done} rows done")
        wait = min(wait * GROWTH, LONGEST_WAIT)


def _look(client: Client, id: str) -> Mapping[str, Any]:
    """The job now; nothing while Salesforce is out of reach, which a job outlives."""
    try:
        found = client.get(paths.job(paths.INGEST_JOBS, id))
    except Retry:
        return {}
    return found if isinstance(found, dict) else {}


def _abort(client: Client, id: str) -> None:
    """A job that nobody watches must not write old values over newer ones later."""
    with contextlib.suppress(AdapterError):
        client.patch(paths.job(paths.INGEST_JOBS, id), {"state": "Aborted"})


def _outcome(client: Client, id: str, part: Part, job: Mapping[str, Any]) -> Outcome:
    if job.get("state") == "Open":
        _abort(client, id)
        raise Broken("Salesforce did not take the rows of a bulk job. Report it with the log.", f"bulk job {id}: Open")
    if job.get("state") != "JobComplete":
        return _failed(part, str(job.get("errorMessage") or ""))
    failed, done = _count(job, "numberRecordsFailed"), _count(job, "numberRecordsProcessed")
    missing = max(0, part.count - done)
    refused: dict[str, Refusal] = {}
    if failed:
        refused |= _failures(client, id)
    listed = len(refused)
    if missing:
        refused |= dict.fromkeys(_unprocessed(client, id), NOT_PROCESSED)
    believed = listed == failed <= done <= part.count and len(refused) == failed + missing
    return Outcome(refused, None if believed and _all_sent(part, refused) else UNTOLD)


def _all_sent(part: Part, refused: Mapping[str, Refusal]) -> bool:
    """Whether every refused record is one that was sent: else the refused one is another, and passes for written."""
    if not refused:
        return True
    with part.path.open("rb") as file:
        _, rows = csvs.read(file)
        return sum(short(cells[0]) in refused for cells in rows) == len(refused)


def short(id: str) -> str:
    """An id as it is compared: the other three of its eighteen characters are a check that may be left out."""
    return id[:15]


def _failed(part: Part, message: str) -> Outcome:
    field = NO_FIELD.search(message)
    if field:
        raise fields_closed([f"{part.object}.{field[1]}"], "bulk job: no such field")
    text = message or "Salesforce stopped the bulk job without giving a reason."
    return Outcome({}, Refusal("BULK_JOB_FAILED", text, decided=Act.RETRY))


def _failures(client: Client, id: str) -> dict[str, Refusal]:
    return {short(row["Id"]): _refusal(row.get("sf__Error", "")) for row in _table(client, id, "failedResults")}


def _unprocessed(client: Client, id: str) -> list[str]:
    return [short(row["Id"]) for row in _table(client, id, "unprocessedrecords")]


def _table(client: Client, id: str, part: str) -> Iterator[dict[str, str]]:
    """The rows of a result that name their record; a spoilt one is missed in the count, and its job not believed."""
    with client.csv(paths.job(paths.INGEST_JOBS, id, part)) as download, contextlib.suppress(csv.Error):
        header, rows = csvs.read(download.file)
        for cells in rows:
            if len(cells) == len(header) and "Id" in header:
                yield dict(zip(header, cells, strict=True))


@lru_cache(maxsize=512)
def _refusal(text: str) -> Refusal:
    """Thousands of rows fail for the same few reasons, and are all held."""
    return of_text(text)


def _count(job: Mapping[str, Any], name: str) -> int:
    return int(job.get(name) or 0)
