"""How the whole house stands, for the operator: numbers over every agency, and no row of any.

These queries know no tenant because they hand out none of a tenant's data.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import sqlalchemy as sa

from connector.store import tables as t


class Standing(NamedTuple):
    """What waits, and what is in trouble. Moments are milliseconds or seconds since 1970 UTC as their names say."""

    inbox: int
    inbox_oldest_ms: int | None
    dirty: int
    outbox: int
    refused: int
    open_runs: Mapping[str, int]
    flags: int
    workers: int
    connections: Mapping[int, str]
    """Kind by connection."""
    troubled: int


class Synced(NamedTuple):
    """The last complete sync of each connection, and from which run on to look the next time."""

    at: Mapping[int, int]
    run: int


def standing(conn: sa.Connection, seen_since: int) -> Standing:
    """Everything at once. A worker counts when it was seen at or after `seen_since`."""
    inbox, oldest = conn.execute(
        sa.select(sa.func.count(), sa.func.min(t.inbox.c.received_ms)).where(t.inbox.c.done_at.is_(None))
    ).one()
    parked = sa.func.count().filter(t.outbox.c.parked != "")
    waiting, refused = conn.execute(sa.select(sa.func.count() - parked, parked).select_from(t.outbox)).one()
    return Standing(
        inbox=inbox,
        inbox_oldest_ms=oldest,
        dirty=_count(conn, t.lead.c.dirty > 0),
        outbox=waiting,
        refused=refused,
        open_runs=_open_runs(conn),
        flags=_count(conn, t.flag.c.answered_at.is_(None)),
        workers=_count(conn, t.worker.c.seen_at >= seen_since),
        connections={row.id: row.kind for row in conn.execute(sa.select(t.connection.c.id, t.connection.c.kind))},
        troubled=_count(conn, t.connection.c.trouble != ""),
    )


def synced(conn: sa.Connection, before: Synced) -> Synced:
    """The last complete syncs, looking only at runs that were open or not there yet when `before` was made."""
    run = t.run.c
    done = sa.select(run.connection_id, sa.func.max(run.finished_at)).where(
        run.id >= before.run, run.kind == "sync", run.state == "done", run.finished_at.is_not(None)
    )
    found = {one: at for one, at in conn.execute(done.group_by(run.connection_id))}  # noqa: C416 - rows, not tuples
    first_open = conn.execute(sa.select(sa.func.min(run.id)).where(run.finished_at.is_(None))).scalar_one()
    newest = conn.execute(sa.select(sa.func.max(run.id))).scalar_one() or 0
    return Synced({**before.at, **found}, newest + 1 if first_open is None else first_open)


def _count(conn: sa.Connection, condition: sa.ColumnElement[bool]) -> int:
    return int(conn.execute(sa.select(sa.func.count()).where(condition)).scalar_one())


def _open_runs(conn: sa.Connection) -> dict[str, int]:
    query = sa.select(t.run.c.kind, sa.func.count()).where(t.run.c.finished_at.is_(None)).group_by(t.run.c.kind)
    return {kind: count for kind, count in conn.execute(query)}  # noqa: C416 - rows, not tuples
