"""What names, type and sampled values say for a property being a field of ours; the formula stands in `matching`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from adapters.contract import CrmField, FieldType
from connector.core.mapping.binding import SUITS, read_options
from connector.core.mapping.crm_mapping import FieldMap
from connector.core.mapping.fields import BoundField, no_answer, reader
from connector.core.mapping.sample import Sample
from connector.core.mapping.transforms import normal
from connector.core.vocabulary import FieldSpec

_LOOKED_AT = 60
"""Distinct values looked at, the most frequent first."""
_FEW = 5
"""Values from which on their shape may speak without a name."""
_SPEAKS = 0.8
"""The share of values that must have the shape then."""
_NATURAL: Mapping[str, set[FieldType]] = {
    "number": {FieldType.NUMBER},
    "boolean": {FieldType.BOOLEAN},
    "date": {FieldType.DATE, FieldType.DATETIME},
    "choice": {FieldType.CHOICE},
    "state": {FieldType.CHOICE, FieldType.TEXT},
    "zip": {FieldType.TEXT},
    "text": {FieldType.TEXT, FieldType.CHOICE},
}
_AS: Mapping[str, str] = {
    "number": "numbers",
    "boolean": "yes or no",
    "date": "days",
    "choice": "our choices",
    "state": "US states",
    "zip": "ZIP codes",
}


class Wish(NamedTuple):
    """A field that looks for its property. The candidates of its map are the names known to hold it."""

    spec: FieldSpec
    map: FieldMap


@dataclass(frozen=True)
class Words:
    """The document ``mappings/matching.yaml``: see there."""

    words: Mapping[str, Sequence[str]] = field(default_factory=dict)
    looks: Mapping[str, str] = field(default_factory=dict)
    outcomes: Sequence[str] = ()
    shapes: Mapping[str, float] = field(default_factory=dict)


class Score(NamedTuple):
    """A percentage before rounding, and its reason."""

    points: float
    reason: str


@dataclass(frozen=True)
class Evidence:
    """The sampled values of one account, weighed. What is found out once is kept."""

    samples: Mapping[str, Sample]
    words: Words
    _answers: dict[str, list[tuple[str, int]]] = field(default_factory=dict, init=False, repr=False)

    def may_speak(self, type: str, live: CrmField) -> bool:
        """Whether the values of a property are enough, and of a type, to speak for a field without a name."""
        fits = type in self.words.shapes and live.type in SUITS[type] and live.type is not FieldType.BOOLEAN
        return fits and self.samples.get(live.name, Sample()).filled >= _FEW

    def whole(self, wish: Wish, live: CrmField, named: Score) -> Score | None:
        """The whole percentage; None where nothing speaks for the property."""
        sample = self.samples.get(live.name, Sample())
        if not named.points:
            if not self.may_speak(wish.spec.type, live):
                return None
            if not all((self._share(wish, live, most) or 0) >= _SPEAKS for most in (_FEW, _LOOKED_AT)):
                return None
            named = Score(self.words.shapes.get(wish.spec.type, 0), "no name says so")
        share = self._share(wish, live)
        points = named.points + _type(wish, live) + _values(share)
        points += 2 * sample.filled / sample.of if sample.of else 0
        return Score(points, named.reason + _evidence(wish, share))

    def _share(self, wish: Wish, live: CrmField, most: int = _LOOKED_AT) -> float | None:
        """The share of sampled values that read as the field, of so many distinct ones; None where they cannot tell."""
        looks = self.words.looks.get(wish.spec.name)
        if wish.spec.type == "text" and looks is None:
            return None
        counted = self._counted(live.name)[:most]
        if not counted:
            return None
        if looks is not None:
            read: Callable[[str], object] = _compiled(looks).fullmatch
        else:
            exact = read_options(wish.map, live)[0] if live.choices else {}
            read = reader(BoundField(wish.spec.name, wish.map, live.name, live.label, live.type, "", exact))
        good = sum([n for value, n in counted if read(value) is not None])
        return good / sum([n for _, n in counted])

    def _counted(self, name: str) -> list[tuple[str, int]]:
        """The most frequent answers in a property, and how often each is there."""
        if name not in self._answers:
            counts = Counter(self.samples[name].raw if name in self.samples else ())
            answers = ((value.strip(), n) for value, n in counts.most_common(2 * _LOOKED_AT))
            # What begins with a digit says something, which is quicker to see than what it says.
            told = (pair for pair in answers if pair[0][0].isdigit() or not no_answer(pair[0]))
            self._answers[name] = list(islice(told, _LOOKED_AT))
        return self._answers[name]


def named(
    live: CrmField,
    names: tuple[str, ...],
    known: tuple[Mapping[str, int], Mapping[str, int], Mapping[str, str]],
    near: float,
) -> Score:
    """What the names say."""
    exact, alike, others = known
    if live.name in exact:
        return Score(90 - min(exact[live.name], 5), f'has the name "{live.name}"')
    places = [alike[name] for name in names if name in alike]
    if places:
        return Score(86 - min(*places, 5), f'is called "{live.label}"')
    words = [others[name] for name in names if name in others]
    if words:
        return Score(80, f'"{words[0]}" is another word for it')
    return Score(70 * near, f'"{live.label}" is a name near it') if near else Score(0, "")


def _type(wish: Wish, live: CrmField) -> float:
    if live.type in _NATURAL[wish.spec.type]:
        return 4
    return 0 if live.type in SUITS[wish.spec.type] or wish.map.transform == "filled" else -45


def _values(share: float | None) -> float:
    if share is None:
        return 0
    return 4 * (2 * share - 1) if share >= 0.5 else -40 * (1 - 2 * share)


def _evidence(wish: Wish, share: float | None) -> str:
    if share is None:
        return ""
    what = _AS.get(wish.spec.type, wish.spec.label.lower())
    return f"; {int(100 * share)} % of its values read as {what}"


def bare(name: str) -> str:
    """The normal form of an API name, without the mark of a custom field."""
    return normal(name.removesuffix("__c").removesuffix("__pc"))


@lru_cache(maxsize=64)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
