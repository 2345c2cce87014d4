"""Preview: what publishing a draft of the field mapping would change, tried on the newest contacts. Nothing is written.

Both mappings read the same records, as the CRM holds them now, so that whatever differs comes from the mapping alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from adapters.contract import Record
from connector.core.cards import Cards
from connector.core.comparing import Standing, movers, reads_differently, tier_moves
from connector.core.mapping import BoundMapping, map_record, signal_activities
from connector.core.types import Activity, FieldValue, ScoreCard, Tier
from connector.core.vocabulary import Vocabulary
from connector.flows.ingest import not_ahead
from connector.flows.mapping_cost import PublishCost, publish_cost
from connector.flows.mapping_drafts import MappingDraft
from connector.flows.mapping_records import Offer, offer
from connector.flows.mapping_trial import lead_of
from connector.flows.scoring import evaluator
from connector.flows.services import Refused, Services
from connector.store import activities as activity_rows
from connector.store import looking
from connector.store.looking import Seen

MOVERS = 5
"""Leads shown each way."""
OTHER_RULES = (
    "The rules for activities differ. What that changes shows once everything is read again; “Test with a record” "
    "shows it for one record now."
)
TOO_FEW = "There are no contacts to try it on."


class Coverage(NamedTuple):
    """Of so many contacts, for how many a field is known before and after, and for how many it has another value."""

    label: str
    before: int
    after: int
    differs: int


class Mover(NamedTuple):
    """A contact whose score moves, with both cards."""

    who: Offer
    before: ScoreCard
    after: ScoreCard


@dataclass(frozen=True, slots=True)
class MappingPreview:
    """What a draft changes among the newest contacts, and what publishing it costs."""

    contacts: int
    looked_at: int
    trouble: str = ""
    """Why there is nothing to show, or not all, in a sentence."""
    coverage: Sequence[Coverage] = ()
    """Fields that either mapping gives: those that change first, then in the order of the vocabulary."""
    moves: Mapping[tuple[Tier, Tier], int] | None = None
    """How many go from one tier to another, or stay; None where nothing scores."""
    rescored: int = 0
    """How many get another score."""
    movers: Sequence[Mover] = ()
    """The biggest moves, up before down."""
    cost: PublishCost | None = None
    notes: Sequence[str] = ()

    @property
    def changing(self) -> int:
        """How many change tier."""
        return sum(count for (one, other), count in (self.moves or {}).items() if one is not other)


class _Side(NamedTuple):
    """One mapping on the sample."""

    bound: BoundMapping
    values: Sequence[Mapping[str, FieldValue]]


def preview(svc: Services, draft: MappingDraft) -> MappingPreview:
    """The draft against what is live, on the contacts of its look. Never raises for a sick CRM or a missing model."""
    records = draft.look.records
    if not records:
        return MappingPreview(0, draft.look.looked_at, draft.look.trouble or TOO_FEW)
    before, after = (_Side(b, [map_record(b, one)[0] for one in records]) for b in (draft.live, draft.bound))
    coverage = _coverage(draft.words, before, after)
    notes = [OTHER_RULES] if draft.live.activities != draft.bound.activities else []
    made = MappingPreview(len(records), draft.look.looked_at, draft.look.trouble, coverage, notes=notes)
    try:
        return _scored(svc, draft, made, before, after)
    except Refused as error:
        return replace(made, notes=[*notes, str(error)], cost=publish_cost(svc, draft, 0.0))


def _coverage(words: Vocabulary, before: _Side, after: _Side) -> list[Coverage]:
    given = {field.name for side in (before, after) for field in side.bound.fields}
    found = [_of_field(words.fields[name].label, name, before, after) for name in words.fields if name in given]
    # Sorting is stable.
    return sorted(found, key=lambda one: not one.differs)


def _of_field(label: str, name: str, before: _Side, after: _Side) -> Coverage:
    pairs = [(one.get(name), other.get(name)) for one, other in zip(before.values, after.values, strict=True)]
    return Coverage(
        label,
        sum(one is not None for one, _ in pairs),
        sum(other is not None for _, other in pairs),
        sum(one != other for one, other in pairs),
    )


# -------------------------------------------------------------------------------------------------------------- score


def _scored(svc: Services, draft: MappingDraft, made: MappingPreview, before: _Side, after: _Side) -> MappingPreview:
    """With tiers, movers and costs. Raises `Refused` when no model is published."""
    records = draft.look.records
    with svc.store.read() as conn:
        seen = looking.seen(conn, draft.scope, [record.id for record in records])
        kept = activity_rows.activities_of(conn, draft.scope, [one.id for one in seen.values()])
    one, other = (_cards(svc, side, records, seen, kept) for side in (before, after))
    live, new = Standing.of(one), Standing.of(other)
    most = movers(live, new, MOVERS)
    return replace(
        made,
        moves=tier_moves(live, new),
        rescored=int((live.scores != new.scores).sum()),
        movers=[
            Mover(_who(records[row], after.values[row]), one.card(row), other.card(row))
            for row in (*most.up, *most.down)
        ],
        cost=publish_cost(svc, draft, float(reads_differently(live, new).mean())),
    )


def _who(record: Record, values: Mapping[str, FieldValue]) -> Offer:
    return offer(record.id, values)


def _cards(
    svc: Services, side: _Side, records: Sequence[Record], seen: Mapping[str, Seen], kept: Sequence[Activity]
) -> Cards:
    """The cards by one mapping: what we know the leads did, and what the records themselves tell by it."""
    now, judge = svc.now(), evaluator(svc)
    places = {seen[record.id].id: place for place, record in enumerate(records) if record.id in seen}
    names = {one.name for one in side.bound.signals.all()}
    acts: dict[tuple[int, str], Activity] = {}
    for place, record in enumerate(records):
        for act in signal_activities(side.bound, record):
            at = not_ahead(act.at, now)
            acts[place, act.source_id] = Activity(place, act.source_id, act.kind, at, act.campaign)
    for old in kept:
        kind, _, rest = old.source_id.partition(":")
        if kind != "signal" or rest.partition(":")[0] in names:
            place = places[old.lead_id]
            acts[place, old.source_id] = Activity(place, old.source_id, old.kind, old.at, old.campaign)
    leads = [
        lead_of(record, values, seen.get(record.id), now, place)
        for place, (record, values) in enumerate(zip(records, side.values, strict=True))
    ]
    return judge.evaluate(judge.batch(leads, acts.values()), svc.clock())
