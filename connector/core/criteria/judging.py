"""Whether conditions hold, for many leads at once.

A verdict is two columns, yes and no. Where both are false nobody can tell, because a field is not known: unknown is not
no. ``all`` and ``any`` follow from that as in three-valued logic.
"""

from __future__ import annotations

from functools import reduce
from operator import and_, or_
from typing import NamedTuple

import numpy as np

from connector.core.columns import Bools, Floats, Words
from connector.core.criteria.leads import LeadFields
from connector.core.model import (
    AllOf,
    AnyOf,
    Condition,
    DaysAhead,
    Is,
    Known,
    Not,
    NumberIn,
    StartsWith,
    WordHas,
    WordIn,
)


class Verdict(NamedTuple):
    """Where a condition holds and where it does not."""

    yes: Bools
    no: Bools


def judge(condition: Condition, leads: LeadFields) -> Verdict:
    """The verdict of a condition on each lead."""
    if isinstance(condition, AllOf):
        verdicts = [judge(part, leads) for part in condition.conditions]
        return Verdict(reduce(and_, [each.yes for each in verdicts]), reduce(or_, [each.no for each in verdicts]))
    if isinstance(condition, AnyOf):
        verdicts = [judge(part, leads) for part in condition.conditions]
        return Verdict(reduce(or_, [each.yes for each in verdicts]), reduce(and_, [each.no for each in verdicts]))
    if isinstance(condition, Not):
        yes, no = judge(condition.condition, leads)
        return Verdict(no, yes)
    if isinstance(condition, Known):
        known = leads.known(condition.field)
        return Verdict(known, ~known) if condition.wanted else Verdict(~known, known)
    if isinstance(condition, NumberIn | DaysAhead | Is):
        return _of_numbers(condition, leads.numbers(condition.field), leads.today)
    return _of_words(condition, leads.words(condition.field))


def _of_numbers(condition: NumberIn | DaysAhead | Is, values: Floats, today: int) -> Verdict:
    if isinstance(condition, Is):
        return Verdict(values == condition.wanted, values == (not condition.wanted))
    return within(values - today if isinstance(condition, DaysAhead) else values, condition.low, condition.high)


def within(values: Floats, low: float, high: float) -> Verdict:
    """Whether numbers lie between two bounds, both included. Nothing compares with NaN, which leaves it unknown."""
    return Verdict((values >= low) & (values <= high), (values < low) | (values > high))


def _of_words(condition: WordIn | WordHas | StartsWith, column: Words) -> Verdict:
    """Each distinct word is asked once. Code -1, not known, reads the last place of both tables."""
    asked = [_holds(condition, word) for word in column.values]
    yes = np.array([*asked, False], dtype=bool)
    no = np.array([*(not answer for answer in asked), False], dtype=bool)
    return Verdict(yes[column.codes], no[column.codes])


def _holds(condition: WordIn | WordHas | StartsWith, word: str) -> bool:
    if isinstance(condition, WordIn):
        return (word.casefold() in condition.words) is condition.wanted
    if isinstance(condition, WordHas):
        return any(part in word.casefold() for part in condition.parts)
    return word.startswith(condition.prefixes)
