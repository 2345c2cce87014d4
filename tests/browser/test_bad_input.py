"""What goes wrong between people: the page says what happened and keeps what was typed; nothing of it runs."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from tests.browser import people
from tests.browser.chromium import Watch, browsing
from tests.browser.settled import FORMULA, MARKUP, Settled

POINTS = "#criteria-quote_or_callback-points"
PASSWORD = "seven small wooden bridges"
LISTED = "name,points\nquote,25\ncall;30,\n"
"""A table where a model or a mapping belongs."""


@pytest.fixture
def page(browser: Browser, office: Settled, watch: Watch) -> Iterator[Page]:
    """The owner's browser. Refusals come with their status, which the browser's console repeats."""
    watch.expected.append("status of 4")
    with browsing(browser, watch, cookies=office.owner) as owner:
        yield owner


@contextmanager
def another_admin(browser: Browser, office: Settled, watch: Watch, owner: Page, name: str) -> Iterator[Page]:
    link = people.invite(owner, office.world, f"{name.lower()}@bluebonnet.example", "Admin")
    with browsing(browser, watch) as other:
        people.join(other, link, f"{name} Admin", PASSWORD)
        yield other


def test_two_admins_edit_the_same_model(page: Page, browser: Browser, office: Settled, watch: Watch) -> None:
    with another_admin(browser, office, watch, page, "Andrea") as quick:
        page.goto(office.url("/model"))
        quick.goto(office.url("/model"))
        theirs, mine = (str(int(page.locator(POINTS).input_value()) + more) for more in (2, 3))
        quick.locator(POINTS).fill(theirs)
        quick.get_by_role("button", name="Save draft").last.click()
        expect(quick.get_by_text("The draft is saved")).to_be_visible()
        page.locator(POINTS).fill(mine)
        page.locator(POINTS).blur()
        expect(page.get_by_text("Somebody else saved the model meanwhile")).to_be_visible()
        page.get_by_role("button", name="Look at both").click()
        expect(page.get_by_role("heading", name="Somebody was quicker")).to_be_visible()
        expect(page.get_by_text("andrea@bluebonnet.example saved the draft")).to_be_visible()
        expect(page.get_by_role("region", name="What you typed").get_by_text(f"{mine} points")).to_be_visible()
        page.get_by_role("button", name="Put mine on top").click()
        expect(page.locator(POINTS)).to_have_value(mine)


def test_two_admins_edit_the_same_mapping(page: Page, browser: Browser, office: Settled, watch: Watch) -> None:
    with another_admin(browser, office, watch, page, "Anton") as quick:
        page.goto(office.url("/mapping"))
        quick.goto(office.url("/mapping"))
        quick.locator("#in-state").fill("city")
        quick.get_by_role("button", name="Save draft").last.click()
        expect(quick.get_by_text("The draft is saved")).to_be_visible()
        page.locator("#in-zip").fill("city")
        page.get_by_role("button", name="Save draft").last.click()
        expect(page.get_by_text(re.compile(r"anton@bluebonnet\.example"))).not_to_have_count(0)
        expect(page.get_by_text("with your 1 change on top, not saved yet")).to_be_visible()
        expect(page.locator("#in-zip")).to_have_value("city")
        page.get_by_role("button", name="Discard").click()
        expect(page.get_by_text("The draft is gone")).to_be_visible()


def test_a_session_that_ends_in_the_middle_of_a_form(browser: Browser, office: Settled, watch: Watch) -> None:
    email, _, password = people.OWNER
    watch.expected.append("status of 401")
    with browsing(browser, watch) as page:
        people.sign_in(page, office.world, email, password)
        expect(page.get_by_role("heading", name="Overview")).to_be_visible()
        mine = office.world.rows("SELECT max(id) FROM session")[0][0]
        page.goto(office.url("/model"))
        wanted = str(int(page.locator(POINTS).input_value()) + 4)
        office.world.rows("DELETE FROM session WHERE id = ?", mine)
        page.locator(POINTS).fill(wanted)
        page.locator(POINTS).blur()
        expect(page.get_by_text("You are no longer signed in, so this was not saved")).to_be_visible()
        expect(page.locator(POINTS)).to_have_value(wanted)
        page.get_by_role("button", name="Save draft").last.click()
        expect(page.get_by_role("heading", name="Sign in again")).to_be_visible()
        page.get_by_label("E-mail address").fill(email)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("button", name="Send it now").click()
        expect(page.get_by_text("The draft is saved")).to_be_visible()
        expect(page.locator(POINTS)).to_have_value(wanted)


def test_a_model_text_that_does_not_parse(page: Page, office: Settled) -> None:
    page.goto(office.url("/model/text"))
    area = page.locator("textarea[name=text]")
    typed = area.input_value() + "\ncriteria: [unclosed\n"
    area.fill(typed)
    page.get_by_role("button", name="Save").last.click()
    expect(page.get_by_role("alert").get_by_text(re.compile(r"Line \d+:")).first).to_be_visible()
    expect(area).to_have_value(typed)


def test_points_beyond_sense(page: Page, office: Settled) -> None:
    page.goto(office.url("/model"))
    page.locator(POINTS).fill("5000")
    page.get_by_role("button", name="Save draft").last.click()
    expect(page.locator(f"{POINTS}-wrong")).to_have_text(re.compile(r"\w+ \w+"))
    expect(page.locator(POINTS)).to_have_attribute("aria-invalid", "true")
    expect(page.locator(POINTS)).to_have_value("5000")


@pytest.mark.parametrize(
    ("content", "said"), [(LISTED.encode(), "this is no model yet"), (b"\xff\xfe\x00PK", "not text in UTF-8")]
)
def test_a_file_that_is_no_model(page: Page, office: Settled, content: bytes, said: str) -> None:
    page.goto(office.url("/model/import"))
    file = FilePayload(name="leads.csv", mimeType="text/csv", buffer=content)
    page.get_by_label("A model file").set_input_files(file)
    page.get_by_role("button", name="Take it as the draft").click()
    expect(page.get_by_role("alert").get_by_text(said)).to_be_visible()


def test_a_file_that_is_no_mapping(page: Page, office: Settled) -> None:
    page.goto(office.url("/mapping/1/file"))
    page.get_by_label("Text", exact=True).fill(LISTED)
    page.get_by_role("button", name="Save as the draft").click()
    expect(page.get_by_text("Nothing was saved. What is wrong:")).to_be_visible()
    expect(page.get_by_label("Text", exact=True)).to_have_value(LISTED)


def test_markup_in_a_name_is_text(page: Page, office: Settled) -> None:
    lead = office.lead_id(office.marked)
    for path in (f"/leads/{lead}", f"/leads?q={office.marked}", f"/mapping/1/trial?who={office.marked}", "/model"):
        page.goto(office.url(path))
        page.wait_for_load_state("networkidle")
        assert page.locator("img").count() == 0, path
        assert page.title() != "taken over", path
    page.goto(office.url(f"/leads/{lead}"))
    expect(page.get_by_role("heading", level=1)).to_contain_text(MARKUP)


def test_a_formula_in_a_name_is_text_in_a_spreadsheet(page: Page, office: Settled, tmp_path: Path) -> None:
    page.goto(office.url(f"/leads?q={office.formula}"))
    with page.expect_download() as taken:
        page.get_by_role("button", name="CSV").click()
    taken.value.save_as(tmp_path / "leads.csv")
    with (tmp_path / "leads.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["first_name"] for row in rows] == [f"'{FORMULA}"]
