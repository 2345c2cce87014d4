"""What criteria on the fields of a lead find, for many leads at once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from connector.core.columns import Bools, Ints
from connector.core.criteria.judging import judge, within
from connector.core.criteria.leads import LeadFields
from connector.core.model import Bands, Profile


class Found(NamedTuple):
    """Points, which text (the place of the band), and where nobody can tell."""

    points: Ints
    variant: Ints | int
    unknown: Bools


def find(rule: Profile | Bands, leads: LeadFields) -> Found:
    """What a criterion says about each lead."""
    if isinstance(rule, Profile):
        yes, no = judge(rule.condition, leads)
        return Found(yes * np.int64(rule.points), 0, ~(yes | no))
    values = leads.numbers(rule.field)
    points, variant = np.zeros((2, leads.count), dtype=np.int64)
    for place, band in reversed(list(enumerate(rule.bands))):
        inside = within(values, band.low, band.high).yes
        points[inside], variant[inside] = band.points, place
    return Found(points, variant, np.isnan(values))
