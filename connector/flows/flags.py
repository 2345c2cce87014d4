"""Flags: a rep says that a score is wrong. Kept once, acted on in seconds, answered so that the rep sees it.

Two springs, one story: the flag field of a record (`flag_notices`) and the signed link that stands in the record
(`flag_links`). Flags are inputs of a score only where the model counts them; "do not contact" holds the lead at once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple

import sqlalchemy as sa

from adapters.contract import EventKind
from connector.core.reasons import behind_reasons
from connector.core.types import Activity, ScoreCard
from connector.flows.services import Refused, Services
from connector.store import activities as activity_rows
from connector.store import audit, flag_lists
from connector.store import cards as card_rows
from connector.store import flags as flag_rows
from connector.store import inbox as inbox_rows
from connector.store import leads as lead_rows
from connector.store.database import Scope
from connector.store.flag_lists import ListedFlag
from connector.store.flags import Disagreement, Flag, FlaggedLead, NewFlag
from connector.store.inbox import InboxEvent

KINDS: Mapping[str, str] = {
    "too_high": "score too high",
    "too_low": "score too low",
    "wrong_data": "wrong data",
    "duplicate": "duplicate",
    "do_not_contact": "do not contact",
}
"""What a rep may say, and how we repeat it."""

HOLDING = "do_not_contact"
"""The kind that holds the lead until somebody releases it."""

RECORD = "record"
"""How the source event of a flag begins that was set in the record."""

LONGEST_NOTE = 500
LONGEST_ANSWER = 200
LONGEST_NAME = 80
TERM = 90 * 86_400
"""Seconds after which a flag says nothing about today's rules any more."""


class Said(NamedTuple):
    """What somebody said of a score. The same `source_event` is the same flag, however often it comes."""

    kind: str
    note: str
    who: str
    """A name; empty when nobody can tell."""
    at: int
    source_event: str
    seen_at: int | None = None
    """The CRM's own time of the reading that showed it; None when it was not set in a record."""
    heard_at: int | None = None
    """When we heard it, where that is later than `at`."""


def record(conn: sa.Connection, scope: Scope, lead_id: int, said: Said) -> bool:
    """Keeps a flag in the caller's transaction, and has it acted on at once; False when it is known already.

    Raises `LookupError` when the connection has no such lead, and `ValueError` for a kind that is none of `KINDS`.
    """
    if said.kind not in KINDS:
        raise ValueError(f"{said.kind!r} is no kind of flag: {', '.join(KINDS)}")
    lead = flag_rows.flagged_lead(conn, scope, lead_id)
    if lead is None:
        raise LookupError(f"This connection has no lead {lead_id}.")
    new = _new(lead_id, said, card_rows.cards_of(conn, scope, [lead_id]).get(lead_id))
    if not flag_rows.add(conn, scope, new):
        return False
    act = Activity(lead_id, f"flag:{said.source_event}", f"flagged_{said.kind}", said.at)
    activity_rows.replace_activities(conn, scope, [act.source_id], [act])
    if said.kind == HOLDING:
        flag_rows.hold(conn, scope, lead_id, said.at)
    detail = f"{said.kind} on lead {lead_id} (record {lead.crm_id}), by {said.source_event.partition(':')[0]}"
    audit.record(conn, scope.tenant_id, new.who or "a rep", "flag", detail, said.at)
    lead_rows.mark_dirty(conn, scope, [lead_id])
    inbox_rows.touch(conn, scope, [lead.crm_id], 1000 * (said.heard_at or said.at), f"flag:{said.source_event}")
    return True


def _new(lead_id: int, said: Said, card: ScoreCard | None) -> NewFlag:
    score, version = (card.score, card.model_version) if card else (None, "")
    note, who = _one_line(said.note)[:LONGEST_NOTE], _one_line(said.who)[:LONGEST_NAME]
    given = (said.source_event, said.kind, note, who, said.at)
    behind = tuple(line.id for line in behind_reasons(card.lines)) if card else ()
    return NewFlag(lead_id, *given, score, version, behind, said.seen_at)


def _one_line(text: str) -> str:
    return " ".join(text.replace("\x00", "").split())


def forget_field(conn: sa.Connection, scope: Scope, lead_id: int, lead: FlaggedLead, names: Mapping[str, str]) -> None:
    """What the record holds in these properties is the rep's now, not what we wrote."""
    kept = {name: value for name, value in lead.written.items() if name not in names.values()}
    if len(kept) < len(lead.written):
        lead_rows.set_written(conn, scope, {lead_id: json.dumps(kept, ensure_ascii=False)}, None)


def answer(svc: Services, flag_id: int, text: str, by: str, *, release: bool = False, email: str = "") -> Flag:
    """Keeps the answer to a flag and has it written on the record; a later answer takes its place.

    `by` is a name, `email` what the audit trail calls the person, where it is known. `release` lifts the hold of "do
    not contact", unless another flag of that kind still waits. Raises `Refused` when there is no such flag or answer.
    """
    text, by = _one_line(text), _one_line(by)[:LONGEST_NAME]
    if not text:
        raise Refused("Write an answer: the rep reads it on the record.")
    if len(text) > LONGEST_ANSWER:
        raise Refused(f"An answer has at most {LONGEST_ANSWER} characters, this one has {len(text)}.")
    now = svc.clock().timestamp()
    with svc.store.write() as conn:
        flag = flag_rows.by_id(conn, svc.tenant.id, flag_id)
        if flag is None:
            raise Refused(f"There is no flag {flag_id}. `leadtier flags` lists them.")
        if release and flag.kind != HOLDING:
            raise Refused("Only a flag that says do not contact holds its lead; this one has nothing to release.")
        scope = Scope(svc.tenant.id, flag.connection_id)
        flag_rows.answered(conn, scope, flag.id, text, by, int(now))
        _settle_hold(conn, scope, flag, email or by or "somebody", int(now), release=release)
        _have_written(conn, svc, flag, int(now * 1000))
        return flag_rows.by_id(conn, svc.tenant.id, flag_id) or flag


def _settle_hold(conn: sa.Connection, scope: Scope, flag: Flag, who: str, at: int, *, release: bool) -> None:
    others = flag_rows.count_open(conn, scope.tenant_id, flag.lead_id, HOLDING)
    if release and not others:
        flag_rows.release(conn, scope, flag.lead_id)
    # Without the text: the audit trail outlives a person who asks to be forgotten.
    what = "release flag" if release else "answer flag"
    audit.record(conn, scope.tenant_id, who, what, f"{flag.kind} on lead {flag.lead_id}", at)


def _have_written(conn: sa.Connection, svc: Services, flag: Flag, at_ms: int) -> None:
    """The lead is scored and written at once; where its record may still hold the flag, the record is read first.

    Emptying the flag field must not wipe another flag that was set meanwhile.
    """
    scope = Scope(svc.tenant.id, flag.connection_id)
    lead, field = flag_rows.flagged_lead(conn, scope, flag.lead_id), svc.mapping(scope).clears.get("flag")
    if lead is None:
        return
    lead_rows.mark_dirty(conn, scope, [flag.lead_id])
    inbox_rows.touch(conn, scope, [lead.crm_id], at_ms, f"answer:{flag.id}")
    if field and flag.over_at is None and is_of_record(flag):
        event = (f"answer:{flag.id}:{at_ms}", EventKind.CHANGED, lead.crm_id, field, "", "", False, at_ms // 1000)
        inbox_rows.add_events(conn, [InboxEvent(scope.tenant_id, scope.connection_id, *event)], at_ms)


def is_of_record(flag: Flag) -> bool:
    """Whether the flag was set in the record."""
    return flag.source_event.startswith(f"{RECORD}:")


def list_flags(
    svc: Services, *, is_open: bool, after: tuple[int, int] | None = None, limit: int = 50
) -> list[ListedFlag]:
    """The agency's flags that wait, or those with an answer, the newest first."""
    with svc.store.read() as conn:
        return flag_lists.page(conn, svc.tenant.id, is_open=is_open, after=after, limit=limit)


def rules_in_doubt(conn: sa.Connection, tenant_id: int, now: int) -> list[Disagreement]:
    """The criteria behind the scores that reps found wrong lately."""
    return list(flag_rows.disagreements(conn, tenant_id, now - TERM))
