"""The course of one lead's score over the days to come, if it stays silent or does one thing more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from connector.core.batch import NO_CAMPAIGN, STAGES, Activities, Batch
from connector.core.change import moved
from connector.core.scoring import Evaluator
from connector.core.types import ScoreCard


class Step(NamedTuple):
    """A day on which the score changes, and why: ``-13 No activity for 30+ days (-20 %)``."""

    day: int
    before: int
    score: int
    why: str


class Course(NamedTuple):
    """The card of each day from today on."""

    cards: Sequence[ScoreCard]

    @property
    def scores(self) -> Sequence[int]:
        """The score of each day."""
        return [card.score for card in self.cards]

    def steps(self) -> Sequence[Step]:
        """The days on which the score changes."""
        return [
            Step(day, one.score, other.score, moved(one.lines, other.lines))
            for day, (one, other) in enumerate(pairwise(self.cards), start=1)
            if one.score != other.score
        ]


def course(judge: Evaluator, lead: Batch, days: Sequence[datetime]) -> Course:
    """The cards of a batch of one lead as of each of these moments, each from the stage of the one before it."""
    cards: list[ScoreCard] = []
    for day in days:
        cards.append(judge.evaluate(lead, day).card(0))
        lead = replace(lead, previous=np.array([STAGES.index(cards[-1].stage)], dtype=np.int8))
    return Course(cards)


def days_from(now: datetime, count: int) -> list[datetime]:
    """`now`, which has a zone, and the same local time on so many days after it."""
    return [now + timedelta(days=day) for day in range(count + 1)]


def doing(lead: Batch, kind: int, at: int) -> Batch:
    """A batch of one lead that also does this (the code of its kind) then."""
    acts = lead.activities
    more = Activities(
        lead=np.append(acts.lead, 0),
        kind=np.append(acts.kind, np.uint8(kind)),
        at=np.append(acts.at, at),
        campaign=np.append(acts.campaign, np.int32(NO_CAMPAIGN)),
    )
    return replace(lead, activities=more.sorted())
