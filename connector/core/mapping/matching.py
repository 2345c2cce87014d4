"""Which property of the CRM is which field of ours: a percentage and its reason, never more than a proposal.

percent = NAME + TYPE + VALUES + FILL, held between 0 and 100:

* NAME: 90 for a name in the mapping file, less 1 for each place behind the first (at most 5); 86 for one that differs
  only in case and marks, as API name or label; 80 for another word people use; up to 70 for a name that is near, by
  its likeness. Where no name speaks, the shape of the values may (US states, ZIP codes, options like our choices).
* TYPE: +4 for the natural type, 0 for one that can be read, -45 for one that cannot.
* VALUES: up to +4 where the sampled values read, down to -40 where none does. A text reads anything and says nothing,
  unless it is known what the values of the field look like.
* FILL: up to +2 for how many contacts hold something.

Never proposed: a property by which people may not be scored, one of our own score fields, and as an input one that is
known only after selling. The same account gives the same proposals, always.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np

from adapters.contract import CrmField
from connector.core.mapping.assigning import assign
from connector.core.mapping.evidence import Evidence, Score, Wish, Words, bare, named
from connector.core.mapping.likeness import Matrix, likeness
from connector.core.mapping.sample import Sample
from connector.core.mapping.transforms import normal
from connector.core.protected import judge, words_of

PROPOSED = 50
"""Percent from which on a property is proposed."""
SHOWN = 30
"""Percent from which on it is among the matches shown."""
MOST = 8
"""Matches shown of a field."""


class Match(NamedTuple):
    """A property that may be the field, how sure that is, and why in words."""

    property: str
    percent: int
    reason: str


@dataclass(frozen=True)
class Matching:
    """The properties of one account, ready to be matched. `ours` are the names of our own score fields there."""

    live: Sequence[CrmField]
    samples: Mapping[str, Sample]
    words: Words
    ours: frozenset[str] = frozenset()

    def matches(self, wish: Wish) -> list[Match]:
        """The properties that may be the field, best first; whoever else wants them."""
        (scores,) = self._scores([wish])
        best = sorted(scores, key=lambda place: (-scores[place].points, self._usable[place].name))
        return [self._match(place, scores[place]) for place in best if scores[place].points >= SHOWN][:MOST]

    def proposals(self, wishes: Sequence[Wish]) -> dict[str, Match]:
        """A property for each field that finds one, no property twice: together the best there is.

        The fourth power of the percentages is summed up, so that one sure match outweighs two doubtful ones.
        """
        scores = self._scores(wishes)
        weights = np.zeros((len(wishes), len(self._usable)))
        for row, found in enumerate(scores):
            for place, score in found.items():
                if score.points >= PROPOSED:
                    weights[row, place] = (score.points / 100) ** 4
        chosen = zip(wishes, scores, assign(weights), strict=True)
        return {wish.spec.name: self._match(place, found[place]) for wish, found, place in chosen if place is not None}

    def _match(self, place: int, score: Score) -> Match:
        return Match(self._usable[place].name, max(0, min(100, round(score.points))), score.reason)

    @cached_property
    def _evidence(self) -> Evidence:
        return Evidence(self.samples, self.words)

    @cached_property
    def _usable(self) -> list[CrmField]:
        """The properties that may be proposed at all, by name."""
        mine = {name.lower() for name in self.ours}
        others = (field for field in self.live if field.name.lower() not in mine)
        return sorted((field for field in others if not judge(field.name, field.label).refused), key=lambda f: f.name)

    @cached_property
    def _names(self) -> list[tuple[str, ...]]:
        """The normal forms each property goes by."""
        return [(bare(field.name), normal(field.label)) for field in self._usable]

    @cached_property
    def _places(self) -> Mapping[str, Sequence[int]]:
        """The places of the properties that go by a name, API name or normal form."""
        found: dict[str, list[int]] = {}
        for place, live in enumerate(self._usable):
            for name in {live.name, *self._names[place]}:
                found.setdefault(name, []).append(place)
        return found

    @cached_property
    def _after_sale(self) -> list[bool]:
        pattern = _any_of(tuple(self.words.outcomes))
        return [
            any(pattern.search(f" {' '.join(words_of(text))} ") for text in (field.name, field.label))
            for field in self._usable
        ]

    def _scores(self, wishes: Sequence[Wish]) -> list[dict[int, Score]]:
        """What each wish finds, by the place of the property."""
        asked = [self._asked(wish) for wish in wishes]
        texts = [text for field in self._usable for text in (field.name, field.label)]
        alike = likeness([text for names in asked for text in names], texts)
        found, start = [], 0
        for wish, names in zip(wishes, asked, strict=True):
            rows = alike[start : start + len(names)]
            start += len(names)
            near = rows.max(axis=0).reshape(-1, 2).max(axis=1) if len(names) and texts else np.zeros(0, np.float32)
            found.append(self._of(wish, near))
        return found

    def _asked(self, wish: Wish) -> list[str]:
        return list(dict.fromkeys((*wish.map.candidates, wish.spec.label, *self.words.words.get(wish.spec.name, ()))))

    def _of(self, wish: Wish, near: Matrix) -> dict[int, Score]:
        exact = {name: place for place, name in reversed(list(enumerate(wish.map.candidates)))}
        alike = {bare(name): place for place, name in reversed(list(enumerate(wish.map.candidates)))}
        others = {normal(word): word for word in (wish.spec.label, *self.words.words.get(wish.spec.name, ()))}
        speaking = {place for name in (*exact, *alike, *others) for place in self._places.get(name, ())}
        speaking |= {int(place) for place in np.flatnonzero(near)} | self._shaped(wish.spec.type)
        found = {}
        for place in sorted(speaking):
            if self._after_sale[place] and not wish.spec.outcome:
                continue
            live = self._usable[place]
            by_name = named(live, self._names[place], (exact, alike, others), float(near[place]))
            score = self._evidence.whole(wish, live, by_name)
            if score is not None:
                found[place] = score
        return found

    def _shaped(self, type: str) -> set[int]:
        """The places of properties whose values may speak without a name for a field of this type."""
        return {place for place, live in enumerate(self._usable) if self._evidence.may_speak(type, live)}


@lru_cache(maxsize=8)
def _any_of(phrases: tuple[str, ...]) -> re.Pattern[str]:
    parts = "|".join(" ".join(words_of(phrase)).replace(" ", " ?") for phrase in phrases)
    return re.compile(f" (?:{parts}) " if parts else r"(?!)")
