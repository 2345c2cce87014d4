"""What a preview shows: tiers, bars, moves and movers of a draft beside the live model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from connector.core.cards import Tally
from connector.core.comparing import Won
from connector.core.types import Problem, ScoreCard, Tier
from connector.flows.write_cost import WriteCost


@dataclass(frozen=True, slots=True)
class TierMove:
    """A tier by the live model and by the draft; `live` and `won_live` are None where no model is live."""

    tier: Tier
    live: int | None
    draft: int
    won_live: Won | None
    won_draft: Won

    @property
    def delta(self) -> int:
        """How many leads more."""
        return 0 if self.live is None else self.draft - self.live


@dataclass(frozen=True, slots=True)
class Bin:
    """Leads whose scores lie from `low` to `high`, both included. `live` is None where no model is live."""

    low: int
    high: int
    live: int | None
    draft: Mapping[Tier, int]

    @property
    def leads(self) -> int:
        """By the draft, of all tiers."""
        return sum(self.draft.values())


@dataclass(frozen=True, slots=True)
class Mover:
    """A lead whose score moves, with both cards."""

    lead_id: int
    crm_id: str
    fields: Mapping[str, Any]
    live: ScoreCard
    draft: ScoreCard


class Fires(NamedTuple):
    """How often a criterion is met; None where a model does not have it."""

    draft: Tally | None
    live: Tally | None


@dataclass(frozen=True, slots=True)
class Preview:
    """A draft against the live model on the whole book. Everything live is None or empty where no model is live."""

    as_of: int
    """When the book was last known to be true, seconds since 1970 UTC."""
    leads: int
    name: str
    live: str | None
    """Name and version of the live model."""
    mql: int
    sql: int
    tiers: Sequence[TierMove]
    bins: Sequence[Bin]
    moves: Mapping[tuple[Tier, Tier], int]
    """How many leads go from one tier to another, or stay."""
    rescored: int
    """How many leads get another score."""
    up: Sequence[Mover]
    down: Sequence[Mover]
    fires: Mapping[str, Fires]
    """By the id of the criterion: those of the draft in its order, then those it lost."""
    findings: Sequence[Problem]
    writes: Sequence[WriteCost]
    decided: Won
    """Leads whose sale was decided, which the won shares are about."""

    @property
    def changing(self) -> int:
        """How many leads change tier."""
        return sum(count for (one, other), count in self.moves.items() if one is not other)
