"""Temporary."""

from __future__ import annotations

from collections.abc import Sequence

from connector.core.types import Line


def moved(before: Sequence[Line] | None, after: Sequence[Line]) -> str:
    old = {line.id: line.points for line in before or ()}
    new = {line.id: line for line in after}
    said = [(line.points - old.get(key, 0), line.text) for key, line in new.items()]
    said += [(-points, key) for key, points in old.items() if key not in new]
    return ", ".join(f"{delta:+d} {text}" for delta, text in sorted(said, key=lambda d: -abs(d[0])) if delta)[:200]
