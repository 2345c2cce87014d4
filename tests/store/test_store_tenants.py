"""A stranger in the house: whatever the store is asked for one agency, another agency's rows neither show nor move.

Every call is made twice with the same arguments: in a database with one agency, and in one where a stranger lives too,
with the same CRM ids. What comes back must be the same, and the stranger's rows must stay as they are, even when the
call is handed the stranger's own ids.
"""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import import_module
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import NoResultFound

import connector.store
from adapters.contract import Owner
from connector.core.types import Activity, Tier
from connector.store import (
    activities,
    cards,
    connections,
    leads,
    models,
    outbox,
    owners,
    problems,
    runs,
    screens,
    tenants,
)
from connector.store.activities import OutcomeRow
from connector.store.cards import Change
from connector.store.database import Scope, Store, open_store
from connector.store.leads import LeadRow
from connector.store.problems import ProblemRow
from tests.store.agencies import AT, CRM_IDS, Party, card, connection_values, move_in, rows_of, undone


class Ask(NamedTuple):
    """What a call may use: our own handles, and the lead ids of both agencies (`theirs` may not exist)."""

    conn: sa.Connection
    me: Party
    theirs: list[int]

    @property
    def both(self) -> list[int]:
        return [*self.me.ids, *self.theirs]

    @property
    def mine(self) -> int:
        return self.me.scope.tenant_id


Call = Callable[[Ask], Any]

CALLS: dict[str, Call] = {
    "activities.replace_activities": lambda a: activities.replace_activities(
        a.conn, a.me.scope, ["calls:1"], [Activity(a.me.ids[1], "calls:1", "call", AT, "")]
    ),
    "activities.add_signals": lambda a: activities.add_signals(
        a.conn, a.me.scope, [Activity(a.me.ids[0], "signal:visit", "page_view", AT, "")]
    ),
    "activities.activities_of": lambda a: activities.activities_of(a.conn, a.me.scope, a.both),
    "activities.replace_outcomes": lambda a: activities.replace_outcomes(
        a.conn, a.me.scope, ["1"], [OutcomeRow(a.me.ids[0], "1", "lost", AT, AT, 1.0)]
    ),
    "activities.with_activities": lambda a: activities.with_activities(a.conn, a.me.scope, a.both),
    "activities.move": lambda a: activities.move(a.conn, a.me.scope, [a.me.ids[0], *a.theirs], a.me.ids[2]),
    "cards.cards_of": lambda a: cards.cards_of(a.conn, a.me.scope, a.both),
    "cards.save_cards": lambda a: cards.save_cards(a.conn, a.me.scope, [card(a.me.ids[0], 99)]),
    "cards.add_changes": lambda a: cards.add_changes(
        a.conn, a.me.scope, [Change(a.me.ids[0], AT, 40, 50, "Warm", "x", "m")]
    ),
    "cards.history_of": lambda a: [cards.history_of(a.conn, a.mine, lead_id) for lead_id in a.both],
    "cards.tiers": lambda a: cards.tiers(a.conn, a.me.scope),
    "cards.examples": lambda a: cards.examples(a.conn, a.me.scope, Tier.WARM, 10),
    "connections.connections_of": lambda a: connections.connections_of(a.conn, a.mine),
    "connections.connection_by_id": lambda a: connections.connection_by_id(a.conn, a.me.scope),
    "connections.save_connection": lambda a: connections.save_connection(
        a.conn, a.mine, connection_values("77", "renewed"), AT
    ),
    "connections.set_cursors": lambda a: connections.set_cursors(a.conn, a.me.scope, {"contacts": "x"}),
    "connections.set_mapping": lambda a: connections.set_mapping(a.conn, a.me.scope, {"new": 1}),
    "connections.set_credentials": lambda a: connections.set_credentials(a.conn, a.me.scope, "new"),
    "connections.set_trouble": lambda a: connections.set_trouble(a.conn, a.me.scope, "new"),
    "connections.set_rescored_on": lambda a: connections.set_rescored_on(a.conn, a.me.scope, "2026-01-01"),
    "leads.known_leads": lambda a: leads.known_leads(a.conn, a.me.scope, CRM_IDS),
    "leads.save_leads": lambda a: leads.save_leads(
        a.conn, a.me.scope, [LeadRow("1001", AT, "{}", "changed", False), LeadRow("1002", AT, "{}", "c", True)]
    ),
    "leads.ids_for": lambda a: leads.ids_for(a.conn, a.me.scope, CRM_IDS),
    "leads.known_since": lambda a: leads.known_since(a.conn, a.me.scope, dict.fromkeys(a.both, 5)),
    "leads.unread": lambda a: leads.unread(a.conn, a.me.scope, 10),
    "leads.mark_gone": lambda a: leads.mark_gone(a.conn, a.me.scope, CRM_IDS),
    "leads.mark_dirty": lambda a: leads.mark_dirty(a.conn, a.me.scope, a.both),
    "leads.mark_all_dirty": lambda a: leads.mark_all_dirty(a.conn, a.me.scope),
    "leads.dirty_leads": lambda a: leads.dirty_leads(a.conn, a.me.scope, 10),
    "leads.leads_after": lambda a: leads.leads_after(a.conn, a.me.scope, 0, 10),
    "leads.find_lead": lambda a: [leads.find_lead(a.conn, a.mine, ref) for ref in ("1001", *map("#{}".format, a.both))],
    "leads.clear_dirty": lambda a: leads.clear_dirty(a.conn, a.me.scope, dict.fromkeys(a.both, 1)),
    "leads.set_written": lambda a: leads.set_written(a.conn, a.me.scope, dict.fromkeys(a.both, "{}"), AT),
    "leads.count_dirty": lambda a: leads.count_dirty(a.conn, a.me.scope),
    "leads.forget_written": lambda a: leads.forget_written(a.conn, a.me.scope),
    "leads.counts": lambda a: leads.counts(a.conn, a.me.scope),
    "models.published_model": lambda a: models.published_model(a.conn, a.mine),
    "models.published_version": lambda a: models.published_version(a.conn, a.mine),
    "models.publish_model": lambda a: models.publish_model(a.conn, a.mine, "new", "new", "me", AT),
    "models.record": lambda a: models.record(a.conn, a.mine, "me", "did", "it", AT),
    "outbox.put": lambda a: outbox.put(a.conn, a.me.scope, {a.me.ids[0]: "new"}, AT),
    "outbox.withdraw": lambda a: outbox.withdraw(a.conn, a.me.scope, a.both),
    "outbox.due": lambda a: outbox.due(a.conn, a.me.scope, AT, 10),
    "outbox.is_due": lambda a: [outbox.is_due(a.conn, a.me.scope, AT, count) for count in (1, 2, 3, 4, 5)],
    "outbox.due_after": lambda a: outbox.due_after(a.conn, a.me.scope, AT, ("", 0), 10),
    "outbox.pending": lambda a: outbox.pending(a.conn, a.me.scope, a.both),
    "outbox.next_due": lambda a: outbox.next_due(a.conn, a.me.scope),
    "outbox.remove": lambda a: outbox.remove(a.conn, a.me.scope, dict.fromkeys(a.both, 1)),
    "outbox.postpone": lambda a: outbox.postpone(a.conn, a.me.scope, dict.fromkeys(a.both, AT + 60)),
    "outbox.park": lambda a: outbox.park(a.conn, a.me.scope, dict.fromkeys(a.both, "no")),
    "outbox.unpark": lambda a: outbox.unpark(a.conn, a.me.scope, AT),
    "outbox.counts": lambda a: outbox.counts(a.conn, a.me.scope),
    "owners.replace_owners": lambda a: owners.replace_owners(a.conn, a.me.scope, [Owner("8", "B", "", active=True)]),
    "problems.replace_problems": lambda a: problems.replace_problems(a.conn, a.me.scope, ["1001", ""], [], AT),
    "problems.add_problems": lambda a: problems.add_problems(
        a.conn, a.me.scope, [ProblemRow("1001", "age", "new", "new")], AT
    ),
    "problems.clear_problem": lambda a: problems.clear_problem(a.conn, a.me.scope, CRM_IDS, "age"),
    "runs.open_run": lambda a: runs.open_run(a.conn, a.me.scope, "sync"),
    "runs.begin_run": lambda a: (
        runs.begin_run(a.conn, a.me.scope, "sync", AT),
        replace(runs.begin_run(a.conn, a.me.scope, "rescore", AT), id=0),
    ),
    "runs.run_by_id": lambda a: runs.run_by_id(a.conn, a.me.scope, a.me.run.id),
    "runs.last_runs": lambda a: runs.last_runs(a.conn, a.mine),
    "runs.last_run": lambda a: runs.last_run(a.conn, a.me.scope, "sync"),
    "runs.open_runs": lambda a: runs.open_runs(a.conn, a.mine),
    "screens.spread": lambda a: sorted(screens.spread(a.conn, a.mine)),
    "screens.leads_page": lambda a: screens.leads_page(a.conn, a.mine),
    "screens.lead_record": lambda a: [screens.lead_record(a.conn, a.mine, lead_id) for lead_id in a.both],
    "screens.card_of": lambda a: [screens.card_of(a.conn, a.mine, lead_id) for lead_id in a.both],
    "screens.acts_of": lambda a: [screens.acts_of(a.conn, a.mine, lead_id, 10) for lead_id in a.both],
    "screens.problems_page": lambda a: screens.problems_page(a.conn, a.mine),
    "screens.problem_groups": lambda a: screens.problem_groups(a.conn, a.mine, 10),
    "screens.problems_of_lead": lambda a: [screens.problems_of_lead(a.conn, a.mine, i) for i in a.both],
    "screens.runs_before": lambda a: list(map(tuple, screens.runs_before(a.conn, a.mine, None, 10))),
    "screens.synced_at": lambda a: screens.synced_at(a.conn, a.mine),
    "tenants.set_time_zone": lambda a: tenants.set_time_zone(a.conn, a.mine, "America/Chicago"),
}
"""Every function of the store that is told whose rows it is about, called so that it would meet the stranger's."""


def told_whose() -> set[str]:
    found = set()
    for module in pkgutil.iter_modules(connector.store.__path__):
        if module.name == "migrations":
            continue
        loaded = import_module(f"connector.store.{module.name}")
        for name, function in inspect.getmembers(loaded, inspect.isfunction):
            own = function.__module__ == loaded.__name__ and not name.startswith("_")
            if own and {"scope", "tenant_id"} & set(inspect.signature(function).parameters):
                found.add(f"{module.name}.{name}")
    return found


def test_every_function_that_is_told_whose_rows_it_may_touch_is_tried_here() -> None:
    assert told_whose() == set(CALLS)


class House(NamedTuple):
    """A database where we live, perhaps with a stranger."""

    store: Store
    me: Party
    stranger: Party | None


def house(store: Store, *, shared: bool) -> House:
    with store.write() as conn:
        return House(store, move_in(conn, "agency"), move_in(conn, "stranger") if shared else None)


@pytest.fixture(scope="module")
def houses(module_address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, House]]:
    """One that we share with a stranger, and one of our own."""
    stores = open_store(module_address), open_store(f"sqlite:///{tmp_path_factory.mktemp('alone') / 'store.db'}")
    yield house(stores[0], shared=True), house(stores[1], shared=False)
    for store in stores:
        store.close()


@pytest.mark.parametrize("name", CALLS)
def test_a_stranger_neither_shows_nor_moves(houses: tuple[House, House], name: str) -> None:
    (shared, alone), call = houses, CALLS[name]
    me, stranger = shared.me, shared.stranger
    assert stranger is not None
    assert me == alone.me
    with undone(shared.store) as conn:
        before = rows_of(conn, stranger.scope.tenant_id)
        found = call(Ask(conn, me, stranger.ids))
        after, mine = rows_of(conn, stranger.scope.tenant_id), rows_of(conn, me.scope.tenant_id)
    with undone(alone.store) as conn:
        expected = call(Ask(conn, me, stranger.ids))
        wanted = rows_of(conn, me.scope.tenant_id)
    assert found == expected
    assert mine == wanted
    assert after == before
    assert "stranger" not in repr(found)


OVERWRITES: dict[str, Call] = {
    "cards.save_cards": lambda a: cards.save_cards(a.conn, a.me.scope, [card(a.theirs[0], 99)]),
    "outbox.put": lambda a: outbox.put(a.conn, a.me.scope, {a.theirs[0]: "mine"}, AT),
    "activities.replace_activities": lambda a: activities.replace_activities(
        a.conn, a.me.scope, ["calls:1"], [Activity(a.theirs[0], "calls:1", "call", AT + 9, "mine")]
    ),
}


@pytest.mark.parametrize("name", OVERWRITES)
def test_a_row_for_a_strangers_lead_does_not_replace_the_strangers(houses: tuple[House, House], name: str) -> None:
    shared, _ = houses
    assert shared.stranger is not None
    with undone(shared.store) as conn:
        before = rows_of(conn, shared.stranger.scope.tenant_id)
        OVERWRITES[name](Ask(conn, shared.me, shared.stranger.ids))
        assert rows_of(conn, shared.stranger.scope.tenant_id) == before


def test_a_connection_or_run_of_a_stranger_is_not_there(houses: tuple[House, House]) -> None:
    shared, _ = houses
    assert shared.stranger is not None
    mixed = Scope(shared.me.scope.tenant_id, shared.stranger.scope.connection_id)
    with undone(shared.store) as conn:
        with pytest.raises(LookupError, match="leadtier doctor"):
            connections.connection_by_id(conn, mixed)
        with pytest.raises(NoResultFound):
            runs.run_by_id(conn, shared.me.scope, shared.stranger.run.id)
