"""The decay simulator: one lead's score over the coming days, by the draft and by the live model.

Every day is scored by the evaluator itself as of that day, so whatever moves a score with time is seen: decay and
reset, windows that end, birthdays, dates that come near.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from connector.core.batch import Batch
from connector.core.course import Course, course, days_from, doing
from connector.core.criteria.table import DECAY, FLOOR, HOLD, RESET
from connector.core.model import Counting, Model
from connector.core.scoring import Evaluator
from connector.core.types import Activity, Lead
from connector.flows.book import PATIENCE, book
from connector.flows.bookcase import BookLoading
from connector.flows.explain import spellings
from connector.flows.scoring import model_from
from connector.flows.services import Refused, Services
from connector.flows.trying import try_model
from connector.store import activities as activity_rows
from connector.store import cards as card_rows
from connector.store import leads as lead_rows
from connector.store import models as model_rows

DAYS = 120
LOOKED_AT = 50
"""Leads nearest to the SQL line of which a typical one is chosen."""


@dataclass(frozen=True, slots=True)
class Silence:
    """What is simulated: a lead (empty: a typical one), and what it does on which day from today (empty: nothing)."""

    lead: str = ""
    """An id of the CRM, or our own as ``#12``."""
    kind: str = ""
    day: int = 40


@dataclass(frozen=True, slots=True)
class DecayCurve:
    """The scores from today on, a day each. `live` is None where no model is live."""

    asked: Silence
    lead_id: int | None
    """None where the lead is made up, because the book is empty."""
    about: str
    draft: Course
    live: Course | None
    mql: int
    sql: int


def decay_curve(svc: Services, text: str, asked: Silence, patience: float = PATIENCE) -> DecayCurve | BookLoading:
    """The course of a lead's score by the draft in `text`.

    A typical lead is looked for in the book, which may still be loading. Raises `Refused` where there is no such lead,
    kind of activity or day, `ModelRefused` or `DocumentError` where the text is no model.
    """
    _check(svc, asked)
    draft = Evaluator(model_from(text, svc.vocabulary), svc.vocabulary, svc.zone, "draft")
    with svc.store.read() as conn:
        stored = model_rows.published_model(conn, svc.tenant.id)
    live = (
        None
        if stored is None
        else Evaluator(model_from(stored.document, svc.vocabulary), svc.vocabulary, svc.zone, stored.label)
    )
    found = _named(svc, draft, live, asked.lead) if asked.lead else _typical(svc, draft, text, patience)
    if isinstance(found, BookLoading):
        return found
    lead_id, about, batch = found
    return _curve(svc, asked, (draft, live), lead_id, about, batch)


def _curve(
    svc: Services,
    asked: Silence,
    judges: tuple[Evaluator, Evaluator | None],
    lead_id: int | None,
    about: str,
    batch: Batch,
) -> DecayCurve:
    days = days_from(svc.clock().astimezone(svc.zone), DAYS)
    if asked.kind:
        batch = doing(batch, svc.vocabulary.code_of(asked.kind), int(days[asked.day].timestamp()))
    draft, live = judges
    return DecayCurve(
        asked=asked,
        lead_id=lead_id,
        about=about,
        draft=course(draft, batch, days),
        live=course(live, batch, days) if live else None,
        mql=draft.model.mql,
        sql=draft.model.sql,
    )


def _check(svc: Services, asked: Silence) -> None:
    if asked.kind and asked.kind not in svc.vocabulary.kinds:
        raise Refused("There is no such kind of activity. Choose one from the list.")
    if not 0 <= asked.day <= DAYS:
        raise Refused(f"The simulator shows {DAYS} days: choose a day from 0 to {DAYS}.")


_Found = tuple[int | None, str, Batch]


def _named(svc: Services, draft: Evaluator, live: Evaluator | None, reference: str) -> _Found:
    with svc.store.read() as conn:
        found = lead_rows.find_lead(conn, svc.tenant.id, *spellings(svc, reference))
        if found is None:
            raise Refused(f"There is no lead {reference[:80]} here. Give its id in the CRM, or its link.")
        scope, row = found
        acts = activity_rows.acts_of(conn, scope, [row.id])
        card = card_rows.last_cards(conn, scope, [row.id]).get(row.id)
    lead = Lead(row.id, row.created_at, json.loads(row.fields), card.stage if card else None, row.held_at)
    fields = draft.fields | (live.fields if live else frozenset())
    return row.id, "This lead", Batch.of([lead], acts, svc.vocabulary, fields)


def _typical(svc: Services, draft: Evaluator, text: str, patience: float) -> _Found | BookLoading:
    """The lead of the book that stands nearest to the SQL line and stands there by its points alone, none lost yet."""
    found = book(svc, patience)
    if isinstance(found, BookLoading):
        return found
    if not len(found):
        return None, "A made-up lead that did today all that gives points", _made_up(svc, draft.model)
    scores = try_model(svc, found, text).now.scores.astype(np.int64)
    order = np.argsort(np.abs(scores - draft.model.sql), kind="stable")[:LOOKED_AT].tolist()
    row = next((row for row in order if _is_lively(svc, draft, found.lead(row))), order[0])
    batch = found.lead(row)
    return int(batch.lead_ids[0]), "One of your leads, near your SQL line", batch


def _is_lively(svc: Services, draft: Evaluator, lead: Batch) -> bool:
    lines = {line.id for line in draft.evaluate(lead, svc.clock()).card(0).lines}
    return lines.isdisjoint({DECAY, RESET, HOLD, FLOOR})


def _made_up(svc: Services, model: Model) -> Batch:
    """What every counting criterion that gives points asks for, done now."""
    now = svc.now()
    rules = [each.rule for each in (*model.criteria, *model.product_lines[0].criteria)]
    kinds = [
        kind
        for rule in rules
        if isinstance(rule, Counting) and rule.points > 0
        for kind in sorted(rule.kinds)[:1] * rule.times
    ]
    acts = [Activity(1, str(number), kind, now, "one campaign") for number, kind in enumerate(kinds)]
    return Batch.of([Lead(1, now, {})], acts, svc.vocabulary, ())


def kinds_offered(svc: Services) -> Sequence[tuple[str, str]]:
    """What a lead can do: name and text of each kind."""
    return [(kind.name, kind.text) for kind in svc.vocabulary.kinds.values() if kind.by_lead]
