"""The hot path: a record as fields and activities, a card as values. Everything is compiled before the first record."""

from __future__ import annotations

from adapters.contract import ActivityRecord, Record
from connector.core.mapping.activities import MappedActivity, TypeReader
from connector.core.mapping.bound import BoundMapping
from connector.core.mapping.crm_mapping import ActivityMap
from connector.core.mapping.fields import complaint
from connector.core.mapping.score_fields import card_values
from connector.core.types import FieldValue, Problem, ScoreCard

_UNKNOWN_TYPE = TypeReader(ActivityMap("", ()))


def map_record(bound: BoundMapping, record: Record) -> tuple[dict[str, FieldValue], list[Problem]]:
    """The canonical fields of a record, and what could not be read of it. Never raises; empty values are absent."""
    fields: dict[str, FieldValue] = {}
    problems: list[Problem] = []
    get = record.properties.get
    for name, source, read, origin in bound.readers:
        raw = get(source)
        if raw:
            value = read(raw)
            if value is not None:
                fields[name] = value
            elif problem := complaint(origin, raw):
                problems.append(problem)
    return fields, problems


def signal_activities(bound: BoundMapping, record: Record) -> list[MappedActivity]:
    """What the record itself tells of the lead's engagement. An act keeps its id however often the record is read."""
    return [activity for read in bound.signal_readers for activity in read(record)]


def map_activity(bound: BoundMapping, record: ActivityRecord) -> MappedActivity | None:
    """One activity in our words; a type nobody mapped is ``other``. None when its time is unknown."""
    return bound.type_readers.get(record.type, _UNKNOWN_TYPE).read(record)


def score_values(bound: BoundMapping, card: ScoreCard, scored_at: int) -> dict[str, str | None]:
    """The values to write for a card, as the CRM wants them; None clears. `scored_at` is seconds since 1970 UTC."""
    return card_values(bound.writes, card, scored_at)
