"""Flags: what reps said of scores, kept once per source event, with what became of them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from connector.store import tables as t
from connector.store.database import Scope
from connector.store.prefixes import begins
from connector.store.upserts import insert


class NewFlag(NamedTuple):
    """A flag as it is raised. `score` and `model_version` are of the card the rep saw, `reasons` its criteria."""

    lead_id: int
    source_event: str
    kind: str
    note: str
    who: str
    at: int
    score: int | None
    model_version: str
    reasons: tuple[str, ...]
    seen_at: int | None


class Flag(NamedTuple):
    """A flag as it stands. `seen_at` and `over_at` are the CRM's own times of one set in the record."""

    id: int
    connection_id: int
    lead_id: int
    source_event: str
    kind: str
    note: str
    who: str
    at: int
    score: int | None
    model_version: str
    seen_at: int | None
    over_at: int | None
    answer: str
    answered_by: str
    answered_at: int | None


class FlaggedLead(NamedTuple):
    """The lead a flag is about."""

    crm_id: str
    fields: Mapping[str, Any]
    archived: bool
    written: Mapping[str, str | None]
    written_at: int | None
    held_at: int | None


class Label(NamedTuple):
    """A flag as a label for evaluation."""

    lead_id: int
    kind: str
    at: int
    score: int | None
    model_version: str


class Disagreement(NamedTuple):
    """A criterion that stood among the reasons of flagged scores, and how often."""

    criterion: str
    too_high: int
    too_low: int


NAMES = Flag._fields
COLUMNS = tuple(t.flag.c[name] for name in NAMES)


def _mine(scope: Scope) -> sa.ColumnElement[bool]:
    return sa.and_(t.flag.c.tenant_id == scope.tenant_id, t.flag.c.connection_id == scope.connection_id)


def add(conn: sa.Connection, scope: Scope, new: NewFlag) -> bool:
    """Keeps a flag; False when one of the same source event is there already. The lead must be the scope's."""
    values = {**new._asdict(), "reasons": ",".join(new.reasons)}
    whose = {"tenant_id": scope.tenant_id, "connection_id": scope.connection_id}
    statement = insert(conn, t.flag).values(**whose, **values).on_conflict_do_nothing().returning(t.flag.c.id)
    return conn.execute(statement).scalar_one_or_none() is not None


def by_id(conn: sa.Connection, tenant_id: int, flag_id: int) -> Flag | None:
    """The flag, if the tenant has it."""
    query = sa.select(*COLUMNS).where(t.flag.c.tenant_id == tenant_id, t.flag.c.id == flag_id)
    row = conn.execute(query).one_or_none()
    return Flag(*row) if row else None


def of_lead(conn: sa.Connection, tenant_id: int, lead_id: int, limit: int = 50) -> list[Flag]:
    """What was said of one lead, the newest first."""
    query = sa.select(*COLUMNS).where(t.flag.c.tenant_id == tenant_id, t.flag.c.lead_id == lead_id)
    return [Flag(*row) for row in conn.execute(query.order_by(t.flag.c.id.desc()).limit(limit))]


def of_leads(conn: sa.Connection, scope: Scope, lead_ids: Collection[int]) -> dict[int, list[Flag]]:
    """The flags of those of these leads that have any, the oldest first."""
    query = sa.select(*COLUMNS).where(_mine(scope), t.flag.c.lead_id.in_(list(lead_ids))).order_by(t.flag.c.id)
    found: dict[int, list[Flag]] = {}
    for row in conn.execute(query) if lead_ids else ():
        found.setdefault(row.lead_id, []).append(Flag(*row))
    return found


def count_from(conn: sa.Connection, scope: Scope, source: str) -> int:
    """How many source events of the connection begin with ``<source>:``, whosever lead they are with now."""
    query = sa.select(sa.func.count()).where(_mine(scope), begins(conn, t.flag.c.source_event, f"{source}:"))
    found: int = conn.execute(query).scalar_one()
    return found


def seen(conn: sa.Connection, scope: Scope, flag_id: int, at: int, note: str) -> None:
    """The record still holds it at the CRM's time `at`, with this note."""
    _change(conn, scope, flag_id, seen_at=at, note=note)


def over(conn: sa.Connection, scope: Scope, flag_id: int, at: int) -> None:
    """The record does not hold it any more since the CRM's time `at`."""
    _change(conn, scope, flag_id, over_at=at)


def answered(conn: sa.Connection, scope: Scope, flag_id: int, answer: str, by: str, at: int) -> None:
    """Keeps the answer; a later one takes its place."""
    _change(conn, scope, flag_id, answer=answer, answered_by=by, answered_at=at)


def _change(conn: sa.Connection, scope: Scope, flag_id: int, **values: Any) -> None:
    conn.execute(sa.update(t.flag).where(_mine(scope), t.flag.c.id == flag_id).values(values))


def move(conn: sa.Connection, scope: Scope, lead_id: int, to: int) -> None:
    """A lead became another: its flags and its hold go along."""
    lead = t.lead.c
    mine = sa.and_(lead.tenant_id == scope.tenant_id, lead.connection_id == scope.connection_id)
    if not conn.execute(sa.select(lead.id).where(mine, lead.id == to)).first():
        return
    conn.execute(sa.update(t.flag).where(_mine(scope), t.flag.c.lead_id == lead_id).values(lead_id=to))
    since = conn.execute(sa.select(lead.held_at).where(mine, lead.id == lead_id)).scalar_one_or_none()
    if since is not None:
        hold(conn, scope, to, since)


def hold(conn: sa.Connection, scope: Scope, lead_id: int, at: int) -> None:
    """Nobody may contact the lead, since `at` unless since longer."""
    since = sa.func.coalesce(t.lead.c.held_at, at)
    conn.execute(sa.update(t.lead).where(_lead(scope, lead_id)).values(held_at=since))


def release(conn: sa.Connection, scope: Scope, lead_id: int) -> None:
    """The lead may be contacted again."""
    conn.execute(sa.update(t.lead).where(_lead(scope, lead_id)).values(held_at=None))


def _lead(scope: Scope, lead_id: int) -> sa.ColumnElement[bool]:
    lead = t.lead.c
    return sa.and_(lead.tenant_id == scope.tenant_id, lead.connection_id == scope.connection_id, lead.id == lead_id)


def flagged_lead(conn: sa.Connection, scope: Scope, lead_id: int) -> FlaggedLead | None:
    """The lead, if it is the connection's."""
    lead = t.lead.c
    columns = (lead.crm_id, lead.fields, lead.archived, lead.written, lead.written_at, lead.held_at)
    row = conn.execute(sa.select(*columns).where(_lead(scope, lead_id))).one_or_none()
    if row is None:
        return None
    crm_id, fields, archived, written, written_at, held_at = row
    return FlaggedLead(crm_id, json.loads(fields), archived, json.loads(written), written_at, held_at)


def changed_by(conn: sa.Connection, scope: Scope, crm_id: str, field: str) -> str:
    """Who changed a field of a record last, by the webhooks that wait; empty when none says so."""
    box = t.inbox.c
    query = sa.select(box.who).where(
        box.tenant_id == scope.tenant_id,
        box.connection_id == scope.connection_id,
        box.done_at.is_(None),
        box.record_id == crm_id,
        box.field == field,
        box.who != "",
    )
    return str(conn.execute(query.order_by(box.id.desc()).limit(1)).scalar_one_or_none() or "")


def count_open(conn: sa.Connection, tenant_id: int, lead_id: int | None = None, kind: str = "") -> int:
    """How many flags wait for an answer: the tenant's, or one lead's, or those of one kind."""
    f = t.flag.c
    query = sa.select(sa.func.count()).where(f.tenant_id == tenant_id, f.answered_at.is_(None))
    if lead_id is not None:
        query = query.where(f.lead_id == lead_id)
    if kind:
        query = query.where(f.kind == kind)
    found: int = conn.execute(query).scalar_one()
    return found


def count_open_before(conn: sa.Connection, tenant_id: int, before: int) -> int:
    """How many flags raised before then wait for an answer."""
    f = t.flag.c
    query = sa.select(sa.func.count()).where(f.tenant_id == tenant_id, f.answered_at.is_(None), f.at < before)
    found: int = conn.execute(query).scalar_one()
    return found


def labels(conn: sa.Connection, tenant_id: int, since: int) -> list[Label]:
    """The flags raised since then, as labels for evaluation, the oldest first."""
    f = t.flag.c
    query = sa.select(f.lead_id, f.kind, f.at, f.score, f.model_version)
    return [Label(*row) for row in conn.execute(query.where(f.tenant_id == tenant_id, f.at >= since).order_by(f.id))]


def disagreements(conn: sa.Connection, tenant_id: int, since: int) -> Sequence[Disagreement]:
    """Criteria that stood among the reasons when reps found a score too high or too low, the most often first."""
    f = t.flag.c
    query = sa.select(f.kind, f.reasons).where(
        f.tenant_id == tenant_id, f.at >= since, f.kind.in_(("too_high", "too_low")), f.reasons != ""
    )
    counts = Counter((name, kind) for kind, reasons in conn.execute(query).all() for name in reasons.split(","))
    found = [Disagreement(n, counts[n, "too_high"], counts[n, "too_low"]) for n in {name for name, _ in counts}]
    return sorted(found, key=lambda one: (-one.too_high - one.too_low, one.criterion))
