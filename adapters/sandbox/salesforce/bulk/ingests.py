"""Ingest jobs: an upload, checked as a whole, then written row by row, and what became of each row.

Facts: Bulk API 2.0 Guide: an empty cell leaves the field as it is, ``#N/A`` clears it; results do not come in the
order of the upload; rows are written in batches of 10,000, and within a batch in transactions of 200.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import IO, BinaryIO

from adapters.sandbox.salesforce import dml
from adapters.sandbox.salesforce.api.writing import refusal
from adapters.sandbox.salesforce.bulk.columns import Columns, columns
from adapters.sandbox.salesforce.bulk.csvs import BadCsv, Line, read
from adapters.sandbox.salesforce.bulk.job import Asked, Job, JobFailed, State
from adapters.sandbox.salesforce.bulk.jobs import Jobs
from adapters.sandbox.salesforce.bulk.spool import Spool
from adapters.sandbox.salesforce.dml import RowResult
from adapters.sandbox.salesforce.errors import ApiError
from adapters.sandbox.salesforce.ids import to18
from adapters.sandbox.salesforce.values import RowError, from_csv

OPERATIONS = ("insert", "update", "upsert", "delete", "hardDelete")
SUCCESSFUL, FAILED, UNPROCESSED = "successfulResults", "failedResults", "unprocessedrecords"
UPLOAD_MOST = 150 * 1024 * 1024
BATCH, TRANSACTION = 10_000, 200


def open_ingest(jobs: Jobs, asked: Asked) -> Job:
    """A new job that waits for its data. Raises `ApiError` 400 when it could never be done."""
    if asked.operation not in OPERATIONS:
        message = f"Operation '{asked.operation}' is not supported: send one of {', '.join(OPERATIONS)}."
        raise ApiError(400, "INVALIDOPERATION", message)
    if asked.operation == "hardDelete":
        message = (
            "hardDelete operation requires special user profile permission, please contact your system administrator"
        )
        raise ApiError(400, "FEATURENOTENABLED", message)
    if asked.operation == "upsert" and not asked.external_id:
        message = f"External ID was blank for {asked.sobject}. An External ID must be specified for upsert."
        raise ApiError(400, "INVALIDJOB", message)
    return jobs.open("ingest", asked, partial(run_ingest, jobs))


def receive(jobs: Jobs, job: Job, stream: IO[bytes]) -> None:
    """Keeps the uploaded data. Raises `ApiError` for a second upload, a closed job or more than 150 MB."""
    if job.upload is not None:
        message = (
            f"Found multiple contents for job: <{job.id}>, please 'Close' / 'Abort' / 'Delete' the current Job then "
            "create a new Job and make sure you only do 'PUT' once on a given Job."
        )
        raise ApiError(400, "CLIENTINPUTERROR", message)
    if job.state is not State.OPEN:
        raise ApiError(400, "INVALIDJOBSTATE", f"Data can be uploaded to an Open job only; this one is {job.state}.")
    path, size = jobs.folder / f"{job.id}.upload", 0
    with path.open("wb") as file:
        while piece := stream.read(1 << 16):
            size += file.write(piece)
            if size > UPLOAD_MOST:
                path.unlink()
                message = "The uploaded data is larger than 150 MB. Split it into several jobs."
                raise ApiError(413, "CLIENTINPUTERROR", message)
    job.upload = path


def run_ingest(jobs: Jobs, job: Job) -> None:
    """Writes the rows of an upload. Raises `JobFailed` when the file as a whole is no good."""
    if job.upload is None:
        return
    with job.upload.open("rb") as file:
        try:
            total = _checked(jobs, job, file)
        except BadCsv as error:
            _none_processed(jobs, job)
            raise JobFailed(str(error)) from error
    run = _Run(jobs, job)
    most = (total + 1) // 2 if jobs.fault("bulk_unprocessed", job) else total
    with job.upload.open("rb") as file:
        lines = read(file, job.asked.form)
        next(lines)
        run.write(islice(lines, most))
        for line in lines:
            job.spools[UNPROCESSED].write_raw(line.raw if line.raw.endswith(b"\n") else line.raw + b"\n")
    for spool in job.spools.values():
        spool.finish()
    if most < total:
        raise JobFailed("InternalServerError : The job was stopped; send the unprocessed records again in a new job.")


def _checked(jobs: Jobs, job: Job, file: BinaryIO) -> int:
    """Reads the whole upload once; returns how many rows it has. Raises `BadCsv`."""
    lines = read(file, job.asked.form)
    header = next(lines, None)
    if header is None:
        raise BadCsv("InvalidBatch : The data is empty: the first line must name the fields")
    found = columns(jobs.org, job.asked, header.cells)
    form, head = job.asked.form, header.raw.rstrip(b"\r\n").removeprefix(b"\xef\xbb\xbf") + b"\n"
    for name, first in ((SUCCESSFUL, ("sf__Id", "sf__Created")), (FAILED, ("sf__Id", "sf__Error"))):
        job.spools[name] = Spool(jobs.folder / f"{job.id}.{name}", form, form.line([*first, *found.header]))
    job.spools[UNPROCESSED] = Spool(jobs.folder / f"{job.id}.{UNPROCESSED}", form, head)
    total = 0
    for total, line in enumerate(lines, 1):
        if len(line.cells) != len(found.header):
            raise BadCsv(
                f"InvalidBatch : Failed to parse CSV: row {total} has {len(line.cells)} values, "
                f"the header names {len(found.header)} fields"
            )
    return total


def _none_processed(jobs: Jobs, job: Job) -> None:
    """A file that cannot be read comes back as it is."""
    for spool in job.spools.values():
        spool.drop()
    with (job.upload or jobs.folder).open("rb") as file:
        spool = Spool(jobs.folder / f"{job.id}.{UNPROCESSED}", job.asked.form, file.readline())
        for line in file:
            spool.write_raw(line)
    spool.finish()
    job.spools = {UNPROCESSED: spool}


@dataclass(frozen=True, slots=True)
class _Run:
    """The writing of one job's rows."""

    jobs: Jobs
    job: Job

    def write(self, lines: Iterator[Line]) -> None:
        """Writes the rows batch by batch, until the job is aborted."""
        order = random.Random(self.job.id)  # noqa: S311 (the order of results means nothing, and must be repeatable)
        found = self._columns()
        while self.job.state is State.WORKING and (batch := list(islice(lines, BATCH))):
            self.jobs.batches_used += 1
            results: list[tuple[Line, RowResult]] = []
            for start in range(0, len(batch), TRANSACTION):
                some = batch[start : start + TRANSACTION]
                results += zip(some, self._transaction(found, some), strict=True)
            order.shuffle(results)
            self._note(found, results)

    def _columns(self) -> Columns:
        with (self.job.upload or self.jobs.folder).open("rb") as file:
            return columns(self.jobs.org, self.job.asked, next(read(file, self.job.asked.form)).cells)

    def _transaction(self, found: Columns, lines: Sequence[Line]) -> list[RowResult]:
        results: list[RowResult | None] = [None] * len(lines)
        good: list[tuple[int, dict[str, str]]] = []
        for place, line in enumerate(lines):
            row = found.row(line.cells)
            error = self._refused_on_demand(row)
            if error is None:
                good.append((place, row))
            else:
                results[place] = RowResult(None, False, (error,))
        written = self._dml([row for _, row in good])
        for (place, _), result in zip(good, written, strict=True):
            results[place] = result
        return [each for each in results if each is not None]

    def _refused_on_demand(self, row: dict[str, str]) -> RowError | None:
        named = str(row.get("Id") or "")
        return refusal(self.jobs.faults, to18(named) or named) if named else None

    def _dml(self, rows: list[dict[str, str]]) -> list[RowResult]:
        asked, org = self.job.asked, self.jobs.org
        if not rows:
            return []
        whose = (org, asked.user_id, asked.sobject)
        assign = bool(asked.assignment_rule)
        match asked.operation:
            case "insert":
                return dml.insert(*whose, rows, auto_assign=assign, reader=from_csv)
            case "update":
                return dml.update(*whose, rows, auto_assign=assign, reader=from_csv)
            case "upsert":
                key = asked.external_id
                return dml.upsert(*whose, rows, external_id=key, auto_assign=assign, reader=from_csv)
            case _:
                return dml.delete(*whose, [row.get("Id", "") for row in rows], auto_assign=assign)

    def _note(self, found: Columns, results: Sequence[tuple[Line, RowResult]]) -> None:
        good, bad = self.job.spools[SUCCESSFUL], self.job.spools[FAILED]
        for line, result in results:
            if result.success:
                good.write([result.id or "", str(bool(result.created)).lower(), *line.cells])
            else:
                bad.write([found.named(line.cells), _error_text(result), *line.cells])
                self.job.failed += 1
        self.job.processed += len(results)


def _error_text(result: RowResult) -> str:
    return ";".join(f"{each.code}:{each.message}:{','.join(each.fields)}--" for each in result.errors)
