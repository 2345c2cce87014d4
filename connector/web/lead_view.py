"""One lead as a page shows it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import accumulate, groupby
from typing import NamedTuple

from flask import current_app, render_template

from connector.core.types import Line, Met, ScoreCard
from connector.flows.flags import KINDS
from connector.flows.lead_pages import lines_of
from connector.flows.lead_story import DAYS, Story
from connector.flows.services import Services
from connector.store.screens import LeadRecord, ListedAct
from connector.web import lead_chart
from connector.web.formats import value

NOT_LISTED = ("first_name", "last_name", "company", "owner_id")
"""Fields that stand elsewhere on the page, or say nothing to a person."""
RETRY = "refused.retry"
"""Where a row that the CRM refused is tried again."""


class Sum(NamedTuple):
    """A line of the score with the total so far."""

    line: Line
    total: int


class Act(NamedTuple):
    """An activity as people read it; `times` acts that look the same are one."""

    text: str
    at: int
    campaign: str
    by_lead: bool
    times: int


class Written(NamedTuple):
    """One property of ours: what the CRM holds, and what it is about to get, where that differs."""

    name: str
    held: str | None
    coming: str | None
    differs: bool


def render(svc: Services, story: Story) -> str:
    """The page of one lead."""
    card, record, model = story.card, story.record, story.model
    chart = lead_chart.history(story.history, svc.now(), DAYS, model.mql, model.sql) if model else None
    return render_template(
        "lead.html",
        story=story,
        lead=record,
        card=card,
        sums=sums(card) if card else [],
        unknown=[line.text for line in card.lines if line.met is Met.UNKNOWN] if card else [],
        lines=lines_of(svc),
        facts=list(facts(svc, record)),
        days=_by_day(svc, story.acts),
        chart=chart,
        chart_days=DAYS,
        written=list(_written(record)),
        kinds=KINDS,
        may_retry=RETRY in current_app.view_functions,
    )


def sums(card: ScoreCard) -> list[Sum]:
    """The lines that move points, with the running total; the last total is the score."""
    lines = [line for line in card.lines if line.points]
    return [Sum(line, total) for line, total in zip(lines, accumulate(line.points for line in lines), strict=True)]


def facts(svc: Services, record: LeadRecord) -> Iterator[tuple[str, str]]:
    """What is known of the lead, label and value. Personal details stay in the CRM."""
    for name, spec in svc.vocabulary.fields.items():
        if name in record.fields and not spec.sensitive and name not in NOT_LISTED:
            yield spec.label, value(record.fields[name], spec.unit, is_choice=bool(spec.choices))


def _by_day(svc: Services, acts: Sequence[ListedAct]) -> list[tuple[int, list[Act]]]:
    """The activities of each day, those that look the same together; the day as one of its moments."""
    days = groupby(acts, key=lambda act: datetime.fromtimestamp(act.at, svc.zone).date())
    return [((found := list(of_day))[0].at, _together(svc, found)) for _, of_day in days]


def _together(svc: Services, acts: Sequence[ListedAct]) -> list[Act]:
    kinds = svc.vocabulary.kinds
    found: dict[tuple[str, str], Act] = {}
    for act in acts:
        known = kinds.get(act.kind) or kinds["other"]
        before = found.get((act.kind, act.campaign))
        times = before.times + 1 if before else 1
        at = before.at if before else act.at
        found[act.kind, act.campaign] = Act(known.text, at, act.campaign, known.by_lead, times)
    return list(found.values())


def _written(record: LeadRecord) -> Iterator[Written]:
    for name in dict.fromkeys([*record.written, *record.waiting]):
        held, coming = record.written.get(name), record.waiting.get(name)
        yield Written(name, held, coming, differs=name in record.waiting and held != coming)
