"""A reason of a score, taken apart for showing."""

from __future__ import annotations

import re
from typing import NamedTuple

_POINTS = re.compile(r"(?P<text>.*\S)\s*\((?P<points>[^()]*[+\-\u2212]\s?\d[^()]*)\)")
_TONES = frozenset({"hot", "warm", "cold"})


class Reason(NamedTuple):
    """One reason, its points apart where it ends in them. `sign` is ``plus``, ``minus`` or empty."""

    text: str
    points: str
    sign: str


def reason(text: str) -> Reason:
    """A reason as somebody wrote it: "Asked for a quote (+25)"."""
    match = _POINTS.fullmatch(text)
    if match is None:
        return Reason(text, "", "")
    points = match["points"].replace("-", "\u2212")
    return Reason(match["text"], points, "minus" if "\u2212" in points else "plus")


def tone(tier: str) -> str:
    """The colour of a tier: ``hot``, ``warm``, ``cold``, or ``plain`` for a tier of another name."""
    return tier.lower() if tier.lower() in _TONES else "plain"


def web_address(text: str) -> str:
    """The text if it is a web address, which a page may link to; else nothing."""
    return text if text.startswith(("https://", "http://")) else ""
