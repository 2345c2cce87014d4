"""Back-fill: any number of rows by Bulk API 2.0 jobs, some six calls each however many rows there are.

Rows go to disk once, as they come; each job's CSV is cut from there, and the results are told by reading them again, so
that only what failed is held in memory. A job that is complete may have failed rows: its counts say so, and only then
are they asked for. Jobs are not deleted: Salesforce does that after seven days, and a call costs quota.
https://developer.salesforce.com/docs/platform/api-asynch/guide/bulk-api-2-0-ingest.html
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

from adapters.contract import AdapterError, Update, WriteResult
from adapters.salesforce import csvs
from adapters.salesforce.jobs import Outcome, Part, run, short
from adapters.salesforce.org import Org
from adapters.salesforce.orphans import stop_orphans, watched
from adapters.salesforce.outgoing import OBJECTS, Planner, raise_when_closed
from adapters.salesforce.spool import Spool
from adapters.salesforce.verdicts import Act, Refusal, trouble_of_account, unproven, unseen
from adapters.salesforce.writing import not_reached, result_of

FOLDERS = "leadtier-backfill-"
OLD = 86_400.0
"""Seconds after which a folder is nobody's: no back-fill takes a day."""

MOST_ROWS = 1_000_000
MOST_BYTES = 90_000_000
"""Of one job. Salesforce takes 150 MB as base64, which is 112 MB of CSV; quotes inside values may add some."""


def backfill(org: Org, updates: Iterable[Update]) -> Iterator[WriteResult]:
    """One result per update, in order; see `Writer.backfill`."""
    with TemporaryDirectory(prefix=FOLDERS) as folder:
        _sweep(Path(folder))
        spool = Spool(Path(folder) / "rows")
        refused = spool.fill(Planner(org.describes), updates)
        raise_when_closed(refused, spool.objects)
        told = _Told(refused)
        for part in _parts(spool, Path(folder) / "upload.csv"):
            told.add(part, _run(org, part, told))
        told.raise_when_all_refused(org, spool.count)
        yield from told.results(spool)


def _sweep(ours: Path) -> None:
    """Removes what killed processes left beside our folder: scores and reasons must not lie about."""
    now = ours.stat().st_mtime
    for path in ours.parent.glob(f"{FOLDERS}*"):
        with contextlib.suppress(OSError):
            if path.stat().st_mtime < now - OLD:
                shutil.rmtree(path, ignore_errors=True)


class _Told:
    """What is known of the rows so far: the refused ones by id, the others by their job."""

    def __init__(self, unsent: dict[str, Refusal]) -> None:
        self._unsent = unsent
        self._refused: dict[str, Refusal] = {}
        """By `short` id."""
        self._jobs: dict[str, list[tuple[int, Refusal | None]]] = {name: [] for name in OBJECTS.values()}
        self.problem: AdapterError | None = None
        """Why later jobs are not begun."""

    @property
    def written(self) -> bool:
        """Whether some job came to its end: then a failure is that of the rows still to be sent."""
        return any(rest is None for jobs in self._jobs.values() for _, rest in jobs)

    def add(self, part: Part, outcome: Outcome) -> None:
        """A job's end."""
        refused = outcome.refused
        if len(refused) == part.count and unproven(list(refused.values())):
            refused = {one: unseen(part.object, refusal) for one, refusal in refused.items()}
        self._refused |= refused
        self._jobs[part.object].append((part.count, outcome.rest))

    def raise_when_all_refused(self, org: Org, count: int) -> None:
        """Raises `Misconfigured` where every row there is fails for one reason that lies in the account."""
        refusals = [*self._unsent.values(), *self._refused.values()]
        if any(refusal.act is Act.SCHEMA for refusal in refusals):
            org.describes.forget()
        trouble = trouble_of_account(refusals) if len(refusals) == count else None
        if trouble is not None:
            raise trouble

    def results(self, spool: Spool) -> Iterator[WriteResult]:
        """Every row again, with what became of it."""
        rests = {name: _by_row(jobs) for name, jobs in self._jobs.items()}
        for one, name in spool.rows():
            rest = next(rests[name]) if name else None
            fate = self._refused.get(short(one), rest) if name else self._unsent.get(one)
            yield result_of(one, fate)


def _by_row(jobs: Iterable[tuple[int, Refusal | None]]) -> Iterator[Refusal | None]:
    """What is said of each row of an object, in order, unless it is named itself."""
    for count, rest in jobs:
        for _ in range(count):
            yield rest


def _run(org: Org, part: Part, told: _Told) -> Outcome:
    """One job. Raises only while nothing is known to be written; later a failure is told of the rows not yet sent."""
    if told.problem is None:
        try:
            stop_orphans(org)
            with watched(org):
                return run(org.client, part)
        except AdapterError as problem:
            if not told.written:
                raise
            told.problem = problem
    return Outcome({}, not_reached(told.problem))


def _parts(spool: Spool, path: Path) -> Iterator[Part]:
    """A CSV per job. An empty cell leaves a field alone, so one header does for all rows of an object."""
    for name in OBJECTS.values():
        rows = spool.cells(name)
        for first in rows:
            with path.open("wb") as file:
                count = csvs.write(file, spool.header(name), _fitting(chain([first], rows)))
            yield Part(name, path, count)


def _fitting(rows: Iterable[list[str]]) -> Iterator[list[str]]:
    size = 0
    for count, row in enumerate(rows, start=1):
        yield row
        size += sum(len(cell.encode()) + len('"",') for cell in row)
        if size >= MOST_BYTES or count >= MOST_ROWS:
            return
