"""The points table of a model, laid out for columns: who has which row, how ties fall, which bit counts what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from connector.core.criteria.counting import ActivityTable, Watch
from connector.core.criteria.timed import Timed, ranges, timed
from connector.core.model import Counting, Criterion, Model
from connector.core.types import Group
from connector.core.vocabulary import Vocabulary

CAP = {group: f"cap:{group}" for group in Group}
RESET, DECAY, CLAMP, FLOOR, HOLD = "reset", "decay", "clamp", "floor", "hold"
SUM_LINES = (*CAP.values(), RESET, DECAY, CLAMP, FLOOR, HOLD)
"""The lines that are no criteria, in the order in which the sum goes through them."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A criterion in the table: its row, and `rank`, larger for ids that come first in the alphabet."""

    criterion: Criterion
    row: int
    rank: int
    line: int | None
    """The place of the product line it belongs to; None for shared ones."""
    bit: int
    """The watch that counts its activities; -1 when it counts none."""

    @property
    def id(self) -> str:
        """The criterion's id."""
        return self.criterion.id

    @property
    def shows_act(self) -> bool:
        """Whether it is worded by the act itself rather than by a text of its own."""
        return not self.criterion.text


@dataclass(frozen=True, slots=True)
class SumEntry:
    """A line of the sum in the table."""

    id: str
    row: int
    rank: int


class Table:
    """All entries of a model. Criteria of different product lines share rows, because a lead has only one line."""

    def __init__(self, model: Model, vocabulary: Vocabulary) -> None:
        self.model = model
        self.rows_of = _rows(model)
        first = self.rows_of[Group.NEGATIVE].stop
        self.size = first + len(SUM_LINES)
        names = sorted((*(each.id for each in model.all_criteria()), *SUM_LINES), reverse=True)
        ranks = {name: rank for rank, name in enumerate(names)}
        self._watches: list[Watch] = []
        self.criteria = tuple(self._entries(ranks, vocabulary))
        self.sums = {name: SumEntry(name, first + row, ranks[name]) for row, name in enumerate(SUM_LINES)}
        self.shared = self._of_line(None)
        self.by_line = tuple(self._of_line(place) for place in range(len(model.product_lines)))
        self.entries_of = tuple(tuple(self.entries(place)) for place in range(len(model.product_lines)))
        by_lead = frozenset(kind.code for kind in vocabulary.kinds.values() if kind.by_lead)
        self.by_lead = self._watch(Watch(by_lead))
        self.raised = self._watch(_raised_hand(model, vocabulary))
        self.activities = ActivityTable(self._watches)
        self.engagement_bits = _bits_of(self.criteria, Group.ENGAGEMENT)
        self.timed = tuple(dict.fromkeys(_timed(model)))

    def criteria_of(self, line: int) -> tuple[Entry, ...]:
        """The criteria that a lead of this product line meets: the shared ones and its own."""
        return self.shared + self.by_line[line]

    def entries(self, line: int | None = None) -> Iterator[Entry | SumEntry]:
        """The criteria, those of one product line only where it is given, then the lines of the sum."""
        yield from self.criteria if line is None else self.criteria_of(line)
        yield from self.sums.values()

    def _of_line(self, line: int | None) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.criteria if entry.line == line)

    def _entries(self, ranks: Mapping[str, int], vocabulary: Vocabulary) -> Iterator[Entry]:
        free = {group: rows.start for group, rows in self.rows_of.items()}
        for line, criteria in self.model.criteria_by_line():
            row = free if line is None else dict(free)
            for each in criteria:
                yield Entry(each, row[each.group], ranks[each.id], line, self._bit(each, vocabulary))
                row[each.group] += 1

    def _bit(self, criterion: Criterion, vocabulary: Vocabulary) -> int:
        rule = criterion.rule
        if not isinstance(rule, Counting):
            return -1
        return self._watch(Watch(_codes(rule.kinds, vocabulary), rule.within_days))

    def _watch(self, watch: Watch) -> int:
        self._watches.append(watch)
        return len(self._watches) - 1


def _bits_of(entries: Iterable[Entry], group: Group) -> int:
    return sum(1 << entry.bit for entry in entries if entry.bit >= 0 and entry.criterion.group is group)


def _timed(model: Model) -> Iterator[Timed]:
    for line, criteria in model.criteria_by_line():
        for each in criteria:
            yield from timed(line, each)
    if model.hand_raiser is not None:
        for field, low, high in ranges(model.hand_raiser.unless):
            yield Timed(field, low, high, None, chooses=False)


def _rows(model: Model) -> dict[Group, slice]:
    """The rows of each group, side by side: the shared criteria, then room for those of the longest product line."""
    rows, start = {}, 0
    for group in Group:
        longest = max(sum(each.group is group for each in line.criteria) for line in model.product_lines)
        stop = start + sum(each.group is group for each in model.criteria) + longest
        rows[group] = slice(start, stop)
        start = stop
    return rows


def _codes(kinds: frozenset[str], vocabulary: Vocabulary) -> frozenset[int]:
    return frozenset(vocabulary.kinds[kind].code for kind in kinds)


def _raised_hand(model: Model, vocabulary: Vocabulary) -> Watch:
    if model.hand_raiser is None:
        return Watch(frozenset())
    return Watch(_codes(model.hand_raiser.kinds, vocabulary), model.hand_raiser.within_days)
