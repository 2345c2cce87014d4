"""What moved a score from one card to the next, for the history: ``+25 Requested a callback on 20 Nov``."""

from __future__ import annotations

from collections.abc import Sequence

from connector.core.types import Line

_SHOWN = 3


def moved(before: Sequence[Line] | None, after: Sequence[Line]) -> str:
    """The largest differences between the lines of two cards of a lead, at most three, as one short text.

    Empty when no line gives other points than before. Without a card before, it tells what the first score is made of.
    A line that is gone is told by what it used to say.
    """
    was = {line.id: line for line in before or ()}
    now = {line.id: line for line in after}
    differences = [(_points(now.get(name)) - _points(was.get(name)), name) for name in was | now]
    largest = sorted((each for each in differences if each[0]), key=lambda each: (-abs(each[0]), each[1]))
    told = [f"{points:+d} {_told(name, was, now)}" for points, name in largest[:_SHOWN]]
    if len(largest) > _SHOWN:
        told.append(f"{len(largest) - _SHOWN} more")
    return "; ".join(told)


def _points(line: Line | None) -> int:
    return line.points if line else 0


def _told(name: str, was: dict[str, Line], now: dict[str, Line]) -> str:
    if name in now and now[name].points:
        return now[name].text
    return f"no longer: {was[name].text}"
