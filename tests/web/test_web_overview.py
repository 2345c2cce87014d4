from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from flask.testing import FlaskClient
from hook_support import Doors, event
from web_support import AT, STRANGER, Book

from connector.core.types import Tier
from connector.flows import missing
from connector.flows.missing import Question
from connector.store import connections, inbox, inbox_work, runs, tables
from connector.store.inbox import InboxEvent


def page(client: FlaskClient, path: str = "/") -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_an_empty_house_teaches_how_to_connect(client: FlaskClient) -> None:
    assert "leadtier connect hubspot" in page(client)


def test_a_connection_that_never_synced_says_what_to_run(client: FlaskClient, book: Book) -> None:
    book.connect()
    shown = page(client)
    assert "Not synced yet" in shown
    assert "<code>leadtier sync</code>" in shown


def test_a_good_sync_shows_its_age_and_its_counts(client: FlaskClient, book: Book) -> None:
    book.worker()
    book.run(book.connect(), ago=720, contacts=2000, activities=41, written=7, calls=9)
    shown = page(client)
    assert "Working" in shown
    assert "<strong>12 minutes</strong> ago" in shown
    assert "<dd>2,041</dd>" in shown


def test_data_older_than_a_day_is_called_out_of_date(client: FlaskClient, book: Book) -> None:
    book.worker()
    book.run(book.connect(), ago=3 * 86400)
    assert "Out of date" in page(client)


def test_a_failed_sync_says_why_and_still_how_old_the_data_is(client: FlaskClient, book: Book) -> None:
    scope = book.connect()
    book.run(scope, ago=7200)
    book.run(scope, state="failed", message="The quota is spent until midnight.")
    shown = page(client)
    assert "Last sync failed" in shown
    assert "The quota is spent until midnight." in shown
    assert "<strong>2 hours</strong> ago" in shown


def test_a_running_sync_is_shown_as_such(client: FlaskClient, book: Book) -> None:
    book.worker()
    book.run(book.connect(), state="running")
    assert "Syncing" in page(client)


def test_a_first_sync_is_left_to_the_worker_that_is_there(client: FlaskClient, book: Book) -> None:
    book.connect()
    book.worker()
    assert "The first sync begins by itself." in page(client)


def test_work_that_nobody_does_is_said_with_what_to_start(client: FlaskClient, book: Book) -> None:
    scope = book.connect()
    book.worker(ago=61)
    book.run(scope)
    assert "Nobody works" in page(client)
    assert "<code>leadtier run</code>" in page(client)
    book.run(scope, state="running")
    assert "Cut off" in page(client)
    assert "Syncing" not in page(client)


def test_it_says_when_webhooks_brought_the_last_change(hubspot: Doors) -> None:
    assert "bring changes at once" not in hubspot.page("/")
    hubspot.told(event(7))
    assert "bring changes at once" in hubspot.page("/")


def test_trouble_that_needs_a_person_comes_before_everything(client: FlaskClient, book: Book) -> None:
    scope = book.connect()
    book.run(scope)
    book.trouble(scope, "The token was revoked; connect again.")
    shown = page(client)
    assert "Needs you" in shown
    assert "The token was revoked; connect again." in shown


def test_tiers_are_counted_and_drawn(client: FlaskClient, book: Book) -> None:
    scope = book.connect()
    for crm_id, score, tier in (("1", 80, Tier.HOT), ("2", 50, Tier.WARM), ("3", 50, Tier.WARM), ("4", 0, Tier.COLD)):
        book.lead(scope, crm_id, score, tier)
    shown = page(client)
    assert "Leads by score in steps of five points: 1 Hot, 2 Warm, 1 Cold" in shown
    assert "Warm, score 50 to 54: 2" in shown
    assert "25.0 %" in shown


def test_the_hottest_leads_come_first_with_reasons_and_a_link_to_the_crm(client: FlaskClient, book: Book) -> None:
    scope = book.connect()
    book.lead(scope, "1", 70, Tier.HOT, last_name="Second")
    book.lead(scope, "2", 90, Tier.HOT, last_name="First")
    shown = page(client)
    assert shown.index("Ann First") < shown.index("Ann Second")
    assert "Requested a quote on 20 Nov (+110)" in shown
    assert 'href="https://crm.example/contact/2"' in shown


def test_problems_of_one_kind_are_one_entry_with_their_number(client: FlaskClient, book: Book) -> None:
    scope = book.connect()
    lead_id = book.lead(scope, "1", 70, Tier.HOT)
    book.problem(scope, "1", "age", 'Age holds "abc".', "Write a number.")
    book.problem(scope, "2", "age", 'Age holds "xyz".', "Write a number.")
    book.problem(scope, "", "owners", "A permission is missing.", "Grant it.")
    shown = page(client)
    assert shown.index("A permission is missing.") < shown.index("Age holds &#34;abc&#34;.")
    assert "Age holds &#34;xyz&#34;." not in shown
    assert "2 records have this" in shown
    assert f'href="/leads/{lead_id}">Record 1' in shown


def test_nothing_amiss_is_said_too(client: FlaskClient, book: Book) -> None:
    book.connect()
    assert "Every value could be read" in page(client)


def test_nobody_sees_another_agency(client: FlaskClient, book: Book, stranger: Book) -> None:
    book.connect()
    scope = stranger.connect("their crm")
    lead_id = stranger.lead(scope, "9", 99, Tier.HOT, last_name=STRANGER)
    stranger.run(scope, contacts=123)
    stranger.problem(scope, "9", "age", STRANGER, "")
    for path in ("/", "/leads", "/leads?q=Secret", "/problems", "/runs"):
        shown = page(client, path)
        assert "Stranger" not in shown
        assert "their crm" not in shown
        assert "123" not in shown
    assert client.get(f"/leads/{lead_id}").status_code == 404


def test_it_says_when_the_crm_is_read_next_and_was_last_compared(client: FlaskClient, book: Book) -> None:
    scope = book.connect()
    book.run(scope)
    assert "Next sync at" in page(client)
    assert "Last compared" not in page(client)
    with book.svc.store.write() as conn:
        runs.finish_run(conn, runs.begin_run(conn, scope, "reconcile", AT - 7200), "done", "", AT - 7000)
        connections.set_cadence(conn, scope, 0, 0)
    shown = page(client)
    assert "Last compared with the whole CRM" in shown
    assert "Read once a night only." in shown


def test_leads_that_were_not_seen_are_asked_about(client: FlaskClient, book: Book) -> None:
    scope = book.connect()
    book.run(scope)
    with book.svc.store.write() as conn:
        asked = Question(51, 1000, 7, "2026-11-21")
        missing.ask(conn, connections.connection_by_id(conn, scope), asked)
    shown = page(client)
    assert "Needs you" in shown
    assert "51 of 1,000 leads were not in the CRM" in shown
    assert "<code>leadtier missing --connection &#39;main crm&#39; accept</code>" in shown


def test_a_fresh_agency_is_told_its_first_steps(client: FlaskClient, book: Book) -> None:
    assert "0 of 4 done" in page(client)
    scope = book.connect()
    book.publish()
    shown = page(client)
    assert "2 of 4 done" in shown
    assert shown.index("Map the fields") < shown.index(">Begin<") < shown.index("First sync")
    book.run(scope)
    assert "First steps" not in page(client)


def test_tiers_say_how_they_moved_this_week(client: FlaskClient, book: Book) -> None:
    scope = book.connect()
    book.lead(scope, "1", 70, Tier.HOT)
    assert "No week to compare with yet" in page(client)
    tuesday = date(2026, 11, 17).toordinal()
    with book.svc.store.write() as conn:
        conn.execute(
            sa.insert(tables.tier_day),
            [
                {"tenant_id": book.tenant_id, "day": day, "tier": tier, "leads": leads}
                for day in (tuesday - 3, tuesday)
                for tier, leads in (("Hot", 0), ("Warm", 2), ("Cold", 0))
            ],
        )
    shown = page(client)
    assert "Moves since Tuesday, 17 Nov 2026" in shown
    assert "+1</span>" in shown
    assert "−2</span>" in shown
    assert "no change" in shown
    assert "14 Nov: 2 Warm" in shown


def test_it_says_how_quickly_webhooks_reach_the_field(client: FlaskClient, book: Book) -> None:
    scope = book.connect()
    assert "reached the field" not in page(client)
    with book.svc.store.write() as conn:
        events = [
            InboxEvent(scope.tenant_id, scope.connection_id, f"e{n}", "changed", "1", "", "", "", False, AT - 99)
            for n in range(20)
        ]
        inbox.add_events(conn, events, (AT - 60) * 1000)
        open_ones = [event.id for event in inbox_work.open_events(conn, scope, 20)]
        inbox_work.finish(conn, scope, {"read": open_ones[1:]}, AT - 57)
        inbox_work.finish(conn, scope, {"read": open_ones[:1]}, AT)
    assert "95 % reached the field within 3 seconds" in page(client)


def test_what_moves_by_itself_is_asked_for_alone(client: FlaskClient, book: Book) -> None:
    book.connect()
    shown = page(client, "/glance")
    assert shown.lstrip().startswith('<div class="stack" id="glance"')
    assert 'hx-trigger="every 15s"' in shown
    assert "Nobody works" in shown


def test_what_needs_a_person_is_named_with_where_to_go(client: FlaskClient, book: Book) -> None:
    scope = book.connect()
    book.worker()
    assert "Nothing needs you" in page(client)
    book.trouble(scope, "The token was revoked; connect again.")
    shown = page(client)
    assert "What needs you" in shown
    assert f'href="/connections/{scope.connection_id}"' in shown
    assert 'class="needs"' not in shown, "the banner would say it twice"
