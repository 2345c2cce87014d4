"""What publishing a mapping would change, tried on the newest contacts."""

from __future__ import annotations

import pytest

from adapters.contract import CrmField, FieldType, Quota, Retry
from connector.core.types import Tier
from connector.flows.explain import explain_all
from connector.flows.mapping_drafts import as_draft, open_draft
from connector.flows.mapping_edits import apply
from connector.flows.mapping_preview import OTHER_RULES, MappingPreview, preview
from connector.flows.opened import SeenQuota
from connector.store.database import Scope
from tests.flows.conftest import World


def previewed(world: World, scope: Scope, **edits: str) -> MappingPreview:
    svc = world.services()
    text = open_draft(svc, scope).text
    return preview(svc, as_draft(svc, scope, apply(text, {p.replace("__", "."): v for p, v in edits.items()})))


@pytest.fixture
def scope(world: World) -> Scope:
    """A synced book; a second property holds other ages, and for half the people only."""
    world.crm.fields["real_age"] = CrmField("real_age", "Real age", FieldType.TEXT)
    for n in range(23):
        record = world.crm.contacts[f"{1000 + n}"]
        extra = {"real_age": "45"} if n % 2 else {}
        world.crm.person(record.id, **{**record.properties, "age": "90", **extra})
    made = world.connect()
    world.sync(made)
    return made


def test_a_draft_that_says_nothing_new_changes_nothing_and_agrees_with_what_stands(world: World, scope: Scope) -> None:
    found = previewed(world, scope)
    assert (found.contacts, found.changing, found.rescored, found.movers) == (23, 0, 0, [])
    assert not any(one.differs for one in found.coverage)
    assert found.moves is not None
    kept = [card.tier for _, _, card in explain_all(world.services(), None, None)]
    assert {tier: found.moves[tier, tier] for tier in Tier} == {tier: kept.count(tier) for tier in Tier}
    assert found.cost is not None
    assert found.cost.records == 0


def test_another_property_shows_coverage_movers_with_both_reasons_and_the_cost(world: World, scope: Scope) -> None:
    found = previewed(world, scope, field__age__from="real_age")
    age = found.coverage[0]
    assert (age.label, age.before, age.after, age.differs) == ("Age", 23, 11, 23)
    assert found.rescored == 11
    assert all(mover.after.score > mover.before.score for mover in found.movers)
    assert all(sum(line.points for line in mover.after.lines) == mover.after.score for mover in found.movers)
    assert found.moves is not None
    assert sum(found.moves.values()) == 23
    cost = found.cost
    assert cost is not None
    assert cost.leads == 23
    # Of the others only the note changes: their age was no good, and now nobody knows it.
    assert 11 <= cost.records <= 23
    assert cost.writes is not None
    assert cost.writes.calls == -(-cost.records // 4)
    assert cost.read_calls is not None
    assert cost.read_calls > 0


def test_nothing_is_written_anywhere(world: World, scope: Scope) -> None:
    written = len(world.crm.writes)
    with world.store.read() as conn:
        tables = ("lead", "activity", "card", "outbox", "draft", "connection", "run")
        before = {name: list(conn.exec_driver_sql(f"SELECT * FROM {name}")) for name in tables}
    previewed(world, scope, field__age__from="real_age")
    with world.store.read() as conn:
        assert {name: list(conn.exec_driver_sql(f"SELECT * FROM {name}")) for name in tables} == before
    assert len(world.crm.writes) == written


def test_other_names_for_our_fields_write_every_record(world: World, scope: Scope) -> None:
    for name in list(world.crm.fields):
        if name.startswith("leadtier_"):
            other = name.replace("leadtier_", "lt_")
            world.crm.fields[other] = CrmField(other, other, world.crm.fields[name].type)
    found = previewed(world, scope, prefix="lt_")
    assert found.cost is not None
    assert found.cost.records == 23


def test_other_rules_for_activities_are_said_not_to_be_counted(world: World, scope: Scope) -> None:
    assert previewed(world, scope, activity__calls__otherwise="called_us").notes == [OTHER_RULES]


def test_the_days_calls_are_compared_with_what_it_needs(world: World, scope: Scope) -> None:
    svc = world.services()
    draft = open_draft(svc, scope)
    svc.accounts.quotas[scope.connection_id] = SeenQuota(Quota(999, 1000, None), 0)
    cost = preview(svc, draft).cost
    assert cost is not None
    assert (cost.calls > 1, cost.fits) == (True, False)


def test_before_the_first_sync_the_sample_tells_what_reading_costs(world: World) -> None:
    scope = world.connect()
    found = previewed(world, scope)
    assert found.contacts == 23
    assert found.cost is not None
    assert (found.cost.leads, found.cost.read_calls, found.cost.like) == (0, 0, None)


def test_without_contacts_or_without_a_model_it_says_so(world: World, scope: Scope) -> None:
    with world.store.write() as conn:
        conn.exec_driver_sql("DELETE FROM model")
    found = previewed(world, scope, field__age__from="real_age")
    assert "No model is published" in found.notes[0]
    assert found.coverage[0].label == "Age"
    assert found.moves is None

    def down(what: str) -> None:
        raise Retry("The CRM is down.")

    world.crm.on_call = down
    assert previewed(world, scope).trouble == "The CRM is down."
