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


def events(stage: Stage) -> list[InboundEvent]:
    request = stage.received()
    stage.inbound.verify(request, [stage.hook_secret])
    return list(stage.inbound.parse(request))


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
    assert refused(stage, replace(hook, headers={}))


def test_a_body_written_again_is_refused(stage: Stage, hook: InboundRequest) -> None:
    again = json.dumps(json.loads(hook.body), indent=1).encode()
    assert refused(stage, replace(hook, body=again))


def test_the_address_the_proxy_shows_is_not_the_one_that_was_signed(stage: Stage, hook: InboundRequest) -> None:
    assert refused(stage, replace(hook, url="http://10.0.0.7:8080/hooks"))


@pytest.mark.parametrize("minutes", [-6, 6])
def test_an_old_request_and_one_from_the_future_are_refused(stage: Stage, hook: InboundRequest, minutes: float) -> None:
    assert refused(stage, replace(hook, received_at=hook.received_at + timedelta(minutes=minutes)))


def test_events_name_record_account_and_kind(stage: Stage) -> None:
    stage.listen()
    (one,) = stage.add_contacts(1)
    (made,) = events(stage)
    stage.change(one, "Kent")
    (changed,) = events(stage)
    stage.archive(one)
    (gone,) = events(stage)
    assert [event.record_id for event in (made, changed, gone)] == [one] * 3
    assert [event.kind for event in (made, changed, gone)] == [EventKind.CHANGED, EventKind.CHANGED, EventKind.DELETED]
    assert (changed.field, changed.value) == (stage.text_field, "Kent")
    assert {event.account_id for event in (made, changed, gone)} == {stage.open().check().id}
    assert len({event.event_id for event in (made, changed, gone)}) == 3


def test_a_merge_names_the_contact_that_is_left_and_those_that_are_not(stage: Stage) -> None:
    winner, loser = stage.add_contacts(2)
    stage.listen()
    left = stage.merge(winner, loser)
    (event,) = [event for event in events(stage) if event.kind is EventKind.MERGED]
    assert event.record_id == left
    assert {left, *event.merged_ids} >= {winner, loser}


def test_rubbish_is_refused_whole(stage: Stage, hook: InboundRequest) -> None:
    with pytest.raises(HookRejected):
        stage.inbound.parse(replace(hook, body=b"<html>"))
