"""From a vendor's activity to a kind of ours. Rules are compiled once and their verdicts remembered."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

from adapters.contract import ActivityRecord
from connector.core.mapping.crm_mapping import ActivityMap, Condition, Rule
from connector.core.mapping.transforms import read_time


class MappedActivity(NamedTuple):
    """An activity in our words. `at` is whole seconds since 1970 UTC; the same act has the same `source_id`, always."""

    source_id: str
    kind: str
    at: int
    campaign: str = ""


class Verdict(NamedTuple):
    """What a rule decided: the kind, and the property with a better time if there is one."""

    kind: str
    at: str


Judge = Callable[[tuple[str, ...]], Verdict]

_LOOKED_AT = 500
"""Characters of a property a pattern sees."""
_REMEMBERED = 2048


def pattern(texts: Sequence[str]) -> re.Pattern[str]:
    """One expression for patterns in which ``*`` stands for any text; letters match in either case."""
    wild = (".*".join(map(re.escape, text.strip().split("*"))) for text in texts)
    return re.compile(f"(?:{'|'.join(wild)})", re.IGNORECASE | re.DOTALL)


def judge(rules: Sequence[Rule], otherwise: str, properties: Sequence[str]) -> Judge:
    """The first rule whose conditions all hold; its argument are the values of `properties`, in their order."""
    tests = [([_test(condition, properties) for condition in r.when], Verdict(r.kind, r.at)) for r in rules]
    default = Verdict(otherwise, "")

    @lru_cache(_REMEMBERED)
    def verdict(values: tuple[str, ...]) -> Verdict:
        for conditions, found in tests:
            if all(match(values[place].strip()) for place, match in conditions):
                return found
        return default

    return verdict


def _test(condition: Condition, properties: Sequence[str]) -> tuple[int, Callable[[str], object]]:
    return properties.index(condition.property), pattern(condition.patterns).fullmatch


class TypeReader:
    """Maps the activities of one vendor type."""

    def __init__(self, type_map: ActivityMap) -> None:
        self._properties = tuple(dict.fromkeys(c.property for rule in type_map.rules for c in rule.when))
        self._judge = judge(type_map.rules, type_map.otherwise, self._properties)

    def read(self, record: ActivityRecord) -> MappedActivity | None:
        """The activity in our words; None when nobody knows when it happened."""
        get = record.properties.get
        kind, better = self._judge(tuple([(get(name) or "")[:_LOOKED_AT] for name in self._properties]))
        at = read_time(get(better) or "") if better else None
        if at is None:
            if record.occurred_at is None:
                return None
            at = int(record.occurred_at.timestamp())
        return MappedActivity(record.id, kind, at)
