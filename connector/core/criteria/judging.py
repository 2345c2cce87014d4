"""Whether conditions hold, for many leads at once.

A verdict is two columns, yes and no. Where both are false nobody can tell, because a field is not known: unknown is not
no. ``all`` and ``any`` follow from that as in three-valued logic.
"""

from __future__ import annotations

from collections.abc import Callable
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
    match condition:
        case NumberIn(field, low, high):
            return within(leads.numbers(field), low, high)
        case DaysAhead(field, low, high):
            return within(leads.numbers(field) - leads.today, low, high)
        case Is(field, wanted):
            values = leads.numbers(field)
            return Verdict(values == wanted, values == (not wanted))
        case AllOf(parts):
            verdicts = [judge(part, leads) for part in parts]
            return Verdict(reduce(and_, [each.yes for each in verdicts]), reduce(or_, [each.no for each in verdicts]))
        case AnyOf(parts):
            verdicts = [judge(part, leads) for part in parts]
            return Verdict(reduce(or_, [each.yes for each in verdicts]), reduce(and_, [each.no for each in verdicts]))
        case WordIn(field, words, wanted):
            verdict = _of_words(leads.words(field), lambda word: word.casefold() in words)
            return verdict if wanted else Verdict(verdict.no, verdict.yes)
        case WordHas(field, parts):
            return _of_words(leads.words(field), lambda word: any(part in word.casefold() for part in parts))
        case StartsWith(field, prefixes):
            return _of_words(leads.words(field), lambda word: word.startswith(prefixes))


def within(values: Floats, low: float, high: float) -> Verdict:
    """Whether numbers lie between two bounds, both included. Nothing compares with NaN, which leaves it unknown."""
    return Verdict((values >= low) & (values <= high), (values < low) | (values > high))


def _of_words(column: Words, holds: Callable[[str], bool]) -> Verdict:
    """Each distinct word is asked once. Code -1, not known, reads the last place of both tables."""
    asked = [holds(word) for word in column.values]
    yes = np.array([*asked, False], dtype=bool)
    no = np.array([*(not answer for answer in asked), False], dtype=bool)
    return Verdict(yes[column.codes], no[column.codes])
