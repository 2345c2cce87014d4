"""Preview: what a draft of the model would do to the tenant's own leads, beside the model that scores now.

Nothing is written. Both models score the whole book by the evaluator that scores for the CRM, as of one moment and from
the stages of the last cards, leads on hold included, so that publishing the draft gives these very scores and tiers.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import numpy as np

from connector.core.book import Book
from connector.core.comparing import (
    BIN,
    Standing,
    Won,
    histogram,
    movers,
    reads_differently,
    tier_counts,
    tier_moves,
    won_by_tier,
)
from connector.core.leaking import leaks
from connector.core.linter import lint
from connector.core.model import Model, ModelRefused
from connector.core.types import Problem, ScoreCard, Tier
from connector.flows.book import PATIENCE, book
from connector.flows.bookcase import BookLoading
from connector.flows.previewed import Bin, Fires, Mover, Preview, TierMove
from connector.flows.services import Services
from connector.flows.trying import Tried, as_of, try_model
from connector.flows.write_cost import costs
from connector.store import book as book_rows
from connector.store import models as model_rows
from connector.store.models import StoredModel
from mappings import DocumentError

MOVERS = 10


def preview(
    svc: Services, text: str, patience: float = PATIENCE, model: Model | None = None, *, newest: bool = False
) -> Preview | BookLoading:
    """The draft in `text` tried on the tenant's book; how far the book is read while it is being read.

    Waits at most `patience` seconds for the book; with `newest` one that something changed since does not do. `model`
    is what the text says, where that is known already. Raises `ModelRefused` with every fault or `DocumentError` where
    the text is no model.
    """
    found = book(svc, patience, newest=newest)
    if isinstance(found, BookLoading):
        return found
    draft = try_model(svc, found, text, model)
    with svc.store.read() as conn:
        stored = model_rows.published_model(conn, svc.tenant.id)
    return _compared(svc, found, draft, _live(svc, found, stored), stored)


def _live(svc: Services, found: Book, stored: StoredModel | None) -> Tried | None:
    """A live model that an older version of the program published and this one does not take scores nothing."""
    if stored is None:
        return None
    try:
        return try_model(svc, found, stored.document)
    except (ModelRefused, DocumentError):
        return None


def _compared(svc: Services, found: Book, draft: Tried, live: Tried | None, stored: StoredModel | None) -> Preview:
    before = draft if live is None else live
    model = draft.evaluator.model
    up, down = _movers(svc, found, before, draft)
    return Preview(
        as_of=int(found.checked_at.timestamp()),
        leads=len(found),
        name=model.name,
        live=stored.label if stored and live else None,
        mql=model.mql,
        sql=model.sql,
        tiers=list(_tiers(found, draft, live)),
        bins=list(_bins(draft.now, live.now if live else None)),
        moves=tier_moves(before.now, draft.now) if live else {},
        rescored=int((before.now.scores != draft.now.scores).sum()),
        up=up,
        down=down,
        fires=_fires(draft.now, live.now if live else None),
        findings=_findings(svc, found, draft),
        writes=costs(svc, _records(found, draft, live)),
        decided=Won(int(found.won.sum()), len(found.won)),
    )


def _tiers(found: Book, draft: Tried, live: Tried | None) -> Iterator[TierMove]:
    counts, won = tier_counts(draft.now), won_by_tier(draft.before, found.won)
    before = tier_counts(live.now) if live else {}
    won_before = won_by_tier(live.before, found.won) if live else {}
    for tier in Tier:
        yield TierMove(tier, before.get(tier), counts[tier], won_before.get(tier), won[tier])


def _bins(draft: Standing, live: Standing | None) -> Iterator[Bin]:
    before = histogram(live) if live else None
    for place, counts in enumerate(histogram(draft)):
        low, high = place * BIN, place * BIN + BIN - 1
        yield Bin(low, 100 if high == 99 else high, sum(before[place].values()) if before else None, counts)


def _fires(draft: Standing, live: Standing | None) -> dict[str, Fires]:
    before = live.criteria if live else {}
    return {name: Fires(draft.criteria.get(name), before.get(name)) for name in {**draft.criteria, **before}}


def _findings(svc: Services, found: Book, draft: Tried) -> list[Problem]:
    """What keeps from publishing comes first, then what the file says from top to bottom."""
    model = draft.evaluator.model
    problems = [*lint(model, svc.vocabulary, draft.now), *leaks(model, found)]
    return sorted(problems, key=lambda problem: (not problem.blocking, problem.line or 0))


def _records(found: Book, draft: Tried, live: Tried | None) -> dict[int, int]:
    """How many records show something else to a rep, by connection; without a live model nothing stands there yet."""
    other = np.ones(len(found), dtype=bool) if live is None else reads_differently(live.now, draft.now)
    ids, counts = np.unique(found.connections[other], return_counts=True)
    return dict(zip(ids.tolist(), counts.tolist(), strict=True))


def _movers(svc: Services, found: Book, live: Tried, draft: Tried) -> tuple[list[Mover], list[Mover]]:
    most = movers(live.now, draft.now, MOVERS)
    at = as_of(svc, found)

    cards: dict[int, tuple[ScoreCard, ScoreCard]] = {}
    for rows, batch in found.leads([*most.up, *most.down]):
        one, other = live.evaluator.evaluate(batch, at), draft.evaluator.evaluate(batch, at)
        cards |= {row: (one.card(place), other.card(place)) for place, row in enumerate(rows)}
    with svc.store.read() as conn:
        faces = book_rows.faces(conn, svc.tenant.id, [before.lead_id for before, _ in cards.values()])

    def listed(rows: Sequence[int]) -> list[Mover]:
        """Who was purged meanwhile is left out."""
        there = [cards[row] for row in rows if cards[row][0].lead_id in faces]
        return [
            Mover(one.lead_id, faces[one.lead_id].crm_id, json.loads(faces[one.lead_id].fields), one, other)
            for one, other in there
        ]

    return listed(most.up), listed(most.down)
