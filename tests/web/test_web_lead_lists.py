from __future__ import annotations

import csv
import io
import re

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from test_web_leads import listed, page
from web_support import AT, Book, card, send

from adapters.contract import Owner
from connector.core.types import Tier
from connector.flows import lead_csv, lead_pages
from connector.store import cards, flags, leads, owners, tables
from connector.store.cards import Listed
from connector.store.flags import NewFlag


def links(shown: str, rel: str) -> str:
    found = re.search(rf'href="([^"]+)" rel="{rel}"', shown)
    return found[1].replace("&amp;", "&") if found else ""


def test_paging_shows_every_lead_once_even_among_equal_scores_and_leads_back(
    client: FlaskClient, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lead_pages, "PAGE", 3)
    scope = book.connect()
    for number in range(8):
        book.lead(scope, str(number), 50 if number < 6 else 40, Tier.WARM, last_name=f"N{number}")
    pages, address = [], "/leads?tier=Warm"
    while address:
        shown = page(client, address)
        pages.append(listed(shown))
        address, back = links(shown, "next"), links(shown, "prev")
    assert [name for names in pages for name in names] == [f"Ann N{number}" for number in (5, 4, 3, 2, 1, 0, 7, 6)]
    for expected in (pages[1], pages[0]):
        shown = page(client, back)
        assert listed(shown) == expected
        back = links(shown, "prev")
    assert not back


def test_leads_are_kept_to_owner_line_stage_flag_and_hold(client: FlaskClient, book: Book) -> None:
    scope = book.connect()
    mine = book.lead(scope, "1", 70, Tier.HOT, last_name="Mine")
    book.lead(scope, "2", 50, Tier.WARM, last_name="Theirs")
    with book.svc.store.write() as conn:
        owners.replace_owners(conn, scope, [Owner("77", "Dana Whitfield", "dana@example.com", active=True)])
        cards.save_cards(conn, scope, [card(mine, 70, Tier.HOT)], None, {mine: Listed("77", AT, AT)})
        flags.add(conn, scope, NewFlag(mine, "link:1:x", "too_high", "", "", AT, 70, "v1", (), None))
        flags.hold(conn, scope, mine, AT)
    for kept in ("owner=77", "stage=SQL", "flagged=1", "held=1", f"connection={scope.connection_id}&tier=Hot"):
        shown = page(client, f"/leads?{kept}")
        assert listed(shown) == ["Ann Mine"], kept
    assert listed(page(client, "/leads?owner=none")) == ["Ann Theirs"]
    assert listed(page(client, "/leads?line=term_life")) == ["Ann Mine", "Ann Theirs"]
    assert "No lead fits all of this" in page(client, "/leads?tier=Hot&stage=MQL")
    shown = page(client, "/leads?owner=77")
    assert "Dana Whitfield" in shown
    assert "Flagged" in shown
    assert "1 lead " in shown


@pytest.mark.parametrize(
    ("sort", "expected"),
    [("score", ["B", "C", "A"]), ("lowest", ["A", "C", "B"]), ("moved", ["A", "B", "C"]), ("newest", ["C", "A", "B"])],
)
def test_leads_stand_in_the_order_that_is_asked(
    client: FlaskClient, book: Book, sort: str, expected: list[str]
) -> None:
    scope = book.connect()
    for name, score, moved, created in (("A", 10, 9, 5), ("B", 90, 8, 1), ("C", 50, 7, 9)):
        lead_id = book.lead(scope, name, score, Tier.COLD, last_name=name)
        with book.svc.store.write() as conn:
            kept = {lead_id: Listed("", AT + created, AT + moved)}
            cards.save_cards(conn, scope, [card(lead_id, score, Tier.COLD)], None, kept)
    assert listed(page(client, f"/leads?sort={sort}")) == [f"Ann {name}" for name in expected]


def test_htmx_gets_the_rows_alone_and_a_browser_the_page(client: FlaskClient, book: Book) -> None:
    book.lead(book.connect(), "1", 70, Tier.HOT)
    answer = client.get("/leads", headers={"HX-Request": "true"})
    assert answer.get_data(as_text=True).lstrip().startswith("<div")
    assert "HX-Request" in answer.headers["Vary"]
    assert page(client, "/leads").startswith("<!doctype html>")


def test_a_row_says_what_moved_the_score_last(client: FlaskClient, book: Book) -> None:
    scope = book.connect()
    lead_id = book.lead(scope, "1", 70, Tier.HOT)
    book.change(scope, lead_id, None, 45, "+45 Looked at prices")
    book.change(scope, lead_id, 45, 70, "+25 Requested a callback")
    shown = page(client, "/leads")
    assert "+25 Requested a callback, <time" in shown
    assert "1 hour ago" in shown
    assert "Looked at prices" not in shown


def test_a_number_that_is_an_id_can_be_looked_for_as_a_word(client: FlaskClient, book: Book) -> None:
    scope = book.connect()
    book.lead(scope, "100", 70, Tier.HOT, last_name="Boyd")
    book.lead(scope, "2", 60, Tier.WARM, last_name="Hundred", company="100 Main LLC")
    shown = page(client, "/leads?q=100")
    assert listed(shown) == ["Ann Boyd"]
    assert listed(page(client, "/leads?q=100&words=1")) == ["Ann Hundred"]
    assert "/leads?q=100&amp;words=1" in shown


def test_a_record_that_has_no_score_is_found_all_the_same(client: FlaskClient, book: Book) -> None:
    scope = book.connect()
    lead_id = book.lead(scope, "4711", 70, Tier.HOT)
    with book.svc.store.write() as conn:
        leads.mark_gone(conn, scope, ["4711"])
    shown = page(client, "/leads?q=4711")
    assert listed(shown) == []
    assert f'href="/leads/{lead_id}"' in shown


def exported(client: FlaskClient, **asked: str) -> list[dict[str, str]]:
    answer = send(client, "/leads/export", "/leads", **asked)
    assert answer.status_code == 200
    assert answer.mimetype == "text/csv"
    return list(csv.DictReader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))


def test_a_list_goes_out_as_csv_whole_without_formulas_and_is_audited(
    client: FlaskClient, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lead_csv, "AT_ONCE", 2)
    monkeypatch.setattr(lead_pages, "AT_ONCE", 2)
    scope = book.connect()
    for number in range(5):
        book.lead(scope, str(number), 70, Tier.HOT, last_name=f"N{number}", company="=cmd|' /C calc'!A0")
    book.lead(scope, "9", 10, Tier.COLD)
    rows = exported(client, tier="Hot")
    assert {row["last_name"] for row in rows} == {f"N{number}" for number in range(5)}
    assert {row["company"] for row in rows} == {"'=cmd|' /C calc'!A0"}
    assert rows[0]["record"].startswith("https://crm.example/contact/")
    with book.svc.store.read() as conn:
        said = conn.execute(sa.select(tables.audit.c.detail).where(tables.audit.c.action == "export")).scalars().all()
    assert said == ["Leads as CSV: tier Hot"]


def test_a_viewer_sees_no_export_and_gets_none(viewer: FlaskClient, book: Book) -> None:
    book.lead(book.connect(), "1", 70, Tier.HOT)
    assert "CSV" not in page(viewer, "/leads")
    assert send(viewer, "/leads/export", "/leads").status_code == 403
