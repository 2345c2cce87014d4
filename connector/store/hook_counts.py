"""What arrived at our doors and was not kept, counted by source, connection and reason.

The rows of no connection belong to the operator: nobody can tell whose such requests were.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from connector.store import tables as t
from connector.store.upserts import insert

NOBODY = 0
"""The connection of what nobody can tell whose it was."""
MOST = 50
"""Different reasons kept of one source and connection; senders could otherwise fill the table."""
OTHER = "other"


class Count(NamedTuple):
    """So many of one reason. `text` says to a person what it means and what to do."""

    source: str
    connection_id: int
    reason: str
    text: str
    number: int


class Refusals(NamedTuple):
    """A counted reason as it is listed. `connection` is its name; empty: nobody can tell whose they were."""

    source: str
    connection: str
    reason: str
    text: str
    number: int
    first_at: int
    last_at: int


_C = t.hook_count.c


def add_counts(conn: sa.Connection, counts: Iterable[Count], at: int) -> None:
    """Adds these to what was counted before; reasons beyond `MOST` are counted together."""
    statement = insert(conn, t.hook_count)
    new = {
        "count": _C.count + statement.excluded["count"],
        "last_at": statement.excluded["last_at"],
        "text": statement.excluded["text"],
    }
    upsert = statement.on_conflict_do_update(index_elements=["source", "connection_id", "reason"], set_=new)
    # In order, so that two processes that count the same wait for one another and never in a circle.
    for each in sorted(counts):
        source, connection_id, reason, text, number = _few(conn, each)
        row = {"source": source, "connection_id": connection_id, "reason": reason, "text": text, "count": number}
        conn.execute(upsert, {**row, "first_at": at, "last_at": at})


def _few(conn: sa.Connection, found: Count) -> Count:
    whose = sa.and_(_C.source == found.source, _C.connection_id == found.connection_id)
    known = sa.select(sa.func.count(), sa.func.count().filter(_C.reason == found.reason)).where(whose)
    kinds, this = conn.execute(known).one()
    return found if this or kinds < MOST else found._replace(reason=OTHER, text="More reasons than are kept apart.")


def counts_for(conn: sa.Connection, tenant_id: int) -> Sequence[Refusals]:
    """What was counted for the tenant's connections and for nobody's, the latest first."""
    query = (
        sa.select(
            _C.source, sa.func.coalesce(t.connection.c.name, ""), _C.reason, _C.text, _C.count, _C.first_at, _C.last_at
        )
        .outerjoin(t.connection, t.connection.c.id == _C.connection_id)
        .where(sa.or_(_C.connection_id == NOBODY, t.connection.c.tenant_id == tenant_id))
        .order_by(_C.last_at.desc(), _C.source, _C.connection_id, _C.reason)
    )
    return [Refusals(*row) for row in conn.execute(query)]
