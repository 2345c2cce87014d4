"""The engine, DBOS Transact (docs/decisions/0002). The only place that knows it.

It carries each turn from the worker that asked for it to a worker with a free thread, once: a workflow is one turn.
What a workflow of a dead worker had done stands in our rows; it is cancelled, and the next tick asks for another turn.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetEnqueueOptions
from sqlalchemy import make_url
from sqlalchemy.exc import OperationalError

from connector.flows.services import Refused
from connector.jobs import turns
from connector.jobs.house import house
from connector.settings import Settings
from connector.store.database import Scope, engine_for, explained

RUNS, LIVE = "runs", "live"
RUNS_POLL_SECONDS = 2.0
LIVE_POLL_SECONDS = 0.5
"""How often each queue is looked at: this, not the work, is what an idle worker costs."""
NAP_SECONDS = 0.2
"""Nobody listens for the engine's notices, but ending waits for the listener's nap: a second by default."""
SHORT, LONG = 1, 10
"""Priorities: the smaller goes first."""
KEPT = timedelta(days=1)
PRUNED_AT_ONCE = 1000


@DBOS.workflow(name="run")
def _run(tenant_id: int, connection_id: int, run_id: int) -> None:
    turns.run_turn(Scope(tenant_id, connection_id), run_id)


@DBOS.workflow(name="live")
def _live(tenant_id: int, connection_id: int) -> None:
    turns.live_turn(Scope(tenant_id, connection_id))


def launch(settings: Settings, worker_id: str) -> None:
    """Starts the engine in this process. Raises `StoreUnusable` when its database cannot be used."""
    with explaining():
        DBOS(config=_config(settings, worker_id))
        DBOS.listen_queues([RUNS, LIVE])
        DBOS.launch()
        for queue, seconds in ((RUNS, RUNS_POLL_SECONDS), (LIVE, LIVE_POLL_SECONDS)):
            DBOS.register_queue(queue, worker_concurrency=settings.work_threads, polling_interval_sec=seconds)


def end() -> None:
    """Stops the engine; turns that are going on find out by themselves."""
    DBOS.destroy(workflow_completion_timeout_sec=0)


def ask_run(scope: Scope, run_id: int, *, long: bool) -> None:
    """Queues a turn of the run unless one of its connection is queued or going on."""
    with explaining(), _once(turns.run_lock(scope), LONG if long else SHORT):
        DBOS.enqueue_workflow(RUNS, _run, scope.tenant_id, scope.connection_id, run_id)


def ask_live(scope: Scope) -> None:
    """Queues a turn of the connection's live work unless one is queued or going on."""
    with explaining(), _once(turns.live_lock(scope), SHORT):
        DBOS.enqueue_workflow(LIVE, _live, scope.tenant_id, scope.connection_id)


def _once(lock: str, priority: int) -> SetEnqueueOptions:
    return SetEnqueueOptions(deduplication_id=lock, duplication_policy="return-existing", priority=priority)


def runs_wait() -> bool:
    """Whether a run waits for a thread."""
    return bool(DBOS.list_workflows(queue_name=RUNS, status="ENQUEUED", limit=1, load_input=False, load_output=False))


def taken() -> dict[str, str]:
    """Turns that were taken and have not ended: by workflow, the worker that took it."""
    found = DBOS.list_workflows(status="PENDING", load_input=False, load_output=False)
    return {one.workflow_id: one.executor_id or "" for one in found}


def cancel(workflow_ids: Collection[str]) -> None:
    """Frees the locks of these turns; nobody works on them any more."""
    DBOS.cancel_workflows(list(workflow_ids))


def prune() -> None:
    """Deletes turns that ended a day ago."""
    before = (datetime.now(UTC) - KEPT).isoformat()
    while True:
        found = DBOS.list_workflows(
            status=["SUCCESS", "ERROR", "CANCELLED"], completed_before=before, limit=PRUNED_AT_ONCE,
            load_input=False, load_output=False,
        )  # fmt: skip
        if found:
            DBOS.delete_workflows([one.workflow_id for one in found])
        if len(found) < PRUNED_AT_ONCE:
            return


@contextmanager
def explaining() -> Iterator[None]:
    """What the engine's database says, as a sentence. Raises `StoreUnusable`."""
    try:
        yield
    except OperationalError as error:
        raise explained(error, make_url(house.engine_url)) from error


def check_sqlite(engine_url: str, python: tuple[int, ...], sqlite: tuple[int, ...]) -> None:
    """Raises `Refused` where the engine would not start: on Python 3.12+ it uses SQLite's `unixepoch('subsec')`."""
    if engine_url.startswith("sqlite") and python >= (3, 12) and sqlite < (3, 42):
        has = ".".join(map(str, sqlite))
        raise Refused(
            f"This Python brings SQLite {has}; from Python 3.12 on the workflow engine needs 3.42. "
            "Use Python 3.11, a newer SQLite, or PostgreSQL (LEADTIER_DATABASE_URL)."
        )


def _config(settings: Settings, worker_id: str) -> DBOSConfig:
    url = settings.engine_database_url
    config: dict[str, Any] = {
        "name": "leadtier",
        "system_database_url": url,
        "serializer": DBOSPortableJSONSerializer(),  # the default is pickle
        # Pinned: with the default, a hash of the code, work begun before an upgrade would wait for ever.
        "application_version": "1",
        "executor_id": worker_id,  # its own: one that is shared would take over what another is doing
        "max_executor_threads": 2 * settings.work_threads + 8,
        "notification_listener_polling_interval_sec": NAP_SECONDS,
        "log_level": "CRITICAL",
        "console_log_level": "CRITICAL",
    }
    if url.startswith("sqlite"):
        config["system_database_engine"] = engine_for(url, pool_size=4, synchronous="NORMAL")
    else:
        config["sys_db_pool_size"] = 8
    return cast("DBOSConfig", config)
