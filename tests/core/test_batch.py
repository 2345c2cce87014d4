"""Leads and activities become columns, from rows in any order or from columns as a store has them."""

from __future__ import annotations

import numpy as np
import pytest
from scoring_support import NEW_YORK, NOON, WORDS, ago, small

from connector.core.batch import NO_CAMPAIGN, Activities, Batch
from connector.core.columns import Numbers, Words
from connector.core.scoring import Evaluator
from connector.core.types import Activity, Acts, Lead

LEADS = [Lead(70, 5, {"age": 40, "state": "TX"}), Lead(3, 6, {"state": "FL"})]


def columns(rows: list[tuple[int, int, int]]) -> Activities:
    """Activities of (row of the lead, kind, at)."""
    lead, kind, at = (np.array(part, dtype=np.int64) for part in zip(*rows, strict=True))
    return Activities(lead, kind.astype(np.uint8), at, np.full(len(rows), NO_CAMPAIGN, np.int32))


def test_rows_become_columns_in_the_order_of_the_leads() -> None:
    batch = Batch.of(LEADS, [], WORDS, ["age", "state"])
    assert batch.lead_ids.tolist() == [70, 3]
    age, state = batch.fields["age"], batch.fields["state"]
    assert isinstance(age, Numbers)
    assert isinstance(state, Words)
    assert (age.values[0], np.isnan(age.values[1])) == (40, True)
    assert [state.values[code] for code in state.codes] == ["TX", "FL"]


def test_activities_are_put_in_order_of_lead_time_and_kind() -> None:
    done = [
        Activity(3, "b", "email_clicked", 9),
        Activity(70, "c", "email_opened", 7),
        Activity(70, "a", "called_us", 2),
    ]
    acts = Batch.of(LEADS, done, WORDS, []).activities
    assert (acts.lead.tolist(), acts.at.tolist()) == ([0, 0, 1], [2, 7, 9])


def test_a_stores_columns_make_the_same_batch_as_rows_in_any_order() -> None:
    done = [
        Activity(70, "a", "email_opened", 9, "spring"),
        Activity(3, "b", "never heard of", -5),
        Activity(70, "c", "called_us", 2, "fall"),
        Activity(70, "d", "email_opened", 9, "fall"),
        Activity(5, "e", "called_us", 4),
    ]
    columns = Acts(*zip(*((act.lead_id, act.kind, act.at, act.campaign) for act in done), strict=True))
    rows, stored = Batch.of(LEADS, done, WORDS, []).activities, Batch.of(LEADS, columns, WORDS, []).activities
    for name in ("lead", "kind", "at"):
        assert getattr(rows, name).tolist() == getattr(stored, name).tolist()
    assert [code == NO_CAMPAIGN for code in stored.campaign] == [False, False, False, True]
    assert not len(Batch.of(LEADS, Acts((), (), (), ()), WORDS, []).activities)


def test_the_same_act_counts_once_and_of_two_versions_the_earlier_is_believed() -> None:
    done = [
        Activity(3, "a", "email_opened", 9),
        Activity(3, "a", "email_opened", 8),
        Activity(3, "a", "email_opened", 9),
    ]
    assert Batch.of(LEADS, done, WORDS, []).activities.at.tolist() == [8]


def test_the_same_source_id_of_two_leads_is_two_acts() -> None:
    done = [Activity(3, "a", "email_opened", 9), Activity(70, "a", "email_opened", 9)]
    assert len(Batch.of(LEADS, done, WORDS, []).activities) == 2


def test_activities_of_strangers_are_left_out() -> None:
    assert len(Batch.of(LEADS, [Activity(4, "a", "email_opened", 9)], WORDS, []).activities) == 0


def test_a_kind_nobody_knows_counts_as_other() -> None:
    acts = Batch.of(LEADS, [Activity(3, "a", "smoke_signal", 9)], WORDS, []).activities
    assert acts.kind.tolist() == [WORDS.kinds["other"].code]


def test_a_time_before_1970_counts_as_1970() -> None:
    assert Batch.of(LEADS, [Activity(3, "a", "email_opened", -9)], WORDS, []).activities.at.tolist() == [0]


def test_a_lead_twice_in_a_batch_is_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        Batch.of([LEADS[0], LEADS[0]], [], WORDS)


ZEROS = np.zeros(2, dtype=np.int64)


@pytest.mark.parametrize(
    ("rows", "message"),
    [([(2, 1, 5)], "outside the batch of 2"), ([(-1, 1, 5)], "outside the batch of 2"), ([(0, 1, -5)], "before 1970")],
)
def test_columns_that_cannot_be_are_refused(rows: list, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Batch.of_columns(ZEROS, ZEROS, {}, columns(rows))


def test_columns_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="must all be of that length"):
        Batch.of_columns(ZEROS, ZEROS, {"age": Numbers(np.zeros(3))}, columns([(0, 1, 5)]))


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (1, 0, 2, 3), (0, 1, 3, 2)])
def test_columns_in_the_wrong_order_are_put_right(order: tuple[int, ...]) -> None:
    rows = [(0, 2, 5), (0, 3, 5), (0, 1, 6), (1, 9, 1)]
    acts = Batch.of_columns(ZEROS, ZEROS, {}, columns([rows[place] for place in order])).activities
    assert list(zip(acts.lead.tolist(), acts.kind.tolist(), acts.at.tolist(), strict=True)) == rows


def test_columns_score_like_rows() -> None:
    evaluator = Evaluator(small(), WORDS, NEW_YORK, "v1")
    done = [Activity(70, "a", "quote_requested", ago(3)), Activity(3, "b", "page_viewed", ago(2))]
    by_rows = evaluator.evaluate(evaluator.batch([Lead(70, 5, {"homeowner": True}), Lead(3, 6, {})], done), NOON)
    codes = [WORDS.code_of("quote_requested"), WORDS.code_of("page_viewed")]
    by_columns = evaluator.evaluate(
        Batch.of_columns(
            np.array([70, 3]), np.array([5, 6]), {"homeowner": Numbers(np.array([1.0, np.nan]))},
            columns([(0, codes[0], ago(3)), (1, codes[1], ago(2))]),
        ),
        NOON,
    )  # fmt: skip
    assert [by_rows.card(row) for row in (0, 1)] == [by_columns.card(row) for row in (0, 1)]
    assert by_rows.score.tolist() == [50, 0]
