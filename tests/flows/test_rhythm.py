"""When work is due, by the connection's row and the tenant's clock alone."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from connector.flows import rhythm
from connector.store.cadence import Standing

CHICAGO, SYDNEY = "America/Chicago", "Australia/Sydney"


def at(text: str, zone: str = CHICAGO) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp())


def standing(**values: object) -> Standing:
    row: dict[str, object] = {
        "tenant_id": 1, "connection_id": 1, "time_zone": CHICAGO, "trouble": "", "rescored_on": "2026-11-20",
        "sync_every": 300, "sync_at": 0, "retry_at": 0, "live_at": 0, "nightly_on": "2026-11-20",
        "events": False, "leftovers": False,
    }  # fmt: skip
    return Standing(**{**row, **values})  # type: ignore[arg-type]


def first(when: int, until: int, **values: object) -> int | None:
    """The first minute at which a reconciliation is due."""
    return next((now for now in range(when, until, 60) if rhythm.night_due(standing(**values), now)), None)


@pytest.mark.parametrize("late", [0, 1, 17])
@pytest.mark.parametrize("every", [60, 300, 3600, 86_400])
def test_syncs_begin_exactly_so_far_apart_however_late_the_tick_comes(every: int, late: int) -> None:
    due = rhythm.next_sync_at(7, every, at("2026-11-20 10:00"))
    for _ in range(5):
        following = rhythm.next_sync_at(7, every, due + late)
        assert following - due == every
        due = following


@pytest.mark.parametrize("every", [60, 300, 3600])
def test_after_a_sync_begun_by_hand_the_next_comes_half_to_one_and_a_half_times_later(every: int) -> None:
    for now in range(at("2026-11-20 10:00"), at("2026-11-20 11:00"), 37):
        assert every / 2 <= rhythm.next_sync_at(3, every, now) - now < every * 1.5 + 1


def test_a_hundred_connections_do_not_begin_together() -> None:
    now = at("2026-11-20 10:00")
    due = [rhythm.next_sync_at(number, 300, now) for number in range(1, 101)]
    assert max(sum(abs(one - other) < 3 for other in due) for one in due) <= 3
    nights = [rhythm.spread(number, rhythm.NIGHT_SPREAD) for number in range(1, 101)]
    assert max(sum(one <= other < one + 60 for other in nights) for one in nights) <= 3


def test_a_failed_run_is_tried_again_with_growing_patience_up_to_an_hour() -> None:
    assert [rhythm.patience(failures) // 60 for failures in (1, 2, 3, 4, 5, 6, 5000)] == [5, 10, 20, 40, 60, 60, 60]
    assert rhythm.patience(1, trouble=True) == 3600


def test_a_sync_is_due_when_its_time_and_the_patience_are_over() -> None:
    assert rhythm.sync_due(standing(sync_at=100), 100)
    assert not rhythm.sync_due(standing(sync_at=100), 99)
    assert not rhythm.sync_due(standing(sync_at=100, retry_at=150), 149)
    assert not rhythm.sync_due(standing(sync_every=0), 10**10)


@pytest.mark.parametrize("kind", rhythm.READS)
def test_nothing_reads_the_crm_while_something_reads_it(kind: str) -> None:
    now = at("2026-11-21 12:00")
    assert rhythm.read_due(standing(), {kind}, now) == ""
    assert rhythm.read_due(standing(), {"rescore"}, now) == "reconcile"


def test_a_reconciliation_is_due_after_two_in_the_tenants_night_and_once_a_day() -> None:
    found = first(at("2026-11-20 03:00"), at("2026-11-22 00:00"))
    assert found is not None
    assert at("2026-11-21 02:00") <= found < at("2026-11-21 03:00") + 60
    assert first(found, at("2026-11-22 00:00"), nightly_on="2026-11-21") is None


def test_two_tenants_have_their_own_nights() -> None:
    now = at("2026-11-21 02:59", SYDNEY) + 60
    assert rhythm.night_due(standing(time_zone=SYDNEY), now)
    assert not rhythm.night_due(standing(), now)  # it is ten in the morning of the day before
    assert rhythm.day_began(standing(time_zone=SYDNEY), now)
    assert not rhythm.day_began(standing(), now)


@pytest.mark.parametrize("day", ["2026-03-08", "2026-11-01"], ids=["an hour is skipped", "an hour comes twice"])
def test_where_the_clock_changes_there_is_one_night_as_well(day: str) -> None:
    before = (datetime.fromisoformat(day) - timedelta(days=1)).date().isoformat()
    start = at(f"{day} 00:00")
    due = [now for now in range(start, start + 23 * 3600, 60) if rhythm.night_due(standing(nightly_on=before), now)]
    wall = datetime.fromtimestamp(due[0], ZoneInfo(CHICAGO))
    assert wall.date().isoformat() == day
    assert 2 <= wall.hour <= 3
    assert due == list(range(due[0], start + 23 * 3600, 60)), "due once it is due, until it is done"


def test_before_the_first_sync_there_is_nothing_to_reconcile() -> None:
    assert first(at("2026-11-21 00:00"), at("2026-11-22 00:00"), nightly_on="") is None


def test_a_week_of_downtime_makes_one_night_and_one_sync_due() -> None:
    now = at("2026-11-28 14:00")
    back = standing(sync_at=at("2026-11-21 10:00"))
    assert rhythm.read_due(back, (), now) == "reconcile"
    after = back._replace(nightly_on="2026-11-28", sync_at=rhythm.next_sync_at(1, 300, now), rescored_on="2026-11-28")
    assert rhythm.read_due(after, (), now) == ""
    assert not rhythm.day_began(after, now)


def test_a_zone_nobody_knows_is_utc() -> None:
    assert rhythm.local(0, "Nowhere/Land").isoformat() == "1970-01-01T00:00:00+00:00"
