"""The words of the house as types: lead, activity, line, score card.

Pure values: no clock, no database, no network. Times are whole seconds since 1970 UTC, because integers compare the
same everywhere and columns of them are cheap.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

FieldValue = str | int | float | bool
"""A canonical value. Dates are ISO strings (``2026-11-22``); a field that is not known is absent, never None."""


@dataclass(frozen=True, slots=True)
class Lead:
    """Our view of a record after mapping."""

    id: int
    """Dense and local: the store gives it, and columns are indexed by it."""
    created_at: int
    fields: Mapping[str, FieldValue]
    previous_stage: Stage | None = None
    """The stage of the last card; only models with hysteresis look at it."""
    held_at: int | None = None
    """Since when somebody says: do not contact."""


@dataclass(frozen=True, slots=True)
class Activity:
    """One thing the lead did, or that was done with it. Within a lead the same `source_id` is the same act."""

    lead_id: int
    source_id: str
    kind: str
    at: int
    campaign: str = ""
    """What it belongs to, for criteria that count within one campaign; empty when it belongs to none."""


class Acts(NamedTuple):
    """Activities in columns, as a store has them: in any order, each act once."""

    lead_ids: Sequence[int]
    kinds: Sequence[str]
    at: Sequence[int]
    campaigns: Sequence[str]


class Group(StrEnum):
    """Where a criterion stands in the points table."""

    FIT = "fit"
    ENGAGEMENT = "engagement"
    NEGATIVE = "negative"


class Stage(StrEnum):
    """How far the lead is, by score."""

    NONE = "none"
    MQL = "MQL"
    SQL = "SQL"


class Tier(StrEnum):
    """What a rep sees first."""

    HOT = "Hot"
    WARM = "Warm"
    COLD = "Cold"


class Met(StrEnum):
    """What a criterion found. Unknown is not no: the field was empty, so nobody can tell."""

    YES = "met"
    NO = "not met"
    UNKNOWN = "not known"


class Line(NamedTuple):
    """One line of a score: a criterion, or what the sum went through (cap, reset, decay, clamp, floor)."""

    id: str
    """The criterion's id, or ``cap:<group>``, ``reset``, ``decay``, ``clamp``, ``floor``, ``hold``."""
    text: str
    """A short sentence without points and without any number that moves by itself."""
    points: int
    met: Met = Met.YES
    at: int | None = None
    """When the newest act behind it happened, or the hold began; None for fit and the sum's other lines."""


@dataclass(frozen=True, slots=True)
class ScoreCard:
    """A lead's score with everything behind it. The points of `lines` add up to `score`, always."""

    lead_id: int
    score: int
    stage: Stage
    tier: Tier
    product_line: str
    """Id of the product line whose ICP was used."""
    lines: tuple[Line, ...]
    """Every line that is met or took or gave points, then the unknown ones at 0."""
    reasons: tuple[str, ...]
    """At most three, the largest first, with points: ``Requested a callback on 20 Nov (+25)``."""
    rationale: str
    """Every line as text, at most 1,000 characters."""
    model_version: str
    as_of: int
    notes: tuple[str, ...] = ()
    """What a reader should know that moves no points, e.g. which product line was assumed."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something a person should mend, in a form every screen can show."""

    where: str
    """What it is about: a field, a line of a file, a record."""
    text: str
    """What is wrong."""
    mend: str
    """What to do about it."""
    line: int | None = None
    blocking: bool = True
