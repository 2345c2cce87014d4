"""Short ways to say: this lead, having done that so many days ago, scored by this model."""

from __future__ import annotations

from datetime import UTC, datetime
from textwrap import dedent
from zoneinfo import ZoneInfo

import mappings
from connector.core.model import Model, parse_model
from connector.core.scoring import Evaluator
from connector.core.types import Activity, Lead, ScoreCard
from connector.core.vocabulary import Vocabulary

WORDS = Vocabulary.parse(mappings.load_vocabulary())
NEW_YORK = ZoneInfo("America/New_York")
NOON = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)
"""Noon in New York, on a day three weeks after the clocks were put back."""

SMALL = """
name: Small
stages: {MQL: 40, SQL: 65}
criteria:
  - {id: quote, group: engagement, points: 30, activity: quote_requested}
product_lines:
  - id: home
    name: Home
    criteria:
      - {id: owner, group: fit, text: Owns the home, points: 20, when: {field: homeowner, is: true}}
"""
"""A model to build on: add what a test is about."""


def model_of(text: str) -> Model:
    return parse_model(*mappings.read_document(dedent(text)), WORDS)


def small(more: str = "", criteria: str = "", **replaced: str) -> Model:
    """The small model with more at the top level, more criteria, and words replaced."""
    text = SMALL.replace("product_lines:", f"{criteria}\nproduct_lines:") + more
    for old, new in replaced.items():
        text = text.replace(old, new)
    return model_of(text)


def shipped(name: str) -> Model:
    return parse_model(*mappings.read_document(mappings.model_text(name)), WORDS)


def local(day: str, time: str = "12:00", zone: ZoneInfo = NEW_YORK) -> int:
    """Seconds since 1970 of a local day and time."""
    return int(datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=zone).timestamp())


def ago(days: int, time: str = "12:00") -> int:
    """A local time so many calendar days before the day of `NOON`."""
    day = datetime.fromordinal(NOON.toordinal() - days).date()
    return local(day.isoformat(), time)


def acts(*done: tuple) -> list[Activity]:
    """Activities of lead 1, each as (kind, at) or (kind, at, campaign)."""
    return [Activity(1, f"act {place}", each[0], each[1], *each[2:]) for place, each in enumerate(done)]


def lead(created: int | None = None, **fields) -> Lead:
    return Lead(1, ago(5) if created is None else created, fields)


def score(
    model: Model, who: Lead, done: list[Activity] | None = None, as_of: datetime = NOON, zone: ZoneInfo = NEW_YORK
) -> ScoreCard:
    evaluator = Evaluator(model, WORDS, zone, "v1")
    return evaluator.evaluate(evaluator.batch([who], done or []), as_of).card(0)


def points(card: ScoreCard) -> dict[str, int]:
    """The lines of a card that give or take points."""
    return {line.id: line.points for line in card.lines if line.points}
