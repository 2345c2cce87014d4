"""The main tasks in a browser that runs no scripts: every form goes to the server and a whole page comes back."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import people
from tests.browser.chromium import Watch, browsing
from tests.browser.settled import Settled

POINTS = "#criteria-quote_or_callback-points"


@pytest.fixture
def page(browser: Browser, office: Settled, watch: Watch) -> Iterator[Page]:
    with browsing(browser, watch, scripts=False, cookies=office.owner) as plain:
        yield plain


def test_an_account_is_tested(page: Page, office: Settled) -> None:
    people.try_account(page, office.world)
    expect(page.get_by_text("This account is connected already")).to_be_visible()


def test_a_mapping_is_saved_and_looked_at(page: Page, office: Settled) -> None:
    page.goto(office.url("/mapping"))
    page.locator("#in-zip").fill("city")
    page.get_by_role("button", name="Save draft").last.click()
    expect(page.get_by_text("The draft is saved")).to_be_visible()
    expect(page.locator("#row-zip .map-api code")).to_have_text("city")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("heading", name="Field mapping")).to_be_visible()
    page.get_by_role("button", name="Discard").click()
    expect(page.get_by_text("The draft is gone")).to_be_visible()


def test_a_model_is_saved_previewed_and_published(page: Page, office: Settled) -> None:
    page.goto(office.url("/model"))
    wanted = str(int(page.locator(POINTS).input_value()) + 1)
    page.locator(POINTS).fill(wanted)
    page.get_by_role("button", name="Save draft").last.click()
    expect(page.get_by_text("The draft is saved")).to_be_visible()
    page.get_by_role("link", name="Show what would change").click()
    for _ in range(20):  # the first look reads the leads into memory, and the page says so
        if page.get_by_text("Reading your leads").count() == 0:
            break
        page.wait_for_timeout(250)
        page.reload()
    expect(page.get_by_text(re.compile(r"leads? changes? tier")).first).to_be_visible()
    page.goto(office.url("/model/publish"))
    button = page.get_by_role("button", name=re.compile(r"Publish version \d+"))
    number = button.inner_text().split()[-1]
    button.click()
    expect(page.get_by_text(f"Version {number} is live")).to_be_visible()
    page.goto(office.url("/model"))
    expect(page.locator(POINTS)).to_have_value(wanted)


def test_leads_are_found_and_turned_over(page: Page, office: Settled) -> None:
    page.goto(office.url("/leads?sort=newest"))  # an order that no scoring under way changes
    first = page.locator(".lead-row .name").all_inner_texts()
    page.get_by_role("link", name="Next page").click()
    second = page.locator(".lead-row .name").all_inner_texts()
    assert second
    assert first != second
    page.get_by_role("link", name="Previous page").click()
    assert page.locator(".lead-row .name").all_inner_texts() == first
    page.get_by_label("Name, company, e-mail or CRM id").fill(second[0])
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".lead-row .name").first).to_have_text(second[0])


def test_a_flag_is_answered(page: Page, office: Settled) -> None:
    page.goto(office.url("/flags"))
    work = page.locator(".work[data-open]").first
    flag = work.get_attribute("id")
    work.locator("button").first.click()
    expect(page.locator(f"#{flag}[data-open]")).to_have_count(0)
    page.goto(office.url("/flags?state=answered"))
    expect(page.locator(f"#{flag}")).to_be_visible()
