"""Charts of the preview as geometry; the templates draw them as SVG, so nothing runs in the browser."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from connector.core.types import Tier
from connector.flows.decay_curve import DAYS, DecayCurve
from connector.flows.previewed import Bin, Preview

WIDTH, HEIGHT, TOP = 400, 130, 18
"""The plot; above it `TOP` is left for the names of lines."""
_GAP = 2
_ROOM = 20
"""Points that the name of a line takes."""


class Piece(NamedTuple):
    """A part of a bar: leads of one tier."""

    tier: str
    y: float
    height: float


class Column(NamedTuple):
    """A bar of the histogram; `said` is what it tells a reader who cannot see it."""

    x: float
    width: float
    pieces: Sequence[Piece]
    said: str


class Mark(NamedTuple):
    """A line across the plot with its name, which stands right of it or left."""

    at: float
    text: str
    left: bool


class Histogram(NamedTuple):
    """How the scores spread: bars by the draft, an outline by the live model, empty where none is live."""

    columns: Sequence[Column]
    outline: str
    marks: Sequence[Mark]
    said: str


def histogram(preview: Preview) -> Histogram:
    """The spread of scores by both models."""
    tallest = max((max(each.leads, each.live or 0) for each in preview.bins), default=0) or 1
    step = WIDTH / len(preview.bins)
    columns = [_column(place * step, step, each, tallest) for place, each in enumerate(preview.bins)]
    outline = "" if preview.live is None else _outline(preview.bins, step, tallest)
    tiers = ", ".join(f"{move.draft:,} {move.tier}" for move in preview.tiers)
    is_tight = preview.sql - preview.mql < _ROOM <= preview.mql
    marks = (_mark(preview.mql, "Warm", left=is_tight), _mark(preview.sql, "Hot", left=preview.sql > 100 - _ROOM))
    return Histogram(columns, outline, marks, f"Leads by score in steps of five points: {tiers}")


def _column(x: float, step: float, each: Bin, tallest: int) -> Column:
    bottom, pieces = float(TOP + HEIGHT), []
    for tier in reversed(Tier):
        count = each.draft[tier]
        if count:
            height = max(1.5, HEIGHT * count / tallest)
            bottom -= height
            pieces.append(Piece(tier.value, round(bottom, 1), round(height, 1)))
    live = "" if each.live is None else f", {each.live:,} live"
    said = f"Score {each.low} to {each.high}: {each.leads:,} leads{live}"
    return Column(round(x + _GAP / 2, 2), round(step - _GAP, 2), pieces, said)


def _outline(bins: Sequence[Bin], step: float, tallest: int) -> str:
    floor, path = TOP + HEIGHT, [f"M0 {TOP + HEIGHT}"]
    for place, each in enumerate(bins):
        path.append(f"V{round(floor - HEIGHT * (each.live or 0) / tallest, 1)}H{round((place + 1) * step, 2)}")
    return "".join([*path, f"V{floor}"])


def _mark(score: int, name: str, *, left: bool) -> Mark:
    return Mark(score * WIDTH / 100, f"{name} ≥ {score}", left)


class Stop(NamedTuple):
    """A day on which the draft's score changes."""

    x: float
    y: float
    said: str


class Curve(NamedTuple):
    """The course of a score: a path for each model, the stops of the draft, and the lines between tiers."""

    draft: str
    live: str
    stops: Sequence[Stop]
    marks: Sequence[Mark]
    ticks: Sequence[Mark]
    said: str


def curve(found: DecayCurve) -> Curve:
    """Score by day, as steps: a score holds until the day on which it changes."""
    stops = [
        Stop(_x(step.day), _y(step.score), f"Day {step.day}: {step.before} to {step.score}. {step.why}")
        for step in found.draft.steps()
    ]
    scores = found.draft.scores
    said = f"Score over {DAYS} days: {scores[0]} today, {scores[-1]} on day {DAYS}, {len(stops)} changes by the draft"
    return Curve(
        draft=_path(scores),
        live=_path(found.live.scores) if found.live else "",
        stops=stops,
        marks=[Mark(_y(found.sql), f"Hot ≥ {found.sql}", False), Mark(_y(found.mql), f"Warm ≥ {found.mql}", False)],
        ticks=[Mark(_x(day), str(day), False) for day in range(0, DAYS + 1, 30)],
        said=said,
    )


def _path(scores: Sequence[int]) -> str:
    path = [f"M0 {_y(scores[0])}"]
    for day, (before, score) in enumerate(pairwise(scores), start=1):
        if before != score:
            path.append(f"H{_x(day)}V{_y(score)}")
    return "".join([*path, f"H{WIDTH}"])


def _x(day: int) -> float:
    return round(day * WIDTH / DAYS, 2)


def _y(score: int) -> float:
    return round(TOP + HEIGHT - HEIGHT * score / 100, 1)
