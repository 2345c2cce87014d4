"""Hints sorted: which records must be read again and how deep, and which hints are echoes of our own writes.

How deep: the contact itself is one call for a hundred; its activities are six to eighteen more, whatever the number.
So a change of a property that the mapping reads re-reads the contact only: its value stands on the contact, and so do
the signals of engagement. Activities are read as well when the record was made, restored, merged or associated, and
when a property changed that the mapping does not read at all. Nobody subscribes to such a property but as a sign that
something happened (HubSpot has no webhooks for calls or e-mails, but changes ``notes_last_updated`` with each).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from adapters.contract import EventKind
from connector.core.mapping import BoundMapping
from connector.store.inbox import TOUCHED
from connector.store.inbox_work import OVERWRITTEN, READ, OpenEvent
from connector.store.leads import Held

ECHO, UNKNOWN = "echo", "unknown"
REREAD = frozenset(EventKind) - {EventKind.UNKNOWN}


class Ours(NamedTuple):
    """What a record holds from us: written, and on its way."""

    written: Mapping[str, str | None]
    pending: Mapping[str, str | None]
    written_at: int | None

    @classmethod
    def of(cls, held: Held) -> Ours:
        """From the store's row."""
        return cls(json.loads(held.written), json.loads(held.pending or "{}"), held.written_at)


@dataclass
class Hints:
    """Events by what they ask for."""

    read: dict[str, None] = field(default_factory=dict)
    """Ids of records to be read again, in the order they were heard of."""
    deep: set[str] = field(default_factory=set)
    """Those of them whose activities are read as well."""
    touched: set[str] = field(default_factory=set)
    """Records to be scored and written as they stand in the store."""
    private: set[str] = field(default_factory=set)
    """Records of which nothing may stay if the CRM has them no more."""
    overwritten: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Our fields that somebody else changed, by record."""
    waiting: list[OpenEvent] = field(default_factory=list)
    """Events whose result is known when all that is done."""
    settled: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    """Events that ask for nothing, by result."""


def own_fields(bound: BoundMapping) -> frozenset[str]:
    """The properties that we alone write."""
    return frozenset(bound.writes.values())


def echoes(events: Iterable[OpenEvent], bound: BoundMapping) -> set[str]:
    """Records of which `sort` must know what we wrote into them."""
    own = own_fields(bound)
    return {event.record_id for event in events if event.field in own}


def sort(events: Iterable[OpenEvent], bound: BoundMapping, held: Mapping[str, Held], *, whole: bool) -> Hints:
    """Events sorted. `held` tells what we wrote into records, see `echoes`.

    With `whole` activities are always read: the connection's first sync has not come to its end, so that nobody can
    tell whether the store has those of a lead.
    """
    hints, own, known = Hints(), own_fields(bound), frozenset(bound.properties)
    ours = {crm_id: Ours.of(one) for crm_id, one in held.items()}
    for event in events:
        if event.kind == EventKind.CHANGED and event.field in own:
            _own_change(hints, event, bound, ours.get(event.record_id))
        elif event.kind == TOUCHED or event.result == READ:
            hints.waiting.append(event)
            _read(hints, event, deep=True) if whole and event.result != READ else hints.touched.add(event.record_id)
        elif event.kind in REREAD:
            hints.waiting.append(event)
            _read(hints, event, deep=whole or event.kind != EventKind.CHANGED or event.field not in known)
        else:
            hints.settled[UNKNOWN].append(event.id)
    return hints


def _read(hints: Hints, event: OpenEvent, *, deep: bool) -> None:
    hints.read |= dict.fromkeys(event.records)
    if deep:
        hints.deep |= set(event.records)
    if event.kind == EventKind.PRIVACY_DELETED:
        hints.private.add(event.record_id)


def _own_change(hints: Hints, event: OpenEvent, bound: BoundMapping, ours: Ours | None) -> None:
    # Every write brings a new time of scoring, and a CRM may tell of times in a form of its own.
    if ours is None or event.field == bound.writes.get("scored_at") or is_echo(event, ours):
        hints.settled[ECHO].append(event.id)
    else:
        hints.overwritten[event.record_id].add(event.field)
        hints.settled[OVERWRITTEN].append(event.id)


def is_echo(event: OpenEvent, ours: Ours) -> bool:
    """Whether a change of one of our fields is our own doing.

    Its value is what we wrote or are writing; or it tells of a time before our last write, as webhooks come late; or we
    do not count on the field's value, so that the next write brings it anyway.
    """
    name = event.field
    if name not in ours.written or _alike(event.value, ours.written[name]):
        return True
    if name in ours.pending and _alike(event.value, ours.pending[name]):
        return True
    return ours.written_at is None or event.occurred_at < ours.written_at


def _alike(told: str, ours: str | None) -> bool:
    told, ours = told.strip(), (ours or "").strip()
    if told == ours:
        return True
    try:
        return float(told) == float(ours)
    except ValueError:
        return False
