"""The list of leads and one lead with everything behind its score."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate, groupby
from typing import NamedTuple

import sqlalchemy as sa
from flask import Blueprint, abort, render_template, request, url_for

from connector.core.types import Line, ScoreCard, Tier
from connector.flows.explain import spellings
from connector.flows.flags import KINDS
from connector.flows.services import Services
from connector.store import cards as card_rows
from connector.store import flags as flag_rows
from connector.store import leads as lead_rows
from connector.store import screens
from connector.store.database import Scope
from connector.store.screens import LeadRecord, ListedLead, Place
from connector.web.formats import value
from connector.web.shared import is_id, services

pages = Blueprint("leads", __name__)

PAGE = 50
ACTS = 100
LONGEST_SEARCH = 300
NOT_LISTED = ("first_name", "last_name", "company", "owner_id")
"""Fields that stand elsewhere on the page, or say nothing to a person."""


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


@pages.get("/leads")
def leads() -> str:
    """Leads by score, the highest first, by tier and by name."""
    svc = services()
    tier = request.args.get("tier", "")
    if tier not in {"", *Tier}:
        abort(404)
    text = request.args.get("q", "").replace("\x00", "").strip()[:LONGEST_SEARCH]
    after = _place(request.args.get("after", ""))
    with svc.store.read() as conn:
        meant = lead_rows.find_lead(conn, svc.tenant.id, *spellings(svc, text)) if text else None
        sought = meant[1].crm_id if meant else text
        found = screens.leads_page(conn, svc.tenant.id, tier, sought, after, PAGE + 1)
    shown = found[:PAGE]
    more = _address(tier, text, shown[-1]) if len(found) > PAGE else ""
    return render_template(
        "leads.html", leads=shown, more=more, first=after is None, tier=tier, text=text, tiers=[t.value for t in Tier]
    )


def _place(text: str) -> Place | None:
    """Where a page begins, as `_address` wrote it: ``score.lead``. Anything else is refused."""
    if not text:
        return None
    score, _, lead_id = text.partition(".")
    if not (is_id(score) and is_id(lead_id)):
        abort(400)
    return Place(int(score), int(lead_id))


def _address(tier: str, text: str, last: ListedLead) -> str:
    return url_for(".leads", tier=tier or None, q=text or None, after=f"{last.card.score}.{last.id}")


@pages.get("/leads/<int:lead_id>")
def lead(lead_id: int) -> str:
    """One lead: every line of its score, what it did, what the CRM holds from us."""
    svc = services()
    if lead_id >= 2**31:
        abort(404)
    with svc.store.read() as conn:
        record = screens.lead_record(conn, svc.tenant.id, lead_id)
        if record is None:
            abort(404)
        card = screens.card_of(conn, svc.tenant.id, lead_id)
        total, acts = screens.acts_of(conn, svc.tenant.id, lead_id, ACTS)
        return render_template(
            "lead.html",
            lead=record,
            card=card,
            sums=sums(card) if card else [],
            unknown=[line.text for line in card.lines if line.points == 0] if card else [],
            facts=list(facts(svc, record)),
            acts=[_act(svc, *act, len(list(same))) for act, same in groupby(acts)],
            act_total=total,
            acts_shown=len(acts),
            history=card_rows.history_of(conn, svc.tenant.id, lead_id),
            problems=screens.problems_of_lead(conn, svc.tenant.id, lead_id),
            flags=flag_rows.of_lead(conn, svc.tenant.id, lead_id),
            held_at=_held_at(conn, svc, record),
            kinds=KINDS,
        )


def _held_at(conn: sa.Connection, svc: Services, record: LeadRecord) -> int | None:
    lead = flag_rows.flagged_lead(conn, Scope(svc.tenant.id, record.connection_id), record.id)
    return lead.held_at if lead else None


def sums(card: ScoreCard) -> list[Sum]:
    """The lines that move points, with the running total; the last total is the score."""
    lines = [line for line in card.lines if line.points]
    return [Sum(line, total) for line, total in zip(lines, accumulate(line.points for line in lines), strict=True)]


def facts(svc: Services, record: LeadRecord) -> Iterator[tuple[str, str]]:
    """What is known of the lead, label and value. Personal details stay in the CRM."""
    for name, spec in svc.vocabulary.fields.items():
        if name in record.fields and not spec.sensitive and name not in NOT_LISTED:
            yield spec.label, value(record.fields[name], spec.unit, is_choice=bool(spec.choices))


def _act(svc: Services, kind: str, at: int, campaign: str, times: int) -> Act:
    kinds = svc.vocabulary.kinds
    known = kinds.get(kind) or kinds["other"]
    return Act(known.text, at, campaign, known.by_lead, times)
