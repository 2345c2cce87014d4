"""Rows of the outbox that the CRM refused: for whoever mends them and has them tried again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from connector.store import tables as t

WHERE = "write:refused"
"""The place of the problem that stands for a refused row; only a successful write clears it."""


class RefusedRow(NamedTuple):
    """One row, with its lead. `sentence` is the CRM's; `since` is when it first said so, None where nobody noted it."""

    lead_id: int
    crm_id: str
    connection: str
    record_url: str
    fields: Mapping[str, Any]
    values: Mapping[str, str | None]
    written: Mapping[str, str | None]
    sentence: str
    attempts: int
    since: int | None


class Sentence(NamedTuple):
    """What the CRM says, and of how many rows."""

    text: str
    rows: int


_O = t.outbox.c


def _parked(tenant_id: int) -> sa.ColumnElement[bool]:
    """Said connection by connection and as a range, so that an index gives them though very many rows may wait."""
    mine = sa.select(t.connection.c.id).where(t.connection.c.tenant_id == tenant_id).correlate(None)
    there = sa.exists().where(t.lead.c.id == _O.lead_id, ~t.lead.c.archived).correlate(t.outbox)
    return sa.and_(_O.tenant_id == tenant_id, _O.connection_id.in_(mine), _O.parked > "", there)


def count(conn: sa.Connection, tenant_id: int) -> int:
    """How many rows the CRM refuses."""
    found: int = conn.execute(sa.select(sa.func.count()).select_from(t.outbox).where(_parked(tenant_id))).scalar_one()
    return found


def sentences(conn: sa.Connection, tenant_id: int, limit: int = 20) -> Sequence[Sentence]:
    """What the CRM says of refused rows, the most frequent first."""
    number = sa.func.count()
    query = sa.select(_O.parked, number).where(_parked(tenant_id)).group_by(_O.parked)
    return [Sentence(*row) for row in conn.execute(query.order_by(number.desc(), _O.parked).limit(limit))]


def page(
    conn: sa.Connection, tenant_id: int, sentence: str = "", after: int = 0, limit: int = 50
) -> Sequence[RefusedRow]:
    """Refused rows in the order of their leads, those behind lead `after`; with `sentence` those it was said of."""
    lead, p = t.lead.c, t.problem.c
    noted = sa.and_(p.connection_id == _O.connection_id, p.record_id == lead.crm_id, p.where == WHERE)
    query = (
        sa.select(
            _O.lead_id, lead.crm_id, t.connection.c.name, t.connection.c.record_url, lead.fields, _O["values"],
            lead.written, _O.parked, _O.attempts, p.at,
        )
        .join(t.lead, lead.id == _O.lead_id)
        .join(t.connection, t.connection.c.id == _O.connection_id)
        .outerjoin(t.problem, noted)
        .where(_parked(tenant_id), _O.lead_id > after)
        .order_by(_O.lead_id)
        .limit(limit)
    )  # fmt: skip
    if sentence:
        query = query.where(_O.parked == sentence)
    return [_row(*row) for row in conn.execute(query)]


def _row(lead_id: int, crm_id: str, connection: str, url: str, *rest: Any) -> RefusedRow:
    fields, values, written, sentence, attempts, since = rest
    told = (json.loads(fields), json.loads(values), json.loads(written))
    return RefusedRow(lead_id, crm_id, connection, url, *told, sentence, attempts, since)


def release(conn: sa.Connection, tenant_id: int, at: int, *, lead_id: int | None = None, sentence: str = "") -> int:
    """Makes refused rows due: one lead's, those of which the CRM says a sentence, or all; how many."""
    chosen = _parked(tenant_id)
    if lead_id is not None:
        chosen = sa.and_(chosen, _O.lead_id == lead_id)
    if sentence:
        chosen = sa.and_(chosen, _O.parked == sentence)
    return conn.execute(sa.update(t.outbox).where(chosen).values(parked="", attempts=0, next_at=at)).rowcount
