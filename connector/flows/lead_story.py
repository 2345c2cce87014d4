"""Everything behind one lead's score: what moved it, what would change it, what time will do, what the CRM holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from connector.core.model import Criterion, Model
from connector.core.types import Met, ScoreCard
from connector.core.vocabulary import Vocabulary
from connector.flows.scoring import evaluator
from connector.flows.services import Refused, Services
from connector.store import cards as card_rows
from connector.store import flags as flag_rows
from connector.store import lead_past, screens
from connector.store.cards import Change
from connector.store.flags import Flag
from connector.store.lead_past import OutcomeSeen
from connector.store.screens import LeadRecord, ListedAct, ListedProblem

ACTS, CHANGES = 100, 300
"""So many of the newest are shown."""
DAYS = 120
"""How far back the history goes, in days."""


class Missing(NamedTuple):
    """A criterion that gives nothing now: its points if it did, and whether nobody can tell."""

    text: str
    points: int
    unknown: bool


class Fading(NamedTuple):
    """What silence takes, and from which day on; `since` where that is over already."""

    percent: int
    day: date
    over: bool


class Story(NamedTuple):
    """One lead. Where there is no card, what hangs on it is empty."""

    record: LeadRecord
    card: ScoreCard | None
    model: Model | None
    missing: Sequence[Missing]
    fading: Sequence[Fading]
    moves_on: date | None
    """The first day on which time alone may change the score."""
    history: Sequence[Change]
    """The newest first."""
    acts: Sequence[ListedAct]
    act_total: int
    outcomes: Sequence[OutcomeSeen]
    flags: Sequence[Flag]
    problems: Sequence[ListedProblem]


def story(svc: Services, lead_id: int) -> Story | None:
    """The lead, if the agency has it."""
    model = _model(svc)
    with svc.store.read() as conn:
        mine = svc.tenant.id
        record = screens.lead_record(conn, mine, lead_id)
        if record is None:
            return None
        card = screens.card_of(conn, mine, lead_id)
        kinds = [name for name, kind in svc.vocabulary.kinds.items() if kind.by_lead]
        spoke = lead_past.last_act(conn, mine, lead_id, kinds) or 0
        moves = screens.moves_on(conn, mine, lead_id)
        total, acts = screens.acts_of(conn, mine, lead_id, ACTS)
        return Story(
            record=record,
            card=card,
            model=model,
            missing=missing(model, svc.vocabulary, card) if model and card else [],
            fading=list(_fading(svc, model, max(spoke, record.created_at))) if model and card else [],
            moves_on=date.fromordinal(moves) if moves else None,
            history=card_rows.history_of(conn, mine, lead_id, CHANGES),
            acts=acts,
            act_total=total,
            outcomes=lead_past.outcomes_of(conn, mine, lead_id),
            flags=flag_rows.of_lead(conn, mine, lead_id),
            problems=screens.problems_of_lead(conn, mine, lead_id),
        )


def _model(svc: Services) -> Model | None:
    try:
        return evaluator(svc).model
    except Refused:
        return None


def missing(model: Model, vocabulary: Vocabulary, card: ScoreCard) -> list[Missing]:
    """The criteria that a card's lead could meet and does not, what would give most first; those that take, last."""
    met = {line.id for line in card.lines if line.met is Met.YES}
    unknown = {line.id: line.text for line in card.lines if line.met is Met.UNKNOWN}
    lines = {line.id: line.criteria for line in model.product_lines}
    found = [
        Missing(unknown.get(one.id) or _said(one, vocabulary), max(one.levels(), key=abs), one.id in unknown)
        for one in (*model.criteria, *lines.get(card.product_line, ()))
        if one.id not in met and one.levels()
    ]
    return sorted(found, key=lambda one: -one.points)


def _said(criterion: Criterion, vocabulary: Vocabulary) -> str:
    """The criterion's own words, or those for the acts it counts."""
    if criterion.text:
        return criterion.text
    kinds = sorted(getattr(criterion.rule, "kinds", ()))
    return " or ".join(vocabulary.kinds[kind].text for kind in kinds) or criterion.id


def _fading(svc: Services, model: Model, quiet_since: int) -> Iterator[Fading]:
    """What silence since then costs, step by step, by the agency's days."""
    began = datetime.fromtimestamp(quiet_since, svc.zone).date()
    today = svc.clock().astimezone(svc.zone).date()
    steps = [(step.days, step.percent) for step in model.decay]
    for days, percent in [*steps, *([(model.reset_days, 100)] if model.reset_days else [])]:
        day = began + timedelta(days=days)
        yield Fading(percent, day, day <= today)
