"""The scoring model's page: a form that works without JavaScript, refuses beside the field and overwrites nobody."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

import mappings
from connector.flows.model_drafts import open_draft
from connector.flows.publish import publish
from connector.flows.services import Services

PAGES = (
    "/model", "/model/text", "/model/import", "/model/versions", "/model/versions/1", "/model/publish",
    "/model/compare?one=1&other=draft", "/model/criteria/vehicles", "/model/criteria/new?group=fit&place=personal_auto",
    "/model/criteria/asked_for_quote", "/model/hand-raiser", "/model/export", "/model/versions/counts",
)  # fmt: skip


@pytest.fixture(autouse=True)
def published(svc: Services) -> None:
    publish(svc, "personal_auto", "cli")


def token(client: FlaskClient) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/model/import").text)
    assert found
    return unescape(found[1])


def send(
    client: FlaskClient, svc: Services, path: str = "/model", seen: str | None = None, **typed: str
) -> TestResponse:
    """Posts a form as a browser does: with what it was made from."""
    draft = open_draft(svc)
    form = {
        "csrf_token": token(client),
        "edition": str(draft.edition),
        "base": seen or draft.text,
        "seen": draft.digest,
    }
    return client.post(path, data={**form, **{name.replace("__", "."): value for name, value in typed.items()}})


def test_every_criterion_stands_on_the_page_with_its_points(admin: FlaskClient) -> None:
    page = admin.get("/model").text
    assert 'name="criteria.asked_for_quote.points" value="25"' in page
    assert 'name="criteria.vehicles.bands.1.points" value="8"' in page
    assert "Version 1 live" in page
    assert "draft" not in page.partition("</h1>")[0].partition("Version 1 live")[2]


def test_a_saved_edit_is_marked_with_its_live_value_and_goes_back_with_one_click(
    admin: FlaskClient, svc: Services
) -> None:
    answer = send(admin, svc, criteria__asked_for_quote__points="35")
    assert answer.status_code == 303
    page = admin.get("/model").text
    assert "version 2 draft, 1 change" in page
    assert re.search(r'class="form-control changed"[^>]*name="criteria.asked_for_quote.points" value="35"', page)
    assert "live: 25" in page
    send(admin, svc, revert="criteria.asked_for_quote.points", criteria__asked_for_quote__points="35")
    assert open_draft(svc).changed is False


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"criteria__asked_for_quote__points": "400"}, "a whole number from 1 to 100"),
        ({"decay__0__percent": "140"}, "a whole number from 1 to 100"),
        ({"stages__MQL": "70"}, "not above an MQL"),
        ({"stages__SQL": "<b>hot</b>"}, "is not a whole number"),
        ({"add__decay__days": "60", "add__decay__percent": "soon"}, "“soon” is not a whole number"),
        ({"add__territory__name": "West", "add__territory__states": ""}, "A territory needs states"),
        ({"territories__ours__states": "Atlantis"}, "ATLANTIS"),
        ({"criteria__asked_for_quote__remove": "yes", "product_lines__personal_auto__remove": "yes"},
         "at least one product line"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_said_and_everything_typed_is_kept(
    admin: FlaskClient, svc: Services, typed: dict[str, str], said: str
) -> None:
    answer = send(admin, svc, name="My own & only", **typed)
    assert answer.status_code == 400
    page = unescape(answer.text)
    assert said in page
    assert 'value="My own & only"' in page
    assert all(
        f'value="{value}"' in page or f">\n{value}<" in page for value in typed.values() if value not in ("yes", "")
    )
    assert "<b>hot</b>" not in answer.text
    assert open_draft(svc).edition == 0


def test_while_somebody_types_nothing_comes_goes_or_moves(admin: FlaskClient, svc: Services) -> None:
    typed = {
        "criteria__meeting__remove": "yes",
        "revert": "stages.SQL",
        "add__decay__days": "60",
        "hand_raiser__on": "no",
    }
    answer = send(admin, svc, "/model/save", stages__SQL="61", **typed)
    assert answer.status_code == 200
    assert "1 change" in answer.text
    assert 'id="model-seen" hx-swap-oob="true"' in answer.text
    answer = send(admin, svc, "/model/save", criteria__meeting__points="400")
    assert 'id="criteria-meeting-points-wrong"' in answer.text
    assert "SQL: 61" in open_draft(svc).text


def test_two_who_edit_both_see_what_the_other_did(admin: FlaskClient, client: FlaskClient, svc: Services) -> None:
    seen = open_draft(svc).text
    send(admin, svc, stages__SQL="60")
    answer = client.post(
        "/model",
        data={"csrf_token": token(client), "edition": "0", "base": seen, "stages.MQL": "35", "stages.SQL": "65"},
    )
    assert answer.status_code == 409
    assert "adam@bluebonnet.example saved the draft" in answer.text
    assert re.search(r"SQL</strong>.*?65.*?60", answer.text, re.DOTALL)
    assert re.search(r"What you typed.*?MQL</strong>.*?40.*?35", answer.text, re.DOTALL)
    assert "{MQL: 40, SQL: 60}" in open_draft(svc).text
    on_top = dict(re.findall(r'<textarea name="(stages[^"]+)" hidden>\n(.*?)</textarea>', answer.text))
    assert send(client, svc, **on_top).status_code == 303
    assert "{MQL: 35, SQL: 60}" in open_draft(svc).text


def test_a_whole_text_that_came_too_late_is_kept_too(admin: FlaskClient, svc: Services) -> None:
    seen = open_draft(svc).text
    send(admin, svc, stages__SQL="60")
    mine = mappings.model_text("home")
    answer = send(admin, svc, "/model/text", seen=seen, text=mine)
    assert answer.status_code == 409
    assert "Put my text in its place" in answer.text
    assert mine.splitlines()[1][:40] in unescape(answer.text)


def test_a_criterion_is_added_changed_and_moved_on_its_own_page(admin: FlaskClient, svc: Services) -> None:
    new = {"kind": "did", "group": "engagement", "place": "shared", "points": "4", "activity": "form_submitted"}
    chosen = send(admin, svc, "/model/criteria/new", choose="yes", **{**new, "count": "each"})
    assert 'name="up_to"' in chosen.text
    assert open_draft(svc).edition == 0
    assert send(admin, svc, "/model/criteria/new", **new, count="each", up_to="3").status_code == 303
    assert "id: form_submitted\n    group: engagement\n    points: 4" in open_draft(svc).text

    wrong = send(admin, svc, "/model/criteria/form_submitted", **{**new, "points": "many"})
    assert wrong.status_code == 400
    assert "“many” is not a whole number" in wrong.text
    assert 'value="many"' in wrong.text

    typed = {"kind": "is", "group": "fit", "place": "personal_auto", "points": "7", "text": "Grown up"}
    rows = {"when__0__field": "age", "when__0__op": "between", "when__0__value": "25 to 60"}
    assert send(admin, svc, "/model/criteria/form_submitted", **typed, **rows).status_code == 303
    text = open_draft(svc).text
    assert text.index("id: form_submitted") > text.index("product_lines:")
    assert "when: {field: age, between: [25, 60]}" in text
    assert "activity: form_submitted" not in text


def test_deeper_rules_are_edited_as_text_with_the_line_of_what_is_wrong(admin: FlaskClient, svc: Services) -> None:
    rule = "{not: {any: [{field: age, below: 20}, {not: {territory: ours}}]}}"
    deep = f"id: vehicles\ngroup: fit\ntext: X\npoints: 5\nwhen: {rule}"
    assert send(admin, svc, "/model/criteria/vehicles", kind="yaml", yaml=deep).status_code == 303
    page = admin.get("/model/criteria/vehicles").text
    assert "{not: {any: [" in page
    answer = send(admin, svc, "/model/criteria/vehicles", kind="yaml", yaml="id: vehicles\npoints: [")
    assert answer.status_code == 400
    assert "Line " in answer.text
    assert "points: [" in answer.text


def test_the_hand_raiser_is_changed_and_turned_off(admin: FlaskClient, svc: Services) -> None:
    typed = {"on": "yes", "activity": "called_us", "within_days": "5", "at_least": "MQL", "text": "called"}
    assert send(admin, svc, "/model/hand-raiser", **typed).status_code == 303
    text = open_draft(svc).text
    assert "activity: called_us\n  within_days: 5\n  at_least: MQL" in text
    assert "unless" not in text.partition("hand_raiser:")[2].partition("territories:")[0]
    assert send(admin, svc, "/model/hand-raiser", on="no").status_code == 303
    assert "hand_raiser:" not in open_draft(svc).text


def test_a_product_line_comes_with_the_criteria_that_ship(admin: FlaskClient, svc: Services) -> None:
    assert send(admin, svc, add_line="yes", new_line="home", new_line_from="").status_code == 303
    assert "id: home_territory" in open_draft(svc).text
    assert send(admin, svc, product_lines__home__remove="yes").status_code == 303
    assert not open_draft(svc).changed


def test_a_viewer_sees_everything_and_changes_nothing(viewer: FlaskClient, svc: Services) -> None:
    for path in PAGES:
        answer = viewer.get(path)
        assert answer.status_code == 200, path
        assert "Save draft" not in answer.text
        assert "Add to the draft" not in answer.text
        assert "Roll back" not in answer.text
    assert send(viewer, svc, stages__SQL="60").status_code == 403
    assert open_draft(svc).edition == 0


def test_another_agency_sees_nothing_of_it(strangers: FlaskClient, admin: FlaskClient, svc: Services) -> None:
    send(admin, svc, name="Bluebonnet's secret")
    for path in PAGES:
        assert "secret" not in strangers.get(path).text
    assert strangers.get("/model/versions/1").status_code == 404
    assert strangers.get("/model/export?version=1").status_code == 404


def test_names_are_text_and_never_markup(admin: FlaskClient, svc: Services) -> None:
    send(admin, svc, name="<script>alert(1)</script>", description="{{ 7 * 7 }}")
    for path in PAGES:
        answer = admin.get(path)
        if answer.mimetype == "text/html":
            assert "<script>alert" not in answer.text
            assert "style=" not in answer.text


@pytest.mark.parametrize(
    "edits", [{"reset_days": "100"}, {"criteria.__class__.points": "1"}, {"stages.MQL": "9" * 5000}]
)
def test_a_form_that_does_not_say_what_it_was_made_from_saves_nothing_and_shows_what_was_typed(
    admin: FlaskClient, svc: Services, edits: dict[str, str]
) -> None:
    before = open_draft(svc).text
    answer = admin.post("/model", data={"csrf_token": token(admin), "edition": "0", **edits})
    assert answer.status_code == 409
    assert next(iter(edits)) in answer.get_data(as_text=True)
    assert open_draft(svc).text == before


def test_a_text_that_is_too_long_for_a_model_is_not_even_read(
    admin: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(_: str) -> None:
        raise AssertionError("reading it takes a minute of this machine")

    csrf, long = token(admin), "- 1\n" * 60_000
    monkeypatch.setattr(mappings, "read_document", read)
    monkeypatch.setattr("connector.web.model_text._text_page", lambda _, problems: problems[0].text)
    answer = admin.post("/model/text", data={"csrf_token": csrf, "text": long})
    assert answer.status_code == 400
    assert "240,000 characters" in answer.get_data(as_text=True)
