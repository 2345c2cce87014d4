"""One job of Bulk API 2.0: what was asked for, and how far it is."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from adapters.sandbox.salesforce.bulk.csvs import Form
from adapters.sandbox.salesforce.bulk.spool import Spool


class State(StrEnum):
    """States of a job, in the vendor's spelling."""

    OPEN = "Open"
    UPLOADED = "UploadComplete"
    WORKING = "InProgress"
    DONE = "JobComplete"
    FAILED = "Failed"
    ABORTED = "Aborted"


TERMINAL = frozenset({State.DONE, State.FAILED, State.ABORTED})


Worker = Callable[["Job"], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a job is to do, as its creator said. `version` is the API version of that call, "67.0"."""

    operation: str
    sobject: str
    user_id: str
    version: str
    form: Form
    query: str = ""
    external_id: str = ""
    assignment_rule: str = ""


@dataclass(eq=False)
class Job:
    """One job. Times are in ms since 1970."""

    id: str
    kind: str
    """"query" or "ingest"."""
    asked: Asked
    state: State
    created: int
    changed: int
    work: Worker
    error: str = ""
    processed: int = 0
    failed: int = 0
    taken_ms: int = 0
    upload: Path | None = None
    spools: dict[str, Spool] = field(default_factory=dict)
    thread: threading.Thread | None = None

    @property
    def path(self) -> str:
        """Where the API finds it."""
        return f"/services/data/v{self.asked.version}/jobs/{self.kind}/{self.id}"


class JobFailed(Exception):
    """Ends a job in state Failed; the text is its `errorMessage`."""
