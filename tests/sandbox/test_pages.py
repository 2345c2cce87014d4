"""The CRM's own screens: what a rep sees of a score, and how a flag gets back."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from adapters.sandbox.hubspot.events import Event
from adapters.sandbox.hubspot.kinds import KINDS
from adapters.sandbox.hubspot.opening import fill
from adapters.sandbox.hubspot.seeding import hubspot_book
from adapters.sandbox.hubspot.shape import complete, complete_group
from adapters.sandbox.pages import pages_blueprint
from adapters.sandbox.settings import Settings
from adapters.sandbox.store import Store

NOW = datetime(2026, 11, 22, 16, tzinfo=UTC)
CONTACTS = KINDS["contacts"]
WORDS = {"tier": ("Hot", "Warm", "Cold"), "flag": ("too_high", "too_low")}
TYPES = {"score": ("number", "number"), "tier": ("enumeration", "select"), "flag": ("enumeration", "select")}
NAMES = (
    "score", "tier", "reason_1", "reason_2", "reason_3", "rationale", "model_version", "flag", "flag_note",
    "flag_status", "flag_link",
)  # fmt: skip


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A book in a file, to be copied."""
    path = tmp_path_factory.mktemp("book") / "crm.db"
    store = Store(path, Settings(clock=NOW.timestamp))
    fill(store, hubspot_book(120, 5, NOW))
    store.close()
    return path


@pytest.fixture
def store(filled: Path, tmp_path: Path) -> Iterator[Store]:
    store = Store(shutil.copy(filled, tmp_path / "crm.db"), Settings(clock=NOW.timestamp))
    yield store
    store.close()


@pytest.fixture
def visitor(store: Store) -> FlaskClient:
    app = Flask("crm", static_folder=None)
    app.register_blueprint(pages_blueprint(store, store.settings))
    return app.test_client()


def create_score_fields(store: Store) -> None:
    store.definitions.put_groups(CONTACTS, [complete_group({"name": "lead_scoring", "label": "Lead scoring"})])
    store.definitions.put(CONTACTS, [complete(definition(name), 0) for name in NAMES])


def definition(name: str) -> dict[str, object]:
    kind, field_type = TYPES.get(name, ("string", "text"))
    options = [{"value": value, "label": value.replace("_", " ").capitalize()} for value in WORDS.get(name, ())]
    named = {"name": f"own_{name}", "label": name.capitalize(), "groupName": "lead_scoring"}
    return {**named, "type": kind, "fieldType": field_type, "options": options}


def write(store: Store, id: int, **values: str) -> None:
    with store.database.writing() as connection:
        contact = store.objects.get_many(CONTACTS, [id])[id]
        store.objects.update(connection, CONTACTS, [contact._replace(properties=contact.properties | values)])


def first_contact(store: Store) -> int:
    return store.objects.page(CONTACTS, 0, 1)[0].id


def address(store: Store, id: int) -> str:
    return f"/contacts/{store.settings.portal_id}/record/0-1/{id}"


def text(response: TestResponse) -> str:
    """What a person reads, tags and runs of blanks removed."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.get_data(as_text=True)))


def send_flag(visitor: FlaskClient, page: str, **fields: str) -> TestResponse:
    token = re.search(r'name="token" value="([^"]+)"', visitor.get(page).get_data(as_text=True))
    assert token
    return visitor.post(f"{page}/flag", data={"token": token[1], **fields})


def test_the_list_shows_everybody_in_pages(visitor: FlaskClient, store: Store) -> None:
    total = store.objects.count(CONTACTS)
    page = visitor.get("/")
    assert f"{total} contacts" in text(page)
    assert "Page 1 of 3" in text(page)
    assert page.get_data(as_text=True).count('<th scope="row">') == 50
    assert visitor.get("/?page=3").get_data(as_text=True).count('<th scope="row">') == total - 100


def test_a_page_that_does_not_exist_gives_the_last_one(visitor: FlaskClient) -> None:
    assert "Page 3 of 3" in text(visitor.get("/?page=99"))
    assert "Page 1 of 3" in text(visitor.get("/?page=rubbish"))


def test_contacts_are_found_by_a_part_of_the_name_in_any_case(visitor: FlaskClient, store: Store) -> None:
    write(store, first_contact(store), firstname="Zebulon", lastname="O'Quux")
    assert "Zebulon O&#39;Quux" in visitor.get("/?q=o'quu").get_data(as_text=True)
    assert "1 contact matching" in text(visitor.get("/?q=zEBul"))


def test_a_search_without_result_says_what_to_do(visitor: FlaskClient) -> None:
    assert "Nobody found" in text(visitor.get("/?q=nobody-is-called-this"))


def test_a_search_is_not_a_pattern_language(visitor: FlaskClient) -> None:
    assert "Nobody found" in text(visitor.get("/?q=%25"))


def test_the_tier_filter_appears_with_the_score_fields(visitor: FlaskClient, store: Store) -> None:
    assert "Hot" not in text(visitor.get("/"))
    create_score_fields(store)
    write(store, first_contact(store), own_score="71", own_tier="Hot")
    assert "1 contact " in text(visitor.get("/?tier=Hot"))
    assert "Nobody found" in text(visitor.get("/?tier=Warm"))


def test_the_highest_score_comes_first(visitor: FlaskClient, store: Store) -> None:
    create_score_fields(store)
    ids = [contact.id for contact in store.objects.page(CONTACTS, 0, 3)]
    for each, score in zip(ids, ("9", "100", "64"), strict=True):
        write(store, each, own_score=score, own_tier="Cold")
    order = re.findall(r"record/0-1/(\d+)", visitor.get("/?tier=Cold").get_data(as_text=True))
    assert order == [str(ids[1]), str(ids[2]), str(ids[0])]


def test_a_record_shows_labels_not_internal_names(visitor: FlaskClient, store: Store) -> None:
    contact = first_contact(store)
    write(store, contact, homeowner="true", coverage_amount="250000", renewal_date="2027-03-01")
    page = text(visitor.get(address(store, contact)))
    assert "Homeowner Yes" in page
    assert "Coverage amount 250,000" in page
    assert "Renewal date Mar 1, 2027" in page
    assert "hubspot_owner_id" not in page


def test_times_are_told_in_the_accounts_time_zone(visitor: FlaskClient, store: Store) -> None:
    contact = first_contact(store)
    write(store, contact, recent_conversion_event_name="Ask: Form", recent_conversion_date="2026-11-02T03:04:05Z")
    assert "Ask: Form" in text(visitor.get(address(store, contact)))
    assert "Nov 1, 2026, 10:04 PM" in text(visitor.get(address(store, contact)))


def test_the_timeline_runs_from_the_newest_to_the_first_entry(visitor: FlaskClient, store: Store) -> None:
    busy = max(store.objects.page(CONTACTS, 0, 120), key=lambda each: len(store.tied("contacts", each.id, "calls")))
    page = visitor.get(f"{address(store, busy.id)}?all=1").get_data(as_text=True)
    moments = re.findall(r'<time datetime="([^"]+)"', page)
    assert len(moments) > 10
    assert moments == sorted(moments, reverse=True)


def test_a_long_timeline_is_cut_and_can_be_asked_for_whole(visitor: FlaskClient, store: Store) -> None:
    busy = max(store.objects.page(CONTACTS, 0, 120), key=lambda each: len(store.tied("contacts", each.id, "emails")))
    cut = visitor.get(address(store, busy.id)).get_data(as_text=True)
    total = int(re.findall(r"Show all (\d+) entries", cut)[0])
    assert cut.count("<time ") == 40
    assert visitor.get(f"{address(store, busy.id)}?all=1").get_data(as_text=True).count("<time ") == total


def test_without_score_fields_the_card_says_so(visitor: FlaskClient, store: Store) -> None:
    page = visitor.get(address(store, first_contact(store)))
    assert "has no score fields yet" in text(page)
    assert "Is this score wrong?" not in text(page)


def test_an_unscored_contact_says_so(visitor: FlaskClient, store: Store) -> None:
    create_score_fields(store)
    assert "No score has been written" in text(visitor.get(address(store, first_contact(store))))


def test_the_card_shows_score_tier_and_reasons_with_their_points_apart(visitor: FlaskClient, store: Store) -> None:
    create_score_fields(store)
    contact = first_contact(store)
    write(
        store,
        contact,
        own_score="52",
        own_tier="Warm",
        own_reason_1="Asked for a quote (+25)",
        own_rationale="line 1\nline 2",
    )
    write(store, contact, own_reason_2="No activity for 30+ days (-20 %: -13)", own_reason_3="Something (else) said")
    page = visitor.get(address(store, contact))
    assert 'aria-label="Score 52 of 100"' in page.get_data(as_text=True)
    assert "Warm" in text(page)
    assert "Asked for a quote +25" in text(page)
    assert "No activity for 30+ days −20 %: −13" in text(page)
    assert "Something (else) said" in text(page)
    assert "line 1 line 2" in text(page)


def test_a_score_of_nought_is_a_score(visitor: FlaskClient, store: Store) -> None:
    create_score_fields(store)
    write(store, first_contact(store), own_score="0", own_tier="Cold")
    assert 'aria-label="Score 0 of 100"' in visitor.get(address(store, first_contact(store))).get_data(as_text=True)


def test_one_click_sets_the_flag_with_the_note(visitor: FlaskClient, store: Store) -> None:
    create_score_fields(store)
    page = address(store, first_contact(store))
    answer = send_flag(visitor, page, flag="too_high", note="  Spoke today, no interest ")
    assert (answer.status_code, answer.location) == (303, f"{page}?saved=1#score")
    values = store.objects.page(CONTACTS, 0, 1)[0].properties
    assert (values["own_flag"], values["own_flag_note"]) == ("too_high", "Spoke today, no interest")
    assert "This score is flagged" in text(visitor.get(page))


def test_a_flag_can_be_taken_back_and_takes_its_note_along(visitor: FlaskClient, store: Store) -> None:
    create_score_fields(store)
    page = address(store, first_contact(store))
    send_flag(visitor, page, flag="too_low", note="Renews in May")
    send_flag(visitor, page, flag="", note="Renews in May")
    assert not {"own_flag", "own_flag_note"} & set(store.objects.page(CONTACTS, 0, 1)[0].properties)


def test_enter_in_the_note_does_not_set_a_flag_by_accident(visitor: FlaskClient, store: Store) -> None:
    create_score_fields(store)
    page = address(store, first_contact(store))
    first_button = re.findall(r'<button[^>]* value="([^"]*)"', visitor.get(page).get_data(as_text=True))[0]
    answer = send_flag(visitor, page, flag=first_button, note="Renews in May")
    assert answer.status_code == 400
    assert "choose what is wrong with the score" in text(answer)
    assert "own_flag" not in store.objects.page(CONTACTS, 0, 1)[0].properties


def test_enter_in_the_note_keeps_the_flag_that_is_set(visitor: FlaskClient, store: Store) -> None:
    create_score_fields(store)
    page = address(store, first_contact(store))
    send_flag(visitor, page, flag="too_low")
    first_button = re.findall(r'<button[^>]* value="([^"]*)"', visitor.get(page).get_data(as_text=True))[0]
    send_flag(visitor, page, flag=first_button, note="Renews in May")
    values = store.objects.page(CONTACTS, 0, 1)[0].properties
    assert (values["own_flag"], values["own_flag_note"]) == ("too_low", "Renews in May")


def test_listeners_hear_that_a_person_set_the_flag(visitor: FlaskClient, store: Store) -> None:
    create_score_fields(store)
    heard: list[Event] = []
    store.listener = heard.extend
    send_flag(visitor, address(store, first_contact(store)), flag="too_high")
    (event,) = heard
    assert event.source.type == "CRM_UI"
    assert str(event.source.id).startswith("userId:61")
    assert event.details == {"propertyName": "own_flag", "propertyValue": "too_high"}


def test_a_form_from_elsewhere_changes_nothing(visitor: FlaskClient, store: Store) -> None:
    create_score_fields(store)
    page = address(store, first_contact(store))
    visitor.get(page)
    answer = visitor.post(f"{page}/flag", data={"token": "guessed", "flag": "too_high"})
    assert answer.status_code == 400
    assert "came from another site" in text(answer)
    assert "own_flag" not in store.objects.page(CONTACTS, 0, 1)[0].properties


def test_another_visitors_token_is_not_accepted(store: Store) -> None:
    create_score_fields(store)
    app = Flask("crm", static_folder=None)
    app.register_blueprint(pages_blueprint(store, store.settings))
    page = address(store, first_contact(store))
    token = re.findall(r'name="token" value="([^"]+)"', app.test_client().get(page).get_data(as_text=True))[0]
    other = app.test_client()
    other.get(page)
    assert other.post(f"{page}/flag", data={"token": token, "flag": "too_high"}).status_code == 400


def test_a_flag_that_is_no_option_is_refused_with_the_reason(visitor: FlaskClient, store: Store) -> None:
    create_score_fields(store)
    answer = send_flag(visitor, address(store, first_contact(store)), flag="much_too_high")
    assert answer.status_code == 400
    assert "The change was not saved" in text(answer)
    assert "much_too_high" in text(answer)


def test_a_deleted_contact_is_missing_and_says_where_to_look(visitor: FlaskClient, store: Store) -> None:
    contact = first_contact(store)
    with store.database.writing() as connection:
        gone = store.objects.page(CONTACTS, 0, 1)[0]._replace(archived_ms=1)
        store.objects.update(connection, CONTACTS, [gone])
    answer = visitor.get(address(store, contact))
    assert answer.status_code == 404
    assert "Look through all contacts" in text(answer)


def test_the_address_of_a_merged_contact_leads_to_the_one_that_took_it_in(visitor: FlaskClient, store: Store) -> None:
    contact = first_contact(store)
    with store.database.writing() as connection:
        store.objects.record_merge(connection, CONTACTS, [77], contact)
    assert visitor.get(address(store, 77)).location == address(store, contact)


def test_what_people_typed_is_never_markup(visitor: FlaskClient, store: Store) -> None:
    contact = first_contact(store)
    write(store, contact, firstname="<script>alert(1)</script>", age="<img src=x>")
    for page in ("/?q=alert", address(store, contact)):
        html = visitor.get(page).get_data(as_text=True)
        assert "<script" not in html
        assert "<img src=x" not in html


class Outside(HTMLParser):
    """Collects what a strict content policy forbids."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            inline = name == "style" or name.startswith("on")
            outside = name in {"src", "href", "action"} and (value or "").startswith(("http", "//", "data:"))
            if inline or outside:
                self.found.append(f"<{tag} {name}={value}>")
        if tag in {"script", "style", "iframe"}:
            self.found.append(f"<{tag}>")


def test_nothing_is_loaded_from_outside_and_nothing_is_inline(visitor: FlaskClient, store: Store) -> None:
    create_score_fields(store)
    write(store, first_contact(store), own_score="71", own_tier="Hot")
    for page in ("/", address(store, first_contact(store)), address(store, 1)):
        answer = visitor.get(page)
        outside = Outside()
        outside.feed(answer.get_data(as_text=True))
        assert outside.found == []
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "unsafe" not in answer.headers["Content-Security-Policy"]


def test_the_style_sheet_is_served_and_asks_for_nothing_else(visitor: FlaskClient) -> None:
    href = re.findall(r'rel="stylesheet" href="([^"]+)"', visitor.get("/").get_data(as_text=True))[0]
    sheet = visitor.get(href)
    assert sheet.mimetype == "text/css"
    assert "url(" not in sheet.get_data(as_text=True)
    assert "prefers-color-scheme: dark" in sheet.get_data(as_text=True)


def test_what_became_of_a_flag_and_the_link_to_flag_with_are_shown(visitor: FlaskClient, store: Store) -> None:
    create_score_fields(store)
    status, link = "Heard 22 Nov: score too high", "https://leads.example.com/flag/abc.def"
    write(store, first_contact(store), own_score="52", own_flag_status=status, own_flag_link=link)
    page = visitor.get(address(store, first_contact(store)))
    assert status in text(page)
    assert f'href="{link}"' in page.get_data(as_text=True)


def test_a_link_that_is_no_web_address_is_none(visitor: FlaskClient, store: Store) -> None:
    create_score_fields(store)
    write(store, first_contact(store), own_score="52", own_flag_link="javascript:alert(1)")
    assert 'href="javascript:' not in visitor.get(address(store, first_contact(store))).get_data(as_text=True)
