"""The evaluator agrees with a second, independent reading of the rules."""

from __future__ import annotations

from random import Random
from zoneinfo import ZoneInfo

import pytest
from random_scores import AS_OF, WORDS, some_activities, some_lead, some_model
from score_oracle import date_text, oracle

from connector.core.scoring import Evaluator
from connector.core.types import Activity
from connector.core.wording import with_points

ZONES = ["America/New_York", "Pacific/Honolulu", "Australia/Lord_Howe", "UTC"]


@pytest.mark.parametrize("size", [1, 2, 63, 64, 65, 1000])
def test_random_models_score_random_leads_like_the_oracle(size: int) -> None:
    random = Random(f"oracle {size}")
    for round_ in range(40 if size < 60 else 6 if size < 1000 else 2):
        model, zone = some_model(random), ZoneInfo(ZONES[round_ % len(ZONES)])
        leads = [some_lead(random, number) for number in random.sample(range(5000), size)]
        activities = [act for lead in leads for act in some_activities(random, lead)]
        evaluator = Evaluator(model, WORDS, zone, "v1")
        cards = evaluator.evaluate(evaluator.batch(leads, random.sample(activities, len(activities))), AS_OF)
        by_lead: dict[int, list[Activity]] = {lead.id: [] for lead in leads}
        for act in activities:
            by_lead[act.lead_id].append(act)
        for row, lead in enumerate(leads):
            score, stage, line, points, reasons = oracle(model, WORDS, zone, lead, by_lead[lead.id], AS_OF)
            card = cards.card(row)
            found = {each.id: each for each in card.lines}
            shown = {name: each.points for name, each in found.items() if each.points or name == "hold"}
            assert shown == points
            assert all(
                each.text.endswith((" on ", " since ")[each.id == "hold"] + date_text(each.at, zone, AS_OF))
                for each in card.lines
                if each.at
            )
            assert (card.score, card.stage) == (score, stage)
            assert line in (None, card.product_line)
            assert list(card.reasons) == [with_points(found[name]) for name in reasons]
            assert sum(each.points for each in card.lines) == card.score
