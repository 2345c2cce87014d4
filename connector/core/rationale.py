"""The whole score as one text for the record, and the lines of a card."""

from __future__ import annotations

from collections.abc import Iterable

from connector.core.types import Line, Met
from connector.core.wording import with_points

MOST_CHARACTERS = 1000
_CUT = "…"


def rationale(lines: Iterable[Line], notes: Iterable[str]) -> str:
    """Every line of a card with its points, one below the other, then the notes; what is not known is said once.

    At most 1,000 characters: what does not fit is left out whole, and an ellipsis stands for it.
    """
    told = [line.text if line.met is Met.UNKNOWN else with_points(line) for line in lines]
    texts = [*dict.fromkeys(told), *notes]
    whole = "\n".join(texts)
    if len(whole) <= MOST_CHARACTERS:
        return whole
    kept: list[str] = []
    room = MOST_CHARACTERS - len(_CUT)
    for text in texts:
        room -= len(text) + 1
        if room < 0:
            break
        kept.append(text)
    return "\n".join([*kept, _CUT])
