"""Score cards as they were last made, and what moved them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any, NamedTuple

import sqlalchemy as sa

from connector.core.types import Line, Met, ScoreCard, Stage, Tier
from connector.store import tables as t
from connector.store.database import Scope
from connector.store.prefixes import looked_at
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


class Kept(NamedTuple):
    """The last card of a lead, as far as most need to know it; the rest stands in its document."""

    score: int
    stage: Stage
    tier: Tier
    document: str
    moved_at: int = 0
    """When score or tier last moved."""

    def lines(self) -> tuple[Line, ...]:
        """Its lines."""
        return _lines(json.loads(self.document)["lines"])


class Listed(NamedTuple):
    """What a card keeps of its lead so that lists are quick: the CRM's id of the owner, since when it is known."""

    owner_id: str = ""
    created_at: int = 0
    moved_at: int = 0
    """When score or tier last moved."""


_STAGES = {stage.value: stage for stage in Stage}
_TIERS = {tier.value: tier for tier in Tier}
_METS = {met.value: met for met in Met}
_as_text = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
_PLAIN = tuple(field.name for field in fields(ScoreCard) if field.name != "lines")


def dump_card(card: ScoreCard) -> str:
    """The card as JSON text; `load_card` gives it back equal."""
    document = {name: getattr(card, name) for name in _PLAIN}
    document["lines"] = card.lines  # tuples, which JSON takes for lists
    return _as_text(document)


def load_card(text: str) -> ScoreCard:
    """The card that `dump_card` wrote."""
    d: dict[str, Any] = json.loads(text)
    d["lines"] = _lines(d["lines"])
    d["stage"], d["tier"] = Stage(d["stage"]), Tier(d["tier"])
    d["reasons"], d["notes"] = tuple(d["reasons"]), tuple(d["notes"])
    return ScoreCard(**d)


def _lines(rows: Iterable[Sequence[Any]]) -> tuple[Line, ...]:
    return tuple(Line(id_, said, points, _METS[met], at) for id_, said, points, met, at in rows)


def cards_of(conn: sa.Connection, scope: Scope, lead_ids: Collection[int]) -> dict[int, ScoreCard]:
    """The last cards of these leads."""
    c = t.card.c
    query = sa.select(c.lead_id, c.document).where(c.tenant_id == scope.tenant_id, c.lead_id.in_(list(lead_ids)))
    return {row[0]: load_card(row[1]) for row in conn.execute(query).all()}


def last_cards(conn: sa.Connection, scope: Scope, lead_ids: Collection[int]) -> dict[int, Kept]:
    """The last cards of these leads, their documents unread."""
    c = t.card.c
    query = sa.select(c.lead_id, c.score, c.stage, c.tier, c.document, c.moved_at).where(
        c.tenant_id == scope.tenant_id, c.lead_id.in_(list(lead_ids))
    )
    return {
        lead_id: Kept(score, _STAGES[stage], _TIERS[tier], document, moved_at)
        for lead_id, score, stage, tier, document, moved_at in conn.execute(query).all()
    }


def save_cards(
    conn: sa.Connection,
    scope: Scope,
    cards: Sequence[ScoreCard],
    moves_on: Mapping[int, int | None] | None = None,
    listed: Mapping[int, Listed] | None = None,
) -> None:
    """Keeps these as the last cards of their leads.

    `moves_on` gives, by lead, the first day (proleptic ordinal in the tenant's zone) on which time alone may change
    its card, None where it never does. Without it nobody knows, so that the next midnight looks at them again.
    `listed` gives, by lead, what lists go by; without it the lead is nobody's and its score moved now.
    """
    days = dict.fromkeys((card.lead_id for card in cards), 0) if moves_on is None else moves_on
    beside = {card.lead_id: Listed(moved_at=card.as_of) for card in cards} if listed is None else listed
    if cards:
        rows = [_row(scope, card, days[card.lead_id], beside[card.lead_id]) for card in cards]
        conn.execute(upsert(conn, t.card), rows)


def _row(scope: Scope, card: ScoreCard, moves_on: int | None, listed: Listed) -> dict[str, Any]:
    return {
        **listed._asdict(),
        "product_line": card.product_line,
        "lead_id": card.lead_id,
        "tenant_id": scope.tenant_id,
        "score": card.score,
        "stage": card.stage,
        "tier": card.tier,
        "document": dump_card(card),
        "model_version": card.model_version,
        "as_of": card.as_of,
        "moves_on": moves_on,
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


def last_changes(conn: sa.Connection, tenant_id: int, lead_ids: Collection[int]) -> dict[int, Change]:
    """What moved these leads' scores last, by lead."""
    h = t.card_change.c
    mine = looked_at(h.tenant_id) == tenant_id
    newest = sa.select(sa.func.max(h.id)).where(mine, h.lead_id.in_(list(lead_ids))).group_by(h.lead_id)
    query = sa.select(h.lead_id, h.at, h.score_before, h.score, h.tier, h.moved, h.model_version)
    query = query.where(mine, h.id.in_(newest))
    return {row[0]: Change(*row) for row in conn.execute(query)}


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
