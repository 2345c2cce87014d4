"""Live work cut off: killed at any border, failing again and again, told twice or in any order, it ends the same."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.contract import Broken, Page, Record, Retry, Update, WriteResult
from connector.core.mapping import BoundMapping
from connector.flows import blame, ingest
from connector.flows.live import live
from connector.store import inbox
from connector.store import leads as lead_rows
from connector.store.database import Scope, Store
from tests.flows.conftest import World, same
from tests.flows.crm import FakeAdapter, Killed
from tests.flows.hints import SCORE, asks_for_a_quote, changed, hint, results, run_live
from tests.flows.live_world import live_world
from tests.flows.looking import problems, rows

SCOPE = Scope(1, 1)
HISTORY = "SELECT crm_id, score_before, score, moved FROM card_change JOIN lead ON lead.id = lead_id ORDER BY 1, 2, 3"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = live_world(tmp_path)
    yield made
    made.store.close()


def much_happens(world: World) -> None:
    """In the CRM, without a hint yet."""
    for crm_id in ("1001", "1002"):
        asks_for_a_quote(world, crm_id)
    world.crm.act("calls:new", "1004", days=0.1, hs_call_direction="INBOUND", hs_call_status="COMPLETED")
    world.crm.person("5000", state="TX", age="40", product_interest="Term Life")
    del world.crm.contacts["1005"], world.crm.contacts["1006"], world.crm.contacts["1007"]
    world.crm.contacts["1008"] = replace(world.crm.contacts["1008"], replaces=("1007",), updated_at=world.now)
    for own, now in (("calls:7", ("1008",)), ("calls:5", ()), ("calls:6", ())):
        world.crm.activities[own] = replace(world.crm.activities[own], contact_ids=now)
    world.crm.written["1009"][SCORE] = "99"


Told = Callable[[World], None]
HINTS: Sequence[Told] = (
    lambda world: changed(world, SCOPE, "1001"),
    lambda world: hint(world, SCOPE, "changed", "1002", "1004"),
    lambda world: hint(world, SCOPE, "changed", "5000"),
    lambda world: hint(world, SCOPE, "deleted", "1005"),
    lambda world: hint(world, SCOPE, "privacy_deleted", "1006"),
    lambda world: hint(world, SCOPE, "merged", "1008", merged="1007"),
    lambda world: hint(world, SCOPE, "changed", "1009", field=SCORE, value="99"),
    lambda world: hint(world, SCOPE, "changed", "1003", field=SCORE, value=world.crm.written["1003"][SCORE] or ""),
)


def touch(world: World, crm_id: str) -> None:
    with world.store.write() as conn:
        lead_rows.mark_dirty(conn, SCOPE, [lead_rows.ids_for(conn, SCOPE, [crm_id])[crm_id]])
        inbox.touch(conn, SCOPE, [crm_id], int(world.now.timestamp()) * 1000, "flag")


class Borders:
    """Counts the borders between steps, and ends the process at one of them."""

    def __init__(self, patch: pytest.MonkeyPatch, die_at: int) -> None:
        self.passed, self._die_at, self.dead = 0, die_at, False
        write, wrote, read = Store.write, FakeAdapter.write, FakeAdapter.contacts_by_id

        @contextmanager
        def bordered(store: Store) -> Iterator[sa.Connection]:
            self.border()
            with write(store) as conn:
                yield conn
                self.border()
            self.border()

        def answered(adapter: FakeAdapter, updates: Sequence[Update]) -> Sequence[WriteResult]:
            self.border()
            answer = wrote(adapter, updates)
            self.border()
            return answer

        def told(adapter: FakeAdapter, ids: Sequence[str], fields: Sequence[str]) -> Page[Record]:
            self.border()
            return read(adapter, ids, fields)

        patch.setattr(Store, "write", bordered)
        patch.setattr(FakeAdapter, "write", answered)
        patch.setattr(FakeAdapter, "contacts_by_id", told)

    def border(self) -> None:
        self.passed += 1
        self.dead = self.dead or self.passed == self._die_at
        if self.dead:
            raise Killed


def tell_all(world: World) -> None:
    much_happens(world)
    for told in HINTS:
        told(world)
    touch(world, "1010")


@cache
def undisturbed() -> tuple[World, int, list[tuple[object, ...]]]:
    world = live_world(_folder())
    tell_all(world)
    with pytest.MonkeyPatch.context() as patch:
        borders = Borders(patch, 0)
        run_live(world, SCOPE)
    return world, borders.passed, rows(world, HISTORY)


def _folder() -> Path:
    folder = TemporaryDirectory()
    _KEPT.append(folder)
    return Path(folder.name)


_KEPT: list[TemporaryDirectory[str]] = []


def test_killed_at_any_border_it_ends_the_same_and_nothing_is_done_twice(tmp_path: Path) -> None:
    expected, borders, history = undisturbed()
    assert borders > 15
    for die_at in range(1, borders + 1):
        (folder := tmp_path / str(die_at)).mkdir()
        world = live_world(folder)
        tell_all(world)
        with pytest.MonkeyPatch.context() as patch:
            Borders(patch, die_at)
            with contextlib.suppress(Killed):
                run_live(world, SCOPE)
        run_live(world, SCOPE)
        same(expected, world)
        assert results(world) == results(expected), die_at
        assert rows(world, HISTORY) == history, die_at
        assert rows(world, "SELECT count(*) FROM audit WHERE action = 'purge'") == [(1,)], die_at
        world.store.close()


# ---------------------------------------------------------------------------------------------------------- any order


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    order=st.permutations(range(len(HINTS))),
    again=st.lists(st.integers(0, len(HINTS) - 1), max_size=4),
    slices=st.sets(st.integers(0, len(HINTS) + 3), max_size=4),
)
def test_hints_may_come_in_any_order_and_more_than_once(order: list[int], again: list[int], slices: set[int]) -> None:
    with TemporaryDirectory() as folder:
        world = live_world(Path(folder))
        much_happens(world)
        touch(world, "1010")
        for place, told in enumerate([*order, *again]):
            HINTS[told](world)
            if place in slices:
                run_live(world, SCOPE)
        run_live(world, SCOPE)
        same(undisturbed()[0], world)
        assert None not in results(world)
        world.store.close()


# --------------------------------------------------------------------------------------------------------- poison


def poisoned(world: World, patch: pytest.MonkeyPatch, crm_id: str) -> None:
    """Storing this record breaks in a way nobody foresaw."""
    take = ingest.take_contacts

    def take_contacts(conn: sa.Connection, scope: Scope, bound: BoundMapping, page: Page[Record], at: int) -> int:
        if any(record.id == crm_id for record in page.items):
            raise ZeroDivisionError
        return take(conn, scope, bound, page, at)

    patch.setattr(ingest, "take_contacts", take_contacts)


def slices(world: World, most: int) -> None:
    """Slices with the waits between them waited out."""
    for _ in range(most):
        if live(world.services(), SCOPE)["go"] == "next":
            return


def test_a_record_that_cannot_be_handled_does_not_hold_up_the_others(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    poisoned(world, monkeypatch, "1002")
    for crm_id in ("1001", "1002", "1004"):
        asks_for_a_quote(world, crm_id)
    changed(world, SCOPE, "1001", "1002", "1004")
    slices(world, 30)
    assert results(world) == {"read": 2, "failed": 1}
    assert {crm_id for crm_id, _ in world.crm.writes} == {"1001", "1004"}
    assert [(row.record_id, row.where) for row in problems(world, SCOPE)] == [("1002", blame.WHERE)]
    assert rows(world, "SELECT attempts FROM inbox WHERE result = 'failed'") == [(blame.MOST,)]


def test_hints_that_come_after_a_bad_one_are_handled_meanwhile(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    poisoned(world, monkeypatch, "1002")
    changed(world, SCOPE, "1002")
    slices(world, blame.TOGETHER)
    asks_for_a_quote(world, "1001")
    changed(world, SCOPE, "1001")
    slices(world, 1)
    assert results(world) == {"read": 1, None: 1}


def test_an_answer_that_makes_no_sense_about_one_record_is_that_record_s_fault(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = FakeAdapter.contacts_by_id

    def senseless(adapter: FakeAdapter, ids: Sequence[str], fields: Sequence[str]) -> Page[Record]:
        if "odd" in ids:
            raise Broken("The CRM makes no sense.")
        return read(adapter, ids, fields)

    monkeypatch.setattr(FakeAdapter, "contacts_by_id", senseless)
    asks_for_a_quote(world, "1001")
    changed(world, SCOPE, "odd", "1001")
    slices(world, 30)
    assert results(world) == {"read": 1, "failed": 1}


def test_a_crm_that_makes_no_sense_at_all_is_no_hint_s_fault(world: World) -> None:
    changed(world, SCOPE, "1001")

    def senseless(what: str) -> None:
        raise Broken("The CRM makes no sense.")

    world.crm.on_call = senseless
    slices(world, 10)
    assert results(world) == {None: 1}
    assert rows(world, "SELECT attempts FROM inbox") == [(0,)]


def test_patience_is_not_counted_against_a_hint(world: World) -> None:
    changed(world, SCOPE, "1001")

    def busy(what: str) -> None:
        raise Retry("busy")

    world.crm.on_call = busy
    slices(world, 10)
    assert rows(world, "SELECT attempts FROM inbox") == [(0,)]
