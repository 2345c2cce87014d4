"""Publishing from the page, and what was published: listed, compared, rolled back, brought in and taken out."""

from __future__ import annotations

from io import BytesIO

import pytest
from flask.testing import FlaskClient
from test_web_model import send, token

import mappings
from connector.flows.model_drafts import open_draft
from connector.flows.publish import publish
from connector.flows.services import Services
from connector.store import models


@pytest.fixture(autouse=True)
def published(svc: Services) -> None:
    publish(svc, "personal_auto", "cli")


def test_a_last_look_names_the_changes_and_publishing_makes_the_next_version(admin: FlaskClient, svc: Services) -> None:
    send(admin, svc, stages__SQL="60")
    page = admin.get("/model/publish").text
    assert "SQL</strong>" in page
    answer = send(admin, svc, "/model/publish", note="Warmer\nspring")
    assert answer.status_code == 303
    page = admin.get(answer.location).text
    assert "Version 2 is live" in page
    assert "“Warmer spring”" in page
    assert "adam@bluebonnet.example" in page


def test_what_nobody_saw_is_not_published(admin: FlaskClient, svc: Services) -> None:
    send(admin, svc, stages__SQL="60")
    draft = open_draft(svc)
    send(admin, svc, stages__SQL="10", stages__MQL="5")
    form = {"csrf_token": token(admin), "edition": str(draft.edition), "seen": draft.digest}
    assert admin.post("/model/publish", data=form).status_code == 409
    assert open_draft(svc).live is not None
    assert admin.get("/model/versions/2").status_code == 404


def test_a_draft_of_an_older_version_is_asked_about_first(admin: FlaskClient, svc: Services) -> None:
    send(admin, svc, stages__SQL="60")
    publish(svc, "home", "cli")
    assert "version 2 is live now" in admin.get("/model").text
    answer = send(admin, svc, "/model/publish")
    assert answer.status_code == 409
    assert "version 2 was published" in answer.text
    assert send(admin, svc, "/model/rebase").status_code == 303
    assert send(admin, svc, "/model/publish").status_code == 303


def test_a_useless_model_is_not_published_and_the_page_says_why(admin: FlaskClient, svc: Services) -> None:
    send(admin, svc, hand_raiser__on="no", caps__fit="1", caps__engagement="1")
    assert "No pattern of good signs reaches" in admin.get("/model/publish").text
    answer = send(admin, svc, "/model/publish", note="Keep this note")
    assert answer.status_code == 400
    assert "No pattern of good signs reaches" in answer.text
    assert "Keep this note" in answer.text


def test_an_old_version_is_published_again(admin: FlaskClient, svc: Services) -> None:
    publish(svc, "home", "cli")
    assert "Roll back to it" in admin.get("/model/versions").text
    assert send(admin, svc, "/model/versions/1/again", live="1").status_code == 409
    assert send(admin, svc, "/model/versions/1/again", live="2").status_code == 303
    live = open_draft(svc).live
    assert live is not None
    assert (live.version, live.document) == (3, mappings.model_text("personal_auto"))
    assert send(admin, svc, "/model/versions/77/again", live="3").status_code == 404


def test_a_file_becomes_the_draft_after_it_was_checked(admin: FlaskClient, svc: Services) -> None:
    def upload(content: bytes) -> tuple[int, str]:
        draft = open_draft(svc)
        form = {"csrf_token": token(admin), "edition": str(draft.edition), "base": draft.text}
        answer = admin.post("/model/import", data={**form, "file": (BytesIO(content), "model.yaml")})
        return answer.status_code, answer.text

    for content, said in (
        (b"name: [", "Line "),
        (b"a,b,c\n1,2,3\n", "This is no model"),
        (b"\xff\xfe\x00", "not text in UTF-8"),
        (b" ", "empty"),
        (b"x: " + b"y" * 1_100_000, "too large"),
        (b"name: X\nstages: {MQL: 90, SQL: 40}\n", "Line 2"),
    ):
        status, page = upload(content)
        assert (status, said in page) == (400, True), said
    assert open_draft(svc).edition == 0
    status, _ = upload(b"\xef\xbb\xbf" + mappings.model_text("home").replace("\n", "\r\n").encode())
    assert status == 303
    draft = open_draft(svc)
    assert draft.text == mappings.model_text("home")
    assert draft.live is not None
    assert draft.live.version == 1


def test_a_text_that_is_no_model_stays_in_the_field_with_its_lines(admin: FlaskClient, svc: Services) -> None:
    answer = send(admin, svc, "/model/text", text="name: X\r\nstages: {MQL: 90, SQL: 40}\r\nnonsense: 1\r\n")
    assert answer.status_code == 400
    assert "Line 2:" in answer.text
    assert "Line 3:" in answer.text
    assert "nonsense: 1" in answer.text
    good = open_draft(svc).text.replace("SQL: 65", "SQL: 66")
    assert send(admin, svc, "/model/text", text=good.replace("\n", "\r\n")).status_code == 303
    assert open_draft(svc).text == good


def test_a_version_and_the_draft_are_downloaded_as_they_are(admin: FlaskClient, svc: Services) -> None:
    send(admin, svc, stages__SQL="60")
    assert admin.get("/model/export?version=1").text == mappings.model_text("personal_auto")
    answer = admin.get("/model/export")
    assert answer.text == open_draft(svc).text
    assert answer.headers["Content-Disposition"] == "attachment; filename=model-draft.yaml"
    for nonsense in ("9", "%22%0d%0aX: y", "../1", "²"):
        assert admin.get(f"/model/export?version={nonsense}").status_code == 404


def test_a_shipped_model_is_begun_from(admin: FlaskClient, svc: Services) -> None:
    assert "For home owners" in admin.get("/model/import").text
    assert send(admin, svc, "/model/begin", name="home").status_code == 303
    assert open_draft(svc).text == mappings.model_text("home")
    assert send(admin, svc, "/model/begin", name="../hubspot").status_code == 404


def test_the_draft_is_thrown_away(admin: FlaskClient, svc: Services) -> None:
    send(admin, svc, stages__SQL="60")
    assert send(admin, svc, "/model/discard").status_code == 303
    assert not open_draft(svc).changed


def test_a_live_model_that_this_program_no_longer_takes_is_mended_as_text(admin: FlaskClient, svc: Services) -> None:
    with svc.store.write() as conn:
        models.publish_model(conn, svc.tenant.id, "old", "weights: 5\n" + mappings.model_text("starter"), "cli", 1)
    answer = admin.get("/model", follow_redirects=True)
    assert answer.status_code == 200
    assert "weights" in answer.text
    assert "Line 1:" in answer.text
    for path in (
        "/model/publish",
        "/model/versions",
        "/model/import",
        "/model/hand-raiser",
        "/model/compare?one=1&other=2",
    ):
        assert admin.get(path, follow_redirects=True).status_code == 200, path


def test_leads_are_counted_by_the_version_that_scores_them(admin: FlaskClient) -> None:
    assert "0 leads" in admin.get("/model/versions?counts=1").text
    assert 'id="scored-1" hx-swap-oob="true"' in admin.get("/model/versions/counts").text
