"""Runs: one sync or rescore, with its place (cursors) and its counts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from connector.store import tables as t
from connector.store.database import Scope


@dataclass(frozen=True, slots=True)
class Run:
    """One run. `cursors` holds, per stream, ``[cursor, complete]``; `totals` how much it will deliver."""

    id: int
    scope: Scope
    kind: str
    phase: str
    state: str
    message: str
    started_at: int
    finished_at: int | None
    cursors: Mapping[str, tuple[str, bool]]
    totals: Mapping[str, int]
    contacts: int
    activities: int
    outcomes: int
    changed: int
    scored: int
    written: int
    failed: int
    calls: int
    throttled: int
    part: str = ""
    """The part of its story it is at; empty: the first."""
    waits: int = 0
    """How often in a row it asked to wait."""
    next_at: int = 0
    """It asked not to go on before this time."""
    anew: bool = False
    """Whether it reads all contacts, changed or not."""
    cancel: str = ""
    """Who asked it to end; empty: nobody."""
    found: Mapping[str, int] = field(default_factory=dict)
    """What a reconciliation found, by name."""

    @property
    def open(self) -> bool:
        """Whether it is still under way (or was cut off and waits to be continued)."""
        return self.finished_at is None


COUNTS = ("contacts", "activities", "outcomes", "changed", "scored", "written", "failed", "calls", "throttled")


def run_of(row: sa.Row[Any]) -> Run:
    """A row of the table as a run."""
    return Run(
        id=row.id,
        scope=Scope(row.tenant_id, row.connection_id),
        kind=row.kind,
        phase=row.phase,
        state=row.state,
        message=row.message,
        started_at=row.started_at,
        finished_at=row.finished_at,
        cursors={stream: (place[0], place[1]) for stream, place in json.loads(row.cursors).items()},
        totals=json.loads(row.totals),
        part=row.part,
        waits=row.waits,
        next_at=row.next_at,
        anew=row.anew,
        cancel=row.cancel,
        found=json.loads(row.found),
        **{name: getattr(row, name) for name in COUNTS},
    )


def _mine(scope: Scope) -> sa.ColumnElement[bool]:
    return sa.and_(t.run.c.tenant_id == scope.tenant_id, t.run.c.connection_id == scope.connection_id)


def _still_open(run: Run) -> sa.ColumnElement[bool]:
    """The run, unless it has ended meanwhile: whoever cancels it does not wait for the slice that is under way."""
    return sa.and_(_mine(run.scope), t.run.c.id == run.id, t.run.c.finished_at.is_(None))


def open_run(conn: sa.Connection, scope: Scope, kind: str) -> Run | None:
    """The run of this kind that has not ended."""
    query = sa.select(t.run).where(_mine(scope), t.run.c.kind == kind, t.run.c.finished_at.is_(None))
    row = conn.execute(query).one_or_none()
    return run_of(row) if row else None


def begin_run(conn: sa.Connection, scope: Scope, kind: str, at: int, *, anew: bool = False) -> Run:
    """The open run of this kind, continued, or a new one."""
    if (found := open_run(conn, scope, kind)) is not None:
        return found
    whose = {"tenant_id": scope.tenant_id, "connection_id": scope.connection_id}
    try:
        with conn.begin_nested():
            values = {**whose, "kind": kind, "phase": "starting", "state": "running", "started_at": at, "anew": anew}
            made = conn.execute(sa.insert(t.run).values(values).returning(t.run.c.id)).scalar_one()
    except IntegrityError:  # another process opened one between our look and our insert
        return begin_run(conn, scope, kind, at, anew=anew)
    return run_by_id(conn, scope, made)


def run_by_id(conn: sa.Connection, scope: Scope, run_id: int) -> Run:
    """The run. Raises `NoResultFound` when it is not this connection's."""
    return run_of(conn.execute(sa.select(t.run).where(_mine(scope), t.run.c.id == run_id)).one())


def last_runs(conn: sa.Connection, tenant_id: int, limit: int = 20) -> Sequence[Run]:
    """The tenant's newest runs."""
    query = sa.select(t.run).where(t.run.c.tenant_id == tenant_id).order_by(t.run.c.id.desc()).limit(limit)
    return [run_of(row) for row in conn.execute(query)]


def last_run(conn: sa.Connection, scope: Scope, kind: str) -> Run | None:
    """The connection's newest run of a kind."""
    query = sa.select(t.run).where(_mine(scope), t.run.c.kind == kind).order_by(t.run.c.id.desc()).limit(1)
    row = conn.execute(query).one_or_none()
    return run_of(row) if row else None


def add_counts(conn: sa.Connection, run: Run, **counts: int) -> None:
    """Adds to the run's counts."""
    conn.execute(
        sa.update(t.run)
        .where(_mine(run.scope), t.run.c.id == run.id)
        .values({name: t.run.c[name] + number for name, number in counts.items()})
    )


def set_place(
    conn: sa.Connection, run: Run, cursors: Mapping[str, tuple[str, bool]], totals: Mapping[str, int]
) -> None:
    """Where each stream stands: written in the same transaction as the page that got it there."""
    values = {"cursors": json.dumps(cursors), "totals": json.dumps(totals)}
    conn.execute(sa.update(t.run).where(_mine(run.scope), t.run.c.id == run.id).values(values))


def set_part(conn: sa.Connection, run: Run, part: str) -> None:
    """The run is at this part of its story and waits for nothing."""
    values = {"part": part, "waits": 0, "next_at": 0}
    conn.execute(sa.update(t.run).where(_still_open(run)).values(values))


def set_wait(conn: sa.Connection, run: Run, waits: int, next_at: int) -> None:
    """The run asked, for the `waits`-th time in a row, not to go on before `next_at`."""
    values = {"waits": waits, "next_at": next_at}
    conn.execute(sa.update(t.run).where(_still_open(run)).values(values))


def set_phase(conn: sa.Connection, run: Run, phase: str) -> None:
    """What the run is doing now, as people read it."""
    conn.execute(sa.update(t.run).where(_still_open(run)).values(phase=phase))


def finish_run(conn: sa.Connection, run: Run, state: str, message: str, at: int) -> bool:
    """Closes the run: ``done``, ``cancelled``, or ``failed`` with the sentence that says what to do.

    False when it has ended already: the first word stands.
    """
    values = {"state": state, "message": message, "finished_at": at, "phase": state}
    return conn.execute(sa.update(t.run).where(_still_open(run)).values(values)).rowcount > 0


def set_cancel(conn: sa.Connection, run: Run, who: str) -> bool:
    """Somebody asks the run to end; False when it has ended already."""
    return conn.execute(sa.update(t.run).where(_still_open(run)).values(cancel=who)).rowcount > 0


def is_halted(conn: sa.Connection, scope: Scope) -> bool:
    """Whether the connection's last run was cancelled: what it left over waits for the next one.

    Live work goes on by itself and is no such run.
    """
    query: sa.Select[int] = sa.select(sa.literal(1)).where(last_was_cancelled(scope.tenant_id, scope.connection_id))
    return conn.execute(query).first() is not None


def last_was_cancelled(tenant: Any, connection: Any) -> sa.ColumnElement[bool]:
    """The same as a condition; of the ids of a tenant and a connection, or of columns that hold them."""
    r = t.run.c
    mine = sa.and_(r.tenant_id == tenant, r.connection_id == connection, r.kind != "live")
    # The tenant's runs by time have an index.
    last = sa.select(r.state).where(mine).order_by(r.started_at.desc(), r.id.desc()).limit(1)
    return last.scalar_subquery() == "cancelled"


def set_message(conn: sa.Connection, run: Run, message: str) -> None:
    """What the run waits for, as people read it."""
    conn.execute(sa.update(t.run).where(_still_open(run)).values(message=message))


def open_runs(conn: sa.Connection, tenant_id: int) -> Sequence[Run]:
    """The tenant's runs that have not ended, oldest first."""
    query = sa.select(t.run).where(t.run.c.tenant_id == tenant_id, t.run.c.finished_at.is_(None)).order_by(t.run.c.id)
    return [run_of(row) for row in conn.execute(query)]


def set_anew(conn: sa.Connection, run: Run) -> None:
    """From here on the run reads all contacts."""
    conn.execute(sa.update(t.run).where(_mine(run.scope), t.run.c.id == run.id).values(anew=True))


def add_found(conn: sa.Connection, run: Run, **numbers: int) -> None:
    """Adds to what the run found."""
    mine = sa.and_(_mine(run.scope), t.run.c.id == run.id)
    known = json.loads(conn.execute(sa.select(t.run.c.found).where(mine)).scalar_one())
    values = {**known, **{name: known.get(name, 0) + number for name, number in numbers.items()}}
    conn.execute(sa.update(t.run).where(mine).values(found=json.dumps(values)))


def failures(conn: sa.Connection, scope: Scope, kinds: Sequence[str]) -> int:
    """How many runs of these kinds have failed since one ended well."""
    r = t.run.c
    these = sa.and_(_mine(scope), r.kind.in_(kinds))
    well = sa.select(sa.func.coalesce(sa.func.max(r.id), 0)).where(these, r.state == "done").scalar_subquery()
    query = sa.select(sa.func.count()).select_from(t.run).where(these, r.state == "failed", r.id > well)
    found: int = conn.execute(query).scalar_one()
    return found


def reopen_run(conn: sa.Connection, run: Run) -> None:
    """Goes on with a run that has failed; its message stays until it works again."""
    values = {"state": "running", "finished_at": None, "phase": "starting"}
    conn.execute(sa.update(t.run).where(_mine(run.scope), t.run.c.id == run.id).values(values))
