"""Reading a phase by Bulk API 2.0: one job, whatever the size, its result downloaded to disk and read from there.

https://developer.salesforce.com/docs/platform/api-asynch/guide/queries.html
"""

from __future__ import annotations

import csv
import logging
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from adapters.contract import Retry
from adapters.salesforce import csvs, paths
from adapters.salesforce.client import Client
from adapters.salesforce.errors import Refused
from adapters.salesforce.parts import Part, State
from adapters.salesforce.soql import ID, Phase, everything
from adapters.salesforce.values import Row, csv_reader
from adapters.salesforce.wire import Download

log = logging.getLogger(__name__)

PAGE = 500
"""Rows handed on at once. Some pages of every stream wait in memory, and a lead is some ten kilobytes there."""
DOWNLOAD = 1_000_000
"""Rows of one download; they go through the disk, so memory does not depend on it."""

FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0
ROWS_A_SECOND = 5_000
"""What a job is expected to find; a look at one that cannot be done yet is a call for nothing."""
PATIENCE = 3600.0
"""Seconds a job is waited for at one go; the next sync finds it again by the cursor."""

END = "null"
"""What ``Sforce-Locator`` says on the last page."""


class Unreadable(Exception):
    """A job that failed, or whose CSV makes no sense: the phase is read by REST instead."""


def parts(client: Client, phase: Phase, state: State, total: int | None) -> Iterator[Part]:
    """Every page. Raises `Unreadable`, and the error family between pages."""
    if state.job and not _kept(client, state.job):
        state = state.without_job()
    if not state.job:
        state = replace(state, job=_create(client, phase, state))
    for waited in _waiting(client, state.job, total or 0):
        if not waited:
            # A place to come back to, in case we are stopped while waiting.
            yield Part((), state, total)
    for rows, behind in _pages(client, phase, state):
        yield Part(rows, behind, total)


def _create(client: Client, phase: Phase, state: State) -> str:
    soql = everything(phase, since=state.since, until=state.started, after=state.after)
    try:
        return str(client.post(paths.QUERY_JOBS, {"operation": "queryAll", "query": soql})["id"])
    except Refused as refusal:
        if refusal.names:
            raise
        raise Unreadable(refusal.log) from None


def _kept(client: Client, job: str) -> bool:
    """Whether a job of an earlier run is still kept; Salesforce deletes them after seven days."""
    try:
        client.get(paths.job(paths.QUERY_JOBS, job))
    except Refused:
        return False
    return True


def _waiting(client: Client, job: str, total: int) -> Iterator[float]:
    """Looks again and again until the job is done; gives the seconds waited so far. Raises `Unreadable`, `Retry`."""
    wait, waited = min(max(FIRST_WAIT, total / ROWS_A_SECOND), LONGEST_WAIT), 0.0
    while True:
        yield waited
        client.sleep(wait)
        waited += wait
        wait = min(wait * 3, LONGEST_WAIT)
        found = client.get(paths.job(paths.QUERY_JOBS, job))
        if found["state"] == "JobComplete":
            return
        if found["state"] in {"Failed", "Aborted"}:
            raise Unreadable(f"job {job} {found['state']}")
        if waited >= PATIENCE:
            text = "Salesforce has not finished a large query within an hour. The next sync goes on from there."
            raise Retry(text, f"job {job} {found['state']}", PATIENCE)


def _pages(client: Client, phase: Phase, state: State) -> Iterator[tuple[list[Row], State | None]]:
    """Pages with the place behind them, from the place of `state` on. Rows that share the phase's key stay together."""
    held: list[Row] = []
    place = state
    for rows, behind in _lines(client, phase, state):
        whole, held = _split(held + rows, phase.key)
        if behind.row >= len(held):
            # Before what is held, so that an interruption reads it again.
            place = replace(behind, row=behind.row - len(held))
        if whole:
            yield whole, place
    yield held, None


def _lines(client: Client, phase: Phase, state: State) -> Iterator[tuple[list[Row], State]]:
    path = paths.job(paths.QUERY_JOBS, state.job, "results")
    while True:
        query = {"maxRecords": str(DOWNLOAD)} | ({"locator": state.locator} if state.locator else {})
        try:
            with client.csv(path, query) as download:
                for rows in _rows(download, phase, state.row):
                    state = replace(state, row=state.row + len(rows))
                    yield rows, state
                locator = download.headers.get("sforce-locator", END)
        except Refused as refusal:
            raise Unreadable(refusal.log) from None
        if locator == END:
            return
        state = replace(state, locator=locator, row=0)


def _rows(download: Download, phase: Phase, skip: int) -> Iterator[list[Row]]:
    """The rows of one download behind the first `skip`. Raises `Unreadable` when they are not all there."""
    count = 0
    try:
        header, lines = csvs.read(download.file)
        read = csv_reader(phase.columns, header) if header else None
        count = sum(1 for _ in islice(lines, skip))
        while read is not None and (cells := list(islice(lines, PAGE))):
            count += len(cells)
            yield [read(line) for line in cells]
    except (ValueError, csv.Error) as problem:
        # A stray quote may have swallowed any number of lines.
        raise Unreadable(f"row {count} of a result: {type(problem).__name__}") from None
    promised = download.headers.get("sforce-numberofrecords", "")
    if promised.isdigit() and int(promised) != count:
        raise Unreadable(f"{count} rows of {promised}")


def _split(rows: list[Row], key: str) -> tuple[list[Row], list[Row]]:
    """The rows of which more may follow are held back: the last group, or the last row."""
    if not rows:
        return rows, []
    last = rows[-1][key]
    start = len(rows) - 1
    while key != ID and start > 0 and rows[start - 1][key] == last:
        start -= 1
    return rows[:start], rows[start:]
