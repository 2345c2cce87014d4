"""The history of one score as geometry: a step line over the tiers, a point for each move."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from connector.core.types import Tier
from connector.store.cards import Change

WIDTH, HEIGHT = 720, 200
LEFT, RIGHT, BOTTOM = 30, 8, 24
"""Room for the numbers beside and below, and for a point at the very end."""
_DAY = 86_400


class Band(NamedTuple):
    """The scores of one tier."""

    tier: str
    y: float
    height: float
    least: int


class Point(NamedTuple):
    """A move, where it stands."""

    x: float
    y: float
    change: Change


class Tick(NamedTuple):
    """A day below the line."""

    x: float
    at: int


class HistoryChart(NamedTuple):
    """A score over some days."""

    line: str
    """The path of the line."""
    points: Sequence[Point]
    bands: Sequence[Band]
    ticks: Sequence[Tick]
    width: int = LEFT + WIDTH + RIGHT
    right: int = LEFT + WIDTH
    height: int = HEIGHT + BOTTOM
    left: int = LEFT
    floor: int = HEIGHT


def history(changes: Sequence[Change], now: int, days: int, mql: int, sql: int) -> HistoryChart | None:
    """The chart of these moves (the newest first) over so many days; None when there is nothing to draw."""
    began = now - days * _DAY
    shown = [change for change in reversed(changes) if change.at >= began]
    before = next((change.score for change in changes if change.at < began), None)
    if before is None and not shown:
        return None
    points = [Point(_x(change.at, began, days), _y(change.score), change) for change in shown]
    start = shown[0].score_before if before is None and shown else before
    ticks = [Tick(_x(at, began, days), at) for at in (now - days * _DAY * part // 4 for part in range(4, -1, -1))]
    return HistoryChart(_path(start, points), points, _bands(mql, sql), ticks)


def _path(start: int | None, points: Sequence[Point]) -> str:
    """Level until something moves it, then straight up or down."""
    steps = [f"M{LEFT} {_y(start)}"] if start is not None else [f"M{points[0].x} {points[0].y}"]
    steps += [f"H{point.x}V{point.y}" for point in points]
    return "".join([*steps, f"H{LEFT + WIDTH}"])


def _x(at: int, began: int, days: int) -> float:
    return round(LEFT + WIDTH * min(1.0, (at - began) / (days * _DAY)), 1)


def _y(score: int) -> float:
    return round(HEIGHT - HEIGHT * score / 100, 1)


def _bands(mql: int, sql: int) -> list[Band]:
    edges = ((Tier.HOT, 100, sql), (Tier.WARM, sql, mql), (Tier.COLD, mql, 0))
    return [Band(tier.value, _y(most), round(_y(least) - _y(most), 1), least) for tier, most, least in edges]
