"""Bulk jobs of ours that nobody watches: a process that was killed, or cut off, leaves one behind.

Salesforce works on it whenever it comes to it, for days, and then puts old values over newer ones. So before the first
write of a process, and after every job whose end was not seen, our unfinished jobs are stopped.
https://developer.salesforce.com/docs/platform/api-asynch/guide/get-all-jobs.html
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from weakref import WeakSet

from adapters.contract import Misconfigured, Retry
from adapters.salesforce import paths
from adapters.salesforce.client import Client
from adapters.salesforce.deploying import user_id
from adapters.salesforce.errors import Refused
from adapters.salesforce.org import Org
from adapters.salesforce.outgoing import OBJECTS

log = logging.getLogger(__name__)

ALL_JOBS = {"jobType": "V2Ingest", "isPkChunkingEnabled": "false"}
MOST_PAGES = 50
"""Of the list, a thousand jobs each."""

WORKING = "InProgress"
UNFINISHED = frozenset({"Open", "UploadComplete", WORKING})
WAIT = 60.0
"""Seconds until a job that was at work has let go of its rows."""

_none_left: WeakSet[Org] = WeakSet()
_lock = threading.Lock()


def stop_orphans(org: Org) -> None:
    """Stops unfinished jobs of ours unless there can be none. Raises `Retry` while one still writes, else the family.

    One call for an org that is open; where its answer names jobs that may be ours, some more.
    """
    with _lock:
        if org in _none_left:
            return
        at_work = [job for job in _orphans(org.client) if _at_work(org.client, job)]
        if at_work:
            text = "A bulk job of an earlier run is still writing to Salesforce. It is being stopped; the run waits."
            raise Retry(text, f"{len(at_work)} unwatched bulk jobs in progress", WAIT)
        _none_left.add(org)


@contextmanager
def watched(org: Org) -> Iterator[None]:
    """Around a job: unless its end is seen, the next write looks for it."""
    _none_left.discard(org)
    yield
    _none_left.add(org)


def _orphans(client: Client) -> list[Mapping[str, Any]]:
    found = [job for job in _listed(client) if _may_be_ours(job)]
    if not found:
        return []
    user = user_id(client)[:15]
    return [job for job in found if str(job.get("createdById"))[:15] == user]


def _listed(client: Client) -> Iterator[Mapping[str, Any]]:
    """All jobs of the last days, whoever made them; none where we may not ask, since then we cannot have made any."""
    try:
        page = client.get(paths.INGEST_JOBS, ALL_JOBS)
    except (Refused, Misconfigured) as refusal:
        log.info("no list of bulk jobs: %s", refusal.log)
        return
    for _ in range(MOST_PAGES):
        yield from page.get("records") or ()
        if not page.get("nextRecordsUrl"):
            return
        page = client.more(str(page["nextRecordsUrl"]))


def _may_be_ours(job: Mapping[str, Any]) -> bool:
    """Of the kind `jobs.run` makes; another program under the same user may make such jobs too."""
    mine = job.get("object") in OBJECTS.values() and job.get("operation") == "update"
    return mine and job.get("state") in UNFINISHED


def _at_work(client: Client, job: Mapping[str, Any]) -> bool:
    """Stops a job; whether rows of it may still be on their way: what it has begun it finishes."""
    try:
        client.patch(paths.job(paths.INGEST_JOBS, str(job["id"])), {"state": "Aborted"})
    except Refused as refusal:
        log.info("a bulk job cannot be stopped: %s", refusal.log)
        return True
    return job.get("state") == WORKING
