"""A book in columns: single leads taken out of it, and leads as they stood before their sale was decided."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random

import numpy as np
import pytest
from random_scores import AS_OF, some_leads, some_model
from scoring_support import NEW_YORK, NOON, WORDS, ago, model_of

from connector.core.batch import Batch
from connector.core.book import Book, Chunk, Closings, before_closing
from connector.core.calendar import LocalCalendar
from connector.core.scoring import Evaluator
from connector.core.types import Activity, Lead, ScoreCard, Stage

NONE = Closings(np.zeros(0, np.int64), np.zeros(0, bool), np.zeros(0, np.int64))
TODAY = LocalCalendar(NEW_YORK).day_of(int(NOON.timestamp()))


def book_of(*batches: Batch) -> Book:
    chunks = [Chunk(batch, np.full(len(batch), place, np.int32), NONE) for place, batch in enumerate(batches)]
    return Book(chunks, frozenset(), datetime(2026, 11, 22, tzinfo=UTC), "")


@pytest.mark.parametrize("seed", range(8))
def test_a_lead_taken_out_of_a_book_has_the_card_it_has_in_the_book(seed: int) -> None:
    random = Random(seed)
    judge = Evaluator(some_model(random), WORDS, NEW_YORK, "v1")
    leads, done = some_leads(random, 12)
    whole = judge.evaluate(judge.batch(leads, done), AS_OF)
    book = book_of(judge.batch(leads[:5], done), judge.batch(leads[5:], done))
    assert len(book) == 12
    for row, lead in enumerate(leads):
        assert judge.evaluate(book.lead(row), AS_OF).card(0) == whole.card(row)
        assert int(book.lead(row).lead_ids[0]) == lead.id


def test_leads_are_found_by_their_ids_across_chunks() -> None:
    chunks = [Batch.of([Lead(each, 5, {}) for each in ids], [], WORDS, []) for ids in ((3, 7), (20, 21))]
    book = book_of(*chunks)
    assert [book.row_of(lead_id) for lead_id in (3, 7, 20, 21, 1, 8, 99)] == [0, 1, 2, 3, None, None, None]
    assert book.connections.tolist() == [0, 0, 1, 1]
    with pytest.raises(IndexError):
        book.lead(4)


def test_several_leads_are_taken_in_the_order_asked_for() -> None:
    done = [Activity(2, "a", "called_us", 50), Activity(3, "b", "email_opened", 60), Activity(3, "c", "called_us", 70)]
    batch = Batch.of([Lead(each, 5, {"age": each}) for each in (1, 2, 3)], done, WORDS, ["age"]).take(
        np.array([2, 0, 1])
    )
    assert batch.lead_ids.tolist() == [3, 1, 2]
    assert batch.fields["age"].values.tolist() == [3, 1, 2]
    assert (batch.activities.lead.tolist(), batch.activities.at.tolist()) == ([0, 0, 2], [60, 70, 50])


MODEL = """
name: Fading
stages: {MQL: 20, SQL: 60}
decay: [{days: 30, percent: 50}]
reset_days: 90
criteria:
  - {id: quote, group: engagement, points: 30, activity: quote_requested, within_days: 40}
  - {id: met, group: engagement, points: 20, activity: meeting_held}
product_lines:
  - id: home
    name: Home
    criteria:
      - {id: young, group: fit, text: Is 40 or younger, points: 10, when: {field: age, at_most: 40}}
"""


def closed(lead: Lead, done: list[Activity], closed_at: int) -> ScoreCard:
    """The card of a lead as it stood before its sale was decided."""
    judge = Evaluator(model_of(MODEL), WORDS, NEW_YORK, "v1")
    decided = Closings(np.array([0]), np.array([True]), np.array([closed_at]))
    chunk = Chunk(judge.batch([lead], done), np.array([1], np.int32), decided)
    batch = before_closing(chunk, {"date_of_birth"}, LocalCalendar(NEW_YORK), TODAY)
    return judge.evaluate(batch, NOON).card(0)


def test_what_a_lead_did_from_the_day_of_the_decision_on_is_left_out() -> None:
    done = [
        Activity(1, "before", "quote_requested", ago(301)),
        Activity(1, "same day", "meeting_held", ago(300, "09:00")),
        Activity(1, "after", "meeting_held", ago(10)),
    ]
    card = closed(Lead(1, ago(320), {}), done, ago(300, "16:00"))
    assert [(line.id, line.points) for line in card.lines if line.points] == [("quote", 30)]


def test_windows_and_silence_are_those_of_the_day_of_the_decision() -> None:
    done = [Activity(1, "a", "quote_requested", ago(335))]
    assert {line.id for line in closed(Lead(1, ago(340), {}), done, ago(300)).lines if line.points} == {
        "quote",
        "decay",
    }
    assert closed(Lead(1, ago(340), {}), done, ago(290)).score == 0
    assert closed(Lead(1, ago(340), {}), done, ago(310)).score == 30


def test_a_lead_is_as_old_as_it_was_then() -> None:
    born = Lead(1, ago(900), {"date_of_birth": "1985-11-30"})
    assert closed(born, [Activity(1, "a", "meeting_held", ago(401))], ago(400)).score == 30
    assert closed(born, [Activity(1, "a", "meeting_held", ago(1))], ago(0)).score == 30
    assert closed(Lead(1, ago(900), {"date_of_birth": "1985-11-01"}), [], ago(0)).score == 0


def test_a_hold_and_a_stage_of_today_say_nothing_about_the_past() -> None:
    held = Lead(1, ago(320), {}, Stage.SQL, held_at=ago(2))
    assert closed(held, [Activity(1, "a", "quote_requested", ago(301))], ago(300)).score == 30
    assert closed(held, [Activity(1, "a", "quote_requested", ago(301))], ago(300)).stage is Stage.MQL


def test_a_contact_made_at_the_sale_existed_just_before_it() -> None:
    card = closed(Lead(1, ago(300, "15:00"), {}), [Activity(1, "a", "quote_requested", ago(305))], ago(300, "14:00"))
    assert card.score == 30
    assert not card.notes or "did not exist" not in card.notes[0]
