from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from web_support import Book

from connector.core.types import Tier
from connector.flows.publish import publish


def page(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def listed(shown: str) -> list[str]:
    return re.findall(r'class="name"[^>]*>([^<]+)<', shown)


def test_an_empty_list_teaches(client: FlaskClient) -> None:
    assert "No lead is scored yet" in page(client, "/leads")


def test_leads_are_listed_by_score_and_can_be_kept_to_a_tier(client: FlaskClient, book: Book) -> None:
    scope = book.connect()
    book.lead(scope, "1", 10, Tier.COLD, last_name="Cool")
    book.lead(scope, "2", 70, Tier.HOT, last_name="Fire")
    assert listed(page(client, "/leads")) == ["Ann Fire", "Ann Cool"]
    assert listed(page(client, "/leads?tier=Cold")) == ["Ann Cool"]
    assert "No lead is Warm now" in page(client, "/leads?tier=Warm")


@pytest.mark.parametrize("text", ["ann bo", "BOYD", "acme", "boyd@", "4711"])
def test_a_lead_is_found_by_name_company_mail_or_crm_id(client: FlaskClient, book: Book, text: str) -> None:
    scope = book.connect()
    book.lead(scope, "4711", 70, Tier.HOT, last_name="Boyd", company="Acme Inc", email="boyd@example.com")
    book.lead(scope, "4712", 80, Tier.HOT, last_name="Other", city="Boyd")
    assert listed(page(client, f"/leads?q={text}")) == ["Ann Boyd"]


@pytest.mark.parametrize(
    "text",
    [
        "00QHs00000abcDE",
        "00QHs00000abcDEMAY",
        "https://acme.lightning.force.com/lightning/r/Lead/00QHs00000abcDEMAY/view",
        "https://app.hubspot.com/contacts/77/record/0-1/51203",
    ],
)
def test_a_lead_is_found_by_what_a_person_pastes(client: FlaskClient, book: Book, text: str) -> None:
    scope = book.connect()
    book.lead(scope, "51203" if "hubspot" in text else "00QHs00000abcDEMAY", 70, Tier.HOT, last_name="Boyd")
    book.lead(scope, "77", 80, Tier.HOT, last_name="Other")
    shown = client.get("/leads", query_string={"q": text}).get_data(as_text=True)
    assert listed(shown) == ["Ann Boyd"]
    assert text in shown, "what was pasted stays in the search box"


@pytest.mark.parametrize("text", ["%", "_", "first_name", "'; DROP TABLE lead; --", "\x00", "x" * 5000])
def test_a_search_for_what_nobody_has_finds_nothing_and_breaks_nothing(
    client: FlaskClient, book: Book, text: str
) -> None:
    book.lead(book.connect(), "1", 70, Tier.HOT, last_name="Boyd")
    answer = client.get("/leads", query_string={"q": text})
    assert answer.status_code == 200
    assert listed(answer.get_data(as_text=True)) == (["Ann Boyd"] if text == "\x00" else [])


@pytest.mark.parametrize(
    "path", ["/leads?after=x", "/leads?after=1", "/leads?after=-1.2", "/runs?before=x", "/problems?after=x"]
)
def test_a_damaged_address_is_refused_kindly(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 400
    assert "take the link again" in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    "path",
    ["/leads?after=1.2147483648", "/flags?after=1.2147483648", "/problems?after=2147483648", "/runs?before=2147483648"],
)
def test_a_place_that_no_database_can_number_is_refused(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 400


@pytest.mark.parametrize("path", ["/leads/1", "/leads/999999999999999999999999", "/leads?tier=Tepid", "/nothing"])
def test_what_is_not_there_says_so(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert "Back to the overview" in answer.get_data(as_text=True)


def test_every_line_of_a_score_is_shown_with_a_running_total_that_ends_in_the_score(
    client: FlaskClient, book: Book
) -> None:
    lead_id = book.lead(book.connect(), "1", 70, Tier.HOT)
    shown = page(client, f"/leads/{lead_id}")
    sheet = shown[shown.index("<tbody>") : shown.index("</tfoot>")]
    assert re.findall(r'<td class="num[^"]*">([^<]*)</td>', sheet) == ["+90", "90", "−20", "70", "70"]
    assert "Age: not known" in shown


def test_a_lead_shows_what_it_did_how_its_score_moved_and_what_the_crm_holds(client: FlaskClient, book: Book) -> None:
    scope = book.connect()
    lead_id = book.lead(scope, "1", 70, Tier.HOT, household_income=85000, homeowner=True, product_interest="term_life")
    book.act(scope, lead_id, "email_opened", campaign="November news")
    book.change(scope, lead_id, 45, 70, "+25 Requested a quote")
    book.written(scope, lead_id, {"lt_score": "70", "lt_reason_3": None})
    shown = page(client, f"/leads/{lead_id}")
    for expected in (
        "Opened an e-mail",
        "November news",
        "45 → 70",
        "+25 Requested a quote",
        "<code>lt_score</code>",
        "written <time",
        "$85,000",
        "Term life",
        'href="https://crm.example/contact/1"',
    ):
        assert expected in shown


def test_acts_that_look_the_same_are_one_line_with_their_number(client: FlaskClient, book: Book) -> None:
    scope = book.connect()
    lead_id = book.lead(scope, "1", 70, Tier.HOT)
    for number in range(3):
        book.act(scope, lead_id, "email_opened", campaign="November news", source_id=f"signal:email_opened:{number}")
    shown = page(client, f"/leads/{lead_id}")
    assert shown.count("Opened an e-mail") == 1
    assert "× 3" in shown
    assert "3 activities" in shown


def test_personal_details_stay_in_the_crm(client: FlaskClient, book: Book) -> None:
    personal = {"email": "ann@example.com", "phone": "512-555-0101", "date_of_birth": "1984-06-02"}
    lead_id = book.lead(book.connect(), "1", 70, Tier.HOT, **personal)
    shown = page(client, f"/leads/{lead_id}") + page(client, "/leads")
    assert not [value for value in personal.values() if value in shown]


def test_a_row_the_crm_refused_shows_its_sentence(client: FlaskClient, book: Book) -> None:
    scope = book.connect()
    lead_id = book.lead(scope, "1", 70, Tier.HOT)
    book.waiting(scope, lead_id, refused="Property values were not valid")
    assert "Property values were not valid" in page(client, f"/leads/{lead_id}")


def test_what_stands_in_a_record_cannot_become_markup(client: FlaskClient, book: Book) -> None:
    scope = book.connect(record_url="javascript:alert(1)//{id}")
    lead_id = book.lead(scope, "1", 70, Tier.HOT, last_name="<script>alert(1)</script>", job_title="<b>x</b>")
    for path in ("/", "/leads", f"/leads/{lead_id}"):
        shown = page(client, path)
        assert "<script>alert" not in shown
        assert "javascript:" not in shown
        assert "<b>x" not in shown


def test_a_lead_without_a_name_is_called_by_its_company_or_its_number(client: FlaskClient, book: Book) -> None:
    scope = book.connect()
    nameless = {"first_name": "", "last_name": ""}
    book.lead(scope, "1", 70, Tier.HOT, **nameless, company="Acme Inc")
    book.lead(scope, "2", 60, Tier.WARM, **nameless)
    assert listed(page(client, "/leads")) == ["Acme Inc", "Contact 2"]


def test_a_lead_tells_what_would_change_its_score(client: FlaskClient, book: Book) -> None:
    publish(book.svc, "starter", "test")
    lead_id = book.lead(book.connect(), "1", 70, Tier.HOT)
    shown = page(client, f"/leads/{lead_id}")
    missing = shown[shown.index('id="missing"') : shown.index('id="time"')]
    assert "+25" in missing
    assert "−20" in missing
    fading = shown[shown.index('id="time"') :]
    assert "−20 %" in fading
    assert "start again" in fading


def test_the_history_is_drawn_and_listed(client: FlaskClient, book: Book) -> None:
    publish(book.svc, "starter", "test")
    scope = book.connect()
    lead_id = book.lead(scope, "1", 70, Tier.HOT)
    book.change(scope, lead_id, None, 45, "+45 Looked at prices")
    book.change(scope, lead_id, 45, 70, "+25 Requested a callback")
    shown = page(client, f"/leads/{lead_id}")
    assert shown.count('<circle class="point"') == 2
    assert "2 moves; each is in the list below" in shown
    assert "45 → 70" in shown


def test_a_refused_row_can_be_tried_again_from_the_lead(client: FlaskClient, book: Book) -> None:
    scope = book.connect()
    lead_id = book.lead(scope, "1", 70, Tier.HOT)
    book.waiting(scope, lead_id, refused="Property values were not valid")
    shown = page(client, f"/leads/{lead_id}")
    assert 'action="/refused"' in shown
    assert "refused: 1" in shown
