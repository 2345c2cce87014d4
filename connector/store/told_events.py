"""Told events: what others told us of leads, kept for ever by the sender's own id, matched or waiting for the lead.

A request's events travel as one JSON text, the only large parameter of the statement (see `connector.store.inbox`).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from connector.store import tables as t
from connector.store.database import Scope, StoreUnusable

_LOCK = 0x701D
"""The class of our advisory locks on PostgreSQL; the tenant is the number in it."""
_PATIENCE = "700ms"
"""Shorter than PostgreSQL's deadlock_timeout: in a circle of waiting writers it is we who step back."""
_CROSSED = frozenset({"40P01", "55P03", "40001"})


class ToldRow(NamedTuple):
    """One event as it is kept. `email` is in lower case; `lead_id` is None as long as nobody is known by these words.

    Either `email` or `crm_id` is empty. `connection` is empty where the sender named none.
    """

    event_id: str
    connection: str
    crm_id: str
    email: str
    kind: str
    at: int
    campaign: str
    lead_id: int | None


class LeadKey(NamedTuple):
    """A lead, and the words by which others name it."""

    id: int
    connection_id: int
    crm_id: str
    email: str


class Waiting(NamedTuple):
    """A kept event whose lead was not known."""

    id: int
    event_id: str
    crm_id: str
    email: str
    kind: str
    at: int
    campaign: str


def begin_telling(conn: sa.Connection, tenant_id: int) -> None:
    """To be called first in a transaction that keeps events: nobody of the tenant arrives until it ends.

    Otherwise an event and its lead, stored at the same moment by two transactions, would each miss the other. On SQLite
    there is one writer at a time anyway.
    """
    if conn.dialect.name == "postgresql":
        conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK, tenant_id)))
        conn.execute(sa.select(sa.func.set_config("lock_timeout", _PATIENCE, sa.true())))


def begin_arriving(conn: sa.Connection, tenant_id: int) -> None:
    """The other side of `begin_telling`, for a transaction that stores leads; it must not have changed any before."""
    if conn.dialect.name == "postgresql":
        conn.execute(sa.select(sa.func.pg_advisory_xact_lock_shared(_LOCK, tenant_id)))


def crossed(error: StoreUnusable) -> bool:
    """Whether the transaction failed only because another one was in its way, so that trying again helps."""
    return getattr(getattr(error.__cause__, "orig", None), "sqlstate", "") in _CROSSED


def connection_names(conn: sa.Connection, tenant_id: int) -> dict[str, int]:
    """The tenant's connections by name."""
    c = t.connection.c
    return {row[0]: row[1] for row in conn.execute(sa.select(c.name, c.id).where(c.tenant_id == tenant_id))}


def leads_told_of(
    conn: sa.Connection, tenant_id: int, emails: Collection[str], crm_ids: Collection[str], *, hold: bool = True
) -> list[LeadKey]:
    """The tenant's leads with one of these addresses or CRM ids, those that are gone or not read yet left out.

    With `hold` nobody changes or removes them until the transaction ends.
    """
    lead = t.lead.c
    own = sa.select(t.connection.c.id).where(t.connection.c.tenant_id == tenant_id)
    # The index of addresses holds no empty ones; SQLite uses it only for a comparison with a literal.
    by_email = sa.and_(lead.tenant_id == tenant_id, lead.email.in_(list(emails)), lead.email != sa.literal_column("''"))
    # The tenant is that of the connections; named once more it would send SQLite through all of the tenant's leads.
    by_crm_id = sa.and_(lead.connection_id.in_(own), lead.crm_id.in_(list(crm_ids)))
    found: dict[int, LeadKey] = {}
    for words, named in ((emails, by_email), (crm_ids, by_crm_id)):
        if words:
            query = sa.select(lead.id, lead.connection_id, lead.crm_id, lead.email).where(
                lead.known, ~lead.archived, named
            )
            held = query.order_by(lead.id).with_for_update(key_share=True) if hold else query
            found |= {row[0]: LeadKey(*row) for row in conn.execute(held)}
    return [found[lead_id] for lead_id in sorted(found)]


_INTO = (
    "INSERT INTO told_event "
    "(tenant_id, event_id, connection, crm_id, email, kind, at, campaign, lead_id, received_at) "
    "SELECT CAST(:tenant AS INTEGER), e.value->>0, e.value->>1, e.value->>2, e.value->>3, e.value->>4, "
    "CAST(e.value->>5 AS BIGINT), e.value->>6, CAST(e.value->>7 AS INTEGER), CAST(:at AS BIGINT) FROM"
)
# In order of the id: two requests with the same events then wait for one another and never in a circle.
_ONCE = "WHERE true ORDER BY e.value->>0 ON CONFLICT (tenant_id, event_id) DO NOTHING RETURNING event_id"
_KEEP = {
    "sqlite": sa.text(f"{_INTO} json_each(:rows) AS e {_ONCE}"),
    "postgresql": sa.text(f"{_INTO} json_array_elements(CAST(:rows AS json)) AS e(value) {_ONCE}"),
}


def keep(conn: sa.Connection, tenant_id: int, rows: Sequence[ToldRow], at: int) -> set[str]:
    """Keeps these events, received `at`; the ids of those that are new. The first one of an id stays, for ever."""
    if not rows:
        return set()
    values = {"tenant": tenant_id, "rows": json.dumps(rows, separators=(",", ":"), ensure_ascii=False), "at": at}
    return set(conn.execute(_KEEP[conn.dialect.name], values).scalars())


def kept(conn: sa.Connection, tenant_id: int, event_ids: Collection[str]) -> set[str]:
    """Those of these ids that are kept already."""
    told = t.told_event.c
    query = sa.select(told.event_id).where(told.tenant_id == tenant_id, told.event_id.in_(list(event_ids)))
    return set(conn.execute(query).scalars())


def any_waiting(conn: sa.Connection, tenant_id: int) -> bool:
    """Whether any event of the tenant waits for its lead."""
    told = t.told_event.c
    query = sa.select(told.id).where(told.tenant_id == tenant_id, told.lead_id.is_(None)).limit(1)
    return conn.execute(query).first() is not None


def waiting_for(
    conn: sa.Connection, scope: Scope, emails: Collection[str], crm_ids: Collection[str]
) -> Sequence[Waiting]:
    """The events that wait for a lead of this connection with one of these addresses or CRM ids."""
    told = t.told_event.c
    name = (
        sa.select(t.connection.c.name)
        .where(t.connection.c.tenant_id == scope.tenant_id, t.connection.c.id == scope.connection_id)
        .scalar_subquery()
    )
    columns = (told.id, told.event_id, told.crm_id, told.email, told.kind, told.at, told.campaign)
    found: list[Waiting] = []
    addresses = [email for email in emails if email]
    for named in (told.email.in_(addresses), sa.and_(told.email == "", told.crm_id.in_(list(crm_ids)))):
        query = sa.select(*columns).where(
            told.tenant_id == scope.tenant_id,
            told.lead_id.is_(None),
            named,
            sa.or_(told.connection == "", told.connection == name),
        )
        found += [Waiting(*row) for row in conn.execute(query)]
    return found


def settle(conn: sa.Connection, tenant_id: int, leads: Mapping[int, int]) -> None:
    """These events (by row id) wait no longer: the lead of each."""
    statement = (
        sa.update(t.told_event)
        .where(t.told_event.c.tenant_id == tenant_id, t.told_event.c.id == sa.bindparam("of_id"))
        .values(lead_id=sa.bindparam("of_lead"))
    )
    if leads:
        conn.execute(statement, [{"of_id": row_id, "of_lead": lead_id} for row_id, lead_id in leads.items()])


def move(conn: sa.Connection, tenant_id: int, losers: Collection[int], winner: int) -> None:
    """What was told of merged-away leads is from now on told of the one that stays, and goes when that one must go."""
    told = t.told_event.c
    chosen = sa.and_(told.tenant_id == tenant_id, told.lead_id.in_(list(losers)))
    conn.execute(sa.update(t.told_event).where(chosen).values(lead_id=winner))


def forget_old(conn: sa.Connection, before: int) -> int:
    """Removes the events of every tenant that were received before then and still wait; how many.

    By then nobody will come any more, and an address of somebody unknown should not be kept for ever.
    """
    told = t.told_event.c
    return conn.execute(sa.delete(t.told_event).where(told.lead_id.is_(None), told.received_at < before)).rowcount
