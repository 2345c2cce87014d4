"""The inbox: hints from outside, kept before they are answered. One statement per request, whatever its size.

The rows travel as one JSON text, the only parameter of the statement: on both databases this is far quicker than a
parameter per value (measured: 1.5 times on SQLite, 2 to 3 times on PostgreSQL).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from connector.store import tables as t
from connector.store.database import Scope

TOUCHED = "touched"
"""The kind of a row that says: our own rows about this lead changed, score and write it now."""


class InboxEvent(NamedTuple):
    """One hint. `occurred_at` is in seconds since 1970; `merged_ids` are separated by commas."""

    tenant_id: int
    connection_id: int
    event_id: str
    kind: str
    record_id: str
    field: str
    value: str
    merged_ids: str
    bulk: bool
    occurred_at: int
    who: str = ""
    """Who changed it, as the CRM names people or apps; where a rep may have flagged the lead."""


_COLUMNS = ("event_id", "kind", "record_id", "field", "value", "merged_ids", "bulk", "occurred_at", "who")
_INTO = f"INSERT INTO inbox (tenant_id, connection_id, {', '.join(_COLUMNS)}, received_ms) SELECT c.tenant_id, c.id, "
# The connection is looked up with its tenant: a row of neither is not kept, and one of a connection that was just
# removed does not refuse the others. CROSS JOIN holds SQLite to reading the text once, row by row.
_SQLITE = (
    _INTO
    + ", ".join(f"json_extract(e.value, '$[{place}]')" for place, _ in enumerate(_COLUMNS, 2))
    + ", ? FROM json_each(?) AS e CROSS JOIN connection AS c WHERE c.id = json_extract(e.value, '$[1]') "
    "AND c.tenant_id = json_extract(e.value, '$[0]') ON CONFLICT DO NOTHING"
)
# jsonb, because the elements of a json text are parsed anew for every column (2.5 times the time of the whole read).
# In order of the key: two requests with the same events then wait for one another and never in a circle.
_TYPES = {"bulk": "::boolean", "occurred_at": "::bigint"}
_POSTGRESQL = (
    _INTO
    + ", ".join(f"(e->>{place}){_TYPES.get(name, '')}" for place, name in enumerate(_COLUMNS, 2))
    + ", %s FROM jsonb_array_elements(%s::jsonb) AS e JOIN connection AS c ON c.id = (e->>1)::integer "
    "AND c.tenant_id = (e->>0)::integer ORDER BY c.id, e->>2 ON CONFLICT DO NOTHING"
)


def add_events(conn: sa.Connection, rows: Sequence[InboxEvent], received_ms: int) -> int:
    """Keeps these events; one that is there already, known by its connection and `event_id`, changes nothing.

    `received_ms` is in milliseconds since 1970. Returns how many were new. A row whose connection is not its tenant's
    is left out.
    """
    if not rows:
        return 0
    statement = _POSTGRESQL if conn.dialect.name == "postgresql" else _SQLITE
    return conn.exec_driver_sql(statement, (received_ms, _text(rows))).rowcount


def touch(conn: sa.Connection, scope: Scope, crm_ids: Iterable[str], at_ms: int, why: str) -> int:
    """Says that our own rows about these leads changed, so that they are scored and written at once.

    `at_ms` is in milliseconds since 1970; the same touch said twice is one. Returns how many were new.
    """
    rows = [
        InboxEvent(
            *_whose(scope), f"{TOUCHED}:{why}:{crm_id}:{at_ms}", TOUCHED, crm_id, "", "", "", False, at_ms // 1000
        )
        for crm_id in crm_ids
    ]
    return add_events(conn, rows, at_ms)


def _whose(scope: Scope) -> tuple[int, int]:
    return scope.tenant_id, scope.connection_id


def _text(rows: Sequence[InboxEvent]) -> str:
    text = json.dumps(rows, separators=(",", ":"))
    # What no database keeps as text; or a character beyond the first plane, which does no harm.
    if "\\u0000" in text or "\\ud" in text:
        text = json.dumps([[_kept(value) for value in row] for row in rows])
    return text


def _kept(value: Any) -> Any:
    """Without NUL and halves of characters."""
    if not isinstance(value, str):
        return value
    return value.replace("\0", "").encode("utf-8", "replace").decode()


class Fate(NamedTuple):
    """What became of an event; `done_at` is None while it waits."""

    done_at: int | None
    result: str
    attempts: int


def fate(conn: sa.Connection, scope: Scope, event_id: str) -> Fate | None:
    """What became of the event; None when it was not kept."""
    i = t.inbox.c
    mine = sa.and_(i.tenant_id == scope.tenant_id, i.connection_id == scope.connection_id, i.event_id == event_id)
    row = conn.execute(sa.select(i.done_at, i.result, i.attempts).where(mine)).one_or_none()
    return Fate(*row) if row else None


class Heard(NamedTuple):
    """What a connection's webhooks told. `last_ms` is in milliseconds since 1970, `delay` in seconds on average."""

    connection: str
    last_ms: int | None
    today: int
    open: int
    delay: float | None


def heard(conn: sa.Connection, tenant_id: int, since_ms: int) -> Sequence[Heard]:
    """For each of the tenant's connections: the last event, those since, those that wait, and how long they took.

    `since_ms` is in milliseconds since 1970. What our own rows said is left out.
    """
    i, name = t.inbox.c, t.connection.c.name
    recent = i.received_ms >= since_ms
    took = i.done_at - i.received_ms / 1000.0
    query = (
        sa.select(
            name,
            sa.func.max(i.received_ms),
            sa.func.count().filter(recent),
            sa.func.count(i.id).filter(i.done_at.is_(None)),
            sa.func.avg(sa.case((took > 0, took), else_=0.0)).filter(recent, i.done_at.is_not(None)),
        )
        .outerjoin(t.inbox, sa.and_(i.connection_id == t.connection.c.id, i.tenant_id == tenant_id, i.kind != TOUCHED))
        .where(t.connection.c.tenant_id == tenant_id)
        .group_by(t.connection.c.id, name)
        .order_by(t.connection.c.id)
    )
    return [Heard(*row) for row in conn.execute(query)]


def took_since(conn: sa.Connection, tenant_id: int, since: int, limit: int) -> Sequence[float]:
    """Seconds from the arrival of an event to its end, for the newest that ended since then, our own rows left out."""
    i, mine = t.inbox.c, t.connection.c.tenant_id == tenant_id
    # The index of what is done begins with the connection.
    query = (
        sa.select(i.done_at - i.received_ms / 1000.0)
        .where(i.connection_id.in_(sa.select(t.connection.c.id).where(mine)))
        .where(i.done_at.is_not(None), i.done_at >= since, i.kind != TOUCHED)
        .order_by(i.done_at.desc())
        .limit(limit)
    )
    return [max(0.0, float(took)) for took in conn.execute(query).scalars()]
