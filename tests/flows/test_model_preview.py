"""The preview of a draft: what it shows is what publishing gives, on the tenant's own leads and on nobody else's."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

import mappings
from connector.core.comparing import Won
from connector.core.model import ModelRefused
from connector.core.types import Tier
from connector.flows import book as book_flow
from connector.flows.book import FRESH, REST, book
from connector.flows.bookcase import BookLoading
from connector.flows.model_preview import preview
from connector.flows.parts import DirectSteps
from connector.flows.previewed import Preview
from connector.flows.publish import publish, published_text
from connector.flows.rescore import begin_rescore, rescore
from connector.flows.services import Services
from connector.flows.trying import try_model
from connector.store import activities as activity_rows
from connector.store import flags as flag_rows
from connector.store import leads as lead_rows
from connector.store import models as model_rows
from connector.store import tables as t
from connector.store import tenants
from connector.store.activities import OutcomeRow
from connector.store.database import Scope
from tests.flows.conftest import World
from tests.flows.live_world import live_world

STARTER = mappings.model_text("starter")
SCOPE = Scope(1, 1)


def edited(*edits: tuple[str, str], text: str = STARTER) -> str:
    for old, new in edits:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def shown(svc: Services, text: str) -> Preview:
    found = preview(svc, text, 30)
    assert isinstance(found, Preview)
    return found


@pytest.fixture
def world(tmp_path: Path) -> World:
    return live_world(tmp_path)


DRAFTS = {
    "points": edited(("points: 25", "points: 60")),
    "lines": edited(("MQL: 40", "MQL: 15"), ("SQL: 65", "SQL: 30")),
    "decay": edited(("{days: 30, percent: 20}", "{days: 1, percent: 45}")),
    "a condition": edited(("between: [25, 60]", "between: [40, 80]")),
    "hysteresis": edited(("MQL: 40", "MQL: 30"), ("SQL: 65", "SQL: 45")) + "\nhysteresis: 14\n",
    "another model": mappings.model_text("term_life"),
}


@pytest.mark.parametrize("about", DRAFTS)
def test_publishing_gives_every_lead_the_score_and_tier_that_was_previewed(
    world: World, tmp_path: Path, about: str
) -> None:
    svc = world.services()
    with svc.store.write() as conn:
        held = lead_rows.known_leads(conn, SCOPE, ["1003"])["1003"].id
        flag_rows.hold(conn, SCOPE, held, svc.now() - 100)
    seen = shown(svc, DRAFTS[about])
    found = book(svc)
    assert not isinstance(found, BookLoading)
    tried = try_model(svc, found, DRAFTS[about]).now
    ids = [int(lead_id) for chunk in found.chunks for lead_id in chunk.batch.lead_ids]
    previewed = dict(zip(ids, zip(tried.scores.tolist(), tried.stages.tolist(), strict=True), strict=True))
    publish_text(svc, tmp_path, DRAFTS[about])
    with svc.store.read() as conn:
        rows = conn.execute(sa.select(t.card.c.lead_id, t.card.c.score, t.card.c.stage, t.card.c.tier)).all()
    stages = {"none": 0, "MQL": 1, "SQL": 2}
    assert {row.lead_id: (row.score, stages[row.stage]) for row in rows} == previewed
    assert {move.tier: move.draft for move in seen.tiers} == {
        tier: sum(row.tier == tier for row in rows) for tier in Tier
    }
    assert previewed[held] == (0, 0)


def publish_text(svc: Services, folder: Path, text: str) -> None:
    path = folder / "starter.yaml"
    path.write_text(text)
    publish(svc, str(path), "ana")
    run = begin_rescore(svc, SCOPE)
    rescore(svc, SCOPE, run.id, DirectSteps(svc.sleep))


@pytest.mark.parametrize("about", ["points", "decay", "lines"])
def test_as_many_records_are_written_as_the_preview_said(world: World, tmp_path: Path, about: str) -> None:
    svc = world.services()
    cost = shown(svc, DRAFTS[about]).writes[0]
    assert cost.calls == -(-cost.records // 4)
    before = len(world.crm.writes)
    publish_text(svc, tmp_path, DRAFTS[about])
    assert len(world.crm.writes) - before == cost.records > 0


def test_the_live_model_as_draft_moves_nobody_and_writes_nothing(world: World) -> None:
    svc = world.services()
    found = shown(svc, published_text(svc))
    assert (found.changing, found.rescored, found.up, found.down) == (0, 0, [], [])
    assert [cost.records for cost in found.writes] == [0]
    assert all(move.delta == 0 for move in found.tiers)
    assert all(bar.live == bar.leads for bar in found.bins)


def test_nothing_is_written_or_kept_by_looking(world: World) -> None:
    svc = world.services()
    with svc.store.read() as conn:
        before = {table.name: conn.execute(sa.select(table)).all() for table in t.metadata.sorted_tables}
    shown(svc, DRAFTS["points"])
    with svc.store.read() as conn:
        after = {table.name: conn.execute(sa.select(table)).all() for table in t.metadata.sorted_tables}
    assert before == after
    assert len(world.crm.writes) == len(live_world(world.path.parent).crm.writes)


def test_movers_come_with_names_and_both_reason_lists(world: World) -> None:
    found = shown(world.services(), DRAFTS["points"])
    first = found.up[0]
    assert first.draft.score - first.live.score == 35
    assert first.fields["first_name"].startswith("P")
    assert any(reason.endswith("(+25)") for reason in first.live.reasons)
    assert any(reason.endswith("(+60)") for reason in first.draft.reasons)
    assert found.rescored == sum(1 for n in range(23) if n % 3 == 0)
    assert len(found.up) == found.rescored
    assert found.down == []


def test_the_counts_add_up_to_the_book(world: World) -> None:
    found = shown(world.services(), DRAFTS["lines"])
    assert found.leads == 23
    assert sum(move.draft for move in found.tiers) == sum(move.live or 0 for move in found.tiers) == 23
    assert sum(bar.leads for bar in found.bins) == sum(found.moves.values()) == 23
    assert found.changing == sum(count for (one, other), count in found.moves.items() if one is not other) > 0


def test_criteria_tell_how_often_they_fire_in_the_draft_and_live(world: World) -> None:
    found = shown(world.services(), edited(("id: quote_or_callback", "id: asked_us")))
    lost = [name for name, fires in found.fires.items() if fires.draft is None]
    new = [name for name, fires in found.fires.items() if fires.live is None]
    assert (lost, new) == (["quote_or_callback"], ["asked_us"])
    fires = found.fires["asked_us"].draft
    assert fires is not None
    assert (fires.met, fires.asked) == (8, 23)


def test_the_linter_speaks_of_this_book(world: World) -> None:
    svc = world.services()
    with svc.store.write() as conn:
        rows = [
            lead_rows.LeadRow(f"more-{n}", svc.now() - 900, '{"product_interest": "term_life"}', str(n), archived=False)
            for n in range(60)
        ]
        lead_rows.save_leads(conn, SCOPE, rows)
    said = " ".join(problem.text for problem in shown(svc, published_text(svc)).findings)
    assert "is empty for" in said


def test_without_a_live_model_the_draft_stands_alone(world: World) -> None:
    svc = world.services()
    with svc.store.write() as conn:
        conn.execute(sa.delete(t.model))
    found = shown(svc, STARTER)
    assert (found.live, found.changing, found.up) == (None, 0, [])
    assert {move.live for move in found.tiers} == {None}
    assert found.writes[0].records == 23


def test_a_live_model_that_is_not_taken_any_more_is_compared_with_nothing(world: World) -> None:
    svc = world.services()
    with svc.store.write() as conn:
        model_rows.publish_model(conn, 1, "ours", "weights: 5\n" + STARTER, "ana", svc.now())
    assert shown(svc, STARTER).live is None


def test_a_text_that_is_no_model_is_refused_with_its_lines(world: World) -> None:
    with pytest.raises(ModelRefused) as refused:
        shown(world.services(), edited(("SQL: 65", "SQL: many")))
    assert refused.value.problems[0].line


def test_sold_shares_leave_out_what_followed_the_sale(world: World) -> None:
    svc = world.services()
    with svc.store.write() as conn:
        lead = lead_rows.known_leads(conn, SCOPE, ["1000", "1001"])
        closed = svc.now() - 10 * 86_400
        rows = [
            OutcomeRow(lead["1000"].id, "d1", "won", closed, closed, 1.0),
            OutcomeRow(lead["1001"].id, "d2", "lost", closed, closed, None),
        ]
        activity_rows.replace_outcomes(conn, SCOPE, ["d1", "d2", "1"], rows)
    found = shown(svc, edited(("MQL: 40", "MQL: 15"), ("SQL: 65", "SQL: 20")))
    assert found.decided == Won(1, 2)
    # Lead 1000 asked for a quote two days ago, long after its sale: that says nothing about what led to it.
    now = {move.tier: move.draft for move in found.tiers}
    assert now[Tier.HOT] > 0
    assert {move.tier: move.won_draft.decided for move in found.tiers}[Tier.HOT] == 0


def test_a_book_is_read_again_only_where_something_changed(world: World) -> None:
    svc = world.services()
    first = book(svc, 30)
    world.now += timedelta(seconds=FRESH + 1)
    assert book(svc, 30) is first
    assert first.checked_at == world.now
    world.crm.person("5000", updated=world.now, firstname="New", state="TX", age="40")
    world.sync(SCOPE)
    world.now += timedelta(seconds=FRESH + 1)
    assert len(book(svc, 30)) == len(first) + 1, "whoever looks after a sync sees what it brought"


def test_while_somebody_edits_a_large_book_rests_but_before_publishing_only_the_newest_will_do(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(book_flow, "CHUNK", 2)
    svc = world.services()
    first = book(svc, 30)
    world.crm.person("5000", updated=world.now, firstname="New", state="TX", age="40")
    world.sync(SCOPE)
    world.now += timedelta(seconds=FRESH + 1)
    assert book(svc, 30) is first
    assert isinstance(book(svc, 0, newest=True), BookLoading), "the old one is not shown before publishing"
    svc.books.settle()
    assert len(book(svc, 30, newest=True)) == len(first) + 1
    world.crm.person("5001", updated=world.now, firstname="Newer", state="TX", age="40")
    world.sync(SCOPE)
    world.now += timedelta(seconds=REST + 1)
    assert len(book(svc, 30)) == len(first) + 2


def test_a_field_that_was_added_since_is_read_before_anything_is_shown(world: World) -> None:
    svc = world.services()
    book(svc, 30)
    custom = {"pets": {"type": "number", "meaning": "Pets of the household"}}
    with svc.store.write() as conn:
        conn.execute(sa.update(t.tenant).values(custom_fields=json.dumps(custom)))
        conn.execute(sa.update(t.lead).where(t.lead.c.crm_id == "1000").values(fields='{"pets": 3}'))
    svc = svc.for_tenant(1)
    found = book(svc, 30)
    assert not isinstance(found, BookLoading)
    assert "pets" in found.fields
    assert found.chunks[0].batch.fields["pets"].known().sum() == 1


def test_archived_leads_and_those_of_other_agencies_are_in_no_book(world: World) -> None:
    svc = world.services()
    with svc.store.write() as conn:
        stranger = tenants.add_tenant(conn, "stranger", "UTC", 0)
        lead_rows.mark_gone(conn, SCOPE, ["1000"])
    assert len(book(svc, 30)) == 22
    theirs = book(svc.for_tenant(stranger.id), 30)
    assert len(theirs) == 0
    assert shown(svc.for_tenant(stranger.id), STARTER).leads == 0


def test_a_new_day_scores_as_of_its_beginning_from_the_same_book(world: World) -> None:
    svc = world.services()
    first = shown(svc, STARTER)
    world.now += timedelta(days=40)
    later = shown(svc, STARTER)
    assert first.rescored == later.rescored == 0
    assert [bar.leads for bar in first.bins] != [bar.leads for bar in later.bins]
