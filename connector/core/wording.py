"""The texts of lines. None holds a number that moves by itself: dates and bands only.

Otherwise a quarter of all records would be written again every night for nothing. A date gets its year once, when it is
long ago.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from connector.core.calendar import day_text, needs_year
from connector.core.columns import Ints
from connector.core.criteria.table import CAP, CLAMP, DECAY, FLOOR, HOLD, RESET, Entry, SumEntry, Table
from connector.core.model import Bands, Count, Counting, Model
from connector.core.sheet import RANK_AT, RANKS
from connector.core.types import Group, Line
from connector.core.vocabulary import Vocabulary

_ENOUGH = 50_000
"""Texts remembered before the memory is emptied."""


class Wording:
    """The texts of a model, by the rank of the line and its variant. Remembers them: leads share days and lines."""

    def __init__(self, table: Table, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._sums = _sum_texts(table.model)
        self._entries = {entry.rank: entry for entry in table.entries()}
        self._acts = [kind.text for kind in vocabulary.kinds.values()]
        self._made: dict[tuple[int, int, int | None, bool], str] = {}

    def text(self, rank: int, variant: int, day: int | None, today: int) -> str:
        """The text of a line without its points; `day` is that of the newest act behind it, `today` the score's own."""
        key = rank, variant, day, day is not None and needs_year(day, today)
        text = self._made.get(key)
        if text is None:
            if len(self._made) > _ENOUGH:
                self._made.clear()
            text = self._made[key] = self._make(rank, variant, day, today)
        return text

    def _make(self, rank: int, variant: int, day: int | None, today: int) -> str:
        entry = self._entries[rank]
        if isinstance(entry, SumEntry):
            plain, dated = self._sums[entry.id][variant], " since " if entry.id == HOLD else " on "
        else:
            plain, dated = self._plain(entry, variant), _dated(entry)
        return plain if day is None else plain + dated + day_text(day, today)

    def of_sum(self, id: str) -> Sequence[str]:
        """The texts that a line of the sum may show, by variant."""
        return self._sums[id]

    def signed(self, rank: int, variant: int, points: int) -> int:
        """The points with their sign, which the kind of line decides."""
        entry = self._entries[rank]
        if isinstance(entry, Entry):
            return -points if entry.criterion.group is Group.NEGATIVE else points
        rises = entry.id in (FLOOR, CAP[Group.NEGATIVE]) or (entry.id == CLAMP and variant == 0)
        return points if rises else -points

    def reasons(self, lines: Iterable[Line], keys: Ints) -> Iterator[str]:
        """The lines that keys name, in their order, with points; 0 names none."""
        by_id = {line.id: line for line in lines}
        for key in keys.tolist():
            if key:
                yield with_points(by_id[self._entries[(key >> RANK_AT) & RANKS].id])

    def not_known(self, fields: Iterable[str]) -> str:
        """What a card says about a criterion whose fields are empty: ``Age, state: not known``."""
        names = ", ".join(self._vocabulary.fields[name].label.lower() for name in fields)
        return f"{names[:1].upper()}{names[1:]}: not known"

    def _plain(self, entry: Entry, variant: int) -> str:
        if entry.shows_act:
            return self._acts[variant]
        rule = entry.criterion.rule
        return (rule.bands[variant].text if isinstance(rule, Bands) else "") or entry.criterion.text


def with_points(line: Line) -> str:
    """A line as a rep reads it: ``Requested a callback on 20 Nov (+25)``, ``No activity for 30+ days (-20 %: -13)``."""
    return pointed(line.text, line.points)


def pointed(text: str, points: int) -> str:
    """A text with its points in brackets, or within the brackets it ends with; no points, no brackets."""
    if not points:
        return text
    return f"{text[:-1]}: {points:+d})" if text.endswith(" %)") else f"{text} ({points:+d})"


def _dated(entry: Entry) -> str:
    rule = entry.criterion.rule
    return " on " if isinstance(rule, Counting) and rule.count is Count.ONCE else ", last on "


def _sum_texts(model: Model) -> dict[str, list[str]]:
    """The texts of each line of the sum; the variant is the step of the decay, or which end the clamp holds."""
    texts = {CAP[group]: [f"{group.capitalize()} points end at {cap}"] for group, cap in model.caps.items()}
    texts[RESET] = [f"No activity for {model.reset_days}+ days: points start again"]
    texts[DECAY] = [f"No activity for {step.days}+ days (-{step.percent} %)" for step in model.decay]
    texts[CLAMP] = ["A score never goes below 0", "A score ends at 100"]
    texts[FLOOR] = [f"At least {model.hand_raiser.at_least}: {model.hand_raiser.text}"] if model.hand_raiser else []
    texts[HOLD] = ["Do not contact: on hold"]
    return texts
