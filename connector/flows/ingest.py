"""Ingest: a page from the CRM becomes leads, activities and outcomes. The one door by which records come in.

Each page is one transaction, together with the place the run has reached, so that a kill at any moment leaves either
the whole page or nothing of it. Nothing here talks to the network.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from adapters.contract import ActivityRecord, OutcomeRecord, Page, Record, RowProblem
from connector.core.mapping import BoundMapping, map_activity, map_record, signal_activities
from connector.core.types import Activity, FieldValue, Problem
from connector.flows import flag_notices
from connector.flows.told import as_address, match_arrivals, match_merged
from connector.store import activities as activity_rows
from connector.store import flags as flag_rows
from connector.store import leads as lead_rows
from connector.store import problems as problem_rows
from connector.store import told_events as told_rows
from connector.store.activities import OutcomeRow
from connector.store.database import Scope
from connector.store.leads import LeadRow
from connector.store.problems import ProblemRow

SKEW = 300
"""Seconds by which a CRM's clock may be before ours."""
UNREADABLE = "The CRM sent a row that cannot be read; look at the record there. The rest of the page was taken."


def seconds(at: datetime | None) -> int | None:
    """Whole seconds since 1970 UTC."""
    return None if at is None else int(at.timestamp())


def not_ahead(moment: int, now: int) -> int:
    """A moment of the CRM's clock, which may be some minutes before ours: what it says just happened, has happened.

    Scoring sees nothing after its own moment, so a callback asked for "in two seconds" would count from midnight on.
    """
    return now if now < moment <= now + SKEW else moment


def fields_text(fields: Mapping[str, FieldValue]) -> str:
    """Fields as JSON text, always the same for the same fields."""
    return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(text: str) -> str:
    """Tells two states of a lead's inputs apart, and so recognises the echo of our own write."""
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def take_contacts(conn: sa.Connection, scope: Scope, bound: BoundMapping, page: Page[Record], at: int) -> int:
    """Stores a page of contacts; how many leads it changed."""
    told_rows.begin_arriving(conn, scope.tenant_id)
    rows: list[LeadRow] = []
    wrong: list[ProblemRow] = [_unreadable(problem) for problem in page.problems]
    read: list[flag_notices.Read] = []
    for record in page.items:
        fields, problems = map_record(bound, record)
        read.append((record, fields))
        text = fields_text(fields)
        created = not_ahead(seconds(record.created_at) or 0, at)
        email = as_address(fields.get("email"))
        rows.append(LeadRow(record.id, created, text, digest(text), record.archived, record.family, email))
        wrong += [_problem(record.id, problem) for problem in problems]
    ids, changed = lead_rows.save_leads(conn, scope, rows)
    signals = [
        Activity(ids[record.id], act.source_id, act.kind, not_ahead(act.at, at), act.campaign)
        for record in page.items
        for act in signal_activities(bound, record)
    ]
    fresh = activity_rows.add_signals(conn, scope, signals)
    lead_rows.mark_dirty(conn, scope, fresh - changed)
    match_arrivals(conn, scope, rows, ids, changed)
    replaced = {old: record.id for record in page.items for old in record.replaces}
    _follow(conn, scope, {**page.became, **replaced}, ids)
    match_merged(conn, scope, {**page.became, **replaced})
    _know_since(conn, scope, page)
    lead_rows.mark_gone(conn, scope, [record.id for record in page.items if record.archived])
    flag_notices.notice(conn, scope, bound, read, ids, at)
    seen = [record.id for record in page.items] + [problem.record_id for problem in page.problems]
    problem_rows.replace_problems(conn, scope, seen, wrong, at)
    return len(changed | fresh)


def _know_since(conn: sa.Connection, scope: Scope, page: Page[Record]) -> None:
    """People who are older than the record that stands for them now, which may not have been read yet."""
    if page.known_since:
        ids = lead_rows.ids_for(conn, scope, list(page.known_since))
        lead_rows.known_since(conn, scope, {ids[one]: seconds(at) or 0 for one, at in page.known_since.items()})


def _follow(conn: sa.Connection, scope: Scope, became: Mapping[str, str], ids: Mapping[str, int]) -> None:
    """Records that were merged into others, or became them: what we know of the old ones goes to the new.

    `ids` are those of the page; a new record that is not on it may not have been read yet.
    """
    became = {old: new for old, new in became.items() if old != new}
    losers = lead_rows.known_leads(conn, scope, became)
    if not losers:
        return
    known = {**lead_rows.ids_for(conn, scope, {became[old] for old in losers} - ids.keys()), **ids}
    busy = activity_rows.with_activities(conn, scope, [loser.id for loser in losers.values()])
    # A full pass tells of every merge there ever was; most were followed long ago.
    news = [old for old, loser in losers.items() if not loser.archived or loser.id in busy]
    for old in news:
        activity_rows.move(conn, scope, [losers[old].id], known[became[old]])
        flag_rows.move(conn, scope, losers[old].id, known[became[old]])
        told_rows.move(conn, scope.tenant_id, [losers[old].id], known[became[old]])
    lead_rows.mark_gone(conn, scope, losers)
    # Who asks to be forgotten is known by the new id only: what was read under the old one would stay for ever.
    lead_rows.blank(conn, scope, losers)
    problem_rows.remove_problems(conn, scope, losers)
    lead_rows.mark_dirty(conn, scope, {known[became[old]] for old in news})


def take_activities(conn: sa.Connection, scope: Scope, bound: BoundMapping, page: Page[ActivityRecord], at: int) -> int:
    """Stores a page of activities; how many leads it touched. A contact not read yet is fetched later."""
    live = [record for record in page.items if not record.archived]
    ids = lead_rows.ids_for(conn, scope, {contact for record in live for contact in record.contact_ids})
    rows = [
        Activity(ids[contact], act.source_id, act.kind, not_ahead(act.at, at), act.campaign)
        for record in live
        if (act := map_activity(bound, record)) is not None
        for contact in record.contact_ids
    ]
    touched = activity_rows.replace_activities(conn, scope, [record.id for record in page.items], rows)
    lead_rows.mark_dirty(conn, scope, touched)
    if page.problems:
        problem_rows.add_problems(conn, scope, [_unreadable(problem) for problem in page.problems], at)
    return len(touched)


def take_outcomes(conn: sa.Connection, scope: Scope, page: Page[OutcomeRecord], at: int) -> None:
    """Stores how sales stand: labels for evaluation, never inputs to a score."""
    live = [record for record in page.items if not record.archived]
    ids = lead_rows.ids_for(conn, scope, {contact for record in live for contact in record.contact_ids})
    rows = [
        OutcomeRow(
            ids[contact], record.id, record.state, seconds(record.created_at), seconds(record.closed_at), record.amount
        )
        for record in live
        for contact in record.contact_ids
    ]
    activity_rows.replace_outcomes(conn, scope, [record.id for record in page.items], rows)
    if page.problems:
        problem_rows.add_problems(conn, scope, [_unreadable(problem) for problem in page.problems], at)


def _problem(record_id: str, problem: Problem) -> ProblemRow:
    return ProblemRow(record_id, problem.where, problem.text, problem.mend)


def _unreadable(problem: RowProblem) -> ProblemRow:
    return ProblemRow(problem.record_id, "row", problem.text, UNREADABLE)
