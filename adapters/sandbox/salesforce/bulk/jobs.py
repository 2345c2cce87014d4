"""The jobs of an org: their changes of state, their keeping, and who works on them.

A query job begins when it is made, an ingest job when it is closed; both not before `bulk_seconds` have passed, and
then when they are next asked about. The work is done in a thread of the job's own; a poll waits a moment for it, so
that a small job is finished when it is first asked about and a large one is seen in progress.
"""

from __future__ import annotations

import itertools
import logging
import shutil
import threading
from pathlib import Path
from tempfile import mkdtemp

from adapters.sandbox.faults import Faults
from adapters.sandbox.salesforce.bulk.job import TERMINAL, Asked, Job, JobFailed, State, Worker
from adapters.sandbox.salesforce.errors import ApiError, not_found
from adapters.sandbox.salesforce.ids import make_id, to18
from adapters.sandbox.salesforce.org import Org

_log = logging.getLogger(__name__)
KEPT_MS = 7 * 86_400_000
PATIENCE = 2.0


class Jobs:
    """Every job of an org. Files lie in a folder beside the org's database and go when the job goes."""

    def __init__(self, org: Org, faults: Faults) -> None:
        self.org, self.faults = org, faults
        self.folder = Path(mkdtemp(prefix="bulk-", dir=org.path.parent))
        self.batches_used = 0
        """Ingest batches worked on: what DailyBulkApiBatches of /limits counts."""
        self.queries_used = 0
        self._serials = itertools.count(1)
        self._jobs: dict[str, Job] = {}
        self._lock = threading.Lock()

    def open(self, kind: str, asked: Asked, work: Worker) -> Job:
        """A new job: a query waits to be worked on, an ingest for its data."""
        now = self.org.now_ms()
        state = State.OPEN if kind == "ingest" else State.UPLOADED
        with self._lock:
            job_id = make_id("750", next(self._serials))
            job = Job(job_id, kind, asked, state, now, now, work)
            self._jobs[job_id] = job
        self.queries_used += kind == "query"
        return job

    def all(self, kind: str) -> list[Job]:
        """The jobs of a kind, newest first; older than seven days are gone."""
        self._expire()
        return [job for job in reversed(list(self._jobs.values())) if job.kind == kind]

    def find(self, kind: str, job_id: str) -> Job:
        """The job as it stands. Raises `ApiError` 404."""
        self._expire()
        job = self._jobs.get(to18(job_id) or "")
        if job is None or job.kind != kind:
            raise not_found()
        return job

    def poll(self, job: Job, patience: float = PATIENCE) -> Job:
        """The job after work that is due has begun, and after at most `patience` seconds of waiting for it."""
        self.begin(job)
        if job.thread is not None:
            job.thread.join(patience)
        return job

    def begin(self, job: Job) -> None:
        """Sets the worker to a job whose time has come."""
        with self._lock:
            if job.state not in (State.UPLOADED, State.WORKING) or job.thread is not None:
                return
            job.state = State.WORKING
            if self.org.now_ms() < job.changed + int(self.org.settings.bulk_seconds * 1000):
                return
            if not self.fault("bulk_stuck", job):
                job.thread = threading.Thread(target=self._work, args=(job,), name=f"bulk {job.id}", daemon=True)
                job.thread.start()

    def close(self, job: Job) -> None:
        """All data is there. Raises `ApiError` when the job is past that."""
        self._leave((State.OPEN,), job, State.UPLOADED, "Closing")
        self.begin(job)

    def abort(self, job: Job) -> None:
        """No more work. Raises `ApiError` when the job has ended."""
        self._leave((State.OPEN, State.UPLOADED, State.WORKING), job, State.ABORTED, "Aborting")

    def delete(self, job: Job) -> None:
        """Removes a job and its files. Raises `ApiError` while the job has not ended."""
        if job.state not in TERMINAL:
            message = "Error encountered when deleting the job because the job is not terminated"
            raise ApiError(400, "API_ERROR", message)
        with self._lock:
            self._jobs.pop(job.id, None)
        self._drop(job)

    def fault(self, kind: str, job: Job) -> bool:
        """Whether a fault of this kind is on for this job; counts its use."""
        for fault in self.faults.standing(kind):
            if fault.hits("GET", job.path):
                self.faults.use(fault)
                return True
        return False

    def shut(self) -> None:
        """Ends all work and removes the files."""
        for job in list(self._jobs.values()):
            if job.state not in TERMINAL:
                job.state = State.ABORTED
            if job.thread is not None:
                job.thread.join()
            self._drop(job)
        self._jobs.clear()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _leave(self, allowed: tuple[State, ...], job: Job, state: State, doing: str) -> None:
        with self._lock:
            if job.state not in allowed:
                raise ApiError(400, "INVALIDJOBSTATE", f"{doing} already {_ended(job.state)} Job not allowed")
            job.state, job.changed = state, self.org.now_ms()

    def _work(self, job: Job) -> None:
        begun = self.org.now_ms()
        try:
            if self.fault("bulk_failed", job):
                raise JobFailed("InternalServerError : An internal server error occurred; create a new job.")
            job.work(job)
        except JobFailed as error:
            job.error = str(error)
        except Exception as error:  # whatever happens to a job is told in the job, as the vendor does
            _log.exception("the bulk job %s broke", job.id)
            job.error = f"InternalServerError : {error}"
        with self._lock:
            if job.state is State.WORKING:
                job.state = State.FAILED if job.error else State.DONE
            job.changed = self.org.now_ms()
            job.taken_ms = job.changed - begun

    def _expire(self) -> None:
        oldest = self.org.now_ms() - KEPT_MS
        for job in [job for job in self._jobs.values() if job.created < oldest and job.state in TERMINAL]:
            self.delete(job)

    @staticmethod
    def _drop(job: Job) -> None:
        for spool in job.spools.values():
            spool.drop()
        if job.upload is not None:
            job.upload.unlink(missing_ok=True)


def _ended(state: State) -> str:
    return {State.DONE: "Completed", State.UPLOADED: "Closed"}.get(state, str(state))
