"""Leads: our view of the CRM's records, and the mark that says a card must be made again (`dirty`)."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from connector.store import tables as t
from connector.store.database import Scope
from connector.store.prefixes import looked_at
from connector.store.words import drop_words, keep_words, words_of


class LeadRow(NamedTuple):
    """A lead as ingest found it. `fields` is JSON; `digest` tells two states of the inputs apart."""

    crm_id: str
    created_at: int
    fields: str
    digest: str
    archived: bool
    family: str = ""
    """Leads of one family are written one after the other."""
    email: str = ""
    """In lower case: how those name the lead who do not know its CRM id."""


class Known(NamedTuple):
    """What the store holds of a lead already."""

    id: int
    digest: str
    archived: bool
    known: bool
    family: str


class ToScore(NamedTuple):
    """A lead as scoring needs it; `dirty` is handed back with the card, so that no change meanwhile is lost."""

    id: int
    crm_id: str
    created_at: int
    fields: str
    dirty: int
    written: str
    held_at: int | None = None


def _mine(scope: Scope) -> sa.ColumnElement[bool]:
    return sa.and_(t.lead.c.tenant_id == scope.tenant_id, t.lead.c.connection_id == scope.connection_id)


# The index of dirty leads holds nothing else; SQLite uses it only for a comparison with a literal.
_DIRTY = t.lead.c.dirty > sa.literal_column("0")


def known_leads(conn: sa.Connection, scope: Scope, crm_ids: Collection[str]) -> dict[str, Known]:
    """What is stored of these records, by CRM id."""
    query = sa.select(
        t.lead.c.crm_id, t.lead.c.id, t.lead.c.digest, t.lead.c.archived, t.lead.c.known, t.lead.c.family
    ).where(_mine(scope), t.lead.c.crm_id.in_(list(crm_ids)))
    return {row[0]: Known(*row[1:]) for row in conn.execute(query).all()}


def save_leads(conn: sa.Connection, scope: Scope, rows: Iterable[LeadRow]) -> tuple[dict[str, int], set[int]]:
    """Stores what was read: ids by CRM id, and the ids of those that are new or different (marked dirty)."""
    latest = {row.crm_id: row for row in rows}
    before = known_leads(conn, scope, latest)
    new = [row for crm_id, row in latest.items() if crm_id not in before]
    other = [
        row
        for crm_id, row in latest.items()
        if crm_id in before and (row.digest, row.archived, True, row.family) != before[crm_id][1:]
    ]
    _insert(conn, scope, new)
    _update(conn, scope, other)
    ids = {crm_id: seen.id for crm_id, seen in before.items()}
    if new:
        ids |= {crm_id: seen.id for crm_id, seen in known_leads(conn, scope, [row.crm_id for row in new]).items()}
    keep_words(conn, scope, _words(new, ids), new=True)
    keep_words(conn, scope, _words(other, ids), new=False)
    return ids, {ids[row.crm_id] for row in (*new, *other)}


def _words(rows: Sequence[LeadRow], ids: Mapping[str, int]) -> dict[int, set[str]]:
    return {ids[row.crm_id]: set() if row.archived else words_of(json.loads(row.fields)) for row in rows}


def _insert(conn: sa.Connection, scope: Scope, rows: Sequence[LeadRow]) -> None:
    if rows:
        same = {"tenant_id": scope.tenant_id, "connection_id": scope.connection_id, "known": True, "dirty": 1}
        conn.execute(sa.insert(t.lead), [{**same, **row._asdict()} for row in rows])


_UPDATE = (
    sa.update(t.lead)
    .where(
        t.lead.c.tenant_id == sa.bindparam("of_tenant"),
        t.lead.c.connection_id == sa.bindparam("of_connection"),
        t.lead.c.crm_id == sa.bindparam("of_crm_id"),
    )
    .values(
        # Nobody is known for a shorter time than before: a converted lead's contact may be made at the conversion.
        created_at=sa.case(
            (t.lead.c.created_at.between(1, sa.bindparam("created_at")), t.lead.c.created_at),
            else_=sa.bindparam("created_at"),
        ),
        fields=sa.bindparam("fields"),
        digest=sa.bindparam("digest"),
        archived=sa.bindparam("archived"),
        family=sa.bindparam("family"),
        email=sa.bindparam("email"),
        known=True,
        dirty=t.lead.c.dirty + 1,
    )
)


def _update(conn: sa.Connection, scope: Scope, rows: Sequence[LeadRow]) -> None:
    if not rows:
        return
    whose = {"of_tenant": scope.tenant_id, "of_connection": scope.connection_id}
    conn.execute(
        _UPDATE,
        [
            {
                **whose,
                "of_crm_id": row.crm_id,
                "created_at": row.created_at,
                "fields": row.fields,
                "digest": row.digest,
                "archived": row.archived,
                "family": row.family,
                "email": row.email,
            }
            for row in rows
        ],
    )


def ids_for(conn: sa.Connection, scope: Scope, crm_ids: Collection[str]) -> dict[str, int]:
    """Ids of these records; one not read yet gets a row (`known` false) and is fetched before the run ends."""
    found = {crm_id: seen.id for crm_id, seen in known_leads(conn, scope, crm_ids).items()}
    missing = [crm_id for crm_id in dict.fromkeys(crm_ids) if crm_id not in found]
    if missing:
        same = {"tenant_id": scope.tenant_id, "connection_id": scope.connection_id, "known": False}
        conn.execute(sa.insert(t.lead), [{**same, "crm_id": crm_id} for crm_id in missing])
        found |= {crm_id: seen.id for crm_id, seen in known_leads(conn, scope, missing).items()}
    return found


def known_since(conn: sa.Connection, scope: Scope, since: Mapping[int, int]) -> None:
    """These leads (by id) are known since then, unless for longer; their cards are made again."""
    statement = (
        sa.update(t.lead)
        .where(
            _mine(scope),
            t.lead.c.id == sa.bindparam("of_id"),
            ~t.lead.c.archived,
            sa.or_(t.lead.c.created_at == 0, t.lead.c.created_at > sa.bindparam("then")),
        )
        .values(created_at=sa.bindparam("then"), dirty=t.lead.c.dirty + 1)
    )
    if since:
        conn.execute(statement, [{"of_id": lead_id, "then": at} for lead_id, at in since.items()])


def unread(conn: sa.Connection, scope: Scope, limit: int) -> Sequence[str]:
    """CRM ids that an activity named but that were never read themselves."""
    query = sa.select(t.lead.c.crm_id).where(_mine(scope), ~t.lead.c.known, ~t.lead.c.archived).limit(limit)
    return conn.execute(query).scalars().all()


def mark_gone(conn: sa.Connection, scope: Scope, crm_ids: Collection[str]) -> None:
    """These records do not exist any more; their rows are kept, no longer scored and no longer written."""
    if not crm_ids:
        return
    ids = sa.select(t.lead.c.id).where(_mine(scope), t.lead.c.crm_id.in_(list(crm_ids)))
    conn.execute(sa.delete(t.outbox).where(t.outbox.c.lead_id.in_(ids)))
    conn.execute(sa.delete(t.card).where(t.card.c.lead_id.in_(ids)))
    drop_words(conn, scope, ids)
    conn.execute(sa.update(t.lead).where(t.lead.c.id.in_(ids)).values(archived=True, dirty=0))


def blank(conn: sa.Connection, scope: Scope, crm_ids: Collection[str]) -> None:
    """Forgets what stood on these records, which are gone: they stand for nobody any more."""
    if crm_ids:
        chosen = sa.and_(_mine(scope), t.lead.c.crm_id.in_(list(crm_ids)), t.lead.c.archived)
        filled = sa.or_(t.lead.c.fields != "{}", t.lead.c.email != "", t.lead.c.written != "{}")
        empty = {"fields": "{}", "digest": "", "email": "", "written": "{}"}
        conn.execute(sa.update(t.lead).where(chosen, filled).values(empty))


def mark_dirty(conn: sa.Connection, scope: Scope, lead_ids: Collection[int]) -> None:
    """These leads need a new card; those that are gone do not."""
    if lead_ids:
        chosen = sa.and_(_mine(scope), t.lead.c.id.in_(list(lead_ids)), ~t.lead.c.archived)
        conn.execute(sa.update(t.lead).where(chosen).values(dirty=t.lead.c.dirty + 1))


def mark_all_dirty(conn: sa.Connection, scope: Scope) -> int:
    """Every lead of the connection needs a new card (time has passed, or the model changed); how many."""
    chosen = sa.and_(_mine(scope), t.lead.c.known, ~t.lead.c.archived)
    return conn.execute(sa.update(t.lead).where(chosen).values(dirty=t.lead.c.dirty + 1)).rowcount


_SCORED = (
    t.lead.c.id,
    t.lead.c.crm_id,
    t.lead.c.created_at,
    t.lead.c.fields,
    t.lead.c.dirty,
    t.lead.c.written,
    t.lead.c.held_at,
)


def dirty_leads(conn: sa.Connection, scope: Scope, limit: int) -> list[ToScore]:
    """The next leads that need a card, by id."""
    query = (
        sa.select(*_SCORED)
        .where(_mine(scope), _DIRTY, t.lead.c.known, ~t.lead.c.archived)
        .order_by(t.lead.c.id)
        .limit(limit)
    )
    return [ToScore(*row) for row in conn.execute(query).all()]


def dirty_of(conn: sa.Connection, scope: Scope, crm_ids: Collection[str]) -> list[ToScore]:
    """Those of these records that need a card, by id."""
    query = (
        sa.select(*_SCORED)
        .where(_mine(scope), t.lead.c.crm_id.in_(list(crm_ids)), _DIRTY, t.lead.c.known, ~t.lead.c.archived)
        .order_by(t.lead.c.id)
    )
    return [ToScore(*row) for row in conn.execute(query).all()]


def leads_after(conn: sa.Connection, scope: Scope, after: int, limit: int) -> list[ToScore]:
    """Every scorable lead by id, from the one after `after`."""
    query = (
        sa.select(*_SCORED)
        .where(_mine(scope), t.lead.c.id > after, t.lead.c.known, ~t.lead.c.archived)
        .order_by(t.lead.c.id)
        .limit(limit)
    )
    return [ToScore(*row) for row in conn.execute(query).all()]


def find_lead(conn: sa.Connection, tenant_id: int, *references: str) -> tuple[Scope, ToScore] | None:
    """A lead by one of these CRM ids or its own id (``#12``), within the tenant; one that is not gone before others."""
    own = [int(one[1:]) for one in references if one.startswith("#") and one[1:].isdecimal() and len(one) < 19]
    # Their connections are named, because an id is found by the connection's index.
    connections = sa.select(t.connection.c.id).where(t.connection.c.tenant_id == tenant_id)
    query = (
        sa.select(t.lead.c.connection_id, *_SCORED)
        .where(looked_at(t.lead.c.tenant_id) == tenant_id, t.lead.c.connection_id.in_(connections), t.lead.c.known)
        .where(t.lead.c.id.in_(own) if own else t.lead.c.crm_id.in_(references))
        .order_by(t.lead.c.archived, t.lead.c.id)
    )
    row = conn.execute(query.limit(1)).one_or_none()
    return (Scope(tenant_id, row[0]), ToScore(*row[1:])) if row else None


def clear_dirty(conn: sa.Connection, scope: Scope, seen: Mapping[int, int]) -> None:
    """Their cards are made. One that changed again since `seen` (its `dirty` moved on) stays dirty."""
    statement = (
        sa.update(t.lead)
        .where(_mine(scope), t.lead.c.id == sa.bindparam("of_id"), t.lead.c.dirty == sa.bindparam("was"))
        .values(dirty=0)
    )
    if seen:
        conn.execute(statement, [{"of_id": lead_id, "was": dirty} for lead_id, dirty in seen.items()])


def set_written(conn: sa.Connection, scope: Scope, written: Mapping[int, str], at: int | None) -> None:
    """What the CRM holds from us as far as we know, by lead id (JSON); `at` when it said so, None when it did not."""
    dated = {} if at is None else {"written_at": at}
    statement = (
        sa.update(t.lead)
        .where(_mine(scope), t.lead.c.id == sa.bindparam("of_id"))
        .values(written=sa.bindparam("now"), **dated)
    )
    if written:
        conn.execute(statement, [{"of_id": lead_id, "now": values} for lead_id, values in written.items()])


def count_dirty(conn: sa.Connection, scope: Scope) -> int:
    """How many leads wait for a card, those not read yet included. Cheap, whatever the size of the book."""
    found: int = conn.execute(sa.select(sa.func.count()).select_from(t.lead).where(_mine(scope), _DIRTY)).scalar_one()
    return found


def forget_written(conn: sa.Connection, scope: Scope) -> None:
    """What the CRM holds from us is not known any more: the next cards are written whole."""
    conn.execute(sa.update(t.lead).where(_mine(scope)).values(written="{}"))


def counts(conn: sa.Connection, scope: Scope) -> dict[str, Any]:
    """How many leads are scored, dirty, archived or not read yet. Each is told by an index of its own."""
    lead = t.lead.c
    kinds = {
        "all": sa.true(),
        "archived": lead.archived,
        "unread": sa.and_(~lead.known, ~lead.archived),
        "dirty": sa.and_(_DIRTY, ~lead.archived, lead.known),
    }
    asked = (
        sa.select(sa.func.count()).select_from(t.lead).where(_mine(scope), kind).scalar_subquery().label(name)
        for name, kind in kinds.items()
    )
    found = dict(conn.execute(sa.select(*asked)).one()._mapping)
    return {"leads": found.pop("all") - found["archived"] - found["unread"], **found}


class Held(NamedTuple):
    """What the CRM holds from us (JSON), since when, and what it is about to get (JSON, empty: nothing)."""

    id: int
    written: str
    written_at: int | None
    pending: str


def held_of(conn: sa.Connection, scope: Scope, crm_ids: Collection[str]) -> dict[str, Held]:
    """What we wrote into these records, or are writing, by CRM id."""
    pending = sa.func.coalesce(t.outbox.c["values"], "")
    query = (
        sa.select(t.lead.c.crm_id, t.lead.c.id, t.lead.c.written, t.lead.c.written_at, pending)
        .join(t.outbox, t.outbox.c.lead_id == t.lead.c.id, isouter=True)
        .where(_mine(scope), t.lead.c.crm_id.in_(list(crm_ids)), ~t.lead.c.archived)
    )
    return {row[0]: Held(*row[1:]) for row in conn.execute(query).all()}


def purge(conn: sa.Connection, scope: Scope, crm_ids: Collection[str]) -> int:
    """Removes these leads with all that hangs on them, and what others told us of them; how many leads there were."""
    chosen = sa.and_(_mine(scope), t.lead.c.crm_id.in_(list(crm_ids)))
    found = conn.execute(sa.select(t.lead.c.id, t.lead.c.email).where(chosen)).all()
    ids, emails = [row.id for row in found], [row.email for row in found if row.email]
    told = t.told_event.c
    theirs = sa.or_(told.lead_id.in_(ids), told.crm_id.in_(list(crm_ids)), told.email.in_(emails))
    others = sa.and_(told.lead_id.is_not(None), told.lead_id.not_in(ids))
    conn.execute(sa.delete(t.told_event).where(told.tenant_id == scope.tenant_id, theirs, ~others))
    for table in (t.flag, t.outbox, t.outcome, t.activity, t.card_change, t.card, t.lead_word):
        conn.execute(sa.delete(table).where(table.c.tenant_id == scope.tenant_id, table.c.lead_id.in_(ids)))
    conn.execute(sa.delete(t.lead).where(_mine(scope), t.lead.c.id.in_(ids)))
    return len(ids)
