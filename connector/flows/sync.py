"""Sync: read what is new in the CRM, score what it changed, write back what reps would see differently.

The story is a row of parts, each of which does a slice of work, commits it, and says whether there is more. The
workflow engine runs every part as a step (see connector.jobs); cut off anywhere, the story goes on from the run's row.
"""

from __future__ import annotations

import logging
import queue
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from contextlib import suppress

import sqlalchemy as sa

from adapters.contract import AdapterError, Broken, Misconfigured
from connector.core.mapping import BoundMapping, drift
from connector.flows import cancelling, ingest, tally
from connector.flows.cancelling import CANCELLED
from connector.flows.full_pass import RECONCILE, own_fields, take_noticing
from connector.flows.midnight import begin_day
from connector.flows.parts import DONE, MORE, Next, Steps, Story, part, stop_reading, tell
from connector.flows.pull import ACTIVITIES, CONTACTS, OUTCOMES, Arrived, Closed, Places, Pull, streams_of, unfinished
from connector.flows.reading_again import AGAIN, outdated
from connector.flows.rescore import drain
from connector.flows.rhythm import local, next_sync_at
from connector.flows.services import Refused, Services
from connector.store import connections as connection_rows
from connector.store import full_passes as pass_rows
from connector.store import inbox_work, screens
from connector.store import leads as lead_rows
from connector.store import outbox as outbox_rows
from connector.store import owners as owner_rows
from connector.store import problems as problem_rows
from connector.store import runs as run_rows
from connector.store.database import Scope
from connector.store.problems import ProblemRow
from connector.store.runs import Run

log = logging.getLogger(__name__)

SYNC = "sync"
PAGES_A_SLICE = 50
LISTEN_SECONDS = 2.0
"""How long a page is waited for before looking whether somebody cancelled the run."""
UNREAD_A_SLICE = 500
DRIFT = "drift:"
"""How the place of a problem begins that a sync found by `drift`; what connecting found begins otherwise."""
MOST_STANDING = 1000


def sync(svc: Services, scope: Scope, run_id: int, steps: Steps) -> None:
    """Tells the whole story of a run in one go; `steps` waits between its slices."""
    tell(STORY, svc, scope, run_id, steps)


def begin(svc: Services, scope: Scope, *, full: bool = False) -> Run:
    """The connection's open sync, or a new one that goes on where the last one failed or was cancelled.

    With `full` a new one reads everything again: searching never tells what was archived in the CRM, a full pass does.
    Raises `Refused` when one that was cut off must be finished first.
    """
    with svc.store.write() as conn:
        return begin_in(conn, scope, svc.now(), full=full)


def begin_in(conn: sa.Connection, scope: Scope, at: int, *, full: bool = False) -> Run:
    """The same in the caller's transaction, at a time in seconds since 1970."""
    if (found := run_rows.open_run(conn, scope, SYNC)) is not None:
        if full:
            raise Refused("A sync that was cut off is still open. `leadtier sync` finishes it; then start --full.")
        return found
    last = None if full else _cut_off(conn, scope)
    if last is not None:
        promote(conn, last)
    connection = connection_rows.connection_by_id(conn, scope)
    if last is not None and outdated(connection, last):
        last = None
    places = from_the_start(connection.cursors) if full else _left(last)
    anew = full or CONTACTS not in connection.cursors or bool(last and last.anew and CONTACTS in places)
    run = run_rows.begin_run(conn, scope, SYNC, at, anew=anew)
    run_rows.set_place(conn, run, places, {stream: last.totals.get(stream, 0) for stream in places} if last else {})
    connection_rows.set_sync_at(conn, scope, next_sync_at(connection.id, connection.sync_every, at))
    return run_rows.run_by_id(conn, scope, run.id)


def _cut_off(conn: sa.Connection, scope: Scope) -> Run | None:
    """The last sync, if it failed or was cancelled and nothing has read everything since."""
    last, nightly = run_rows.last_run(conn, scope, SYNC), run_rows.last_run(conn, scope, RECONCILE)
    if last is None or last.state not in {"failed", CANCELLED}:
        return None
    return None if nightly is not None and nightly.state == "done" and nightly.id > last.id else last


def _left(run: Run | None) -> Places:
    """Where the streams stand that a run did not finish."""
    return {stream: place for stream, place in run.cursors.items() if not place[1]} if run else {}


def from_the_start(streams: Iterable[str]) -> Places:
    """Places of a run that reads these streams anew, wherever the connection stands."""
    return dict.fromkeys((name for name in streams if name != AGAIN), ("", False))


def promote(conn: sa.Connection, run: Run) -> None:
    """Moves the connection on in every stream whose pass the run completed; a pass cut off moves nothing."""
    connection = connection_rows.connection_by_id(conn, run.scope)
    if outdated(connection, run):
        return
    reached = {stream: cursor for stream, (cursor, ended) in run.cursors.items() if ended and cursor}
    connection_rows.set_cursors(conn, run.scope, {**connection.cursors, **reached})


@part
def start(svc: Services, scope: Scope, run_id: int) -> Next:
    """Asks the CRM whether we are welcome, looks for drift, and marks what calendar time alone has changed."""
    adapter = svc.account(scope)
    adapter.check()
    bound, fields = svc.mapping(scope), adapter.fields()
    wrong = [ProblemRow("", f"{DRIFT}{found.where}", found.text, found.mend) for found in drift(bound, fields)]
    wrong += _read_owners(svc, scope)
    with svc.store.write() as conn:
        run = run_rows.run_by_id(conn, scope, run_id)
        _catch_up(conn, run, bound, {field.name for field in fields}, _mended(conn, scope, wrong))
        connection_rows.set_trouble(conn, scope, "")
        problem_rows.replace_problems(conn, scope, [""], wrong, svc.now())
        outbox_rows.unpark(conn, scope, svc.now())
        if connection_rows.connection_by_id(conn, scope).rescored_on != svc.today() or run.kind == RECONCILE:
            # A lead whose card was being made at midnight may have been passed over: the nightly run looks once more.
            begin_day(conn, scope, svc.clock().astimezone(svc.zone).date())
        run_rows.set_phase(conn, run, "reading")
    return DONE


def _mended(conn: sa.Connection, scope: Scope, wrong: Sequence[ProblemRow]) -> set[str]:
    """What had drifted when the last sync looked, and is as it was now, or wrong in another way."""
    now = {(row.where, row.text) for row in wrong}
    name = connection_rows.connection_by_id(conn, scope).name
    standing = [group.example for group in screens.problem_groups(conn, scope.tenant_id, MOST_STANDING)]
    ours = [one for one in standing if one.connection == name and not one.record_id and one.where.startswith(DRIFT)]
    return {one.where.removeprefix(DRIFT) for one in ours if (one.where, one.text) not in now}


def _catch_up(conn: sa.Connection, run: Run, bound: BoundMapping, live: Container[str], mended: Container[str]) -> None:
    """Reads, and writes, everybody again where a field is open again.

    That changes no record, so no search for changes would bring what was hidden or left unwritten meanwhile.
    """
    readable = [field.property for field in bound.fields if field.name in mended and field.property in live]
    writable = [name for name in bound.writes.values() if name in mended and name in live]
    if readable:
        log.info("run %s reads all contacts again: %s can be read again", run.id, ", ".join(readable))
        totals = {stream: total for stream, total in run.totals.items() if stream != CONTACTS}
        run_rows.set_place(conn, run, {**run.cursors, **from_the_start([CONTACTS])}, totals)
        run_rows.set_anew(conn, run)
    if writable:
        log.info("run %s writes all scores again: %s can be written again", run.id, ", ".join(writable))
        lead_rows.forget_written(conn, run.scope)
        lead_rows.mark_all_dirty(conn, run.scope)


def _read_owners(svc: Services, scope: Scope) -> Sequence[ProblemRow]:
    """Owners are good to have, not needed: without the permission the sync goes on and says so."""
    try:
        owners = svc.account(scope).owners()
    except Misconfigured as error:
        return [ProblemRow("", "owners", error.admin, "Grant it to see who owns a lead; scores do not need it.")]
    with svc.store.write() as conn:
        owner_rows.replace_owners(conn, scope, owners)
    return []


@part
def read(svc: Services, scope: Scope, run_id: int) -> Next:
    """Takes up to `PAGES_A_SLICE` pages from the streams, each in its own transaction with the run's place."""
    with svc.store.read() as conn:
        run = run_rows.run_by_id(conn, scope, run_id)
    bound = svc.mapping(scope)
    pull, places = _pull(svc, run, bound), dict(run.cursors)
    for _ in range(PAGES_A_SLICE):
        if not unfinished(pull.adapter, places):
            stop_reading(svc, run_id)
            with svc.store.write() as conn:
                inbox_work.read_again(conn, scope, run.started_at)
            return DONE
        if (arrived := _next(svc, run, pull)) is None:
            return MORE
        _take(svc, run, bound, places, arrived)
    return MORE


def _next(svc: Services, run: Run, pull: Pull) -> Arrived | None:
    """What a stream delivers next; None when the run is cancelled before, however long the CRM lets us wait."""
    while not cancelling.is_asked(svc, run.scope, run.id):
        with suppress(queue.Empty):
            return pull.arrivals.get(timeout=LISTEN_SECONDS)
    return None


def _pull(svc: Services, run: Run, bound: BoundMapping) -> Pull:
    """The run's streams: those already being read, or begun from the run's place.

    Where another field mapping was published meanwhile they are begun again: a page holds only what was asked for.
    """
    fields = [*bound.properties, *(own_fields(bound) if run.kind == RECONCILE else ())]
    if (found := svc.pulls.get(run.id)) is not None:
        if found.fields == fields:
            return found
        stop_reading(svc, run.id)
    pull = svc.pulls[run.id] = Pull(svc.account(run.scope), fields)
    start_at = svc.connection(run.scope).cursors
    pull.start(streams_of(pull.adapter, fields, dict(run.cursors), start_at))
    return pull


def _take(svc: Services, run: Run, bound: BoundMapping, places: Places, arrived: Arrived) -> None:
    if arrived.error is not None:
        _stream_failed(svc, run, places, arrived.stream, arrived.error)
        return
    page, at = arrived.page, svc.now()
    assert page is not None  # noqa: S101 - an arrival is a page or an error
    totals = {arrived.stream: page.total} if page.total is not None else {}
    calls, throttled = svc.accounts.new_calls(run.scope.connection_id)
    with svc.store.write() as conn:
        changed = 0
        if arrived.stream == CONTACTS:
            if run.kind == RECONCILE:
                changed = take_noticing(conn, run, bound, page, at)
            else:
                changed = ingest.take_contacts(conn, run.scope, bound, page, at)
        elif arrived.stream == OUTCOMES:
            ingest.take_outcomes(conn, run.scope, page, at)
        else:
            ingest.take_activities(conn, run.scope, bound, page, at)
        places[arrived.stream] = (page.cursor, page.complete)
        _keep_place(conn, run, places, totals)
        read = {arrived.stream.split(":")[0]: len(page.items)}
        tally.count(conn, run, changed=changed, calls=calls, throttled=throttled, **read)


def _keep_place(conn: sa.Connection, run: Run, places: Places, totals: Mapping[str, int]) -> None:
    """Keeps where the streams stand; `totals` are added to those the run has learned by now."""
    known = run_rows.run_by_id(conn, run.scope, run.id).totals
    run_rows.set_place(conn, run, places, {**known, **totals})


def _stream_failed(svc: Services, run: Run, places: Places, stream: str, error: BaseException) -> None:
    """A stream we can do without is skipped with a problem; anything else ends the slice."""
    if isinstance(error, Misconfigured) and stream != CONTACTS:
        what = stream.removeprefix(ACTIVITIES)
        mend = f"Grant it and sync again. Until then nothing of {what} is read, and scores do without it."
        with svc.store.write() as conn:
            problem_rows.add_problems(conn, run.scope, [ProblemRow("", stream, error.admin, mend)], svc.now())
            places[stream] = ("", True)
            _keep_place(conn, run, places, {})
        return
    stop_reading(svc, run.id)
    if isinstance(error, AdapterError | Closed) or not isinstance(error, Exception):
        raise error
    log.exception("reading %s failed", stream, exc_info=error)
    raise Broken(
        "Reading from the CRM failed in a way we did not foresee. Look at the log, then sync again."
    ) from error


@part
def read_unread(svc: Services, scope: Scope, run_id: int) -> Next:
    """Fetches contacts that an activity named but that no page brought (they came while we read, or are gone)."""
    with svc.store.read() as conn:
        crm_ids = lead_rows.unread(conn, scope, UNREAD_A_SLICE)
    if not crm_ids:
        return DONE
    ask_for(svc, scope, run_id, crm_ids)
    return MORE


def ask_for(svc: Services, scope: Scope, run_id: int, crm_ids: Collection[str]) -> int:
    """Takes these records as they are now; those the CRM does not have are retired. How many were.

    One that cannot be read stays as it is known; if it never was, there is nothing to score.
    """
    bound = svc.mapping(scope)
    page = svc.account(scope).contacts_by_id(list(crm_ids), list(bound.properties))
    there = {record.id for record in page.items}
    unreadable = {problem.record_id for problem in page.problems}
    with svc.store.write() as conn:
        known = {crm_id for crm_id, lead in lead_rows.known_leads(conn, scope, unreadable).items() if lead.known}
        gone = set(crm_ids) - there - known
        run = run_rows.run_by_id(conn, scope, run_id)
        ingest.take_contacts(conn, scope, bound, page, svc.now())
        lead_rows.mark_gone(conn, scope, gone)
        pass_rows.mark_seen(conn, scope, set(crm_ids) - gone, run_id)
        tally.count(conn, run, contacts=len(there))
    return len(gone)


@part
def close(svc: Services, scope: Scope, run_id: int) -> Next:
    """Moves the connection on and closes the run."""
    with svc.store.write() as conn:
        run = run_rows.run_by_id(conn, scope, run_id)
        promote(conn, run)
        tally.finish(conn, run, "done", left_out(run), svc.now())
        connection_rows.ended_well(conn, scope)
        if not connection_rows.connection_by_id(conn, scope).nightly_on:
            connection_rows.set_nightly_on(conn, scope, local(run.started_at, svc.tenant.time_zone).date().isoformat())
    return DONE


def left_out(run: Run) -> str:
    """Names the streams the run had to do without; empty when it read everything."""
    names = [stream.removeprefix(ACTIVITIES) for stream, (cursor, _) in run.cursors.items() if not cursor]
    if not names:
        return ""
    return f"Not read: {', '.join(names)}, for want of a permission. `leadtier doctor` says which."


STORY: Story = (start, read, read_unread, drain, close)
