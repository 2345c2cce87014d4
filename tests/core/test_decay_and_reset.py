"""Silence costs points: whole calendar days in the tenant's zone, over what the lead itself did."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from scoring_support import NEW_YORK, acts, ago, lead, local, points, score, shipped, small

STARTER = shipped("starter")
FADING = "decay: [{days: 30, percent: 20}, {days: 60, percent: 50}]\nreset_days: 90\n"


@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Honolulu", "Australia/Lord_Howe", "Europe/London"])
@pytest.mark.parametrize("hour", ["00:00", "12:00", "23:59"])
@pytest.mark.parametrize("now", ["00:00", "23:59"])
@pytest.mark.parametrize(
    ("days", "left"), [(29, 50), (30, 40), (31, 40), (59, 40), (60, 25), (61, 25), (89, 25), (90, 0), (91, 0)]
)
def test_the_steps_fall_on_the_30th_60th_and_90th_day_whatever_the_clock_did(
    zone: str, hour: str, now: str, days: int, left: int
) -> None:
    here = ZoneInfo(zone)
    today = datetime(2026, 11, 22, tzinfo=UTC)
    as_of = datetime.fromtimestamp(local(today.date().isoformat(), now, here), here)
    then = local((today - timedelta(days=days)).date().isoformat(), hour, here)
    who = lead(then - 86_400, homeowner=True)
    assert score(small(FADING), who, acts(("quote_requested", then)), as_of, here).score == left


def test_the_loss_is_rounded_half_up_and_taken_from_the_whole_not_step_by_step() -> None:
    done = acts(
        ("quote_requested", ago(60)), ("pricing_page_viewed", ago(60)), ("comparison_guide_downloaded", ago(60))
    )
    card = score(STARTER, lead(ago(61), age=40, state="TX", product_interest="term_life"), done)
    assert points(card)["decay"] == -33
    assert card.score == 65 - 33


def test_a_call_nobody_answered_does_not_stop_the_decay() -> None:
    done = [("quote_requested", ago(40)), ("call_attempted", ago(1)), ("email_sent", ago(0))]
    assert score(small(FADING), lead(ago(50)), acts(*done)).score == 24
    assert score(small(FADING), lead(ago(50)), acts(*done, ("page_viewed", ago(1)))).score == 30


def test_the_creation_of_the_record_counts_as_a_moment_of_the_lead() -> None:
    assert score(small(FADING), lead(ago(29), homeowner=True)).score == 20
    assert score(small(FADING), lead(ago(30), homeowner=True)).score == 16


def test_while_silent_the_reset_takes_back_everything_and_comes_first() -> None:
    card = score(small(FADING), lead(ago(200), homeowner=True), acts(("quote_requested", ago(95))))
    assert points(card) == {"quote": 30, "owner": 20, "reset": -50}
    assert card.score == 0
    assert card.reasons[0] == "No activity for 90+ days: points start again (-50)"


def test_after_a_long_silence_earlier_engagement_never_counts_again() -> None:
    done = [("quote_requested", ago(150)), ("page_viewed", ago(10))]
    card = score(small(FADING), lead(ago(151), homeowner=True), acts(*done))
    assert points(card) == {"owner": 20}
    again = score(small(FADING), lead(ago(151), homeowner=True), acts(*done, ("quote_requested", ago(5))))
    assert points(again) == {"quote": 30, "owner": 20}


def test_what_speaks_against_a_lead_outlives_the_silence() -> None:
    model = small(FADING, "  - {id: left, group: negative, points: -5, activity: unsubscribed}")
    card = score(model, lead(ago(300), homeowner=True), acts(("unsubscribed", ago(200)), ("page_viewed", ago(10))))
    assert points(card) == {"owner": 20, "left": -5}


@pytest.mark.parametrize(("gap", "counts"), [(89, True), (90, False)])
def test_a_silence_of_exactly_the_reset_days_wipes_out_what_came_before(gap: int, counts: bool) -> None:
    done = acts(("quote_requested", ago(gap + 10, "23:59")), ("page_viewed", ago(10, "00:00")))
    card = score(small(FADING), lead(ago(gap + 11)), done)
    assert ("quote" in points(card)) is counts


def test_the_creation_of_the_record_breaks_a_silence_too() -> None:
    done = acts(("quote_requested", ago(120)), ("page_viewed", ago(10)))
    assert "quote" not in points(score(small(FADING), lead(ago(121)), done))
    assert "quote" in points(score(small(FADING), lead(ago(60)), done))
    assert "quote" not in points(score(small(FADING), lead(ago(25)), done))


def test_a_score_below_zero_has_nothing_to_lose() -> None:
    model = small(
        FADING, "  - {id: bounced, group: negative, text: Bounces, points: -9, when: {field: email_bounced, is: true}}"
    )
    card = score(model, lead(ago(40), email_bounced=True))
    assert points(card) == {"bounced": -9, "clamp": 9}


def test_a_model_without_decay_and_reset_forgets_nothing() -> None:
    assert score(small(), lead(ago(900)), acts(("quote_requested", ago(800)))).score == 30


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a time zone"):
        score(small(), lead(), as_of=datetime(2026, 11, 22))  # noqa: DTZ001


def test_a_lead_that_did_not_exist_yet_scores_0_and_says_why() -> None:
    card = score(small(), lead(ago(-1), homeowner=True), acts(("quote_requested", ago(3))))
    assert (card.score, card.lines, card.reasons) == (0, (), ())
    assert card.notes == ("This lead did not exist yet at the time of this score.",)


def test_the_day_the_clocks_change_is_one_day() -> None:
    """In New York 2026-03-08 has 23 hours: 30 calendar days are 719 hours, and still 30 days."""
    as_of = datetime.fromtimestamp(local("2026-03-30", "00:00"), NEW_YORK)
    model = small(FADING, "", **{"points: 30": "points: 50"})
    then = local("2026-02-28", "00:00")
    assert score(model, lead(then), acts(("quote_requested", then)), as_of).score == 40
