"""What the rows promise: the newest values win, nothing is cleared that moved meanwhile, one open run of a kind."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from connector.core.types import Activity
from connector.store import activities, cards, flags, leads, models, outbox, runs
from connector.store import tables as t
from connector.store.leads import LeadRow
from tests.store.agencies import AT, Party, card, move_in


@pytest.fixture
def me(conn: sa.Connection) -> Party:
    return move_in(conn, "agency")


def waiting(conn: sa.Connection, me: Party, at: int = AT) -> dict[int, str]:
    return {row.lead_id: row.values for row in outbox.due(conn, me.scope, at, 10)}


def test_the_newest_values_win_and_only_what_was_written_is_removed(conn: sa.Connection, me: Party) -> None:
    lead = me.ids[0]
    (row,) = outbox.due(conn, me.scope, AT, 10)
    outbox.put(conn, me.scope, {lead: "newer"}, AT)
    outbox.remove(conn, me.scope, {lead: row.version})
    assert waiting(conn, me) == {lead: "newer"}, "newer values came while the older ones were on their way"
    outbox.remove(conn, me.scope, {lead: row.version + 1})
    assert waiting(conn, me) == {}


def test_a_postponed_row_waits_and_counts_its_attempts(conn: sa.Connection, me: Party) -> None:
    lead = me.ids[0]
    outbox.postpone(conn, me.scope, {lead: AT + 60})
    assert (waiting(conn, me, AT + 59), outbox.next_due(conn, me.scope)) == ({}, AT + 60)
    (row,) = outbox.due(conn, me.scope, AT + 60, 10)
    assert row.attempts == 1


def test_a_parked_row_waits_for_new_values_or_the_next_sync(conn: sa.Connection, me: Party) -> None:
    first, refused = me.ids[:2]
    assert outbox.counts(conn, me.scope) == {"waiting": 1, "refused": 1}
    outbox.put(conn, me.scope, {refused: "new"}, AT)
    assert waiting(conn, me) == {first: '{"s": "agency"}', refused: "new"}
    outbox.park(conn, me.scope, {first: "no"})
    assert outbox.unpark(conn, me.scope, AT) == 1
    assert set(waiting(conn, me)) == {first, refused}


def test_a_row_that_waits_for_its_next_attempt_is_due_with_the_next_sync(conn: sa.Connection, me: Party) -> None:
    first, refused = me.ids[:2]
    outbox.postpone(conn, me.scope, {first: AT + 86_400})
    assert outbox.unpark(conn, me.scope, AT) == 2
    assert set(waiting(conn, me)) == {first, refused}
    assert outbox.unpark(conn, me.scope, AT) == 0


def test_a_lead_that_changed_while_it_was_scored_stays_dirty(conn: sa.Connection, me: Party) -> None:
    seen = {lead.id: lead.dirty for lead in leads.dirty_leads(conn, me.scope, 10)}
    leads.mark_dirty(conn, me.scope, [me.ids[1]])
    leads.clear_dirty(conn, me.scope, seen)
    assert [lead.id for lead in leads.dirty_leads(conn, me.scope, 10)] == [me.ids[1]]


def test_the_same_record_read_again_marks_nothing(conn: sa.Connection, me: Party) -> None:
    same = [LeadRow(crm_id, AT, '{"first_name": "agency"}', "agency", False) for crm_id in me.leads]
    ids, changed = leads.save_leads(conn, me.scope, same)
    assert (ids, changed) == (me.leads, set())
    _, changed = leads.save_leads(conn, me.scope, [same[0]._replace(digest="other")])
    assert changed == {me.leads["1001"]}


def test_a_record_only_named_by_an_activity_is_unread_until_it_is_read_or_gone(conn: sa.Connection, me: Party) -> None:
    leads.ids_for(conn, me.scope, ["8888"])
    assert sorted(leads.unread(conn, me.scope, 10)) == ["8888", "9999"]
    leads.save_leads(conn, me.scope, [LeadRow("8888", AT, "{}", "x", False)])
    leads.mark_gone(conn, me.scope, ["9999"])
    assert leads.unread(conn, me.scope, 10) == []


def test_a_record_that_is_gone_takes_its_card_and_its_waiting_values_along(conn: sa.Connection, me: Party) -> None:
    leads.mark_gone(conn, me.scope, ["1001"])
    assert cards.cards_of(conn, me.scope, me.ids).keys() == {me.leads["1002"]}
    assert waiting(conn, me) == {}
    assert me.leads["1001"] not in {lead.id for lead in leads.leads_after(conn, me.scope, 0, 10)}


def test_an_activity_of_a_record_that_is_gone_makes_no_work(conn: sa.Connection, me: Party) -> None:
    leads.clear_dirty(conn, me.scope, {lead.id: lead.dirty for lead in leads.dirty_leads(conn, me.scope, 10)})
    leads.mark_gone(conn, me.scope, ["1001"])
    leads.mark_dirty(conn, me.scope, [me.leads["1001"]])
    assert leads.count_dirty(conn, me.scope) == 0


def test_one_open_run_of_a_kind_and_the_database_itself_refuses_a_second(conn: sa.Connection, me: Party) -> None:
    assert runs.begin_run(conn, me.scope, "sync", AT + 9).id == me.run.id
    whose = {"tenant_id": me.scope.tenant_id, "connection_id": me.scope.connection_id}
    second = sa.insert(t.run).values(**whose, kind="sync", phase="", state="", started_at=AT)
    with pytest.raises(sa.exc.IntegrityError), conn.begin_nested():
        conn.execute(second)
    runs.finish_run(conn, me.run, "done", "", AT)
    assert runs.begin_run(conn, me.scope, "sync", AT + 9).id != me.run.id


def test_an_act_counts_once_and_is_followed_when_it_moves(conn: sa.Connection, me: Party) -> None:
    one, two, _ = me.ids
    act = Activity(one, "calls:1", "call", AT, "agency")
    assert activities.replace_activities(conn, me.scope, ["calls:1"], [act, act]) == set()
    moved = Activity(two, "calls:1", "call", AT, "agency")
    assert activities.replace_activities(conn, me.scope, ["calls:1"], [moved]) == {one, two}
    assert activities.activities_of(conn, me.scope, [one]) == []


def test_what_was_seen_before_is_known_whatever_language_the_database_sorts_by(conn: sa.Connection, me: Party) -> None:
    lead = me.ids[0]
    signal = Activity(lead, "signal:form:1", "form_submitted", AT)
    assert activities.add_signals(conn, me.scope, [signal]) == {lead}
    assert activities.add_signals(conn, me.scope, [signal]) == set()
    before = flags.count_from(conn, me.scope, "record:77")
    new = flags.NewFlag(lead, "record:77:1", "too_high", "", "", AT, 50, "v1", (), AT)
    assert flags.add(conn, me.scope, new)
    assert flags.count_from(conn, me.scope, "record:77") == before + 1


def test_a_card_comes_back_as_it_was_kept(conn: sa.Connection, me: Party) -> None:
    kept = card(me.ids[2], 65, "Fits “home” – 100 %")
    cards.save_cards(conn, me.scope, [kept])
    assert cards.cards_of(conn, me.scope, [me.ids[2]]) == {me.ids[2]: kept}


def test_models_are_numbered_and_the_newest_scores(conn: sa.Connection, me: Party) -> None:
    stored = models.publish_model(conn, me.scope.tenant_id, "mine", "text", "me", AT)
    assert stored.label == "mine v2"
    assert models.published_model(conn, me.scope.tenant_id) == stored
