"""A rep's flags are acts of the rep: they move a score only where the model counts them."""

from __future__ import annotations

import pytest
from scoring_support import WORDS, acts, ago, lead, points, score, shipped, small

from connector.core.types import Activity

FLAGS = ["too_high", "too_low", "wrong_data", "duplicate", "do_not_contact"]
COUNTED = """
  - {id: too_high, group: negative, points: -15, activity: flagged_too_high, within_days: 30}
"""


def flags(days_ago: int) -> list[Activity]:
    return [Activity(1, f"flag:{kind}", f"flagged_{kind}", ago(days_ago)) for kind in FLAGS]


@pytest.mark.parametrize("kind", FLAGS)
def test_every_flag_has_a_kind_that_is_not_the_leads_own(kind: str) -> None:
    assert not WORDS.kinds[f"flagged_{kind}"].by_lead


@pytest.mark.parametrize("last", [2, 29, 30, 60, 89, 90, 200])
def test_with_the_starter_model_no_flag_moves_any_score(last: int) -> None:
    who = lead(ago(300), age=40, state="TX", product_interest="term_life")
    done = acts(("quote_requested", ago(last)))
    assert score(shipped("starter"), who, done + flags(1)) == score(shipped("starter"), who, done)


def test_a_model_that_counts_a_flag_forgets_it_when_its_window_ends() -> None:
    model = small(criteria=COUNTED)
    who = lead(homeowner=True)
    done = [Activity(1, "flag", "flagged_too_high", ago(30))]
    assert points(score(model, who, done)) == {"owner": 20, "too_high": -15}
    assert points(score(model, who, [Activity(1, "flag", "flagged_too_high", ago(31))])) == {"owner": 20}
