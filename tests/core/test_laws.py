"""The laws of the score, for random models and leads."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st
from random_scores import AS_OF, DAY, WORDS, some_activities, some_lead, some_model

from connector.core.scoring import Evaluator
from connector.core.types import Activity, Lead, ScoreCard

worlds = st.integers(0, 10**9)
law = settings(max_examples=80, deadline=None, derandomize=True)
ZONE = ZoneInfo("America/New_York")


def world(seed: int, leads: int = 1) -> tuple[Evaluator, list[Lead], list[Activity], Random]:
    random = Random(seed)
    people = [some_lead(random, number) for number in random.sample(range(9000), leads)]
    done = [act for each in people for act in some_activities(random, each)]
    return Evaluator(some_model(random), WORDS, ZONE, "v1"), people, done, random


def card(evaluator: Evaluator, leads: list[Lead], done: list[Activity], row: int = 0, as_of=AS_OF) -> ScoreCard:
    return evaluator.evaluate(evaluator.batch(leads, done), as_of).card(row)


@law
@given(worlds)
def test_the_lines_add_up_to_the_score(seed: int) -> None:
    found = card(*world(seed)[:3])
    assert sum(line.points for line in found.lines) == found.score
    assert 0 <= found.score <= 100
    assert len(found.reasons) <= 3
    assert len(found.rationale) <= 1000


@law
@given(worlds)
def test_order_and_repetition_of_activities_change_nothing(seed: int) -> None:
    evaluator, leads, done, random = world(seed)
    mixed = done + random.choices(done, k=5) if done else []
    random.shuffle(mixed)
    assert card(evaluator, leads, mixed) == card(evaluator, leads, done)


@law
@given(worlds)
def test_decay_never_raises_a_score(seed: int) -> None:
    evaluator, leads, done, _ = world(seed)
    lasting = Evaluator(replace(evaluator.model, decay=()), WORDS, ZONE, "v1")
    assert card(evaluator, leads, done).score <= card(lasting, leads, done).score


@law
@given(worlds)
def test_what_lies_beyond_as_of_is_invisible(seed: int) -> None:
    evaluator, leads, done, random = world(seed)
    later = [replace(act, source_id=f"later {place}") for place, act in enumerate(some_activities(random, leads[0]))]
    now = int(AS_OF.timestamp())
    later = [replace(act, at=now + 1 + abs(act.at - now)) for act in later]
    known = [act for act in done if act.at <= now]
    moved = [replace(act, at=now + DAY) for act in known[:3]]
    assert card(evaluator, leads, [*later, *moved, *known]) == card(evaluator, leads, known)


@law
@given(worlds)
def test_a_batch_of_one_and_a_batch_of_many_agree_to_the_byte(seed: int) -> None:
    evaluator, leads, done, _ = world(seed, leads=70)
    many = evaluator.evaluate(evaluator.batch(leads, done), AS_OF)
    reasons = many.reasons()
    for row in range(0, 70, 9):
        one = evaluator.evaluate(evaluator.batch([leads[row]], done), AS_OF)
        assert repr(one.card(0)) == repr(many.card(row))
        assert list(one.reasons()[:, 0]) == list(reasons[:, row])
        assert [text for text in reasons[:, row] if text] == list(many.card(row).reasons)


@law
@given(worlds)
def test_within_a_day_time_alone_changes_nothing(seed: int) -> None:
    """So a score needs no second look until the tenant's next midnight."""
    evaluator, leads, done, _ = world(seed)
    morning = AS_OF.astimezone(ZONE).replace(hour=0, minute=0)
    past = [act for act in done if act.at <= morning.timestamp()]
    who = [replace(leads[0], created_at=min(leads[0].created_at, int(morning.timestamp())), held_at=None)]
    early = card(evaluator, who, past, as_of=morning)
    late = card(evaluator, who, past, as_of=morning + timedelta(hours=23, minutes=59))
    assert replace(late, as_of=early.as_of) == early


@law
@given(worlds)
def test_the_same_input_gives_the_same_card_from_a_fresh_evaluator(seed: int) -> None:
    first, again = (card(*world(seed)[:3]) for _ in range(2))
    assert repr(first) == repr(again)
