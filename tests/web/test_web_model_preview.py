"""The seeing half of the model's page: edits show what they do to the agency's leads, and nothing is saved."""

from __future__ import annotations

import re
import threading

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from web_support import AT, STRANGER, Book

import mappings
from connector.core.types import Tier
from connector.flows.services import Services
from connector.store import models
from connector.store import tables as t
from connector.store.database import Scope

STARTER = mappings.model_text("starter")
PART = {"HX-Request": "true"}


@pytest.fixture
def filled(svc: Services, book: Book, stranger: Book) -> Scope:
    """Six leads of ours, half of whom asked for a quote, a live model, and a stranger with a lead of their own."""
    scope, theirs = book.connect(), stranger.connect()
    stranger.lead(theirs, "9", 90, Tier.HOT, last_name=STRANGER)
    for number in range(6):
        lead = book.lead(scope, f"10{number}", 10, Tier.COLD, last_name=f"Lead{number}", product_interest="term_life")
        if number % 2:
            book.act(scope, lead, "quote_requested", source_id=f"forms:{number}")
    with svc.store.write() as conn:
        models.publish_model(conn, svc.tenant.id, "starter", STARTER, "test", AT)
    return scope


def token(client: FlaskClient) -> str:
    found = re.search(r'"X-CSRFToken": "([^"]+)"', client.get("/model/preview").text)
    assert found
    return found[1]


def send(client: FlaskClient, path: str = "/model/preview", *, part: bool = True, **edits: str):
    form = {"base": STARTER, "csrf_token": token(client)}
    form |= {name.replace("__", "."): value for name, value in edits.items()}
    return client.post(path, data=form, headers=PART if part else {})


def shown(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


@pytest.mark.usefixtures("filled")
def test_an_edit_shows_at_once_who_moves_and_why(client: FlaskClient) -> None:
    answer = send(client, criteria__quote_or_callback__points="70")
    said = shown(answer.text)
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert "3 leads change tier" in said
    assert "25 → 70 +45" in said
    assert "Requested a quote on 21 Nov (+25)" in said
    assert "Requested a quote on 21 Nov (+70)" in said
    assert "Ann Lead1" in said
    assert "3 records" in said


@pytest.mark.usefixtures("filled")
def test_nothing_is_saved_by_looking(svc: Services, client: FlaskClient) -> None:
    send(client, criteria__quote_or_callback__points="70")
    with svc.store.read() as conn:
        assert conn.execute(sa.select(t.draft)).all() == []
        assert conn.execute(sa.select(sa.func.count()).select_from(t.outbox)).scalar_one() == 0


@pytest.mark.usefixtures("filled")
def test_rows_of_the_form_hear_how_often_they_fire_and_no_others(client: FlaskClient) -> None:
    html = send(client, criteria__quote_or_callback__points="30").text
    found = re.findall(r'<span id="fires-([a-z_]+)" hx-swap-oob="innerHTML">([^<]*)</span>', html)
    assert found == [("quote_or_callback", "true for 3 leads. ")]


@pytest.mark.usefixtures("filled")
def test_the_page_works_without_javascript(client: FlaskClient) -> None:
    page = client.get("/model/preview")
    assert page.status_code == 200
    assert "<html" in page.text
    assert "6 open leads" in shown(page.text)
    assert "hx-swap-oob" not in page.text
    assert page.headers["Vary"].startswith("HX-Request")
    posted = send(client, part=False, criteria__quote_or_callback__points="70")
    assert "<html" in posted.text
    assert "3 leads change tier" in shown(posted.text)


@pytest.mark.usefixtures("filled")
def test_a_broken_edit_says_what_is_wrong_and_keeps_a_preview(client: FlaskClient) -> None:
    answer = send(client, stages__SQL="many")
    said = shown(answer.text)
    assert answer.status_code == 200
    assert "This is no model yet." in said
    assert "stages.SQL" in said
    assert "Below stands the draft as it was saved last." in said
    assert "6 open leads" in said


@pytest.mark.usefixtures("filled")
def test_a_text_that_is_no_model_does_not_break_the_page(client: FlaskClient) -> None:
    answer = send(client, base="name: [1, 2\n")
    assert answer.status_code == 200
    assert "This is no model yet." in shown(answer.text)


@pytest.mark.usefixtures("filled")
def test_charts_and_moves_can_be_read_without_seeing_them(client: FlaskClient) -> None:
    html = send(client, criteria__quote_or_callback__points="70").text
    assert 'aria-label="Leads by score in steps of five points: 3 Hot, 0 Warm, 3 Cold"' in html
    assert "<title>Score 70 to 74: 3 leads, 0 live</title>" in html
    assert "<title>Score 25 to 29: 0 leads, 3 live</title>" in html
    assert html.count("<th scope=") >= 7
    assert " style=" not in html


@pytest.mark.usefixtures("filled")
def test_nothing_of_another_agency_is_shown(client: FlaskClient, strangers: FlaskClient) -> None:
    for path in ("/model/preview", "/model/decay", "/model/effects"):
        assert "Stranger" not in client.get(path).text
    theirs = strangers.get("/model/preview").text
    assert "Lead1" not in theirs
    assert "1 open lead, " in shown(theirs)


def test_markup_in_a_name_is_text(book: Book, client: FlaskClient, filled: Scope) -> None:
    lead = book.lead(filled, "666", 10, Tier.COLD, last_name="<script>alert(1)</script>", product_interest="home")
    book.act(filled, lead, "quote_requested", source_id="forms:666")
    html = send(client, criteria__quote_or_callback__points="70").text
    assert "&lt;script&gt;" in html
    assert "<script>alert" not in html


@pytest.mark.usefixtures("filled")
def test_a_viewer_may_look_and_a_form_without_our_token_may_not(viewer: FlaskClient) -> None:
    assert send(viewer, criteria__quote_or_callback__points="70").status_code == 200
    assert viewer.post("/model/preview", data={"base": STARTER}, headers=PART).status_code == 400


def test_an_empty_book_teaches(client: FlaskClient) -> None:
    said = shown(client.get("/model/preview").text)
    assert "There are no leads yet. The first sync reads them" in said


@pytest.mark.usefixtures("filled")
def test_while_the_leads_are_read_a_bar_tells_how_far_and_asks_again(svc: Services, client: FlaskClient) -> None:
    go = threading.Event()
    svc.books._hand().submit(go.wait, 30)
    try:
        waiting = client.get("/model/preview").text
    finally:
        go.set()
    assert 'hx-trigger="load delay:1s"' in waiting
    assert '<progress class="reading" max="100" value="0"' in waiting
    svc.books.settle()
    assert "6 open leads" in shown(client.get("/model/preview").text)


@pytest.mark.usefixtures("filled")
def test_the_effects_say_in_short_what_publishing_does(client: FlaskClient) -> None:
    said = shown(client.get("/model/effects", headers=PART).text)
    assert "0 of 6 leads change tier" in said
    assert "main crm : 0 records" in said


@pytest.mark.usefixtures("filled")
def test_the_simulator_draws_a_lead_over_120_days(client: FlaskClient) -> None:
    html = client.get("/model/decay?lead=101&kind=callback_requested&day=40").text
    said = shown(html)
    assert "day 40" in said
    assert "+5 no longer: No activity for 30+ days (-20 %)" in said
    assert "No activity for 30+ days (-20 %)" in said
    assert '<path class="course" d="M0 ' in html
    assert '<option value="callback_requested" selected>' in html
    edited = shown(send(client, "/model/decay", decay__0__percent="45", lead="101").text)
    assert "No activity for 30+ days (-45 %)" in edited


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("lead=nobody", "There is no lead nobody here"),
        ("lead=<b>x</b>", "There is no lead &lt;b&gt;x"),
        ("day=soon", "choose a day from 0 to 120"),
        ("day=99999999", "choose a day from 0 to 120"),
        ("kind=juggling", "no such kind of activity"),
    ],
)
def test_what_cannot_be_simulated_is_said_beside_what_was_typed(client: FlaskClient, query: str, said: str) -> None:
    page = client.get(f"/model/decay?{query}")
    assert page.status_code == 200
    assert said in page.text
    if query.startswith("lead=nobody"):
        assert 'value="nobody"' in page.text


@pytest.mark.usefixtures("filled")
def test_the_names_of_lines_that_lie_close_do_not_cover_each_other(client: FlaskClient) -> None:
    wide = send(client, criteria__quote_or_callback__points="30").text
    close = send(client, stages__SQL="50").text
    assert re.findall(r'text-anchor="(\w+)">(Warm|Hot)', wide) == [("start", "Warm"), ("start", "Hot")]
    assert re.findall(r'text-anchor="(\w+)">(Warm|Hot)', close) == [("end", "Warm"), ("start", "Hot")]
