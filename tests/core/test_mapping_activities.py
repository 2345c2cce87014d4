from __future__ import annotations

from datetime import UTC, datetime

import pytest
from mapping_support import UPDATED, bound_hubspot, contact

from adapters.contract import ActivityRecord
from connector.core.mapping import MappedActivity, map_activity, signal_activities

BOUND = bound_hubspot()
AT = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
SECONDS = 1_795_168_800
CONNECTED = "f240bbac-87c9-4f6e-bf70-924b57d47db7"
VOICEMAIL = "b2cf5968-551e-4856-9783-52b3da59a7d0"
CUSTOM_OUTCOME = "00000000-0000-4000-8000-000000000001"


def activity(type: str, at: datetime | None = AT, **properties: str | None) -> ActivityRecord:
    return ActivityRecord(f"{type}:55", type, ("101",), at, properties)


def kind(type: str, **properties: str | None) -> str:
    mapped = map_activity(BOUND, activity(type, **properties))
    assert mapped is not None
    return mapped.kind


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"hs_call_direction": "INBOUND"}, "called_us"),
        ({"hs_call_direction": "inbound", "hs_call_disposition": VOICEMAIL}, "called_us"),
        ({"hs_call_direction": "OUTBOUND", "hs_call_disposition": CONNECTED}, "call_answered"),
        ({"hs_call_disposition": CONNECTED.upper()}, "call_answered"),
        ({"hs_call_disposition": VOICEMAIL}, "voicemail_left"),
        ({"hs_call_disposition": "17b47fee-58de-441e-a44c-c6300d46f273"}, "wrong_number"),
        ({"hs_call_disposition": "73a0d17f-1163-4015-bdd5-ec830791da20"}, "call_attempted"),
        ({"hs_call_status": "NO_ANSWER"}, "call_attempted"),
        ({"hs_call_status": "CANCELLED"}, "call_attempted"),
        ({"hs_call_status": "COMPLETED"}, "other"),
        ({"hs_call_disposition": CUSTOM_OUTCOME, "hs_call_status": "NO_ANSWER"}, "other"),
    ],
)
def test_a_call_is_told_by_its_direction_then_its_outcome(properties: dict[str, str], expected: str) -> None:
    assert kind("calls", **properties) == expected


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        ("COMPLETED", "meeting_held"),
        ("NO_SHOW", "meeting_missed"),
        ("No show", "meeting_missed"),
        ("CANCELED", "meeting_canceled"),
        ("cancelled", "meeting_canceled"),
        ("SCHEDULED", "meeting_booked"),
        (None, "meeting_booked"),
        ("Postponed by rain", "other"),
    ],
)
def test_a_meeting_is_told_by_its_outcome(outcome: str | None, expected: str) -> None:
    assert kind("meetings", hs_meeting_outcome=outcome) == expected


def test_a_booked_meeting_counts_when_it_was_booked_and_a_held_one_when_it_was_held() -> None:
    booked = activity("meetings", hs_meeting_outcome="SCHEDULED", hs_createdate="2026-11-18T08:00:00Z")
    held = activity("meetings", hs_meeting_outcome="COMPLETED", hs_createdate="2026-11-18T08:00:00Z")
    assert map_activity(BOUND, booked) == MappedActivity("meetings:55", "meeting_booked", SECONDS - 50 * 3600)
    assert map_activity(BOUND, held) == MappedActivity("meetings:55", "meeting_held", SECONDS)


def test_an_incoming_mail_is_a_reply_and_one_that_did_not_go_out_is_nothing() -> None:
    assert kind("emails", hs_email_direction="INCOMING_EMAIL") == "email_replied"
    assert kind("emails", hs_email_direction="EMAIL", hs_email_status="SENT") == "email_sent"
    assert kind("emails", hs_email_direction="EMAIL", hs_email_status="BOUNCED") == "other"


def test_a_message_is_ours_unless_it_says_otherwise() -> None:
    assert kind("communications", hs_communication_channel_type="SMS") == "message_sent"
    assert kind("communications", hs_communication_direction="INBOUND") == "message_received"


def test_notes_and_tasks_are_logged_and_an_unknown_type_passes_as_other() -> None:
    assert kind("notes") == "note_logged"
    assert kind("tasks") == "task_logged"
    assert kind("carrier_pigeons", colour="grey") == "other"


def test_an_activity_without_a_time_is_left_out() -> None:
    assert map_activity(BOUND, activity("notes", at=None)) is None


def test_an_activity_with_megabytes_in_a_property_is_survived() -> None:
    assert kind("calls", hs_call_disposition="x" * 10_000_000) == "other"


# ------------------------------------------------------------------------------------------------------------ signals


def signals(**properties: str | None) -> list[MappedActivity]:
    return signal_activities(BOUND, contact(**properties))


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("Request a quote: Quote form", "quote_requested"),
        ("Talk to an agent: Callback request", "callback_requested"),
        ("Medicare: Please call me", "callback_requested"),
        ("Comparison guide: Guide download", "comparison_guide_downloaded"),
        ("Quote comparison guide: Download", "comparison_guide_downloaded"),
        ("Newsletter: Sign up", "form_submitted"),
        (None, "form_submitted"),
    ],
)
def test_a_form_is_told_by_its_name(event: str | None, expected: str) -> None:
    found = signals(recent_conversion_date="2026-11-20T10:00:00.123Z", recent_conversion_event_name=event)
    assert found == [MappedActivity(f"signal:conversion:2026-11-20T10:00:00Z:{expected}", expected, SECONDS)]


def test_the_first_and_the_recent_form_are_one_act_when_they_are_the_same() -> None:
    same = {"recent_conversion_event_name": "A: Quote", "first_conversion_event_name": "A: Quote"}
    both = signals(recent_conversion_date=f"{SECONDS}000", first_conversion_date="2026-11-20T10:00:00Z", **same)
    assert len(both) == 1
    apart = signals(recent_conversion_date=f"{SECONDS}000", first_conversion_date="2026-11-01T10:00:00Z", **same)
    assert len(apart) == 2


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://agency.example/pricing?utm=1", "pricing_page_viewed"),
        ("https://agency.example/products/term-life", "product_page_viewed"),
        ("https://agency.example/auto-insurance", "product_page_viewed"),
        ("https://agency.example/about", "page_viewed"),
    ],
)
def test_a_page_is_told_by_its_address(url: str, expected: str) -> None:
    (found,) = signals(hs_analytics_last_timestamp="2026-11-20T10:00:00Z", hs_analytics_last_url=url)
    assert (found.kind, found.at) == (expected, SECONDS)


def test_what_is_read_as_an_activity_is_not_read_from_the_contact_again() -> None:
    both = {"hs_sales_email_last_replied": f"{SECONDS}000", "engagements_last_meeting_booked": f"{SECONDS}000"}
    assert signals(**both) == []
    assert not both.keys() & set(BOUND.properties)


def test_an_opt_out_is_dated_by_the_last_mail_that_was_sent_and_has_one_id_for_ever() -> None:
    (dated,) = signals(hs_email_optout="true", hs_email_last_send_date="2026-11-20T10:00:00Z")
    (undated,) = signals(hs_email_optout="true")
    assert (dated.kind, dated.at) == ("unsubscribed", SECONDS)
    assert undated.at == int(UPDATED.timestamp())
    assert dated.source_id == undated.source_id == "signal:unsubscribed"
    assert signals(hs_email_optout="false") == []


def test_every_counted_open_is_an_act_of_its_own() -> None:
    opens = signals(hs_email_open="3", hs_email_last_open_date=f"{SECONDS}000", hs_email_last_email_name="Mail 2")
    assert [act.source_id for act in opens] == [f"signal:email_opened:{number}" for number in (1, 2, 3)]
    assert {(act.kind, act.at, act.campaign) for act in opens} == {("email_opened", SECONDS, "Mail 2")}


def test_the_first_of_several_opens_has_its_own_time_and_no_campaign() -> None:
    opens = signals(
        hs_email_open="2", hs_email_first_open_date=f"{SECONDS - 900}000", hs_email_last_open_date=f"{SECONDS}000"
    )
    assert opens[0] == MappedActivity("signal:email_opened:1", "email_opened", SECONDS - 900)
    assert opens[1].at == SECONDS


def test_of_many_opens_the_newest_twenty_are_told_apart_so_that_another_one_is_seen() -> None:
    before = {act.source_id for act in signals(hs_email_open="100", hs_email_last_open_date=f"{SECONDS}000")}
    after = {act.source_id for act in signals(hs_email_open="101", hs_email_last_open_date=f"{SECONDS + 60}000")}
    assert len(before) == len(after) == 20
    assert after - before == {"signal:email_opened:101"}


@pytest.mark.parametrize("count", [None, "", "0", "-3", "many"])
def test_a_counter_that_counts_nothing_gives_nothing(count: str | None) -> None:
    assert signals(hs_email_open=count, hs_email_last_open_date=f"{SECONDS}000") == []


def test_a_counter_or_form_without_a_readable_time_gives_nothing() -> None:
    assert signals(hs_email_open="3", hs_email_last_open_date="lately", recent_conversion_date="soon") == []
