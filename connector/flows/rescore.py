"""Rescore: turns dirty leads into score cards and, where a rep would see a difference, into outbox rows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from connector.core.change import moved
from connector.core.mapping import BoundMapping, score_values
from connector.core.types import ScoreCard, Tier
from connector.flows import tally
from connector.flows.flag_words import Beside
from connector.flows.parts import DONE, MORE, Next, Steps, Story, part, tell
from connector.flows.scoring import score
from connector.flows.services import Services
from connector.flows.writeback import write_some
from connector.flows.written import changed
from connector.store import cards as card_rows
from connector.store import leads as lead_rows
from connector.store import outbox as outbox_rows
from connector.store import runs as run_rows
from connector.store.cards import Change, Kept, Listed
from connector.store.database import Scope
from connector.store.leads import ToScore
from connector.store.runs import Run

RESCORE = "rescore"
CHUNK = 4000
"""Leads a transaction: long enough that its cost is shared, short enough that nobody waits for the database."""


def rescore(svc: Services, scope: Scope, run_id: int, steps: Steps) -> None:
    """Scores what is dirty and writes what changed; the connection's leads were marked by `begin_rescore`."""
    tell(STORY, svc, scope, run_id, steps)


def begin_rescore(svc: Services, scope: Scope, *, rewrite: bool = False) -> Run:
    """An open rescore run with every lead marked dirty.

    With `rewrite` every field is written again, for when somebody else changed them in the CRM.
    """
    with svc.store.write() as conn:
        run = run_rows.begin_run(conn, scope, RESCORE, svc.now())
        if rewrite:
            lead_rows.forget_written(conn, scope)
        lead_rows.mark_all_dirty(conn, scope)
        return run


@part
def drain(svc: Services, scope: Scope, run_id: int) -> Next:
    """Makes the cards of the next dirty leads; when none is left, writes the next rows of the outbox.

    One part rather than two: a run that goes on after a kill must first score what became dirty meanwhile.
    """
    return MORE if score_some(svc, scope, run_id) else write_some(svc, scope, run_id)


def score_some(svc: Services, scope: Scope, run_id: int) -> bool:
    """Makes the cards of the next dirty leads; whether there were any."""
    as_of = svc.clock()
    with svc.store.write() as conn:
        leads = lead_rows.dirty_leads(conn, scope, CHUNK)
        if not leads:
            return False
        score_leads(conn, svc, scope, leads, as_of)
        run = run_rows.run_by_id(conn, scope, run_id)
        run_rows.set_phase(conn, run, "scoring")
        tally.count(conn, run, scored=len(leads))
    return True


def score_leads(conn: sa.Connection, svc: Services, scope: Scope, leads: Sequence[ToScore], as_of: datetime) -> None:
    """Makes the cards of these dirty leads; one that changes again meanwhile stays dirty."""
    keep_cards(conn, svc, scope, leads, as_of)
    lead_rows.clear_dirty(conn, scope, {lead.id: lead.dirty for lead in leads})


def keep_cards(conn: sa.Connection, svc: Services, scope: Scope, leads: Sequence[ToScore], as_of: datetime) -> None:
    """Scores these leads, keeps cards and history, and puts into the outbox what the CRM does not hold yet."""
    made, before = score(conn, svc, scope, leads, as_of)
    cards = [made.card(place) for place in range(len(leads))]
    at = int(as_of.timestamp())
    changes = [change for card in cards if (change := _change(before.get(card.lead_id), card, at)) is not None]
    moves_on = {card.lead_id: made.moves_on(place) for place, card in enumerate(cards)}
    listed = {lead.id: _listed(lead, before.get(lead.id), card, at) for lead, card in zip(leads, cards, strict=True)}
    card_rows.save_cards(conn, scope, cards, moves_on, listed)
    card_rows.add_changes(conn, scope, changes)
    bound = svc.mapping(scope)
    beside = Beside(conn, svc, scope, bound, leads)
    _plan_writes(conn, scope, bound, dict(zip(leads, cards, strict=True)), beside, at)


def _listed(lead: ToScore, before: Kept | None, after: ScoreCard, at: int) -> Listed:
    """What lists go by, kept beside the card."""
    owner = str(json.loads(lead.fields).get("owner_id", "")) if '"owner_id"' in lead.fields else ""
    return Listed(owner, lead.created_at, before.moved_at if before is not None and _same(before, after) else at)


def _same(before: Kept, after: ScoreCard) -> bool:
    return (before.score, before.tier) == (after.score, after.tier)


def _change(before: Kept | None, after: ScoreCard, at: int) -> Change | None:
    if before is not None and _same(before, after):
        return None
    why = moved(before.lines() if before else None, after.lines)
    was = before.score if before else None
    return Change(after.lead_id, at, was, after.score, after.tier, why, after.model_version)


def _plan_writes(
    conn: sa.Connection,
    scope: Scope,
    bound: BoundMapping,
    cards: Mapping[ToScore, ScoreCard],
    beside: Beside,
    at: int,
) -> None:
    wanted: dict[int, str] = {}
    settled: list[int] = []
    for lead, card in cards.items():
        held = json.loads(lead.written)
        values = _wanted(bound, held, score_values(bound, card, at), beside.values(lead, held))
        if values is None:
            settled.append(lead.id)
        else:
            wanted[lead.id] = json.dumps(values, ensure_ascii=False)
    outbox_rows.put(conn, scope, wanted, at)
    outbox_rows.withdraw(conn, scope, settled)


def _wanted(
    bound: BoundMapping, held: Mapping[str, str | None], card: dict[str, str | None], beside: dict[str, str | None]
) -> dict[str, str | None] | None:
    """Everything a record shall hold; None where a rep would see no difference.

    A flag that was heard or answered is no new score: the time of the score stays.
    """
    if differs(bound, held, card):
        return card | beside
    if beside.items() <= held.items() or not differs(bound, held, beside):
        return None
    scored_at = bound.writes.get("scored_at", "")
    return card | {name: value for name, value in held.items() if name == scored_at} | beside


def differs(bound: BoundMapping, held: Mapping[str, str | None], wanted: Mapping[str, str | None]) -> bool:
    """Whether a rep would see a difference.

    When and by which model a score was made is no reason to write, nor is another link where there is one already.
    """
    riding = {bound.writes.get("scored_at"), bound.writes.get("model_version")}
    if held.get(bound.writes.get("flag_link", "")):
        riding.add(bound.writes["flag_link"])
    return any(name not in riding for name in changed(held, wanted))


@part
def _close(svc: Services, scope: Scope, run_id: int) -> Next:
    with svc.store.write() as conn:
        tally.finish(conn, run_rows.run_by_id(conn, scope, run_id), "done", "", svc.now())
    return DONE


STORY: Story = (drain, _close)


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What scoring at another time would give. `moves` counts leads by tier now and then."""

    leads: int
    tiers: Mapping[str, int]
    moves: Mapping[tuple[str, str], int]
    writes: int


def what_if(svc: Services, scope: Scope, as_of: datetime) -> WhatIf:
    """Scores every lead as of a time without keeping or writing anything.

    Fields are as they are today; activities after `as_of` are not seen.
    """
    tiers, moves = {tier.value: 0 for tier in Tier}, dict[tuple[str, str], int]()
    leads = after = writes = 0
    bound = svc.mapping(scope)
    while True:
        with svc.store.read() as conn:
            chunk = lead_rows.leads_after(conn, scope, after, CHUNK)
            if not chunk:
                return WhatIf(leads, tiers, moves, writes)
            made, before = score(conn, svc, scope, chunk, as_of)
        for place, lead in enumerate(chunk):
            card = made.card(place)
            tiers[card.tier] += 1
            was = before[lead.id].tier.value if lead.id in before else "not scored"
            moves[was, card.tier.value] = moves.get((was, card.tier.value), 0) + 1
            writes += differs(bound, json.loads(lead.written), score_values(bound, card, card.as_of))
        leads, after = leads + len(chunk), chunk[-1].id
