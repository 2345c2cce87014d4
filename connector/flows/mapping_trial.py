"""Trial: one record as a draft of the field mapping reads it, and the score it would have. Nothing is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from adapters.contract import ActivityRecord, Adapter, AdapterError, CrmField, Misconfigured, Record
from connector.core.mapping import BoundField, map_activity, map_record, signal_activities
from connector.core.mapping.fields import complaint, expected
from connector.core.types import Activity, FieldValue, Lead, ScoreCard
from connector.core.vocabulary import FieldKind, FieldSpec
from connector.flows.ingest import not_ahead, seconds
from connector.flows.mapping_drafts import MappingDraft
from connector.flows.mapping_records import Offer, last_ten, meant, offer
from connector.flows.scoring import evaluator
from connector.flows.services import Refused, Services
from connector.store import looking
from connector.store.database import Scope
from connector.store.looking import Seen
from connector.store.sealing import SealBroken

SHOWN_LENGTH = 120
"""Characters of a value that are shown."""
ACTS = 10
"""Activities shown, the newest."""
EMPTY = "Empty, so it is not known."
NO_ANSWER = "It only says that there is no answer."
NEVER = "Never an input: it is known only after selling."
NOBODY = "The CRM has no record {id}, or does not show it to us, or it is none of the records that are read as leads."


class ReadField(NamedTuple):
    """A field of the record: what stands in the CRM, what we read, and what to know of it."""

    field: str
    label: str
    property: str
    held: str | None
    """As the CRM holds it, an option by its label; None: nothing."""
    value: FieldValue | None
    """As we read it; None: not known."""
    note: str
    outcome: bool
    unit: str = ""
    is_choice: bool = False


class ReadAct(NamedTuple):
    """An activity: what the CRM calls it, and what it is to us."""

    type: str
    kind: str
    text: str
    at: int


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of trying a record."""

    typed: str
    offers: Sequence[Offer] = ()
    """Records to choose from: the last ten where nobody was named, or those of that name."""
    trouble: str = ""
    """Why there is no record to show, in a sentence."""
    who: Offer | None = None
    record_url: str = ""
    fields: Sequence[ReadField] = ()
    unmapped: Sequence[str] = ()
    """Fields that no property gives, as people read them."""
    acts: Sequence[ReadAct] = ()
    act_total: int = 0
    card: ScoreCard | None = None
    notes: Sequence[str] = ()
    """What is missing from the score, in sentences."""


def begun(svc: Services, draft: MappingDraft) -> Trial:
    """Nobody is named yet: the last ten to choose from. Asks no CRM."""
    return Trial("", last_ten(svc, draft.connection, draft.bound, draft.look))


def trial(svc: Services, draft: MappingDraft, typed: str) -> Trial:
    """The record somebody named, read by the draft. What the CRM refuses becomes a sentence; nothing is stored."""
    try:
        if not typed.strip():
            return begun(svc, draft)
        found = meant(svc, draft.connection, draft.bound, draft.look, typed)
        if len(found) != 1:
            return Trial(typed, found, "" if found else _unknown(typed))
        return _tried(svc, draft, typed, found[0].crm_id)
    except AdapterError as error:
        return Trial(typed, trouble=error.admin)
    except (Refused, SealBroken) as error:
        return Trial(typed, trouble=str(error))


def _unknown(typed: str) -> str:
    text = typed if len(typed) <= SHOWN_LENGTH else f"{typed[:SHOWN_LENGTH]}…"
    return f"Nobody here is called “{text}”. Paste the record's id or its address in the CRM."


def _tried(svc: Services, draft: MappingDraft, typed: str, crm_id: str) -> Trial:
    adapter = svc.account(draft.scope)
    page = adapter.contacts_by_id([crm_id], draft.bound.properties)
    record = next((one for one in page.items if not one.archived), None)
    if record is None:
        why = page.problems[0].text if page.problems else NOBODY.format(id=crm_id)
        return Trial(typed, trouble=why)
    values, _ = map_record(draft.bound, record)
    told, notes = _activities(adapter, record.id)
    acts = _all_acts(svc, draft, record, told)
    made = Trial(
        typed,
        who=offer(record.id, values),
        record_url=draft.connection.record_url,
        fields=_fields(draft, record, values),
        unmapped=_unmapped(draft),
        acts=_shown(draft, told),
        act_total=len(acts),
        notes=notes,
    )
    try:
        return replace(made, card=_card(svc, draft.scope, record, values, acts))
    except Refused as error:
        return replace(made, notes=(*notes, str(error)))


# ------------------------------------------------------------------------------------------------------------- fields


def _fields(draft: MappingDraft, record: Record, values: Mapping[str, FieldValue]) -> list[ReadField]:
    live = draft.look.live
    told_by_reps = {one.reads.name for one in draft.mapping.score_fields.fields if one.reads}
    known = [one for one in draft.bound.fields if one.name in draft.words.fields and one.name not in told_by_reps]
    return [_field(draft.words.fields[one.name], one, live.get(one.property), record, values) for one in known]


def _field(
    spec: FieldSpec, bound: BoundField, live: CrmField | None, record: Record, values: Mapping[str, FieldValue]
) -> ReadField:
    raw, value = record.properties.get(bound.property), values.get(spec.name)
    note = NEVER if spec.outcome else ""
    if not raw:
        note = note or EMPTY
    elif value is None:
        note = NO_ANSWER if complaint(bound, raw) is None else f"Not {expected(bound.spec)}; it counts as empty."
    held, choice = _held(live, raw), spec.type is FieldKind.CHOICE
    return ReadField(spec.name, spec.label, bound.property, held, value, note, spec.outcome, spec.unit, choice)


def _held(live: CrmField | None, raw: str | None) -> str | None:
    if not raw:
        return None
    labels = {choice.value: choice.label for choice in live.choices} if live else {}
    shown = "; ".join(labels.get(part, part) for part in raw.split(";")) if labels else raw
    return shown if len(shown) <= SHOWN_LENGTH else f"{shown[: SHOWN_LENGTH - 1]}…"


def _unmapped(draft: MappingDraft) -> list[str]:
    given = {field.name for field in draft.bound.fields}
    words = draft.words.fields
    return [words[one.name].label for one in draft.mapping.fields if one.name not in given and one.name in words]


# --------------------------------------------------------------------------------------------------------- activities


def _activities(adapter: Adapter, crm_id: str) -> tuple[list[ActivityRecord], list[str]]:
    """What the CRM knows the contact did, and why it is not all."""
    found: list[ActivityRecord] = []
    try:
        for page in adapter.activities_of([crm_id]):
            found += [act for act in page.items if not act.archived and crm_id in act.contact_ids]
    except Misconfigured as error:
        return found, [f"Not all activities could be read. {error.admin}"]
    return found, []


def _all_acts(svc: Services, draft: MappingDraft, record: Record, told: Sequence[ActivityRecord]) -> list[Activity]:
    """The acts by the draft; what was seen on the record before, and what others told, as it is kept."""
    now = svc.now()
    read = [act for one in told if (act := map_activity(draft.bound, one)) is not None]
    read += signal_activities(draft.bound, record)
    acts = {act.source_id: Activity(0, act.source_id, act.kind, not_ahead(act.at, now), act.campaign) for act in read}
    with svc.store.read() as conn:
        seen = looking.seen(conn, draft.scope, [record.id]).get(record.id)
        kept = looking.acts_beside(conn, draft.scope, seen.id) if seen else []
    names = {one.name for one in draft.bound.signals.all()}
    still = [act for act in kept if act.source_id.startswith("told:") or act.source_id.split(":")[1] in names]
    return list((acts | {act.source_id: replace(act, lead_id=0) for act in still}).values())


def _shown(draft: MappingDraft, told: Sequence[ActivityRecord]) -> list[ReadAct]:
    read = [(one, act) for one in told if (act := map_activity(draft.bound, one)) is not None]
    read.sort(key=lambda pair: (-pair[1].at, pair[0].id))
    kinds = draft.words.kinds
    return [ReadAct(one.type, act.kind, kinds[act.kind].text, act.at) for one, act in read[:ACTS]]


# -------------------------------------------------------------------------------------------------------------- score


def _card(
    svc: Services, scope: Scope, record: Record, values: Mapping[str, FieldValue], acts: Sequence[Activity]
) -> ScoreCard:
    """The card by the published model. Raises `Refused` when there is none."""
    judge = evaluator(svc)
    with svc.store.read() as conn:
        seen = looking.seen(conn, scope, [record.id]).get(record.id)
    lead = lead_of(record, values, seen, svc.now())
    return judge.evaluate(judge.batch([lead], acts), svc.clock()).card(0)


def lead_of(record: Record, values: Mapping[str, FieldValue], seen: Seen | None, now: int, number: int = 0) -> Lead:
    """A record as a lead, with what only we know of it."""
    created = not_ahead(seconds(record.created_at) or 0, now)
    if seen is not None and seen.created_at:
        created = min(created or seen.created_at, seen.created_at)
    return Lead(number, created, dict(values), seen.stage if seen else None, seen.held_at if seen else None)
