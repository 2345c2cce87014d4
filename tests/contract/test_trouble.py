"""Trouble: every failure is named by what to do next, in a sentence for a person, without a secret in it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import timedelta

import pytest

from adapters.contract import Adapter, AdapterError, Broken, Misconfigured, QuotaSpent, Reauthorise, Retry
from tests.contract.stage import Stage, Trouble


def strike(stage: Stage, trouble: Trouble) -> None:
    if trouble not in stage.knows:
        pytest.skip(f"this vendor has no such trouble: {trouble.name.lower().replace('_', ' ')}")
    stage.strike(trouble)


def fails(adapter: Adapter) -> AdapterError:
    with pytest.raises(AdapterError) as caught:
        adapter.check()
    return caught.value


def test_a_crm_that_names_a_time_is_asked_again_after_it(stage: Stage, adapter: Adapter) -> None:
    strike(stage, Trouble.BUSY_FOR_A_WHILE)
    problem = fails(adapter)
    assert isinstance(problem, Retry)
    assert problem.after == 120


def test_a_crm_that_names_no_time_is_asked_again_with_back_off(stage: Stage, adapter: Adapter) -> None:
    strike(stage, Trouble.BUSY_WITHOUT_A_TIME)
    problem = fails(adapter)
    assert isinstance(problem, Retry)
    assert problem.after is None
    assert adapter.usage.throttled > 1


def test_the_crms_limit_is_used_and_never_passed(stage: Stage, adapter: Adapter) -> None:
    if not stage.paced:
        pytest.skip("this vendor sets no limit in seconds")
    (one,) = stage.add_contacts(1)
    stage.time.pass_by(seconds=20)
    stage.allow_calls(30, 10.0)
    started = stage.time.now()
    for _ in range(120):
        adapter.contacts_by_id([one], [])
    windows = (stage.time.now() - started).total_seconds() / 10
    assert adapter.usage.throttled == 0
    assert 120 / (windows + 1) > 30 * 0.9


def test_a_spent_day_ends_at_once_and_says_until_when(stage: Stage, adapter: Adapter) -> None:
    adapter.check()
    calls = adapter.usage.calls
    strike(stage, Trouble.DAY_SPENT)
    problem = fails(adapter)
    assert isinstance(problem, QuotaSpent)
    assert problem.until is not None
    assert timedelta() < problem.until - stage.time.now() <= timedelta(days=1)
    assert adapter.usage.calls == calls + 1


def test_an_expired_token_is_renewed_and_the_call_goes_on(stage: Stage) -> None:
    kept: list[Mapping[str, str]] = []
    adapter = stage.open_renewable(kept.append)
    strike(stage, Trouble.TOKEN_EXPIRED_ONCE)
    assert adapter.check().id
    assert len(kept) == 1


def test_a_token_that_ends_in_the_middle_of_a_pass_loses_nothing(stage: Stage) -> None:
    made = stage.add_contacts(250)
    kept: list[Mapping[str, str]] = []
    found = []
    for page in stage.open_renewable(kept.append).contacts(None, []):
        found += [record.id for record in page.items]
        stage.time.pass_by(hours=1)
    assert sorted(found) == sorted(made)
    assert kept


def test_a_refused_renewal_needs_a_person(stage: Stage) -> None:
    adapter = stage.open_renewable(lambda _: None)
    stage.withdraw()
    stage.time.pass_by(days=1)
    assert isinstance(fails(adapter), Reauthorise)


def test_a_revoked_token_needs_a_person_and_is_not_tried_again(stage: Stage, adapter: Adapter) -> None:
    strike(stage, Trouble.TOKEN_REVOKED)
    assert isinstance(fails(adapter), Reauthorise)
    assert adapter.usage.calls == 1


def test_a_missing_scope_is_named(stage: Stage, adapter: Adapter) -> None:
    strike(stage, Trouble.SCOPE_TAKEN)
    with pytest.raises(Misconfigured) as caught:
        list(adapter.outcomes(None))
    assert stage.scope in caught.value.what
    assert stage.scope in caught.value.admin
    missing = [permission for permission in adapter.permissions() if not permission.granted]
    assert [stage.scope in permission.scope for permission in missing] == [True]


def test_a_web_page_in_place_of_data_is_broken(stage: Stage, adapter: Adapter) -> None:
    strike(stage, Trouble.WEB_PAGE)
    problem = fails(adapter)
    assert isinstance(problem, Broken)
    assert "<" not in problem.admin
    assert "Traceback" not in problem.admin


@pytest.mark.parametrize("trouble", [Trouble.GATEWAY_ONCE, Trouble.CUT_OFF_ONCE])
def test_an_accident_on_the_way_is_hardly_noticed(stage: Stage, adapter: Adapter, trouble: Trouble) -> None:
    strike(stage, trouble)
    assert adapter.check().id
    assert adapter.usage.retried == 1


def test_an_accident_that_stays_is_the_engines_to_schedule(stage: Stage, adapter: Adapter) -> None:
    strike(stage, Trouble.GATEWAY_FOR_GOOD)
    assert isinstance(fails(adapter), Retry)


@pytest.mark.parametrize("trouble", Trouble)
def test_no_secret_is_ever_seen(
    stage: Stage, adapter: Adapter, trouble: Trouble, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    strike(stage, trouble)
    texts = []
    for ask in (adapter.check, adapter.owners, adapter.fields):
        try:
            ask()
        except AdapterError as problem:
            texts += [problem.admin, problem.log, str(problem), repr(problem)]
    texts += [record.getMessage() + str(vars(record)) for record in caplog.records]
    assert texts
    assert not [text for text in texts if stage.secret in text]


LASTING = [trouble for trouble in Trouble if not trouble.name.endswith("_ONCE")]


@pytest.mark.parametrize("trouble", LASTING)
def test_every_failure_has_a_sentence_for_a_person(stage: Stage, adapter: Adapter, trouble: Trouble) -> None:
    strike(stage, trouble)
    with pytest.raises(AdapterError) as caught:
        list(adapter.outcomes(None))
    assert caught.value.admin.rstrip().endswith(".")
    assert len(caught.value.admin.split()) > 5
