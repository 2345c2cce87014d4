"""Worker: this process as one that works. It says that it lives, takes over from the dead, and asks for turns."""

from __future__ import annotations

import logging
import os
import socket
import sqlite3
import sys
import threading
import time
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace

from apscheduler.schedulers.background import BackgroundScheduler

from connector.flows import cadence, meters, parts, tidying
from connector.flows.cadence import Due
from connector.flows.services import Services
from connector.jobs import engine, turns
from connector.jobs.house import house
from connector.settings import Settings
from connector.store import runs as run_rows
from connector.store import workers as worker_rows
from connector.store.database import Scope, StoreUnusable
from connector.store.exclusive import Held, absent, present
from connector.store.workers import WorkerRow

log = logging.getLogger(__name__)

TICK_SECONDS = 1
BEAT_SECONDS = 2
"""How often a worker looks who died."""
SEEN_SECONDS = 5
"""How often it says that it lives itself; its lock says so at any moment, the row is for people."""
ASKED_SECONDS = 5
"""After so long a turn is asked for again: another worker may have taken it and ended it."""
ROOM_SECONDS = 3
"""How long stopping waits for slices to end; those that do not are done again."""
PRUNE_SECONDS = 3600
FORGET_SECONDS = 86_400


class Worker:
    """This process as a worker, or waiting to be one.

    On PostgreSQL any number of processes work; on SQLite one, and another takes over when it ends. Each holds a lock
    that is let go however it dies, by which the others see that it is dead.
    """

    def __init__(self, svc: Services, settings: Settings, *, lasting: bool = False) -> None:
        """`lasting`: it works until stopped, on everything that is due, for every tenant. Otherwise it is a command's:
        it works only if nobody else does, on open runs of its tenant.
        """
        self._svc, self._settings, self._lasting = svc, settings, lasting
        self._row = WorkerRow(uuid.uuid4().hex, socket.gethostname(), os.getpid(), svc.now(), svc.now())
        self._held: Held | None = None
        self._dead: Collection[str] | None = None
        self._at: dict[str, float] = {}
        self._looked = time.monotonic()
        self._guard = threading.RLock()
        self._scheduler: BackgroundScheduler | None = None
        self._stopped = False

    @property
    def works(self) -> bool:
        """Whether turns are done in this process."""
        return self._held is not None

    def looked(self) -> float:
        """Seconds since this worker last looked for work, or whether it may work: far more than one, and it hangs."""
        return time.monotonic() - self._looked

    def start(self) -> None:
        """Works from now on, or, where only one process may, as soon as the one that does has ended."""
        self.try_start()
        self._scheduler = BackgroundScheduler(job_defaults={"coalesce": True, "misfire_grace_time": 3600})
        self._scheduler.add_job(self._by_itself, "interval", seconds=TICK_SECONDS, max_instances=1)
        self._scheduler.start()

    def try_start(self) -> bool:
        """Works from now on if it may; whether it does. What was cut off goes on at once."""
        engine.check_sqlite(self._settings.engine_database_url, sys.version_info[:2], sqlite3.sqlite_version_info)
        with self._guard:
            if self.works or self._stopped or (not self._lasting and self._others()):
                return self.works
            held = present(self._svc.store, self._row.id)
            if held is None:
                return False
            self._begin(held)
            return True

    def _others(self) -> bool:
        """Whether somebody else works."""
        with self._svc.store.read() as conn:
            others = [row.id for row in worker_rows.all_workers(conn) if row.id != self._row.id]
        return len(absent(self._svc.store, others, self._held)) < len(others)

    def _begin(self, held: Held) -> None:
        house.stopping.clear()
        house.services, house.worker_id = self._svc, self._row.id
        house.engine_url = self._settings.engine_database_url
        if self._svc.sleep is time.sleep:
            self._svc.sleep = house.wait
        try:
            self._say_so()  # first: who takes a turn and is not known would be taken for dead
            engine.launch(self._settings, self._row.id)
        except BaseException:
            held.let_go()
            raise
        self._held = held
        self._beat()
        self.tick()

    def _say_so(self) -> None:
        with self._svc.store.write() as conn:
            worker_rows.save_worker(conn, replace(self._row, seen_at=self._svc.now()))

    def tick(self) -> None:
        """Asks for a turn of everything that is due; what is queued or going on stays as it is."""
        with self._guard:
            if not self.works:
                return
            for one in self._due():
                _ask(one)
            house.others_wait = house.longest() > turns.TURN_SECONDS and engine.runs_wait()

    def _due(self) -> Sequence[Due]:
        if self._lasting:
            return cadence.due(self._svc)
        begun = cadence.due(self._svc, begins=False)
        return [one for one in begun if one.run_id is not None and one.scope.tenant_id == self._svc.tenant.id]

    def _by_itself(self) -> None:
        try:
            if self.works:
                self._beat()
                self.tick()
            elif self._lasting:
                self.try_start()
            self._looked = time.monotonic()
        except StoreUnusable as error:
            if not self._stopped:
                log.error("%s", error)
        except Exception:
            if not self._stopped:
                log.exception("looking for work failed; it is tried again")
                meters.worker_error("tick")

    def _beat(self) -> None:
        """What is done now and then: this worker says that it lives, others that died are noticed, old rows go."""
        with self._guard:
            if self._held is not None and self._each(BEAT_SECONDS, "beat"):
                if not self._held.lives():  # the server ended the session, so to others we are dead
                    self._held = present(self._svc.store, self._row.id) or self._held
                if self._each(SEEN_SECONDS, "seen"):
                    self._say_so()
                self._bury()
            if self.works and self._lasting:
                self._tidy()
            if self._each(PRUNE_SECONDS, "prune"):
                self._prune()

    def _each(self, seconds: float, what: str) -> bool:
        """Whether it is so long since this was last done; then it is done now."""
        now = time.monotonic()
        if now < self._at.get(what, 0):
            return False
        self._at[what] = now + seconds
        return True

    def _bury(self) -> None:
        """Frees what those had taken who died since the last look; at the first look, what anybody had who is dead."""
        dead, before = self._look_around()[1], self._dead
        if before is None or set(dead) - set(before):
            taken = engine.taken()
            living = self._look_around()[0]  # after what is taken, lest a worker that comes just now is not among them
            engine.cancel([turn for turn, worker_id in taken.items() if worker_id not in living])
        self._dead = dead

    def _look_around(self) -> tuple[Collection[str], Collection[str]]:
        """Workers that live, this one among them, and workers that are dead."""
        with self._svc.store.read() as conn:
            others = {row.id for row in worker_rows.all_workers(conn)} - {self._row.id}
        dead = set(absent(self._svc.store, sorted(others), self._held))
        return (others - dead) | {self._row.id}, dead

    def _tidy(self) -> None:
        """Forgets what was kept long enough. By the time since this worker last did: no tick may be relied on."""
        if self._each(tidying.EVENTS_EVERY, "events"):
            tidying.forget_events(self._svc)
        if self._each(tidying.RARELY, "past"):
            tidying.forget_the_past(self._svc)

    def _prune(self) -> None:
        engine.prune()
        with self._svc.store.write() as conn:
            worker_rows.forget_workers(conn, self._svc.now() - FORGET_SECONDS)

    def hurry(self) -> None:
        """Does now what the next tick would do, if this process works."""
        self.tick()

    def ended(self, runs: Mapping[Scope, int]) -> bool:
        """Whether these runs have ended. Raises what broke one; works itself when nobody else does any more."""
        for run_id in runs.values():
            if run_id in house.broken:
                raise house.broken[run_id].reason
        with self._svc.store.read() as conn:
            if not any(run_rows.run_by_id(conn, scope, run_id).open for scope, run_id in runs.items()):
                return True
        self.try_start()
        return False

    def stop(self) -> None:
        """Lets go. Turns end at their next slice; a slice that takes longer is done again by the next worker."""
        self._stopped = True
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=False)
            self._scheduler = None
        if self._held is None:
            return
        house.stopping.set()
        for run_id in list(self._svc.pulls):
            parts.stop_reading(self._svc, run_id)
        self._leave(self._held)
        engine.end()
        house.empty()
        self._held.let_go()
        self._held = None

    def _leave(self, held: Held) -> None:
        """Waits a little for turns to end, frees the others, and takes our name off the door."""
        until = time.monotonic() + ROOM_SECONDS
        while house.busy() and time.monotonic() < until:
            time.sleep(0.02)
        if not held.lives():  # the database is away, and the engine would wait for it
            return
        with suppress(StoreUnusable), engine.explaining():
            mine = [turn for turn, worker_id in engine.taken().items() if worker_id == self._row.id]
            if mine:
                engine.cancel(mine)
            with self._svc.store.write() as conn:
                worker_rows.remove_workers(conn, [self._row.id])


def _ask(one: Due) -> None:
    """Asks for a turn, unless that was done a moment ago or this process is at it."""
    run_lock, live_lock = turns.run_lock(one.scope), turns.live_lock(one.scope)
    if one.run_id is None:
        # A turn of a run does the connection's live work too.
        if not house.works_on(run_lock) and house.may_ask(live_lock):
            house.later(live_lock, ASKED_SECONDS)
            engine.ask_live(one.scope)
    elif house.may_ask(run_lock) and not _set_aside(one.run_id):
        house.later(run_lock, ASKED_SECONDS)
        engine.ask_run(one.scope, one.run_id, long=one.long)


def _set_aside(run_id: int) -> bool:
    broken = house.broken.get(run_id)
    if broken is not None and broken.until < time.monotonic():
        del house.broken[run_id]
        return False
    return broken is not None


@contextmanager
def worker(svc: Services, settings: Settings, *, lasting: bool = False) -> Iterator[Worker]:
    """A worker for the length of a command; see `Worker` for what `lasting` means."""
    made = Worker(svc, settings, lasting=lasting)
    try:
        made.start()
        yield made
    finally:
        made.stop()
