"""A scoring model as values: product lines with their ideal customer, criteria, decay, thresholds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import chain

from connector.core.model.conditions import Condition, fields_of
from connector.core.types import Group, Stage


class Count(StrEnum):
    """How a criterion counts activities."""

    ONCE = "once"
    EACH = "each"
    AT_LEAST = "at_least"
    IN_ONE_CAMPAIGN = "in_one_campaign"


@dataclass(frozen=True, slots=True)
class Profile:
    """Points when a condition on the lead's fields holds."""

    condition: Condition
    points: int


@dataclass(frozen=True, slots=True)
class Band:
    """Points for a number between `low` and `high`, both included. `text` replaces that of the criterion."""

    low: float
    high: float
    points: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class Bands:
    """Points by the size of a number; the first band that holds it counts."""

    field: str
    bands: tuple[Band, ...]


@dataclass(frozen=True, slots=True)
class Counting:
    """Points for what the lead did.

    `times` is how many acts are needed (once: 1), `up_to` how many give points (only each may have more than 1),
    `within_days` how far back an act may lie (None: ever). `or_when` gives the same points without any act.
    """

    kinds: frozenset[str]
    count: Count
    points: int
    times: int = 1
    up_to: int = 1
    within_days: int | None = None
    or_when: Condition | None = None


Rule = Profile | Bands | Counting


@dataclass(frozen=True, slots=True)
class Criterion:
    """One line of the points table. An empty `text` (counting only) shows the words for the act itself."""

    id: str
    group: Group
    text: str
    rule: Rule
    why: str = ""
    line: int | None = field(default=None, compare=False)
    """Where it stands in the file, 1-based."""

    def levels(self) -> tuple[int, ...]:
        """Every number of points it can give, other than 0, in the order of the file."""
        match self.rule:
            case Bands(bands=bands):
                return tuple(band.points for band in bands)
            case Counting(points=points, up_to=up_to):
                return tuple(points * times for times in range(1, up_to + 1))
            case Profile(points=points):
                return (points,)

    def fields(self) -> tuple[str, ...]:
        """The lead fields it reads, each once."""
        if isinstance(self.rule, Bands):
            return (self.rule.field,)
        condition = self.rule.condition if isinstance(self.rule, Profile) else self.rule.or_when
        return tuple(dict.fromkeys(fields_of(condition))) if condition else ()


@dataclass(frozen=True, slots=True)
class ProductLine:
    """A product line with its ideal customer. `id` is a choice of the field ``product_interest``."""

    id: str
    name: str
    criteria: tuple[Criterion, ...]


@dataclass(frozen=True, slots=True)
class DecayStep:
    """After `days` without anything from the lead, `percent` of the points are lost (not compounded)."""

    days: int
    percent: int


@dataclass(frozen=True, slots=True)
class HandRaiser:
    """Who does one of `kinds` reaches at least `at_least` for `within_days` days, whatever the points say."""

    kinds: frozenset[str]
    within_days: int
    at_least: Stage
    text: str
    unless: Condition | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """A whole scoring document. `mql` and `sql` are the lowest scores of these stages."""

    name: str
    mql: int
    sql: int
    criteria: tuple[Criterion, ...]
    product_lines: tuple[ProductLine, ...]
    description: str = ""
    caps: Mapping[Group, int] = field(default_factory=dict)
    decay: tuple[DecayStep, ...] = ()
    """By days, ascending."""
    reset_days: int | None = None
    hand_raiser: HandRaiser | None = None
    hysteresis: int = 0

    def criteria_by_line(self) -> Iterator[tuple[int | None, tuple[Criterion, ...]]]:
        """The shared criteria under None, then those of each product line under its place."""
        yield None, self.criteria
        for place, line in enumerate(self.product_lines):
            yield place, line.criteria

    def all_criteria(self) -> Iterator[Criterion]:
        """The shared criteria, then those of each product line, in the order of the file."""
        return chain(self.criteria, *(line.criteria for line in self.product_lines))

    def fields(self) -> frozenset[str]:
        """Every lead field the model reads, the product interest included."""
        names = {name for criterion in self.all_criteria() for name in criterion.fields()}
        if self.hand_raiser and self.hand_raiser.unless:
            names.update(fields_of(self.hand_raiser.unless))
        return frozenset(names | {PRODUCT_INTEREST})


PRODUCT_INTEREST = "product_interest"
"""The field that picks a lead's product line."""
