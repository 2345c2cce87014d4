"""Two models on the same leads, side by side: counts by tier, who moves where, who moves most.

A `Standing` is what is kept of an evaluation for that: 10 bytes a lead, so that a million leads stand side by side.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from connector.core.batch import STAGES
from connector.core.cards import TIERS, Cards, Tally
from connector.core.columns import Bools, Ints, places
from connector.core.marks import Marks
from connector.core.summing import Stages
from connector.core.types import Tier

BIN = 5
"""Points a bar of the histogram covers; the last one takes 100 as well."""
BINS = 100 // BIN
_TIER_OF = tuple(TIERS[stage] for stage in STAGES)
_ROWS = 1 << 32


@dataclass(frozen=True, slots=True)
class Standing:
    """How leads stand by one model, in the order of the book."""

    scores: npt.NDArray[np.int8]
    stages: Stages
    """Each stage as its index in `STAGES`."""
    marks: Marks
    """Two models show the same lines for a lead where these are the same; see `connector.core.marks`."""
    criteria: Mapping[str, Tally]
    """How each criterion did, by its id."""
    fields: Mapping[str, Tally]
    """Of how many leads each field that criteria read is known, by its name."""

    def __len__(self) -> int:
        return len(self.scores)

    def tallies(self) -> Mapping[str, Tally]:
        """How each criterion did, as the linter asks for it."""
        return self.criteria

    def empty_fields(self) -> Mapping[str, Tally]:
        """Likewise the fields."""
        return self.fields

    @classmethod
    def of(cls, cards: Cards) -> Standing:
        """What is kept of these cards."""
        return cls(
            scores=cards.score.astype(np.int8),
            stages=cards.stage_codes,
            marks=cards.marks(),
            criteria=cards.tallies(),
            fields=cards.empty_fields(),
        )

    @classmethod
    def joined(cls, parts: Sequence[Standing]) -> Standing:
        """The standings of the parts of a book, by one model, as that of the whole."""
        if not parts:
            none = np.zeros(0, dtype=np.int8)
            return cls(none, none, np.zeros(0, dtype=np.uint64), {}, {})
        return cls(
            scores=np.concatenate([part.scores for part in parts]),
            stages=np.concatenate([part.stages for part in parts]),
            marks=np.concatenate([part.marks for part in parts]),
            criteria=_summed([part.criteria for part in parts]),
            fields=_summed([part.fields for part in parts]),
        )


def _summed(parts: Sequence[Mapping[str, Tally]]) -> dict[str, Tally]:
    return {
        name: Tally(*(sum(counts) for counts in zip(*(_counts(part[name]) for part in parts), strict=True)))
        for name in parts[0]
    }


def _counts(tally: Tally) -> tuple[int, int, int]:
    return tally.met, tally.unknown, tally.asked


def tier_counts(standing: Standing) -> dict[Tier, int]:
    """How many leads stand in each tier, the hottest first."""
    counts = np.bincount(standing.stages, minlength=len(STAGES)).tolist()
    found = dict(zip(_TIER_OF, counts, strict=True))
    return {tier: found[tier] for tier in Tier}


def histogram(standing: Standing) -> list[dict[Tier, int]]:
    """For each bin of `BIN` points, how many leads of each tier have such a score."""
    bins = np.minimum(standing.scores // BIN, BINS - 1).astype(np.int64)
    counts = np.bincount(bins * len(STAGES) + standing.stages, minlength=BINS * len(STAGES))
    return [dict(zip(_TIER_OF, row, strict=True)) for row in counts.reshape(BINS, len(STAGES)).tolist()]


def tier_moves(before: Standing, after: Standing) -> dict[tuple[Tier, Tier], int]:
    """How many leads stand in which tier before and after, those that stay included; the hottest first."""
    pairs = before.stages.astype(np.int64) * len(STAGES) + after.stages
    counts = np.bincount(pairs, minlength=len(STAGES) ** 2).reshape(len(STAGES), len(STAGES))
    place = {tier: row for row, tier in enumerate(_TIER_OF)}
    return {(one, other): int(counts[place[one], place[other]]) for one in Tier for other in Tier}


class Movers(NamedTuple):
    """The rows of the leads whose scores move most, the biggest move first."""

    up: Sequence[int]
    down: Sequence[int]


def movers(before: Standing, after: Standing, most: int) -> Movers:
    """At most so many each way. Of equal moves those that change tier come first, then the higher score, then the row.

    A lead whose score stays is none, even if its tier changes because a line between tiers moved.
    """
    change = after.scores.astype(np.int64) - before.scores
    crosses = (before.stages != after.stages).astype(np.int64)
    highest = np.maximum(before.scores, after.scores).astype(np.int64)
    return Movers(*(_top(sign * change, crosses, highest, most) for sign in (1, -1)))


def _top(change: Ints, crosses: Ints, highest: Ints, most: int) -> list[int]:
    rows = places(change > 0)
    keys = ((change[rows] * 2 + crosses[rows]) * 128 + highest[rows]) * _ROWS - rows
    if len(rows) > most:
        best = np.argpartition(keys, -most)[-most:]
        rows, keys = rows[best], keys[best]
    found: list[int] = rows[np.argsort(keys)[::-1]].tolist()
    return found


def reads_differently(before: Standing, after: Standing) -> Bools:
    """The leads for whom a rep would see another score, tier or line."""
    other: Bools = (before.scores != after.scores) | (before.stages != after.stages) | (before.marks != after.marks)
    return other


class Won(NamedTuple):
    """Of so many leads whose sale was decided, so many were won."""

    won: int
    decided: int

    @property
    def percent(self) -> float | None:
        """The share that was won; None where nothing was decided."""
        return 100 * self.won / self.decided if self.decided else None


def won_by_tier(stages: Stages, won: Bools) -> dict[Tier, Won]:
    """The won share of each tier, for leads whose sale was decided; `won` says how, in the same order."""
    decided = np.bincount(stages, minlength=len(STAGES)).tolist()
    sold = np.bincount(stages[won], minlength=len(STAGES)).tolist()
    found = {tier: Won(*pair) for tier, pair in zip(_TIER_OF, zip(sold, decided, strict=True), strict=True)}
    return {tier: found[tier] for tier in Tier}
