"""Webhooks: only what the CRM signed, as it signed it, now; and each is a hint at a record."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.contract import EventKind, HookRejected, InboundEvent, InboundRequest
from tests.contract.stage import Stage


@pytest.fixture
def hook(stage: Stage) -> InboundRequest:
    """A webhook the CRM really sent."""
    stage.listen()
    stage.add_contacts(1)
    return stage.received()


def needs(stage: Stage, part: str) -> None:
    if part not in stage.signed:
        pytest.skip(f"this vendor's webhooks carry no signature of the {part}")


def events(stage: Stage) -> list[InboundEvent]:
    request = stage.received()
    stage.inbound.verify(request, [stage.hook_secret])
    return list(stage.inbound.parse(request).events)


def test_what_the_crm_sends_is_accepted(stage: Stage, hook: InboundRequest) -> None:
    stage.inbound.verify(hook, [stage.hook_secret])


def test_a_secret_may_be_replaced_without_a_gap(stage: Stage, hook: InboundRequest) -> None:
    stage.inbound.verify(hook, ["the-next-one", stage.hook_secret])


def refused(stage: Stage, request: InboundRequest, *secrets: str) -> str:
    with pytest.raises(HookRejected) as caught:
        stage.inbound.verify(request, secrets or [stage.hook_secret])
    assert stage.hook_secret not in caught.value.admin + caught.value.log
    return caught.value.admin


def test_another_secret_is_refused(stage: Stage, hook: InboundRequest) -> None:
    assert refused(stage, hook, "another-secret")


def test_a_missing_header_is_refused(stage: Stage, hook: InboundRequest) -> None:
    needs(stage, "header")
    assert refused(stage, replace(hook, headers={}))


def test_a_body_written_again_is_refused(stage: Stage, hook: InboundRequest) -> None:
    needs(stage, "body")
    again = json.dumps(json.loads(hook.body), indent=1).encode()
    assert refused(stage, replace(hook, body=again))


def test_the_address_the_proxy_shows_is_not_the_one_that_was_signed(stage: Stage, hook: InboundRequest) -> None:
    assert refused(stage, replace(hook, url="http://10.0.0.7:8080/hooks"))


@pytest.mark.parametrize("minutes", [-6, 6])
def test_an_old_request_and_one_from_the_future_are_refused(stage: Stage, hook: InboundRequest, minutes: float) -> None:
    needs(stage, "time")
    assert refused(stage, replace(hook, received_at=hook.received_at + timedelta(minutes=minutes)))


def test_events_name_record_account_and_kind(stage: Stage) -> None:
    stage.listen()
    (one,) = stage.add_contacts(1)
    (made,) = events(stage)
    stage.change(one, "Kent")
    (changed,) = events(stage)
    told = [made, changed]
    assert [event.kind for event in told] == [EventKind.CHANGED, EventKind.CHANGED]
    assert (changed.field, changed.value) in {(stage.text_field, "Kent"), (None, None)}
    if EventKind.DELETED in stage.told:
        stage.archive(one)
        told += events(stage)
        assert told[-1].kind is EventKind.DELETED
    assert {event.record_id for event in told} == {one}
    assert {event.account_id for event in told} == {stage.open().check().id}
    assert len({event.event_id for event in told}) == len(told)


def test_a_merge_names_the_contact_that_is_left_and_those_that_are_not(stage: Stage) -> None:
    if EventKind.MERGED not in stage.told:
        pytest.skip("this vendor's webhooks do not tell of merges; passes do")
    winner, loser = stage.add_contacts(2)
    stage.listen()
    left = stage.merge(winner, loser)
    (event,) = [event for event in events(stage) if event.kind is EventKind.MERGED]
    assert event.record_id == left
    assert {left, *event.merged_ids} >= {winner, loser}


def test_rubbish_is_refused_whole_with_a_reason_to_count_it_by(stage: Stage, hook: InboundRequest) -> None:
    with pytest.raises(HookRejected) as caught:
        stage.inbound.parse(replace(hook, body=b"<html>"))
    assert 0 < len(caught.value.reason) < 40


def test_how_a_sender_is_proven_is_said(stage: Stage) -> None:
    assert stage.inbound.own_address is not bool(stage.signed), "either the request is signed or the address is secret"
    assert 100_000 <= stage.inbound.largest <= 10_000_000


def test_what_a_vendor_is_answered_and_told_to_set_up_is_the_adapter_s_to_say(stage: Stage) -> None:
    content_type, body = stage.inbound.ack()
    assert "/" in content_type
    assert isinstance(body, bytes)
    steps = "\n".join(stage.inbound.setup("https://leads.example/hooks/x", [stage.text_field]))
    assert "https://leads.example/hooks/x" in steps
    assert stage.text_field in steps
