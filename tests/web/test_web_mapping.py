"""The pages of the field mapping: rows, drafts, two admins, own fields, activities, files, versions."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from mapping_pages import Pages, form_of, pages_of
from web_support import Book, signed_in

from adapters.contract import CrmField, FieldType, Retry
from connector.flows.actors import Role
from connector.flows.mapping_drafts import MappingDraft, open_draft
from connector.flows.mapping_versions import history
from tests.flows.mapping_world import ANA, NONE, PETS, house, publish_edits, save


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[Pages]:
    world = house(tmp_path)
    yield pages_of(world)
    world.store.close()


def text_of(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def row(page: str, name: str) -> str:
    return text_of(page.split(f'id="row-{name}"', 1)[1].split('<li class="map-row', 1)[0])


def draft(pages: Pages) -> MappingDraft:
    return open_draft(pages.svc, pages.scope)


def source(pages: Pages, name: str) -> tuple[str, ...]:
    return next(one.candidates for one in draft(pages).mapping.fields if one.name == name)


def test_without_a_connection_the_page_says_what_to_do_first(client: FlaskClient) -> None:
    assert "Connect a CRM first" in client.get("/mapping").text


def test_a_row_says_what_gives_the_field_with_samples_and_why_it_is_needed(pages: Pages) -> None:
    said = row(pages.get(), "state")
    for words in ("State * required", "Drives “", "TX", "NY", "100 % filled", "Auto-matched", "Confirm"):
        assert words in said
    assert "Never an input to a score" in pages.get()


def test_a_page_saved_untouched_changes_nothing(pages: Pages) -> None:
    before = draft(pages).text
    answer = pages.post("", form_of(pages.get()))
    assert answer.status_code == 303
    assert draft(pages).text == before


@pytest.mark.parametrize("part", ["/activities", "/own-fields"])
def test_neither_do_the_other_forms(pages: Pages, part: str) -> None:
    save(pages.svc, pages.scope, {**PETS, "custom.product_interest.choices": "Umbrella"})
    before = draft(pages).text
    assert pages.post(part, form_of(pages.get(part))).status_code == 303
    assert draft(pages).text == before


def test_choosing_a_property_saves_a_draft_and_shows_it(pages: Pages) -> None:
    form = form_of(pages.get()) | {"field.age.from": "Client age", "field.age.max": "99"}
    answer = pages.post("", form)
    assert (answer.status_code, "done=saved" in answer.location) == (303, True)
    assert source(pages, "age") == ("client_age",)
    page = pages.get("?done=saved")
    assert "The draft is saved" in page
    assert "None of the contacts has something in it" in row(page, "age")
    assert "Confirm Age" not in row(page, "age")


def test_a_wrong_property_is_said_beside_it_and_everything_typed_stays(pages: Pages) -> None:
    form = form_of(pages.get()) | {"field.age.from": "Clients age", "field.zip.from": "pets", "field.age.max": "9x"}
    answer = pages.post("", form)
    assert answer.status_code == 400
    assert "Did you mean “Client age”?" in row(answer.text, "age")
    again = form_of(answer.text)
    assert (again["field.age.from"], again["field.zip.from"], again["field.age.max"]) == ("Clients age", "pets", "9x")
    assert not draft(pages).changed


def test_the_second_admin_sees_who_was_quicker_and_keeps_what_was_typed(pages: Pages) -> None:
    first, second = form_of(pages.get()), form_of(pages.get())
    pages.post("", first | {"field.age.from": "Client age"})
    answer = pages.post("", second | {"field.zip.from": "Pets at home"}, pages.second())
    assert answer.status_code == 409
    assert "saved this draft while you were editing" in answer.text
    merged = form_of(answer.text)
    assert (merged["field.age.from"], merged["field.zip.from"]) == ("Client age", "Pets at home")
    assert pages.post("", merged, pages.second()).status_code == 303
    assert (source(pages, "age"), source(pages, "zip")) == (("client_age",), ("pets",))


def test_one_click_confirms_all_or_answers_for_all_that_is_missing(pages: Pages) -> None:
    page = pages.get()
    assert "2 required without a property" in text_of(page)
    pages.post("", form_of(page) | {"do": "none"})
    page = pages.get()
    assert "0 required without a property" in text_of(page)
    pages.post("", form_of(page) | {"do": "confirm"})
    assert all(one.spec.confirmed for one in draft(pages).bound.fields if one.name not in {"flag", "flag_note"})


def test_a_conversion_is_one_click(pages: Pages) -> None:
    pages.post("", form_of(pages.get()) | {"do": "field.county.from=pets"})
    answer = pages.post("", form_of(pages.get()) | {"do": "field.county.transform=text"})
    assert answer.location.endswith("#row-county")
    assert next(one for one in draft(pages).mapping.fields if one.name == "county").transform == "text"


def test_options_are_mapped_to_our_choices(pages: Pages) -> None:
    pages.post("", form_of(pages.get()) | {"field.product_interest.from": "Line"})
    page = pages.get()
    assert "1 not mapped" in row(page, "product_interest")
    pages.post("", form_of(page) | {"field.product_interest.option.Umbrella cover": "home"})
    assert "not mapped" not in row(pages.get(), "product_interest").split("How it is read")[1].split("Their option")[0]


def test_matching_automatically_takes_only_what_is_ticked(pages: Pages) -> None:
    more = {"number_of_vehicles": "Cars", "years_in_business": "Business age"}
    pages.world.crm.fields |= {name: CrmField(name, label, FieldType.NUMBER) for name, label in more.items()}
    pages.svc.looks.forget(pages.scope)
    page = pages.get("/match")
    assert "has the name" in page
    form = {name: value for name, value in form_of(page, "match-form").items() if "years_in" not in name}
    assert form["field.vehicles.from"] == "number_of_vehicles"
    assert pages.post("/match", form).status_code == 303
    confirmed = {one.name for one in draft(pages).mapping.fields if one.confirmed}
    assert "vehicles" in confirmed
    assert "years_in_business" not in confirmed


def test_publishing_says_what_blocks_it_and_then_goes_live(pages: Pages) -> None:
    pages.post("", form_of(pages.get()) | {"field.age.from": "Client age"})
    page = pages.get()
    assert "Employer size is required" in text_of(page)
    assert re.search(r"<button[^>]*disabled[^>]*>Publish version 2", pages.get("/review"))
    answer = pages.post("/publish", {"edition": "1"})
    assert (answer.status_code, "Nothing was published" in answer.text) == (400, True)
    save(pages.svc, pages.scope, NONE)
    answer = pages.post("/publish", {"edition": "2"})
    assert answer.status_code == 303
    assert "Version 2 is live" in pages.browser.get(answer.location, base_url="http://localhost").text


def test_what_is_typed_is_saved_before_it_can_be_published(pages: Pages) -> None:
    """A button that published the saved draft from a page with unsaved changes would drop them without a word."""
    for path in ("", "/activities", "/own-fields", "/file", "/versions"):
        assert f"/mapping/{pages.scope.connection_id}/publish" not in pages.get(path), path
    for path in ("/activities", "/own-fields"):
        answer = pages.post(path, form_of(pages.get(path)) | {"then": "review"})
        assert (answer.status_code, "/review" in answer.location) == (303, True), path


def test_the_review_says_what_would_change_before_anything_does(pages: Pages) -> None:
    answer = pages.post("/review", form_of(pages.get()) | {"field.age.from": "Client age"})
    assert answer.status_code == 303
    page = text_of(pages.get("/review"))
    assert "Age comes from “Client age” (client_age) instead of “age” (age)." in page
    assert "What we would know" in page or "There are no contacts" in page
    assert len(history(pages.svc, pages.scope)) == 1


def test_a_draft_that_somebody_published_past_is_not_published_unseen(pages: Pages) -> None:
    save(pages.svc, pages.scope, {**NONE, "field.age.max": "99"})
    other = pages.second()
    answer = pages.post("/versions/1/roll-back", {}, other)
    assert answer.status_code == 303
    answer = pages.post("/publish", {"edition": "1"})
    assert answer.status_code == 409
    assert "Version 2 was published while this draft was open" in text_of(answer.text)
    assert pages.post("/rebase", {"edition": "1"}).status_code == 303
    assert pages.post("/publish", {"edition": "2"}).status_code == 303


def test_a_mapped_property_that_is_gone_is_named_in_a_banner_with_a_way_to_choose_another(pages: Pages) -> None:
    del pages.world.crm.fields["household_income"]
    pages.svc.looks.forget(pages.scope)
    page = pages.get()
    assert "The CRM changed since this mapping was published" in page
    assert "household_income), which gives household_income, is not there any more" in text_of(page)
    assert "#row-household_income" in page


def test_while_the_crm_is_down_the_page_works_and_says_so(pages: Pages) -> None:
    def down(_: str) -> None:
        raise Retry(admin="The CRM does not answer.", log="503")

    pages.world.crm.on_call = down
    page = pages.get()
    assert "The CRM does not answer. You can go on editing" in text_of(page)
    answer = pages.post("", form_of(page) | {"field.age.max": "99"})
    assert answer.status_code == 303
    answer = pages.post("/publish", {"edition": "1"})
    assert (answer.status_code, "without the CRM it cannot be checked" in answer.text) == (400, True)


def test_a_pasted_file_of_rubbish_is_shown_again_with_every_fault(pages: Pages) -> None:
    rubbish = "version: 1\ncrm: hubspot\nfields: {shoe_size: {from: x}, <b>: {}}\n"
    answer = pages.post("/file", {"text": rubbish, "edition": "0"})
    assert answer.status_code == 400
    assert "Line 3" in answer.text
    assert "<b>" not in answer.text
    assert "{shoe_size: {from: x}, <b>: {}}" in unescape(answer.text)
    assert not draft(pages).changed
    whole = pages.get("/file").split("<textarea", 1)[1].split("</textarea>")[0].split(">", 1)[1]
    answer = pages.post("/file", {"text": unescape(whole), "edition": "0"})
    assert answer.status_code == 303
    exported = pages.browser.get(pages.address("/mapping.yaml"), base_url="http://localhost")
    assert exported.headers["Content-Disposition"].startswith("attachment")
    assert exported.text == draft(pages).text


def test_a_draft_that_cannot_be_used_any_more_can_be_mended_or_thrown_away(pages: Pages) -> None:
    save(pages.svc, pages.scope, {"field.age.max": "99"})
    with pages.svc.store.write() as conn:
        conn.exec_driver_sql("UPDATE draft SET document = 'fields: {shoe_size: {from: x}}'")
    answer = pages.browser.get(pages.address(), base_url="http://localhost")
    assert answer.location.endswith("/file")
    assert "The draft cannot be used as it is" in pages.get("/file")
    assert pages.post("/discard", {"edition": "1"}).status_code == 303
    assert "Read from" in pages.get()


def test_own_fields_are_added_refused_and_kept_while_in_use(pages: Pages) -> None:
    form = form_of(pages.get("/own-fields"))
    answer = pages.post("/own-fields", form | {**PETS, "new.label": "Ethnic group"})
    assert answer.status_code == 400
    assert "Source:" in answer.text
    assert form_of(answer.text)["new.label"] == "Ethnic group"
    assert pages.post("/own-fields", form | PETS).status_code == 303
    assert "Pets" in row(pages.get(), "pets")
    form = form_of(pages.get("/own-fields"))
    assert pages.post("/own-fields", form | {"do": "custom.pets.remove"}).status_code == 303
    assert draft(pages).mapping.custom == {}


def test_rules_are_moved_added_and_refused_beside_what_was_typed(pages: Pages) -> None:
    page = pages.get("/activities")
    form = form_of(page)
    assert form["activity.calls.rule.0.when"] == "hs_call_direction = INBOUND"
    answer = pages.post("/activities", form | {"activity.calls.rule.0.when": "nothing"})
    assert (answer.status_code, form_of(answer.text)["activity.calls.rule.0.when"]) == (400, "nothing")
    answer = pages.post("/activities", form | {"do": "activity.calls.rule.0.down"})
    assert answer.location.endswith("#type-calls")
    assert form_of(pages.get("/activities"))["activity.calls.rule.1.when"] == "hs_call_direction = INBOUND"
    off = {
        name: value for name, value in form_of(pages.get("/activities")).items() if name != "signal.dated.conversion"
    }
    pages.post("/activities", off)
    assert "conversion" not in {one.name for one in draft(pages).mapping.signals.dated}


def test_versions_are_compared_downloaded_and_rolled_back(pages: Pages) -> None:
    publish_edits(pages.svc, pages.scope, {"field.age.from": "client_age"}, ANA)
    page = text_of(pages.get("/versions"))
    assert "Age comes from “Client age”" in page
    assert ANA.email in page
    assert "read and write the same" in text_of(pages.get("/versions?from=2&to=2"))
    pages.get("/versions?from=1&to=9", 404)
    pages.get("/versions?from=1&to=99999999999999999999", 404)
    assert "from: client_age" in pages.get("/versions/2.yaml")
    pages.get("/versions/9.yaml", 404)
    assert pages.post("/versions/1/roll-back", {}).status_code == 303
    assert [one.version for one in history(pages.svc, pages.scope)] == [3, 2, 1]


def test_missing_score_fields_are_created_with_one_click(pages: Pages) -> None:
    del pages.world.crm.fields["leadtier_score"]
    pages.svc.looks.forget(pages.scope)
    page = pages.get()
    assert 'value="leadtier_score">Create' in page
    assert pages.post("/create", {"field": "leadtier_score"}).status_code == 303
    assert "leadtier_score" in pages.world.crm.fields


def test_markup_in_a_label_or_value_is_text(pages: Pages) -> None:
    pages.world.crm.fields["client_age"] = replace(pages.world.crm.fields["client_age"], label='<img src=x> "age"')
    pages.world.crm.person("1", state="<script>x</script>")
    pages.svc.looks.forget(pages.scope)
    save(pages.svc, pages.scope, {"field.age.from": "client_age"})
    page = pages.get()
    assert "<img src=x>" not in page
    assert "<script>x" not in page
    assert form_of(page)["field.age.from"] == '<img src=x> "age"'


def test_several_connections_have_a_switch(pages: Pages) -> None:
    assert "map-switch" not in pages.get()
    Book(pages.svc, pages.scope.tenant_id).connect("second crm")
    assert "second crm" in pages.get()


@pytest.mark.parametrize("part", ["", "/activities", "/own-fields", "/match", "/review", "/file", "/versions"])
def test_a_stranger_a_wild_number_and_nobody_see_nothing(pages: Pages, part: str) -> None:
    for number in ("999", "99999999999999999999"):
        answer = pages.browser.get(f"/mapping/{number}{part}", base_url="http://localhost")
        assert answer.status_code == 404
    assert pages.app.test_client().get(pages.address(part)).status_code == 302


def test_a_viewer_looks_and_changes_nothing(pages: Pages) -> None:
    viewer = signed_in(pages.svc, Role.VIEWER, "vera@bluebonnet.example", pages.app)
    page = viewer.get(pages.address(), base_url="http://localhost").text
    assert "An admin of your agency can change it" in page
    assert 'id="trial-form"' not in page  # testing a record takes an admin
    assert '<fieldset class="stack" disabled>' in page
    assert pages.post("", {"edition": "0"}, viewer).status_code == 403


def test_with_300_properties_the_page_stays_small(pages: Pages) -> None:
    more = {f"property_{n}": CrmField(f"property_{n}", f"Some property {n}", FieldType.TEXT) for n in range(300)}
    pages.world.crm.fields |= more
    pages.svc.looks.forget(pages.scope)
    assert len(gzip.compress(pages.get().encode())) < 40_000
