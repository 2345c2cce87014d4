"""The nightly comparison of the whole book with the CRM: what it finds, what it asks, and that a kill costs nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from adapters.contract import Broken
from connector.flows import missing
from connector.flows.cadence import due
from connector.flows.full_pass import same as means_the_same
from connector.flows.missing import answer, question, standing
from connector.flows.parts import DirectSteps, tell
from connector.flows.reconcile import STORY, begin
from connector.flows.services import Refused
from connector.store import connections as connection_rows
from connector.store import outbox as outbox_rows
from connector.store import runs as run_rows
from connector.store import tables as t
from connector.store.connections import Connection
from connector.store.database import Scope
from connector.store.runs import Run
from tests.flows.conftest import World, same
from tests.flows.crm import Crm, Killed

ONES_OWN = "leadtier_reason_1"


@pytest.fixture
def scope(world: World) -> Scope:
    """A connection that is synced; the next day has come."""
    made = world.connect()
    world.sync(made)
    world.now += timedelta(days=1)
    return made


def reconcile(world: World, scope: Scope) -> Run:
    svc = world.services()
    run = begin(svc, scope)
    try:
        tell(STORY, svc, scope, run.id, DirectSteps(svc.sleep))
    finally:
        for pull in svc.pulls.values():
            pull.close()
    with world.store.read() as conn:
        return run_rows.run_by_id(conn, scope, run.id)


def row(world: World, scope: Scope) -> Connection:
    with world.store.read() as conn:
        return connection_rows.connection_by_id(conn, scope)


def there(world: World) -> set[str]:
    with world.store.read() as conn:
        return set(conn.execute(sa.select(t.lead.c.crm_id).where(t.lead.c.known, ~t.lead.c.archived)).scalars())


def book(world: World, size: int) -> Scope:
    """A connection with so many leads, synced."""
    world.crm.book(size).page_size = 100
    scope = world.connect()
    world.sync(scope)
    world.now += timedelta(days=1)
    return scope


def vanish(crm: Crm, *crm_ids: str) -> None:
    """They go without a trace: no list of deleted records names them."""
    for crm_id in crm_ids:
        del crm.contacts[crm_id]


def ids(count: int) -> list[str]:
    return [str(1000 + number) for number in range(count)]


def test_where_nothing_was_missed_it_says_so_and_moves_nothing(world: World, scope: Scope) -> None:
    world.sync(scope)  # the new day's scores
    writes = len(world.crm.writes)
    run = reconcile(world, scope)
    assert (run.state, run.message) == ("done", "23 contacts in the CRM, 23 here.")
    assert (run.scored, run.written, len(world.crm.writes)) == (0, 0, writes)
    assert row(world, scope).nightly_on == "2026-11-21"


def test_a_lead_deleted_without_a_hint_is_retired(world: World, scope: Scope) -> None:
    vanish(world.crm, "1003", "1004")
    run = reconcile(world, scope)
    assert run.message == "21 contacts in the CRM, 21 here, 2 retired."
    assert there(world) == set(world.crm.contacts)


def test_one_that_the_crm_lists_as_deleted_is_retired_without_being_asked_for(world: World, scope: Scope) -> None:
    world.crm.contacts["1003"] = replace(world.crm.contacts["1003"], archived=True)
    asked: list[str] = []
    world.crm.on_call = asked.append
    run = reconcile(world, scope)
    assert run.message.endswith("22 here, 1 retired.")
    assert "contacts_by_id" not in asked


def test_a_merge_nobody_told_of_is_followed(world: World, scope: Scope) -> None:
    vanish(world.crm, "1003")
    world.crm.contacts["1004"] = replace(world.crm.contacts["1004"], replaces=("1003",))
    world.crm.activities["calls:3"] = replace(world.crm.activities["calls:3"], contact_ids=("1004",))
    run = reconcile(world, scope)
    assert run.message == "22 contacts in the CRM, 22 here, 1 merged."
    with world.store.read() as conn:
        acts = sa.select(t.activity.c.source_id).join(t.lead).where(t.lead.c.crm_id == "1004")
        assert set(conn.execute(acts).scalars()) >= {"calls:3", "calls:4"}


def test_one_that_is_only_hidden_from_the_list_stays(world: World, scope: Scope) -> None:
    world.crm.hidden.add("1003")
    assert reconcile(world, scope).message == "22 contacts in the CRM, 23 here."
    assert "1003" in there(world)


def test_one_deleted_and_made_again_lives_under_its_new_id(world: World, scope: Scope) -> None:
    vanish(world.crm, "1003")
    world.crm.person("2003", firstname="P3", email="p3@example.com")
    run = reconcile(world, scope)
    assert run.message == "23 contacts in the CRM, 23 here, 1 retired."
    assert {"2003"} <= there(world)
    assert "1003" not in there(world)


def test_one_restored_in_the_crm_is_a_lead_again(world: World, scope: Scope) -> None:
    record = world.crm.contacts["1003"]
    vanish(world.crm, "1003")
    reconcile(world, scope)
    world.crm.contacts["1003"] = record
    world.now += timedelta(days=1)
    assert "1003" not in there(world)
    reconcile(world, scope)
    assert "1003" in there(world)


def test_a_change_without_a_trace_is_found(world: World, scope: Scope) -> None:
    changed = world.crm.contacts["1005"]
    long_ago = changed.updated_at and changed.updated_at - timedelta(days=9)
    properties = {**changed.properties, "recent_conversion_event_name": "Request a quote: Quote form"}
    properties["recent_conversion_date"] = "2026-11-19T10:00:00Z"
    world.crm.contacts["1005"] = replace(changed, properties=properties, updated_at=long_ago)
    world.sync(scope)
    assert world.crm.written["1005"][ONES_OWN] != "Requested a quote on 19 Nov (+25)"
    reconcile(world, scope)
    assert world.crm.written["1005"][ONES_OWN] == "Requested a quote on 19 Nov (+25)"


@pytest.mark.parametrize("by_hand", ["Great lead!", None], ids=["changed", "emptied"])
def test_a_value_of_ours_that_somebody_changed_is_put_right(world: World, scope: Scope, by_hand: str | None) -> None:
    world.sync(scope)
    right = world.crm.written["1003"][ONES_OWN]
    world.crm.written["1003"][ONES_OWN] = by_hand
    world.crm.writes.clear()
    run = reconcile(world, scope)
    assert run.message == "23 contacts in the CRM, 23 here, 1 put right."
    [(crm_id, values)] = world.crm.writes
    assert (crm_id, values[ONES_OWN], set(values)) == ("1003", right, {ONES_OWN, "leadtier_scored_at"})
    assert reconcile(world, scope).message == "23 contacts in the CRM, 23 here."


def test_what_is_about_to_be_written_anyway_is_left_alone(world: World, scope: Scope) -> None:
    world.sync(scope)
    world.crm.written["1003"][ONES_OWN] = "Great lead!"
    with world.store.write() as conn:
        lead_id = conn.execute(sa.select(t.lead.c.id).where(t.lead.c.crm_id == "1003")).scalar_one()
        outbox_rows.put(conn, scope, {lead_id: "{}"}, 2**40)
    assert "put right" not in reconcile(world, scope).message


@pytest.mark.parametrize(
    ("ours", "theirs", "same_thing"),
    [
        ("40", "40.0", True), ("40", "41", False), ("a\nb", "a\r\nb ", True), (None, "", True), ("", None, True),
        ("0", None, False), ("Hot", "Warm", False), ("nan", "nan", True), ("1e1", "10", True), ("x", "", False),
    ],
)  # fmt: skip
def test_a_value_is_compared_by_what_it_means(ours: str | None, theirs: str | None, same_thing: bool) -> None:
    assert means_the_same(ours, theirs) is same_thing


def test_up_to_five_percent_missing_are_retired(world: World) -> None:
    scope = book(world, 1000)
    vanish(world.crm, *ids(49))
    run = reconcile(world, scope)
    assert run.message == "951 contacts in the CRM, 951 here, 49 retired."
    assert standing(row(world, scope)) is None


def test_above_five_percent_nobody_is_retired_and_a_person_is_asked(world: World) -> None:
    scope = book(world, 1000)
    vanish(world.crm, *ids(51))
    run = reconcile(world, scope)
    assert (run.state, len(there(world))) == ("done", 1000)
    assert run.message.endswith("51 of 1,000 leads were not seen and stay as they are; `leadtier missing` asks.")
    asked = standing(row(world, scope))
    assert asked is not None
    assert (asked.count, asked.of, asked.run, asked.day) == (51, 1000, run.id, "2026-11-21")
    assert "leadtier missing --connection hubspot accept" in asked.mend("hubspot")


def test_in_a_small_book_a_handful_is_no_question(world: World, scope: Scope) -> None:
    vanish(world.crm, *ids(5))
    reconcile(world, scope)
    assert len(there(world)) == 18
    world.crm.hidden |= set(list(world.crm.contacts)[:6])
    reconcile(world, scope)
    assert standing(row(world, scope)) is not None


def test_a_permission_lost_and_given_back_costs_nothing(world: World, scope: Scope) -> None:
    book_before = dict(world.crm.contacts)
    vanish(world.crm, *ids(12))
    reconcile(world, scope)
    assert standing(row(world, scope)) is not None
    assert len(there(world)) == 23
    world.crm.contacts = book_before
    world.now += timedelta(days=1)
    reconcile(world, scope)
    assert row(world, scope).missing == ""
    assert len(there(world)) == 23


def test_accepted_they_are_retired_by_the_next_reconciliation_which_is_due_at_once(world: World, scope: Scope) -> None:
    vanish(world.crm, *ids(12))
    reconcile(world, scope)
    world.now += timedelta(hours=1)
    assert "reconcile" not in [one.what for one in due(world.services())]
    answer(world.services(), scope, missing.ACCEPT, "admin")
    assert standing(row(world, scope)) is None
    work = [one.what for one in due(world.services())]
    assert "reconcile" in work or "sync" in work
    assert "12 retired" in reconcile(world, scope).message
    assert (len(there(world)), row(world, scope).missing) == (11, "")


def test_what_was_accepted_covers_no_more_than_what_was_asked(world: World, scope: Scope) -> None:
    vanish(world.crm, *ids(7))
    reconcile(world, scope)
    answer(world.services(), scope, missing.ACCEPT, "admin")
    vanish(world.crm, "1010")
    reconcile(world, scope)
    asked = standing(row(world, scope))
    assert asked is not None
    assert (asked.count, len(there(world))) == (8, 23)


def test_dismissed_it_is_not_asked_again_until_the_number_changes(world: World, scope: Scope) -> None:
    vanish(world.crm, *ids(7))
    reconcile(world, scope)
    answer(world.services(), scope, missing.KEEP, "admin")
    reconcile(world, scope)
    assert standing(row(world, scope)) is None
    assert question(row(world, scope)) is not None
    assert len(there(world)) == 23
    vanish(world.crm, "1010")
    reconcile(world, scope)
    assert standing(row(world, scope)) is not None


def test_there_is_nothing_to_answer_where_nothing_was_asked(world: World, scope: Scope) -> None:
    with pytest.raises(Refused, match="nothing to answer"):
        answer(world.services(), scope, missing.KEEP, "admin")


def test_a_lead_made_while_the_book_is_read_is_not_missed(world: World, scope: Scope) -> None:
    def meanwhile(what: str) -> None:
        if what == "outcomes":
            with world.store.write() as conn:
                new = {"tenant_id": scope.tenant_id, "connection_id": scope.connection_id, "crm_id": "3000"}
                made = int(world.now.timestamp()) + 1
                conn.execute(sa.insert(t.lead), {**new, "known": True, "created_at": made})
            world.crm.on_call = lambda what: None

    world.crm.on_call = meanwhile
    assert "retired" not in reconcile(world, scope).message
    assert "3000" in there(world)


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> World:
    """How a book ends in which somebody was deleted and something changed by hand, when nobody disturbs the run."""
    world = World(Crm().book(), tmp_path_factory.mktemp("compared") / "world.db")
    disturb_and(world, lambda scope: reconcile(world, scope))
    return world


def disturb_and(world: World, then: Callable[[Scope], object]) -> None:
    scope = world.connect()
    world.sync(scope)
    world.now += timedelta(days=1)
    world.sync(scope)
    vanish(world.crm, "1003", "1004")
    world.crm.written["1006"][ONES_OWN] = "Great lead!"
    then(scope)


@pytest.mark.parametrize("killed_at", range(1, 28, 2))
def test_killed_at_any_call_it_goes_on_and_ends_the_same(world: World, compared: World, killed_at: int) -> None:
    def killed_and_again(scope: Scope) -> None:
        calls = 0

        def kill(what: str) -> None:
            nonlocal calls
            calls += 1
            if calls == killed_at:
                raise Killed

        world.crm.on_call = kill
        try:
            first = reconcile(world, scope)
        except Killed:
            first = None
        world.crm.on_call = lambda what: None
        if first is None:
            last = reconcile(world, scope)
            assert (last.state, last.message) == ("done", "21 contacts in the CRM, 21 here, 2 retired, 1 put right.")
            with world.store.read() as conn:
                runs = [run for run in run_rows.last_runs(conn, scope.tenant_id) if run.kind == "reconcile"]
            assert len(runs) == 1, "the run that was killed is the one that went on"

    disturb_and(world, killed_and_again)
    same(compared, world)


def test_one_that_fails_leaves_the_cursors_as_they_were(world: World, scope: Scope) -> None:
    before = row(world, scope).cursors
    read = 0

    def fail(what: str) -> None:
        nonlocal read
        read += what == "contacts"
        if read > 2:
            raise Broken("The CRM talks nonsense.")

    world.crm.on_call = fail
    assert reconcile(world, scope).state == "failed"
    assert row(world, scope).cursors == before
    assert row(world, scope).nightly_on != "2026-11-21", "it is tried again this night"
    world.crm.on_call = lambda what: None
    assert not world.sync(scope).run.anew, "a sync goes on from the cursors"
    assert reconcile(world, scope).state == "done"


def test_it_reads_all_contacts_and_of_the_rest_what_is_new(world: World, scope: Scope) -> None:
    world.crm.activities = {
        key: replace(act, updated_at=act.updated_at and act.updated_at - timedelta(days=9))
        for key, act in world.crm.activities.items()
    }
    run = reconcile(world, scope)
    assert (run.contacts, run.activities) == (23, 0)


def test_a_full_sync_keeps_the_connections_cursors_until_it_is_done(world: World, scope: Scope) -> None:
    before = row(world, scope).cursors

    def fail(what: str) -> None:
        raise Broken("The CRM talks nonsense.")

    world.crm.on_call = fail
    assert world.sync(scope, full=True).run.state == "failed"
    assert row(world, scope).cursors == before
    world.crm.on_call = lambda what: None
    assert world.sync(scope).run.contacts == 23, "the next sync does what the full one could not"
