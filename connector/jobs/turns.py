"""Turns: what a thread of a worker does at a stretch, on a run or on a connection's live work.

One turn at a time works on a connection, whatever it does there and on whichever host. A turn of a run does the
connection's live work between its slices, so that a webhook overtakes the connection's own back-fill.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from sqlalchemy import make_url
from sqlalchemy.exc import NoResultFound, OperationalError

from connector.flows import live, meters, parts
from connector.flows.context import about
from connector.flows.services import Services
from connector.flows.stories import STORIES
from connector.jobs.house import Broken, house
from connector.store import connections as connection_rows
from connector.store import inbox_work
from connector.store import runs as run_rows
from connector.store.database import Scope, StoreUnusable, explained
from connector.store.exclusive import Held, holding

log = logging.getLogger(__name__)

TURN_SECONDS = 60
"""After so long a run makes room at the next slice, if others wait for a thread."""
LIVE_SECONDS = 5
"""How long live work is done at a stretch."""
CALL_SECONDS, LONGEST_GATHERING = 0.1, 2.0
"""How long hints gather for each call that the slice before made, its own time included. Slices that begin at once
would read record by record, and use up in half a window the calls that the vendor allows in one."""
BUSY_SECONDS = 2
"""How long a connection is left alone that another worker was found to work on."""
RECORD_SECONDS = 0.2
"""How long after a turn the next is not asked for: until the engine has recorded its end, it would be the same one."""
AGAIN_SECONDS = 30
"""How long a run is left alone after the database could not be written."""
FIRST_REST, LONGEST_REST = 5, 300
"""Seconds for which live work that failed is left alone; twice as long each time."""


def run_lock(scope: Scope) -> str:
    """Under this one of a connection's runs at a time is with the engine."""
    return f"connection:{scope.connection_id}"


def live_lock(scope: Scope) -> str:
    """Under this a connection's live work is with the engine."""
    return f"live:{scope.connection_id}"


@dataclass(frozen=True, slots=True)
class Turn:
    """The right to work on a connection for a while."""

    svc: Services
    scope: Scope
    held: Held
    began: float = field(default_factory=time.monotonic)

    def goes_on(self) -> bool:
        """Whether another slice may begin."""
        if house.stopping.is_set() or (house.others_wait and time.monotonic() - self.began > TURN_SECONDS):
            return False
        if not self.held.lives():
            log.warning("connection %s: the database ended our session, so this turn ends", self.scope.connection_id)
            return False
        return True


@contextmanager
def _turn(scope: Scope, lock: str) -> Iterator[Turn | None]:
    """A turn, or None when another works on the connection or this process stops."""
    services, held = house.opened(), None
    house.soon(lock)
    mine = about(tenant=scope.tenant_id, connection=scope.connection_id, worker=house.worker_id)
    with mine, house.under_way(lock):
        try:
            with holding(services.store, scope.connection_id) as held:
                svc = services.for_tenant(scope.tenant_id)
                yield None if held is None or house.stopping.is_set() else Turn(svc, scope, held)
        finally:
            house.later(lock, BUSY_SECONDS if held is None else RECORD_SECONDS)


def run_turn(scope: Scope, run_id: int) -> None:
    """Goes on with a run until it ends, waits, or has to make room."""
    with _turn(scope, run_lock(scope)) as turn:
        if turn is None:
            return
        try:
            with about(run=run_id):
                _go_on(turn, run_id)
        except Exception as error:
            _end(turn, run_id, error)
        finally:
            parts.stop_reading(turn.svc, run_id)


def _go_on(turn: Turn, run_id: int) -> None:
    try:
        with turn.svc.store.read() as conn:
            run = run_rows.run_by_id(conn, turn.scope, run_id)
    except NoResultFound:
        return  # its connection was removed, and it with it, since this turn was asked for
    if run.next_at > turn.svc.now():
        return
    going = run.open  # it may have ended between the tick's look and this
    while going and turn.goes_on():
        _live_first(turn)
        going = turn.goes_on() and parts.advance(STORIES[run.kind], turn.svc, turn.scope, run_id)["go"] == "more"


def _end(turn: Turn, run_id: int, error: Exception) -> None:
    """Closes a run that broke. One that cannot even be closed is set aside for a while.

    While this process stops, everything breaks: the run stays open and goes on at the next start.
    """
    if house.stopping.is_set():
        return
    if isinstance(error, OperationalError):
        error = explained(error, make_url(house.engine_url))
    meters.worker_error("run")
    try:
        parts.end_unforeseen(turn.svc, turn.scope, run_id, error)
    except Exception as worse:
        house.broken[run_id] = Broken(worse, time.monotonic() + AGAIN_SECONDS)
        raise


def _live_first(turn: Turn) -> None:
    """Live work in between, if anything has happened; leads to score and rows to write are the run's own."""
    with turn.svc.store.read() as conn:
        waits = inbox_work.count_open(conn, turn.scope, 1)
    if waits:
        _live(turn)


def live_turn(scope: Scope) -> None:
    """Does a connection's live work, for some seconds at most."""
    with _turn(scope, live_lock(scope)) as turn:
        if turn is not None:
            _live(turn)


def _live(turn: Turn) -> None:
    """Live work until none is left, it asks for patience, or its time is up. What breaks it is tried again later."""
    connection_id = turn.scope.connection_id
    try:
        if turn.svc.connection(turn.scope).live_at > turn.svc.now():
            return
        said = _live_slices(turn)
    except Exception as error:
        if not house.stopping.is_set():
            _broke(turn, error)
        return
    house.failures.pop(connection_id, None)
    if said["go"] == "wait":
        _rest(turn, said["wait"])


def _live_slices(turn: Turn) -> parts.Next:
    until = time.monotonic() + LIVE_SECONDS
    accounts, connection_id = turn.svc.accounts, turn.scope.connection_id
    while True:
        began, calls = time.monotonic(), accounts.calls(connection_id)
        said = live.live(turn.svc, turn.scope)
        if said["go"] != "more" or time.monotonic() >= until or not turn.goes_on():
            return said
        gathering = min(CALL_SECONDS * (accounts.calls(connection_id) - calls), LONGEST_GATHERING)
        house.wait(max(0.0, began + gathering - time.monotonic()))


def _broke(turn: Turn, error: Exception) -> None:
    connection_id = turn.scope.connection_id
    if isinstance(error, StoreUnusable):
        log.error("live work of connection %s ended: %s", connection_id, error)
    else:
        log.error("live work of connection %s met an unforeseen error", connection_id, exc_info=error)
        meters.worker_error("live")
    seconds = _longer(connection_id)
    house.later(live_lock(turn.scope), seconds)
    with suppress(StoreUnusable):
        _rest(turn, seconds)


def _longer(connection_id: int) -> float:
    """Twice as long each time."""
    failed = house.failures[connection_id] = house.failures.get(connection_id, 0) + 1
    return float(min(FIRST_REST * 2 ** (failed - 1), LONGEST_REST))


def _rest(turn: Turn, seconds: float) -> None:
    with turn.svc.store.write() as conn:
        connection_rows.set_live_at(conn, turn.scope, turn.svc.now() + max(1, round(seconds)))
