"""Jobs: the stories as durable workflows. The only place that knows the engine (DBOS Transact, docs/decisions/0002).

Our tables are the truth: a run that has not ended is work to do, whoever began it. The engine remembers which slice
ran; the scheduler's tick hands it every open run, so nothing depends on a wake-up that arrives. Killed anywhere, the
slice in flight runs again at the next start, and should the engine's own state be lost, a new workflow goes on from
the run's row.
"""

from __future__ import annotations

import fcntl
import logging
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TextIO, cast

from apscheduler.schedulers.background import BackgroundScheduler
from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetEnqueueOptions
from sqlalchemy import Connection, make_url
from sqlalchemy.exc import OperationalError

from connector.flows import parts, rescore, sync
from connector.flows.parts import Next, Part
from connector.flows.pull import Closed
from connector.flows.services import Refused, Services
from connector.settings import Settings
from connector.store import runs as run_rows
from connector.store.database import Scope, StoreUnusable, engine_for, explained
from connector.store.runs import Run

log = logging.getLogger(__name__)

QUEUE = "river"
AT_ONCE = 4
POLL_SECONDS = 0.2
TICK_SECONDS = 1
AGAIN_SECONDS = 30
"""How long a run is left alone after the database could not be written."""


@dataclass(frozen=True, slots=True)
class _Broken:
    """Why a run is set aside, and until when (monotonic seconds)."""

    reason: Exception
    until: float


@dataclass
class _House:
    """What workflows of this process work with; the engine calls plain functions, so they find it here."""

    services: Services | None = None
    engine_url: str = ""
    broken: dict[int, _Broken] = field(default_factory=dict)
    """Runs that could not even be closed because the database cannot be written."""
    stopping: threading.Event = field(default_factory=threading.Event)
    """Set when this process lets go: work in flight ends without a verdict on its run."""


_house = _House()


class _LetGo(BaseException):
    """This process stops. Not an `Exception`: the engine would remember that as what the slice said for good."""


def _slice(part: Part, svc: Services, scope: Scope, run_id: int) -> Next:
    try:
        return part(svc, scope, run_id)
    except Exception:
        if _house.stopping.is_set():
            raise _LetGo from None
        raise


def _wait(seconds: float) -> None:
    """How adapters wait while this process works. Raises `Closed` when it stops: the rest is the next start's."""
    if _house.stopping.wait(seconds):
        raise Closed


class DurableSteps:
    """Runs slices as steps the engine remembers: one that ended is not run again after a restart."""

    def run(self, part: Part, svc: Services, scope: Scope, run_id: int) -> Next:
        """Runs one slice, or gives what it said when it ran before the restart."""
        if _house.stopping.is_set():
            raise _LetGo
        return DBOS.run_step({"name": part.__name__}, _slice, part, svc, scope, run_id)

    def pause(self, seconds: float) -> None:
        """Waits, unless this process stops; a wait that ended is not waited again after a restart."""
        DBOS.run_step({"name": "pause"}, _house.stopping.wait, seconds)


@DBOS.workflow(name="sync")
def _sync(tenant_id: int, connection_id: int, run_id: int) -> None:
    _tell(sync.sync, Scope(tenant_id, connection_id), run_id)


@DBOS.workflow(name="rescore")
def _rescore(tenant_id: int, connection_id: int, run_id: int) -> None:
    _tell(rescore.rescore, Scope(tenant_id, connection_id), run_id)


_WORKFLOWS: Mapping[str, Callable[[int, int, int], None]] = {sync.SYNC: _sync, rescore.RESCORE: _rescore}


def _tell(story: parts.Story, scope: Scope, run_id: int) -> None:
    svc = _house.services
    if svc is None:
        raise RuntimeError("a workflow was started before the services were assembled")
    with svc.store.read() as conn:
        if not run_rows.run_by_id(conn, scope, run_id).open:  # it ended between the tick's look and its enqueueing
            return
    try:
        story(svc, scope, run_id, DurableSteps())
    except _LetGo:
        return
    except Exception as error:
        _end(svc, scope, run_id, error)


def _end(svc: Services, scope: Scope, run_id: int, error: Exception) -> None:
    """Closes a run that broke. One that cannot even be closed is set aside for a while.

    While this process stops, everything breaks: the run stays open and goes on at the next start.
    """
    if _house.stopping.is_set():
        return
    if isinstance(error, OperationalError):
        error = explained(error, make_url(_house.engine_url))
    try:
        parts.end_unforeseen(svc, scope, run_id, error)
    except Exception as worse:
        _house.broken[run_id] = _Broken(worse, time.monotonic() + AGAIN_SECONDS)
        raise


class Worker:
    """This process as a worker: it has the engine, or waits for the process that has it.

    One process works at a time, because two would take each other's work. On SQLite a lock of the operating system says
    who, on PostgreSQL one of the server; both are let go when the process dies.
    """

    def __init__(self, svc: Services, settings: Settings) -> None:
        self._svc, self._settings = svc, settings
        self._lock: TextIO | Connection | None = None
        self._scheduler: BackgroundScheduler | None = None

    @property
    def works(self) -> bool:
        """Whether this process has the engine."""
        return self._scheduler is not None

    def try_start(self) -> bool:
        """Takes the engine unless another process has it; work that was cut off goes on at once."""
        if self.works:
            return True
        check_sqlite(self._settings.engine_database_url, sys.version_info[:2], sqlite3.sqlite_version_info)
        if not self._take_lock():
            return False
        _house.stopping.clear()
        _house.services, _house.engine_url = self._svc, self._settings.engine_database_url
        if self._svc.sleep is time.sleep:
            self._svc.sleep = _wait
        with _explaining():
            DBOS(config=_config(self._settings))
            DBOS.launch()
            DBOS.register_queue(QUEUE, worker_concurrency=AT_ONCE, polling_interval_sec=POLL_SECONDS)
        self._scheduler = BackgroundScheduler(job_defaults={"coalesce": True, "misfire_grace_time": 3600})
        self._scheduler.add_job(self._tick_by_itself, "interval", seconds=TICK_SECONDS, max_instances=1)
        self._scheduler.start()
        self.tick()
        return True

    def tick(self) -> None:
        """Hands open runs to the engine, the oldest of each connection first; one that is there stays as it is."""
        with self._svc.store.read() as conn:
            open_runs = run_rows.open_runs(conn, self._svc.tenant.id)
        for run in open_runs:
            if run.id not in _house.broken or _house.broken[run.id].until < time.monotonic():
                _house.broken.pop(run.id, None)
                with _explaining():
                    _enqueue(run)

    def _tick_by_itself(self) -> None:
        try:
            self.tick()
        except StoreUnusable as error:
            log.error("%s", error)

    def hurry(self) -> None:
        """Does now what the next tick would do, if this process has the engine."""
        if self.works:
            self.tick()

    def ended(self, runs: Mapping[Scope, int]) -> bool:
        """Whether these runs have ended. Raises what broke one; takes the engine over when its process is gone."""
        for run_id in runs.values():
            if run_id in _house.broken:
                raise _house.broken[run_id].reason
        with self._svc.store.read() as conn:
            if not any(run_rows.run_by_id(conn, scope, run_id).open for scope, run_id in runs.items()):
                return True
        self.try_start()
        return False

    def stop(self) -> None:
        """Lets go of the engine. A slice in flight is finished by nobody: it runs again at the next start."""
        if self._scheduler is not None:
            _house.stopping.set()
            self._scheduler.shutdown(wait=False)
            self._scheduler = None
            for run_id in list(self._svc.pulls):
                parts.stop_reading(self._svc, run_id)
            DBOS.destroy(workflow_completion_timeout_sec=0)
            _house.services = None
            _house.broken.clear()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _take_lock(self) -> bool:
        path = self._settings.sqlite_path
        if path is None:
            self._lock = self._svc.store.only_worker()
            return self._lock is not None
        file = path.with_suffix(".db.lock").open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # let go when the process dies, however it dies
        except BlockingIOError:
            file.close()
            return False
        self._lock = file
        return True


@contextmanager
def _explaining() -> Iterator[None]:
    """What the engine's database says, as a sentence. Raises `StoreUnusable`."""
    try:
        yield
    except OperationalError as error:
        raise explained(error, make_url(_house.engine_url)) from error


def check_sqlite(engine_url: str, python: tuple[int, ...], sqlite: tuple[int, ...]) -> None:
    """Raises `Refused` where the engine would not start: on Python 3.12+ it uses SQLite's `unixepoch('subsec')`."""
    if engine_url.startswith("sqlite") and python >= (3, 12) and sqlite < (3, 42):
        has = ".".join(map(str, sqlite))
        raise Refused(
            f"This Python brings SQLite {has}; from Python 3.12 on the workflow engine needs 3.42. "
            "Use Python 3.11, a newer SQLite, or PostgreSQL (LEADTIER_DATABASE_URL)."
        )


def _enqueue(run: Run) -> None:
    """Queues the run unless one of its connection is queued or under way: only one at a time writes to an account."""
    scope, lock = run.scope, f"connection:{run.scope.connection_id}"
    with SetEnqueueOptions(deduplication_id=lock, duplication_policy="return-existing"):
        DBOS.enqueue_workflow(QUEUE, _WORKFLOWS[run.kind], scope.tenant_id, scope.connection_id, run.id)


def _config(settings: Settings) -> DBOSConfig:
    url = settings.engine_database_url
    sqlite = url.startswith("sqlite")
    config: dict[str, Any] = {
        "name": "leadtier",
        "system_database_url": url,
        "serializer": DBOSPortableJSONSerializer(),  # the default is pickle
        # Pinned: with the default, a hash of the code, work begun before an upgrade would wait for ever.
        "application_version": "1",
        "executor_id": "worker",  # always the same, so that whoever has the lock takes up what was cut off
        "max_executor_threads": 16,
        # Nobody listens here, but ending waits for the listener's nap: by default a second on every command.
        "notification_listener_polling_interval_sec": POLL_SECONDS,
        "log_level": "CRITICAL",
        "console_log_level": "CRITICAL",
    }
    if sqlite:
        config["system_database_engine"] = engine_for(url, pool_size=4, synchronous="NORMAL")
    return cast("DBOSConfig", config)


@contextmanager
def worker(svc: Services, settings: Settings) -> Iterator[Worker]:
    """A worker for the length of a command: with the engine if it is free."""
    made = Worker(svc, settings)
    try:
        made.try_start()
        yield made
    finally:
        made.stop()


def request_sync(svc: Services, scope: Scope, works: bool, *, full: bool = False) -> int:
    """Asks for a sync of the connection, or joins the one that was cut off; the run's id.

    With `full` everything is read again, which also finds what was archived in the CRM. Raises `Refused` when a sync is
    under way in another process.
    """
    _refuse_twice(svc, scope, sync.SYNC, works)
    return sync.begin(svc, scope, full=full).id


def request_rescore(svc: Services, scope: Scope, works: bool, *, rewrite: bool = False) -> int:
    """Asks for scoring every lead of the connection again; otherwise as `request_sync`."""
    _refuse_twice(svc, scope, rescore.RESCORE, works)
    return rescore.begin_rescore(svc, scope, rewrite=rewrite).id


def _refuse_twice(svc: Services, scope: Scope, kind: str, works: bool) -> None:
    """An open run is ours to continue when nobody else works; else somebody is on it."""
    with svc.store.read() as conn:
        found = run_rows.open_run(conn, scope, kind)
    if found is not None and not works:
        raise Refused(
            f"A {kind} of this connection is already running (run {found.id}, {found.phase}: {found.contacts:,} "
            f"contacts read, {found.written:,} written). Nothing was started and nothing is lost. "
            "`leadtier doctor` shows how far it is; start this again when it has ended."
        )
