"""Runs as the screens list them: chosen, page by page, with their connection, and the calls they used. Read only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa

from connector.store import tables as t
from connector.store.runs import Run, run_of


class Chosen(NamedTuple):
    """Which runs to list; empty or None: whichever."""

    connection_id: int | None = None
    kind: str = ""
    state: str = ""


class ListedRun(NamedTuple):
    """A run and the name of its connection."""

    run: Run
    connection: str


class Used(NamedTuple):
    """Calls made, and those of them that the CRM asked to come later."""

    calls: int
    throttled: int


_R = t.run.c


def page(
    conn: sa.Connection, tenant_id: int, chosen: Chosen, before: int | None = None, limit: int = 50
) -> Sequence[ListedRun]:
    """The tenant's runs, the newest first, those older than run `before`."""
    query = _listed(tenant_id).order_by(_R.id.desc()).limit(limit)
    if chosen.connection_id is not None:
        query = query.where(_R.connection_id == chosen.connection_id)
    if chosen.kind:
        query = query.where(_R.kind == chosen.kind)
    if chosen.state:
        query = query.where(_R.state == chosen.state)
    if before is not None:
        query = query.where(_R.id < before)
    return [ListedRun(run_of(row), row.name) for row in conn.execute(query)]


def listed(conn: sa.Connection, tenant_id: int, run_id: int) -> ListedRun | None:
    """One run, if the tenant has it."""
    row = conn.execute(_listed(tenant_id).where(_R.id == run_id)).one_or_none()
    return ListedRun(run_of(row), row.name) if row else None


def _listed(tenant_id: int) -> sa.Select[tuple[object, ...]]:
    query = sa.select(t.run, t.connection.c.name).join(t.connection, t.connection.c.id == _R.connection_id)
    return query.where(_R.tenant_id == tenant_id)


def calls_since(conn: sa.Connection, tenant_id: int, since: int) -> dict[int, Used]:
    """What the runs that began since then used, by connection."""
    query = (
        sa.select(_R.connection_id, sa.func.sum(_R.calls), sa.func.sum(_R.throttled))
        .where(_R.tenant_id == tenant_id, _R.started_at >= since)
        .group_by(_R.connection_id)
    )
    return {row[0]: Used(int(row[1]), int(row[2])) for row in conn.execute(query)}
