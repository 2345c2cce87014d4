"""The starter model is the guide's table, to the point."""

from __future__ import annotations

import pytest
from scoring_support import NOON, acts, ago, lead, points, score, shipped

from connector.core.model import PRODUCT_INTEREST
from connector.core.types import Stage, Tier

STARTER = shipped("starter")
STATES = ["TX", "FL", "OH", "GA", "NC", "AZ"]


@pytest.mark.parametrize(
    ("done", "line", "worth"),
    [
        ([("quote_requested", ago(1))], "quote_or_callback", 25),
        ([("callback_requested", ago(1))], "quote_or_callback", 25),
        ([("quote_requested", ago(2)), ("callback_requested", ago(1))], "quote_or_callback", 25),
        ([("comparison_guide_downloaded", ago(1))], "comparison_guide", 15),
        ([("email_opened", ago(day), "spring") for day in (1, 2, 3)], "opens_in_campaign", 10),
        ([("pricing_page_viewed", ago(1))], "pricing_or_product_page", 10),
        ([("product_page_viewed", ago(1))], "pricing_or_product_page", 10),
    ],
)
def test_each_good_sign_gives_what_the_table_says(done: list, line: str, worth: int) -> None:
    card = score(STARTER, lead(), acts(*done))
    assert points(card) == {line: worth}
    assert card.score == worth


def test_two_opens_or_three_in_different_campaigns_give_nothing() -> None:
    two = acts(("email_opened", ago(1), "spring"), ("email_opened", ago(2), "spring"))
    spread = acts(*[("email_opened", ago(1), campaign) for campaign in ("spring", "summer", "fall")])
    loose = acts(*[("email_opened", ago(day)) for day in (1, 2, 3)])
    assert [score(STARTER, lead(), done).score for done in (two, spread, loose)] == [0, 0, 0]


def test_unsubscribing_takes_20_whether_told_by_an_act_or_by_the_record() -> None:
    asked = ("quote_requested", ago(1))
    for who, done in ((lead(), acts(asked, ("unsubscribed", ago(1)))), (lead(email_opt_out=True), acts(asked))):
        assert points(score(STARTER, who, done)) == {"quote_or_callback": 25, "unsubscribed": -20}


@pytest.mark.parametrize(
    ("product", "field", "inside", "outside"),
    [
        ("term_life", "age", (25, 60), (24, 61)),
        ("whole_life", "age", (30, 70), (29, 71)),
        ("medicare_supplement", "age", (64, 80), (63, 81)),
        ("personal_auto", "age", (25, 75), (24, 76)),
        ("home", "age", (28, 80), (27, 81)),
        ("commercial_general_liability", "employer_size", (1, 50), (0, 51)),
    ],
)
def test_the_ideal_customer_of_each_product_line_gives_15(
    product: str, field: str, inside: tuple, outside: tuple
) -> None:
    def worth(value: int, state: str) -> int:
        return score(STARTER, lead(**{PRODUCT_INTEREST: product, field: value, "state": state})).score

    assert [worth(value, state) for value in inside for state in STATES] == [15] * 12
    assert [worth(value, "TX") for value in outside] == [0, 0]
    assert worth(inside[0], "NY") == 0


@pytest.mark.parametrize(
    ("days", "loss", "total"),
    [(0, None, 75), (29, None, 75), (30, -15, 60), (59, -15, 60), (60, -38, 37), (89, -38, 37), (90, None, 0)],
)
def test_a_perfect_lead_decays_by_20_and_50_percent_and_is_reset_after_90_days(
    days: int, loss: int | None, total: int
) -> None:
    done = acts(
        ("quote_requested", ago(days)),
        ("comparison_guide_downloaded", ago(days)),
        ("pricing_page_viewed", ago(days)),
        *[("email_opened", ago(days), "spring")] * 3,
    )
    card = score(STARTER, lead(ago(days + 3), age=40, state="TX", product_interest="term_life"), done)
    assert (points(card).get("decay"), card.score) == (loss, total)
    assert points(card).get("reset") == (-75 if days == 90 else None)


@pytest.mark.parametrize(
    ("done", "stage", "tier"),
    [
        ([], Stage.NONE, Tier.COLD),
        (["quote_requested"], Stage.MQL, Tier.WARM),
        (["quote_requested", "comparison_guide_downloaded"], Stage.MQL, Tier.WARM),
        (["quote_requested", "comparison_guide_downloaded", "pricing_page_viewed"], Stage.SQL, Tier.HOT),
    ],
)
def test_40_points_make_an_mql_and_65_an_sql(done: list[str], stage: Stage, tier: Tier) -> None:
    fitting = lead(age=40, state="TX", product_interest="term_life")
    card = score(STARTER, fitting, acts(*[(kind, ago(1)) for kind in done]))
    assert (card.stage, card.tier, card.as_of) == (stage, tier, int(NOON.timestamp()))
