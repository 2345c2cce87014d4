"""Live: from a hint in the inbox to the field in the CRM, a slice at a time.

A slice takes the oldest hints, reads the records they are about again, scores these leads, writes them, and is done
with the hints. Where it is cut off nothing is lost: what was read and scored stands in the store together with what
became of each hint. A hint whose lead waits to be written stays open until the CRM has answered.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from adapters.contract import AdapterError, Broken, EventKind, QuotaSpent
from connector.core.mapping import BoundMapping
from connector.flows import blame, today
from connector.flows.events import echoes, own_fields, sort
from connector.flows.handle import Handling
from connector.flows.parts import DONE, MORE, Next, part
from connector.flows.pull import Closed, stream_names
from connector.flows.rescore import score_some
from connector.flows.services import Refused, Services
from connector.flows.sync import SYNC, begin_in
from connector.flows.writeback import write_some
from connector.store import connections as connection_rows
from connector.store import inbox_work
from connector.store import leads as lead_rows
from connector.store import outbox as outbox_rows
from connector.store import runs as run_rows
from connector.store.database import Scope, StoreUnusable
from connector.store.inbox_work import OpenEvent
from connector.store.sealing import SealBroken

log = logging.getLogger(__name__)

LIVE = today.LIVE
TAKEN = 500
"""Hints in a slice."""
MOST_OPEN = 2000
"""Changes that wait; with more of them a sync is cheaper, and nobody waits for one of so many in particular."""
FEW = 200
"""Rows that are due while a run is open: so few are somebody's leftovers, more are the run's own work."""
PAUSE = 300
"""Seconds before the next look at a CRM that a person must mend first."""
HANDED = "sync"
"""The result of a hint that a sync follows up."""


@dataclass(frozen=True, slots=True)
class _Work:
    """What there is to do: hints, or leads and rows that somebody left over."""

    events: Sequence[OpenEvent]
    leftovers: bool = False


def live(svc: Services, scope: Scope) -> Next:
    """One slice of the connection's live work; ``next`` when there is none.

    Nobody else may work on the connection meanwhile. What is to be waited for is said like by the parts of a run; after
    ``stop`` the connection's row says when to look again.
    """
    work = _look(svc, scope)
    if work is None:
        return DONE
    run = today.run_of(svc, scope)
    said = part(lambda svc, scope, run_id: _slice(svc, scope, run_id, work))(svc, scope, run.id)
    if said["go"] == "stop":
        _pause(svc, scope)
    return said


def _look(svc: Services, scope: Scope) -> _Work | None:
    with svc.store.read() as conn:
        if events := inbox_work.open_events(conn, scope, TAKEN):
            return _Work(events)
        if run_rows.is_halted(conn, scope):
            return None
        due = outbox_rows.is_due(conn, scope, svc.now(), 1)
        if _is_alone(conn, scope):
            return _Work((), leftovers=True) if due or lead_rows.dirty_leads(conn, scope, 1) else None
        return _Work((), leftovers=True) if due and not outbox_rows.is_due(conn, scope, svc.now(), FEW) else None


def _is_alone(conn: sa.Connection, scope: Scope) -> bool:
    """Whether no other run of the connection is open: dirty leads and rows that are due would be its own."""
    return all(run.kind == LIVE or run.scope != scope for run in run_rows.open_runs(conn, scope.tenant_id))


def _pause(svc: Services, scope: Scope) -> None:
    at = svc.now() + PAUSE
    with svc.store.write() as conn:
        connection = connection_rows.connection_by_id(conn, scope)
        connection_rows.set_live_at(conn, scope, max(at, connection.live_at))


def _slice(svc: Services, scope: Scope, run_id: int, work: _Work) -> Next:
    try:
        return _some(svc, scope, run_id, work.events) if work.events else _left_over(svc, scope, run_id)
    except QuotaSpent as error:
        if error.until is not None:
            with svc.store.write() as conn:
                connection_rows.set_live_at(conn, scope, int(error.until.timestamp()))
        raise


def _left_over(svc: Services, scope: Scope, run_id: int) -> Next:
    """Scores the next dirty leads, or writes the next rows; while another run is open, its leads are its own."""
    with svc.store.read() as conn:
        alone = _is_alone(conn, scope)
    if alone and score_some(svc, scope, run_id):
        return MORE
    said = write_some(svc, scope, run_id)
    today.works(svc, scope, run_id)
    # A row that the CRM asked to send again later is due then; nothing else need wait for it.
    return MORE if said["go"] == "more" else DONE


def _some(svc: Services, scope: Scope, run_id: int, events: Sequence[OpenEvent]) -> Next:
    bound = svc.mapping(scope)
    if _is_flood(svc, scope, bound, events):
        return MORE
    sound, suspect = blame.told_apart(events)
    went = [_try(svc, scope, run_id, bound, some) for some in (sound, suspect) if some]
    return MORE if all(went) else {"go": "wait", "wait": blame.WAIT}


def _try(svc: Services, scope: Scope, run_id: int, bound: BoundMapping, events: Sequence[OpenEvent]) -> bool:
    """Handles these hints; whether that went well. Raises what is not the hints' fault."""
    try:
        settled = _is_settled(svc, scope)
        with svc.store.read() as conn:
            held = lead_rows.held_of(conn, scope, echoes(events, bound))
        hints = sort(events, bound, held, whole=not settled)
        Handling(svc, scope, run_id, bound, hints, settled).through()
    except Exception as error:
        if _is_not_theirs(svc, scope, error):
            raise
        blame.blame(svc, scope, events, error)
        return False
    return True


def _is_not_theirs(svc: Services, scope: Scope, error: Exception) -> bool:
    """Whether other hints would have met the same error. An answer that makes no sense may be about one record only."""
    if isinstance(error, Broken):
        svc.account(scope).check()
        return False
    return isinstance(error, AdapterError | Refused | SealBroken | StoreUnusable | Closed)


def _is_settled(svc: Services, scope: Scope) -> bool:
    """Whether every stream has been read to its end once, so that the store knows what its leads did."""
    cursors: Mapping[str, str] = svc.connection(scope).cursors
    return all(name in cursors for name in stream_names(svc.account(scope)))


def _is_flood(svc: Services, scope: Scope, bound: BoundMapping, events: Sequence[OpenEvent]) -> bool:
    """Hands very many changes, or those of a bulk edit, to a sync; whether it did.

    Only changes: what was deleted or merged a sync may not find, and echoes cost nothing.
    """
    own = own_fields(bound)
    kind = EventKind.CHANGED.value
    bulk = any(event.bulk and event.kind == kind and event.field not in own for event in events)
    with svc.store.read() as conn:
        many = len(events) == TAKEN and inbox_work.count_open(conn, scope, MOST_OPEN + 1, [kind], own) > MOST_OPEN
    if not many and not bulk:
        return False
    at = svc.now()
    with svc.store.write() as conn:
        newest = inbox_work.hand_over(conn, scope, kind, own, HANDED, at, bulk=not many)
        under_way = run_rows.open_run(conn, scope, SYNC)
        if under_way is None:
            begin_in(conn, scope, at)
        elif under_way.started_at <= newest // 1000:
            # It may have read these records before they changed.
            connection_rows.set_sync_at(conn, scope, at)
    log.info("connection %s has so many changes that a sync reads them", scope.connection_id)
    return True
