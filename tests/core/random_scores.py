"""Random models, leads and activities, seeded, for the laws of the score."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random

import mappings
from connector.core.model import (
    AllOf,
    AnyOf,
    Band,
    Bands,
    Count,
    Counting,
    Criterion,
    DaysAhead,
    DecayStep,
    HandRaiser,
    Is,
    Model,
    Not,
    NumberIn,
    ProductLine,
    Profile,
    StartsWith,
    WordHas,
    WordIn,
)
from connector.core.types import Activity, Group, Lead, Stage
from connector.core.vocabulary import Vocabulary

WORDS = Vocabulary.parse(mappings.load_vocabulary())
KINDS = ["quote_requested", "email_opened", "pricing_page_viewed", "unsubscribed", "call_attempted", "note_logged"]
LINES = ["term_life", "home", "personal_auto"]
AS_OF = datetime(2026, 11, 22, 17, 30, tzinfo=UTC)
DAY = 86_400


def some_condition(random: Random, depth: int = 0):
    if depth < 2 and random.random() < 0.4:
        parts = tuple(some_condition(random, depth + 1) for _ in range(random.randint(1, 3)))
        return random.choice([AllOf, AnyOf])(parts)
    if depth < 2 and random.random() < 0.1:
        return Not(some_condition(random, depth + 1))
    low = random.choice([18, 30, 45])
    return random.choice(
        [
            NumberIn("age", low, low + 20),
            NumberIn("household_income", 50_000, float("inf")),
            DaysAhead("renewal_date", 0, 45),
            Is("homeowner", random.random() < 0.5),
            WordIn("state", frozenset({"tx", "fl"}), random.random() < 0.7),
            WordHas("job_title", ("owner", "chief")),
            StartsWith("zip", ("77", "331")),
        ]
    )


def some_rule(random: Random, group: Group):
    sign = -1 if group is Group.NEGATIVE else 1
    points = sign * random.randint(1, 30)
    if group is Group.FIT or (group is Group.NEGATIVE and random.random() < 0.4):
        if random.random() < 0.3:
            bands = (Band(0, 40_000, sign * 3), Band(40_000, 90_000, points), Band(30_000, 10**9, sign * 7))
            return Bands("household_income", bands)
        return Profile(some_condition(random), points)
    count = random.choice(list(Count))
    return Counting(
        kinds=frozenset(random.sample(KINDS, random.randint(1, 3))),
        count=count,
        points=points,
        times=random.randint(2, 4) if count in (Count.AT_LEAST, Count.IN_ONE_CAMPAIGN) else 1,
        up_to=random.randint(2, 3) if count is Count.EACH else 1,
        within_days=random.choice([None, 1, 7, 30, 90]),
        or_when=some_condition(random) if count is not Count.EACH and random.random() < 0.2 else None,
    )


def some_criteria(random: Random, prefix: str, most: int) -> tuple[Criterion, ...]:
    found = []
    for place in range(random.randint(1, most)):
        group = random.choice(list(Group))
        rule = some_rule(random, group)
        plain = isinstance(rule, Counting) and rule.or_when is None and random.random() < 0.5
        text = "" if plain else f"Text of {prefix}{place}"
        found.append(Criterion(f"{prefix}{random.randint(0, 9)}_{place}", group, text, rule))
    return tuple(found)


def some_model(random: Random) -> Model:
    lines = random.sample(LINES, random.randint(1, 3))
    reset = random.choice([None, 60, 90])
    return Model(
        name="Random",
        mql=random.randint(10, 40),
        sql=random.randint(50, 90),
        criteria=some_criteria(random, "c", 8),
        product_lines=tuple(ProductLine(line, line.title(), some_criteria(random, line, 4)) for line in lines),
        caps={group: cap for group, cap in zip(Group, (20, 35, -25), strict=True) if random.random() < 0.4},
        decay=random.choice([(), (DecayStep(30, 20), DecayStep(50, 50)), (DecayStep(1, 7),)]),
        reset_days=reset,
        hand_raiser=random.choice([None, some_hand_raiser(random)]),
        hysteresis=random.choice([0, 5]),
    )


def some_hand_raiser(random: Random) -> HandRaiser:
    unless = random.choice([None, Is("do_not_contact", True)])
    stage = random.choice([Stage.MQL, Stage.SQL])
    return HandRaiser(frozenset({"quote_requested"}), random.choice([0, 3, 20]), stage, "Asked for a quote", unless)


def some_time(random: Random, days: int = 400) -> int:
    """Often near a boundary of days, sometimes in the future."""
    back = random.choice([0, 1, 7, 29, 30, 31, 59, 60, 89, 90, 91, random.randint(-20, days)])
    return int(AS_OF.timestamp()) - back * DAY + random.choice([0, 1, -1, random.randint(-DAY, DAY)])


def some_lead(random: Random, id: int) -> Lead:
    fields = {
        "age": random.randint(16, 90),
        "date_of_birth": str(date(1990, 11, 22) + timedelta(days=random.randint(-9000, 3000))),
        "household_income": random.choice([30_000, 39_999.5, 40_000, 90_000, 250_000]),
        "renewal_date": str(date(2026, 11, 22) + timedelta(days=random.choice([-1, 0, 1, 45, 46]))),
        "homeowner": random.random() < 0.5,
        "state": random.choice(["TX", "FL", "NY"]),
        "job_title": random.choice(["Owner", "Chief of staff", "Clerk"]),
        "zip": random.choice(["77001", "33101", "10001"]),
        "product_interest": random.choice(LINES),
        "do_not_contact": random.random() < 0.2,
    }
    known = {name: value for name, value in fields.items() if random.random() < 0.65}
    held = some_time(random) if random.random() < 0.1 else None
    return Lead(id, some_time(random), known, random.choice([None, *Stage]), held)


def some_activities(random: Random, lead: Lead, most: int = 14) -> list[Activity]:
    return [
        Activity(lead.id, f"a{place}", random.choice(KINDS), some_time(random), random.choice(["", "spring", "fall"]))
        for place in range(random.randint(0, most))
    ]


def some_leads(random: Random, count: int) -> tuple[list[Lead], list[Activity]]:
    """Leads with ids from 1, and what they did."""
    leads = [some_lead(random, number) for number in range(1, count + 1)]
    return leads, [act for lead in leads for act in some_activities(random, lead)]
