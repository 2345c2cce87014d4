"""The law of `moves_on`: before that day, time alone changes nothing about a card."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_scores import AS_OF, DAY, WORDS, some_activities, some_lead, some_model
from scoring_support import NEW_YORK, NOON, SMALL, acts, ago, lead, local, model_of, shipped, small

from connector.core.model import Model
from connector.core.moving import NEVER
from connector.core.scoring import Evaluator
from connector.core.types import Activity, Lead, ScoreCard

HAND = "hand_raiser: {activity: quote_requested, within_days: 3, at_least: SQL, text: asked us to get in touch}\n"
DECAY = "decay: [{days: 30, percent: 20}]\nreset_days: 90"
TWICE = """
  - {id: t, group: engagement, text: T, points: 5, activity: email_clicked, count: at_least, times: 2, within_days: 10}
"""
GROWN = "  - {id: g, group: fit, text: G, points: 5, when: {field: age, between: [21, 25]}}"
RENEWS = "  - {id: r, group: fit, text: R, points: 5, when: {field: renewal_date, days_ahead: [0, 45]}}"
TWO_LINES = f"""{SMALL}
  - id: term_life
    name: Term life
    criteria:
      - {{id: grown, group: fit, text: Grown, points: 25, when: {{field: age, at_least: 21}}}}
"""
"""Who does not say what it is after is measured by the line that fits best, which a birthday may change."""
ZONES = [ZoneInfo(name) for name in ("America/New_York", "Pacific/Honolulu", "Australia/Lord_Howe", "UTC")]


def world(seed: int, leads: int = 1) -> tuple[Evaluator, list[Lead], list[Activity], Random]:
    random = Random(seed)
    people = [some_lead(random, number) for number in range(leads)]
    people = [
        replace(each, held_at=random.choice([None] * 8 + [int(AS_OF.timestamp()) + random.randint(-400, 30) * DAY]))
        for each in people
    ]
    done = [act for each in people for act in some_activities(random, each)]
    return Evaluator(some_model(random), WORDS, random.choice(ZONES), "v1"), people, done, random


def same(card: ScoreCard) -> ScoreCard:
    return replace(card, as_of=0)


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """The last second of a local day."""
    after = datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(days=1)
    return after.astimezone(UTC) - timedelta(seconds=1)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 10**9))
def test_before_the_day_a_card_moves_on_time_alone_changes_nothing(seed: int) -> None:
    evaluator, leads, done, random = world(seed, leads=12)
    zone = evaluator._calendar.zone
    now = end_of(AS_OF.astimezone(zone).date(), zone)  # what is dated later today counts for tomorrow
    cards = evaluator.evaluate(evaluator.batch(leads, done), now)
    for row, one in enumerate(leads):
        day = cards.moves_on(row)
        last = now.date().toordinal() + 500 if day is None else day - 1
        assert last >= now.astimezone(zone).toordinal()
        tries = {last, *(random.randint(now.astimezone(zone).toordinal(), last) for _ in range(2))}
        mine = evaluator.batch([one], done)
        for later in tries:
            moment = max(end_of(date.fromordinal(later), zone), now)
            assert same(evaluator.evaluate(mine, moment).card(0)) == same(cards.card(row)), (one, later, day)


def believable(random: Random, leads: int) -> tuple[list[Lead], list[Activity]]:
    """People who came within 120 days, were busy for a while, and went quiet."""
    now = int(AS_OF.timestamp()) - DAY
    people, done = [], []
    for number in range(leads):
        created = now - random.randint(0, 120 * DAY)
        fields = {"state": random.choice(["TX", "NY"]), "product_interest": random.choice(["term_life", "home"])}
        fields["date_of_birth"] = str(date(random.randint(1945, 2004), random.randint(1, 12), random.randint(1, 28)))
        fields["renewal_date"] = str(date(2026, 9, 1) + timedelta(days=random.randint(0, 365)))
        people.append(Lead(number, created, fields))
        ends = min(now, created + int(random.expovariate(1 / (20 * DAY))))
        acts = [(random.choice(REAL_KINDS), random.randint(created, ends)) for _ in range(random.randint(0, 16))]
        done += [Activity(number, f"a{place}", kind, at, "spring") for place, (kind, at) in enumerate(acts)]
    return people, done


REAL_KINDS = [
    "email_opened", "email_opened", "email_sent", "page_viewed", "pricing_page_viewed", "quote_requested",
    "callback_requested", "comparison_guide_downloaded", "call_attempted", "call_answered", "meeting_booked",
]  # fmt: skip


@pytest.mark.parametrize("name", ["starter", "term_life", "home", "medicare_supplement"])
def test_on_a_quiet_day_few_leads_of_a_believable_book_come_due_and_hardly_any_for_nothing(name: str) -> None:
    people, done = believable(Random(name), 2000)
    evaluator = Evaluator(shipped(name), WORDS, ZONES[0], "v1")
    batch, tomorrow = evaluator.batch(people, done), AS_OF + timedelta(days=1)
    cards, later = evaluator.evaluate(batch, AS_OF), evaluator.evaluate(batch, tomorrow)
    due = {row for row in range(len(people)) if (cards.moves_on(row) or NEVER) <= tomorrow.toordinal()}
    moved = {row for row in range(len(people)) if same(cards.card(row)) != same(later.card(row))}
    assert moved <= due
    assert len(moved) > 0.95 * len(due)
    assert 0.005 < len(due) / len(people) < 0.07


def test_a_book_aged_by_the_days_its_cards_name_ends_as_if_everybody_were_scored_every_day() -> None:
    people, done = believable(Random("aged"), 120)
    evaluator = Evaluator(shipped("term_life"), WORDS, ZONES[0], "v1")
    now, kept, moves, scored = AS_OF, {}, dict.fromkeys(range(120), 0), 0
    for _ in range(70):
        due = [each for each in people if (moves[each.id] or NEVER) <= now.toordinal() or each.id not in kept]
        cards = evaluator.evaluate(evaluator.batch(due, done), now)
        kept |= {each.id: same(cards.card(row)) for row, each in enumerate(due)}
        moves |= {each.id: cards.moves_on(row) for row, each in enumerate(due)}
        scored += len(due)
        all_cards = evaluator.evaluate(evaluator.batch(people, done), now)
        assert kept == {each.id: same(all_cards.card(row)) for row, each in enumerate(people)}
        now += timedelta(days=1)
    assert 120 < scored < 120 * 70 * 0.07


@pytest.mark.parametrize(
    ("model", "who", "done", "day"),
    [
        (small(), lead(), [], None),
        (small(), lead(homeowner=True), [], None),
        (small(), lead(), acts(("quote_requested", ago(5))), ago(5 - 301)),
        (small(DECAY), lead(homeowner=True), [], ago(5 - 30)),
        (small(DECAY), lead(), [], None),
        (small(DECAY), lead(ago(70), homeowner=True), [], ago(70 - 90)),
        (small(DECAY), lead(ago(90), homeowner=True), [], None),
        (small(criteria=TWICE), lead(), acts(*(("email_clicked", ago(n)) for n in (1, 6, 9))), ago(6 - 11)),
        (small(criteria=TWICE), lead(), acts(("email_clicked", ago(1))), None),
        (small(criteria=GROWN), lead(date_of_birth="2005-12-24", age=20), [], None),
        (small(criteria=GROWN), lead(date_of_birth="2005-12-24"), [], local("2026-12-24")),
        (small(criteria=GROWN), lead(date_of_birth="2004-02-29"), [], local("2030-03-01")),
        (small(criteria=RENEWS), lead(renewal_date="2027-03-10"), [], local("2027-01-24")),
        (small(criteria=RENEWS), lead(renewal_date="2026-12-24"), [], local("2026-12-25")),
        (small(criteria=RENEWS), lead(renewal_date="2026-11-21"), [], None),
        (small(), lead(), acts(("quote_requested", ago(-9))), ago(-9)),
        (small(), lead(), acts(("task_logged", ago(-9))), None),
        (small(), lead(ago(-3), homeowner=True), [], ago(-3)),
        (small(), replace(lead(), held_at=ago(-2)), [], ago(-2)),
        (small(), replace(lead(), held_at=ago(2)), [], ago(2 - 301)),
        (small(HAND), lead(), acts(("quote_requested", ago(1))), ago(1 - 4)),
        (model_of(TWO_LINES), lead(homeowner=True, date_of_birth="2005-12-24"), [], local("2026-12-24")),
        (model_of(TWO_LINES), lead(product_interest="home", date_of_birth="2005-12-24"), [], None),
        (small(HAND), lead(), acts(("quote_requested", int(NOON.timestamp()) + 60)), ago(-1)),
    ],
)  # fmt: skip
def test_the_day_a_card_moves_on(model: Model, who: Lead, done: list[Activity], day: int | None) -> None:
    evaluator = Evaluator(model, WORDS, NEW_YORK, "v1")
    found = evaluator.evaluate(evaluator.batch([who], done), NOON).moves_on(0)
    assert found == (None if day is None else datetime.fromtimestamp(day, NEW_YORK).toordinal())
