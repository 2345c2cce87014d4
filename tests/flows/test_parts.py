"""How a slice that meets a failing CRM ends no more than it must."""

from __future__ import annotations

from connector.flows.parts import DONE, MORE, MOST_WAITS, DirectSteps, Next, tell
from connector.flows.services import Services
from connector.flows.sync import begin
from connector.store import runs as run_rows
from connector.store.database import Scope
from tests.flows.conftest import World


def test_parts_run_in_order_each_until_it_is_done(world: World) -> None:
    said: list[str] = []

    def first(svc: Services, scope: Scope, run_id: int) -> Next:
        said.append("first")
        return MORE if len(said) < 3 else DONE

    def second(svc: Services, scope: Scope, run_id: int) -> Next:
        said.append("second")
        return DONE

    assert tell((first, second), world.services(), Scope(1, 1), 1, DirectSteps(lambda _: None))
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
