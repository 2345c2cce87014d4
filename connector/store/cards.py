"""Score cards as they were last made, and what moved them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import fields
from typing import Any, NamedTuple

import sqlalchemy as sa

from connector.core.types import Line, Met, ScoreCard, Stage, Tier
from connector.store import tables as t
from connector.store.database import Scope
from connector.store.upserts import upsert


class Change(NamedTuple):
    """One move of a score: from what (None for the first card) to what, and why."""

    lead_id: int
    at: int
    score_before: int | None
    score: int
    tier: str
    moved: str
    model_version: str


_PLAIN = tuple(field.name for field in fields(ScoreCard) if field.name != "lines")


def dump_card(card: ScoreCard) -> str:
    """The card as JSON text; `load_card` gives it back equal."""
    document = {name: getattr(card, name) for name in _PLAIN}
    document["lines"] = [[line.id, line.text, line.points, line.met, line.at] for line in card.lines]
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False)


def load_card(text: str) -> ScoreCard:
    """The card that `dump_card` wrote."""
    d: dict[str, Any] = json.loads(text)
    d["lines"] = tuple(Line(id_, said, points, Met(met), at) for id_, said, points, met, at in d["lines"])
    d["stage"], d["tier"] = Stage(d["stage"]), Tier(d["tier"])
    d["reasons"], d["notes"] = tuple(d["reasons"]), tuple(d["notes"])
    return ScoreCard(**d)


def cards_of(conn: sa.Connection, scope: Scope, lead_ids: Collection[int]) -> dict[int, ScoreCard]:
    """The last cards of these leads."""
    c = t.card.c
    query = sa.select(c.lead_id, c.document).where(c.tenant_id == scope.tenant_id, c.lead_id.in_(list(lead_ids)))
    return {row[0]: load_card(row[1]) for row in conn.execute(query).all()}


def save_cards(conn: sa.Connection, scope: Scope, cards: Sequence[ScoreCard]) -> None:
    """Keeps these as the last cards of their leads."""
    if cards:
        conn.execute(upsert(conn, t.card), [_row(scope, card) for card in cards])


def _row(scope: Scope, card: ScoreCard) -> dict[str, Any]:
    return {
        "lead_id": card.lead_id,
        "tenant_id": scope.tenant_id,
        "score": card.score,
        "stage": card.stage,
        "tier": card.tier,
        "document": dump_card(card),
        "model_version": card.model_version,
        "as_of": card.as_of,
    }


def add_changes(conn: sa.Connection, scope: Scope, changes: Iterable[Change]) -> None:
    """Adds to the history."""
    rows = [{"tenant_id": scope.tenant_id, **change._asdict()} for change in changes]
    if rows:
        conn.execute(sa.insert(t.card_change), rows)


def history_of(conn: sa.Connection, tenant_id: int, lead_id: int, limit: int = 50) -> Sequence[Change]:
    """What moved a lead's score, newest first."""
    h = t.card_change.c
    query = (
        sa.select(h.lead_id, h.at, h.score_before, h.score, h.tier, h.moved, h.model_version)
        .where(h.tenant_id == tenant_id, h.lead_id == lead_id)
        .order_by(h.id.desc())
        .limit(limit)
    )
    return [Change(*row) for row in conn.execute(query).all()]


def tiers(conn: sa.Connection, scope: Scope) -> dict[str, int]:
    """How many leads stand in each tier, the hottest first; a tier without leads counts 0."""
    c = t.card.c
    query = (
        sa.select(c.tier, sa.func.count())
        .join(t.lead, t.lead.c.id == c.lead_id)
        .where(c.tenant_id == scope.tenant_id, t.lead.c.connection_id == scope.connection_id, ~t.lead.c.archived)
        .group_by(c.tier)
    )
    found = {row[0]: row[1] for row in conn.execute(query).all()}
    return {tier.value: found.get(tier.value, 0) for tier in Tier}


def examples(conn: sa.Connection, scope: Scope, tier: Tier, limit: int) -> Sequence[tuple[str, ScoreCard]]:
    """The best-scored leads of a tier: CRM id and card."""
    c = t.card.c
    query = (
        sa.select(t.lead.c.crm_id, c.document)
        .join(t.lead, t.lead.c.id == c.lead_id)
        .where(
            c.tenant_id == scope.tenant_id,
            t.lead.c.connection_id == scope.connection_id,
            c.tier == tier.value,
            ~t.lead.c.archived,
        )
        .order_by(c.score.desc(), c.lead_id)
        .limit(limit)
    )
    return [(row[0], load_card(row[1])) for row in conn.execute(query).all()]
