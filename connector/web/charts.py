"""Charts as geometry; the templates draw them as SVG, so nothing runs in the browser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from connector.core.types import Tier

Spread = Sequence[tuple[str, int, int]]
"""Tier, score and how many leads have them."""

BIN = 5
"""Points a bar covers; the last one takes 100 as well."""
WIDTH, HEIGHT = 400, 130
_GAP = 3


class TierCount(NamedTuple):
    """How many leads stand in a tier, and their share in percent."""

    tier: str
    leads: int
    percent: float


class Bar(NamedTuple):
    """A rectangle of the histogram: leads of one tier whose scores fall in one bin."""

    x: float
    y: float
    width: float
    height: float
    tier: str
    said: str


def counts(spread: Spread) -> dict[str, int]:
    """How many leads stand in each tier, the hottest first."""
    found = dict.fromkeys((tier.value for tier in Tier), 0)
    for tier, _, count in spread:
        found[tier] += count
    return found


def tiers(spread: Spread) -> list[TierCount]:
    """The tiers, the hottest first; one without leads counts 0."""
    found = counts(spread)
    total = sum(found.values())
    return [TierCount(name, count, 100 * count / total if total else 0.0) for name, count in found.items()]


def histogram(spread: Spread) -> list[Bar]:
    """Bars of how many leads have which score, stacked by tier."""
    bins = 100 // BIN
    stacks = [dict.fromkeys((tier.value for tier in reversed(Tier)), 0) for _ in range(bins)]
    for tier, score, count in spread:
        stacks[min(score // BIN, bins - 1)][tier] += count
    tallest = max((sum(stack.values()) for stack in stacks), default=0)
    return [bar for place, stack in enumerate(stacks) for bar in _stack(place, stack, tallest)]


def _stack(place: int, stack: dict[str, int], tallest: int) -> list[Bar]:
    step, bottom, bars = WIDTH / (100 / BIN), float(HEIGHT), []
    low, high = place * BIN, place * BIN + BIN - 1 if place * BIN + BIN < 100 else 100
    for tier, count in stack.items():
        if count:
            height = max(2.0, HEIGHT * count / tallest)
            bottom -= height
            said = f"{tier}, score {low} to {high}: {count:,}"
            bars.append(Bar(place * step + _GAP / 2, round(bottom, 1), step - _GAP, round(height, 1), tier, said))
    return bars


class DayBar(NamedTuple):
    """A rectangle of the days' chart: leads of one tier at the beginning of a day, as a share of all."""

    x: float
    y: float
    width: float
    height: float
    tier: str
    said: str


class DayChart(NamedTuple):
    """The tiers day by day, the warmer ones drawn from below."""

    bars: Sequence[DayBar]
    first: date
    last: date


LEAST_DAYS = 2


def by_day(days: Mapping[date, Mapping[str, int]]) -> DayChart | None:
    """Hot and warm leads at the beginning of each day, stacked; None before there are two days to compare."""
    if len(days) < LEAST_DAYS:
        return None
    shown = (Tier.HOT.value, Tier.WARM.value)
    tallest = max(sum(standing.get(tier, 0) for tier in shown) for standing in days.values()) or 1
    first, last = min(days), max(days)
    step = WIDTH / ((last - first).days + 1)
    bars = []
    for day, standing in days.items():
        bottom = float(HEIGHT)
        for tier in shown:
            height = HEIGHT * standing.get(tier, 0) / tallest
            bottom -= height
            x, said = (day - first).days * step, f"{day:%-d %b}: {standing.get(tier, 0):,} {tier}"
            width = max(1.0, step - min(_GAP, step / 4))
            bars.append(DayBar(round(x, 1), round(bottom, 1), round(width, 1), round(height, 1), tier, said))
    return DayChart(bars, first, last)
