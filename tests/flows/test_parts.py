"""How a slice that meets a failing CRM ends no more than it must."""

from __future__ import annotations

import pytest

from connector.flows.parts import DONE, MORE, MOST_WAITS, STOP, DirectSteps, Next, advance, tell
from connector.flows.services import Services
from connector.flows.sync import begin
from connector.store import runs as run_rows
from connector.store.database import Scope
from tests.flows.conftest import World


def test_parts_run_in_order_each_until_it_is_done(world: World) -> None:
    said: list[str] = []
    scope, svc = world.connect(), world.services()
    run = begin(svc, scope)

    def first(svc: Services, scope: Scope, run_id: int) -> Next:
        said.append("first")
        return MORE if len(said) < 3 else DONE

    def second(svc: Services, scope: Scope, run_id: int) -> Next:
        said.append("second")
        return DONE

    assert tell((first, second), svc, scope, run.id, DirectSteps(svc.sleep))
    assert said == ["first", "first", "first", "second"]


def test_a_part_that_always_waits_ends_the_run_after_some_patience(world: World) -> None:
    scope, svc = world.connect(), world.services()
    run = begin(svc, scope)

    def waiting(svc: Services, scope: Scope, run_id: int) -> Next:
        return {"go": "wait", "wait": 20.0}

    assert not tell((waiting,), svc, scope, run.id, DirectSteps(svc.sleep))
    assert world.slept == [20.0] * MOST_WAITS
    with svc.store.read() as conn:
        assert run_rows.run_by_id(conn, scope, run.id).state == "failed"


def test_a_run_goes_on_with_the_part_it_was_at(world: World) -> None:
    scope, svc = world.connect(), world.services()
    run = begin(svc, scope)
    said: list[str] = []

    def first(svc: Services, scope: Scope, run_id: int) -> Next:
        said.append("first")
        return DONE

    def second(svc: Services, scope: Scope, run_id: int) -> Next:
        said.append("second")
        if len(said) == 2:
            raise KeyboardInterrupt
        return DONE

    with pytest.raises(KeyboardInterrupt):
        tell((first, second), svc, scope, run.id, DirectSteps(svc.sleep))
    assert tell((first, second), world.services(), scope, run.id, DirectSteps(svc.sleep))
    assert said == ["first", "second", "second"]


def test_a_part_that_this_version_does_not_have_begins_the_story_anew(world: World) -> None:
    scope, svc = world.connect(), world.services()
    run = begin(svc, scope)
    with svc.store.write() as conn:
        run_rows.set_part(conn, run, "of_another_version")
    said: list[str] = []

    def first(svc: Services, scope: Scope, run_id: int) -> Next:
        said.append("first")
        return DONE

    assert tell((first,), svc, scope, run.id, DirectSteps(svc.sleep))
    assert said == ["first"]


def test_waits_are_counted_in_the_row_and_forgotten_when_work_goes_on(world: World) -> None:
    scope, svc = world.connect(), world.services()
    run = begin(svc, scope)
    answers: list[Next] = [{"go": "wait", "wait": 7.5}, {"go": "wait", "wait": 7.5}, MORE, DONE]

    def part(svc: Services, scope: Scope, run_id: int) -> Next:
        return answers.pop(0)

    found = []
    while answers:
        advance((part,), svc, scope, run.id)
        with svc.store.read() as conn:
            row = run_rows.run_by_id(conn, scope, run.id)
        found.append((row.waits, row.next_at - svc.now() if row.next_at else 0))
    assert found == [(1, 8), (2, 8), (0, 0), (0, 0)]


def test_a_run_that_has_ended_is_left_alone(world: World) -> None:
    scope, svc = world.connect(), world.services()
    run = begin(svc, scope)
    with svc.store.write() as conn:
        run_rows.finish_run(conn, run, "failed", "Connect again.", svc.now())

    def never(svc: Services, scope: Scope, run_id: int) -> Next:
        raise AssertionError

    assert advance((never,), svc, scope, run.id) == STOP
