"""Test with a record, and what publishing a mapping would change: in the page, as a fragment, for whom it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from web_support import signed_in, token

from adapters.contract import CrmField, FieldType, Retry
from connector.flows.actors import Role
from connector.flows.services import Services
from connector.store import tenants
from tests.flows.conftest import World
from tests.flows.live_world import live_world

HX = {"HX-Request": "true"}
MARKUP = "<script>alert(1)</script>"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = live_world(tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def made(world: World) -> Services:
    return world.services()


@pytest.fixture
def admin(made: Services) -> FlaskClient:
    return signed_in(made, Role.ADMIN, "adam@agency.example")


def post(client: FlaskClient, path: str, /, **form: str) -> str:
    sent = {"csrf_token": token(client, "/mapping/1/trial"), **form}
    answer = client.post(path, data=sent, headers=HX)
    assert answer.status_code == 200, answer.text
    return answer.text


def test_a_record_is_shown_in_the_crm_as_we_read_it_with_its_score_and_lines(admin: FlaskClient) -> None:
    shown = post(admin, "/mapping/1/trial", who="1012")
    assert "<html" not in shown
    for part in ("P12", "Term Life", "Term life", "Requested a quote", "adding up to", "Top reasons", "Called us"):
        assert part in shown, part


def test_the_form_as_it_stands_counts_without_being_saved(world: World, admin: FlaskClient) -> None:
    world.crm.fields["years"] = CrmField("years", "Years", FieldType.TEXT)
    world.crm.person("1012", firstname="P12", years="41 years")
    shown = post(admin, "/mapping/1/trial", who="1012", **{"field.age.from": "years", "new.label": "half typed"})
    assert "41 years" in shown
    with world.store.read() as conn:
        assert conn.exec_driver_sql("SELECT count(*) FROM draft").scalar() == 0


def test_a_form_that_is_no_mapping_says_so_and_keeps_what_was_typed(admin: FlaskClient) -> None:
    shown = post(admin, "/mapping/1/trial", who="Nicholas", **{"field.age.from": "no_such_property"})
    assert "This is no mapping yet" in shown
    assert 'value="Nicholas"' in shown
    assert "This is no mapping yet" in post(admin, "/mapping/1/preview", **{"field.age.from": "no_such_property"})


def test_without_javascript_it_is_a_page_of_its_own(admin: FlaskClient) -> None:
    page = admin.post("/mapping/1/trial", data={"who": "P1", "csrf_token": token(admin, "/mapping/1/trial")})
    assert page.status_code == 200
    assert "<html" in page.text
    assert "Which one?" in page.text
    assert page.headers["Vary"].startswith("HX-Request")
    assert "The last ten leads" in admin.get("/mapping/1/trial").text
    assert "What we would know" in admin.get("/mapping/1/preview").text


def test_markup_in_a_name_or_a_value_is_text(world: World, admin: FlaskClient) -> None:
    world.crm.person("1012", firstname=MARKUP, age=MARKUP)
    shown = post(admin, "/mapping/1/trial", who="1012")
    assert MARKUP not in shown
    assert "&lt;script&gt;" in shown
    assert MARKUP not in post(admin, "/mapping/1/trial", who=MARKUP)


def test_a_crm_that_is_down_is_a_sentence_not_an_error(world: World, admin: FlaskClient) -> None:
    def down(what: str) -> None:
        raise Retry("The CRM does not answer. Try again in a minute.")

    world.crm.on_call = down
    assert "The CRM does not answer" in post(admin, "/mapping/1/trial", who="1012")
    assert "The CRM does not answer" in post(admin, "/mapping/1/preview")


def test_a_preview_shows_coverage_moves_and_cost(world: World, admin: FlaskClient) -> None:
    world.crm.fields["years"] = CrmField("years", "Years", FieldType.TEXT)
    shown = post(admin, "/mapping/1/preview", **{"field.age.from": "years"})
    for part in ("What we would know", "Who changes tier", "What publishing costs", "An estimate", "all 23 leads"):
        assert part in shown, part
    assert "Biggest moves" in shown


@pytest.mark.parametrize("page", ["trial", "preview"])
@pytest.mark.parametrize("number", ["2", "99999999999", "x", "-1"])
def test_a_connection_that_is_not_there_is_not_found(admin: FlaskClient, page: str, number: str) -> None:
    assert admin.get(f"/mapping/{number}/{page}").status_code == 404


@pytest.mark.parametrize("page", ["trial", "preview"])
def test_another_agency_finds_nothing_and_a_viewer_may_not(made: Services, page: str) -> None:
    with made.store.write() as conn:
        other = tenants.add_tenant(conn, "Another agency", "UTC", 0)
    stranger = signed_in(made.for_tenant(other.id), Role.OWNER, "sam@stranger.example")
    assert stranger.get(f"/mapping/1/{page}").status_code == 404
    viewer = signed_in(made, Role.VIEWER, "vera@agency.example")
    assert viewer.get(f"/mapping/1/{page}").status_code == 403
