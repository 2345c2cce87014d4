"""Very many rows go the CRM's own way for many, siblings beside each other, and none is lost on the way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice

import pytest

from adapters.contract import Retry, Update, WriteResult, WriteStatus
from connector.flows.parts import DirectSteps
from connector.flows.rescore import begin_rescore, rescore
from tests.flows.conftest import World, same
from tests.flows.crm import CAPABILITIES, NOW, Crm, FakeAdapter
from tests.flows.looking import problems

MANY = replace(CAPABILITIES, backfill_from=20)


@pytest.fixture
def crm(world: World) -> Crm:
    world.crm.capabilities = MANY
    return world.crm


def test_a_first_sync_backfills_and_ends_like_one_that_writes_by_batches(
    world: World, crm: Crm, undisturbed: tuple[World, object]
) -> None:
    done = world.sync(world.connect())
    assert [len(rows) for rows in crm.backfills] == [23]
    assert done.run.written == 23
    same(world, undisturbed[0])


def test_few_rows_are_written_by_batches(world: World, crm: Crm) -> None:
    scope = world.connect()
    world.sync(scope)
    crm.person("1001", state="NY", age="31", product_interest="Term Life")
    again = world.sync(scope)
    assert again.run.written == 1
    assert len(crm.backfills) == 1


def test_siblings_are_sent_beside_each_other(world: World, crm: Crm) -> None:
    for number, crm_id in enumerate(crm.contacts):
        crm.contacts[crm_id] = replace(crm.contacts[crm_id], family=f"account {number % 3}")
    world.sync(world.connect())
    (sent,) = crm.backfills
    families = [crm.contacts[crm_id].family for crm_id in sent]
    assert families == sorted(families)
    assert set(families) == {"account 0", "account 1", "account 2"}


def test_a_lead_that_changes_family_is_sent_with_its_new_siblings(world: World, crm: Crm) -> None:
    scope = world.connect()
    world.sync(scope)
    crm.contacts["1001"] = replace(crm.contacts["1001"], family="zzz", updated_at=NOW)
    world.sync(scope)
    crm.written.clear()
    svc = world.services()
    run = begin_rescore(svc, scope, rewrite=True)
    rescore(svc, scope, run.id, DirectSteps(svc.sleep))
    assert crm.backfills[-1][-1] == "1001"


def test_a_refused_row_of_a_backfill_is_parked_and_the_others_are_written(world: World, crm: Crm) -> None:
    crm.answers["1004"] = WriteResult("1004", WriteStatus.REJECTED, "Enter only letters")
    scope = world.connect()
    done = world.sync(scope)
    assert (done.run.written, done.run.failed) == (22, 1)
    assert "Enter only letters" in problems(world, scope)[0].text


def test_a_backfill_cut_off_in_the_middle_goes_on_with_the_rows_nobody_answered_for(
    world: World, crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = FakeAdapter.backfill

    def half(self: FakeAdapter, updates: Iterable[Update]) -> Iterator[WriteResult]:
        yield from islice(whole(self, updates), 10)
        raise Retry("The connection broke.")

    monkeypatch.setattr("connector.flows.backfill.PAGE", 5)
    monkeypatch.setattr(FakeAdapter, "backfill", half)
    done = world.sync(world.connect())
    assert (done.run.state, done.run.written) == ("done", 23)
    sent = [crm_id for crm_id, _ in crm.writes]
    assert sorted(sent) == sorted(crm.contacts)
