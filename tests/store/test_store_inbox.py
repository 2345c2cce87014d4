"""The inbox, and what the doors keep beside it: an event once, by one statement, on both databases."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import NoResultFound

from connector.store import hook_counts, hook_secrets, inbox
from connector.store import tables as t
from connector.store.database import Scope
from connector.store.hook_counts import Count
from connector.store.inbox import InboxEvent
from tests.store.agencies import AT, Party, move_in

MS = AT * 1000


@pytest.fixture
def me(conn: sa.Connection) -> Party:
    party = move_in(conn, "agency")
    conn.execute(sa.delete(t.inbox))
    return party


@pytest.fixture
def stranger(conn: sa.Connection, me: Party) -> Party:
    party = move_in(conn, "stranger")
    conn.execute(sa.delete(t.inbox))
    return party


def told(scope: Scope, event_id: str, record_id: str = "1001", **fields: Any) -> InboxEvent:
    event = InboxEvent(scope.tenant_id, scope.connection_id, event_id, "changed", record_id, "", "", "", False, AT)
    return event._replace(**fields)


def kept(conn: sa.Connection) -> list[str]:
    return list(conn.execute(sa.select(t.inbox.c.event_id).order_by(t.inbox.c.id)).scalars())


def test_an_event_is_kept_as_it_was_told(conn: sa.Connection, me: Party) -> None:
    event = told(
        me.scope, "e", field="lt_flag", value="häßlich \U0001f600 'x'", merged_ids="7,8", bulk=True, who="userId:1"
    )
    assert inbox.add_events(conn, [event], MS + 7) == 1
    row = conn.execute(sa.select(t.inbox)).one()
    assert tuple(row._mapping[name] for name in InboxEvent._fields) == event
    assert (row.received_ms, row.attempts, row.done_at, row.result) == (MS + 7, 0, None, "")


def test_the_same_event_changes_nothing_and_the_new_ones_beside_it_are_kept(conn: sa.Connection, me: Party) -> None:
    first, again = told(me.scope, "a"), told(me.scope, "a", value="other")
    assert inbox.add_events(conn, [first, told(me.scope, "b"), again], MS) == 2
    assert inbox.add_events(conn, [again, told(me.scope, "c")], MS) == 1
    assert sorted(kept(conn)) == ["a", "b", "c"]
    assert inbox.add_events(conn, [], MS) == 0


def test_the_same_event_of_another_connection_is_another(conn: sa.Connection, me: Party, stranger: Party) -> None:
    assert inbox.add_events(conn, [told(me.scope, "a"), told(stranger.scope, "a")], MS) == 2


def test_what_belongs_to_no_connection_of_its_tenant_is_left_out_and_costs_nothing(
    conn: sa.Connection, me: Party, stranger: Party
) -> None:
    mixed = Scope(me.scope.tenant_id, stranger.scope.connection_id)
    rows = [told(mixed, "a"), told(Scope(me.scope.tenant_id, 9_999), "b"), told(me.scope, "c")]
    assert inbox.add_events(conn, rows, MS) == 1
    assert kept(conn) == ["c"]


def test_characters_that_no_database_keeps_are_taken_out(conn: sa.Connection, me: Party) -> None:
    inbox.add_events(conn, [told(me.scope, "a\x00b", value="\ud800x\x00"), told(me.scope, "good")], MS)
    assert sorted(kept(conn)) == ["ab", "good"]
    values = conn.execute(sa.select(t.inbox.c.value).where(t.inbox.c.event_id == "ab")).scalar_one()
    assert values == "?x"


def test_a_touch_says_that_our_own_rows_changed_and_the_same_touch_is_one(conn: sa.Connection, me: Party) -> None:
    assert inbox.touch(conn, me.scope, ["1001", "1002"], MS, "flag") == 2
    assert inbox.touch(conn, me.scope, ["1001"], MS, "flag") == 0
    assert inbox.touch(conn, me.scope, ["1001"], MS + 1, "flag") == 1
    assert inbox.touch(conn, me.scope, [], MS, "flag") == 0
    rows = conn.execute(sa.select(t.inbox.c.kind, t.inbox.c.record_id, t.inbox.c.occurred_at)).all()
    assert {tuple(row) for row in rows} == {("touched", "1001", AT), ("touched", "1002", AT)}


def test_what_was_heard_is_told_by_connection_without_our_own_touches(conn: sa.Connection, me: Party) -> None:
    inbox.add_events(conn, [told(me.scope, "old")], MS - 86_400_000)
    inbox.add_events(conn, [told(me.scope, "a"), told(me.scope, "b"), told(me.scope, "early")], MS)
    inbox.touch(conn, me.scope, ["1001"], MS + 5, "flag")
    done = sa.update(t.inbox).values(done_at=sa.bindparam("at")).where(t.inbox.c.event_id == sa.bindparam("of"))
    conn.execute(done, [{"of": "a", "at": AT + 4}, {"of": "old", "at": AT}, {"of": "early", "at": AT - 1}])
    (one,) = inbox.heard(conn, me.scope.tenant_id, MS - 1000)
    assert (one.connection, one.last_ms, one.today, one.open) == ("hubspot", MS, 3, 1)
    assert one.delay is not None
    assert float(one.delay) == pytest.approx(2.0)


def test_counts_add_up_and_keep_when_they_began(conn: sa.Connection, me: Party) -> None:
    conn.execute(sa.delete(t.hook_count))
    hook_counts.add_counts(conn, [Count("crm", 0, "too old", "x", 2)], AT)
    hook_counts.add_counts(conn, [Count("crm", 0, "too old", "Mend it.", 3)], AT + 9)
    (found,) = hook_counts.counts_for(conn, me.scope.tenant_id)
    assert found == ("crm", "", "too old", "Mend it.", 5, AT, AT + 9)


def test_reasons_without_end_do_not_fill_the_table(conn: sa.Connection, me: Party) -> None:
    conn.execute(sa.delete(t.hook_count))
    hook_counts.add_counts(conn, [Count("crm", 0, f"reason {n}", "x", 1) for n in range(200)], AT)
    hook_counts.add_counts(conn, [Count("crm", 0, "reason 0", "x", 1), Count("crm", 0, "late", "x", 1)], AT)
    hook_counts.add_counts(conn, [Count("other crm", 0, "late", "x", 1)], AT)
    found = {(each.source, each.reason): each.number for each in hook_counts.counts_for(conn, me.scope.tenant_id)}
    assert len(found) == hook_counts.MOST + 2
    assert found["crm", "other"] == 200 - hook_counts.MOST + 1
    assert sum(found.values()) == 203


def test_an_address_leads_to_its_connection_and_all_of_its_secrets(
    conn: sa.Connection, me: Party, stranger: Party
) -> None:
    conn.execute(sa.delete(t.hook_secret))
    hook_secrets.add_own_secret(conn, me.scope, "here", "sealed 1", AT)
    hook_secrets.add_own_secret(conn, me.scope, "there", "sealed 2", AT)
    hook_secrets.add_own_secret(conn, stranger.scope, "elsewhere", "sealed 3", AT)
    hook_secrets.add_app_secret(conn, "hubspot", "sealed 4", AT)
    found = hook_secrets.behind(conn, "hubspot", "here")
    assert found is not None
    assert (found.scope, found.account_id, found.sealed) == (me.scope, "77", ["sealed 1", "sealed 2"])
    assert hook_secrets.behind(conn, "hubspot", "nowhere") is None
    assert hook_secrets.behind(conn, "hubspot", "") is None, "an app's secret has no address"
    assert hook_secrets.behind(conn, "salesforce", "here") is None
    assert hook_secrets.app_secrets(conn, "hubspot") == ["sealed 4"]
    assert hook_secrets.address_of(conn, me.scope) == "there"


def test_no_secret_is_added_to_what_is_not_the_tenant_s(conn: sa.Connection, me: Party, stranger: Party) -> None:
    with pytest.raises(NoResultFound):
        hook_secrets.add_own_secret(
            conn, Scope(me.scope.tenant_id, stranger.scope.connection_id), "address", "sealed", AT
        )


def test_events_of_an_account_go_to_everybody_who_is_connected_to_it(
    conn: sa.Connection, me: Party, stranger: Party
) -> None:
    found = [Scope(each.tenant_id, each.connection_id) for each in hook_secrets.routes(conn, "hubspot", "77")]
    assert {me.scope, stranger.scope} <= set(found)
    assert hook_secrets.routes(conn, "hubspot", "78") == []
    assert hook_secrets.routes(conn, "salesforce", "77") == []
