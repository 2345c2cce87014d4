"""Workers: the processes that do the work, as rows that people and other workers can see.

Rows of the house rather than of an agency: every worker works for all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from connector.store import tables as t


@dataclass(frozen=True, slots=True)
class WorkerRow:
    """One process. A row outlives a worker that died: whether it lives, only its lock says (`exclusive.absent`)."""

    id: str
    host: str
    pid: int
    started_at: int
    seen_at: int


def save_worker(conn: sa.Connection, worker: WorkerRow) -> None:
    """Says that this worker was seen, for the first time or again."""
    mine = t.worker.c.id == worker.id
    if not conn.execute(sa.update(t.worker).where(mine).values(seen_at=worker.seen_at)).rowcount:
        values = {name: getattr(worker, name) for name in t.worker.columns.keys()}  # noqa: SIM118 - not a mapping
        conn.execute(sa.insert(t.worker).values(values))


def all_workers(conn: sa.Connection) -> Sequence[WorkerRow]:
    """Every worker there was lately, the oldest first."""
    query = sa.select(t.worker).order_by(t.worker.c.started_at, t.worker.c.id)
    return [WorkerRow(row.id, row.host, row.pid, row.started_at, row.seen_at) for row in conn.execute(query)]


def remove_workers(conn: sa.Connection, worker_ids: Sequence[str]) -> None:
    """Forgets these workers."""
    conn.execute(sa.delete(t.worker).where(t.worker.c.id.in_(worker_ids)))


def forget_workers(conn: sa.Connection, before: int) -> None:
    """Forgets workers that were not seen since `before` (seconds since 1970 UTC)."""
    conn.execute(sa.delete(t.worker).where(t.worker.c.seen_at < before))
