"""The main tasks by keyboard alone: what has the focus is seen, and it goes where the work goes on."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, Page, expect

from tests.browser import people
from tests.browser.chromium import Watch, browsing
from tests.browser.settled import Settled

POINTS = "#criteria-quote_or_callback-points"
FARTHEST = 150
"""How often somebody presses Tab at most."""
IS_SEEN = """() => {
  const one = document.activeElement, style = getComputedStyle(one), box = one.getBoundingClientRect();
  const ring = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
  return ring && box.width > 0 && box.bottom > 0 && box.top < innerHeight;
}"""
NAME = "document.activeElement.outerHTML.slice(0, 120)"


def test_signing_in_and_past_the_menu(browser: Browser, office: Settled, watch: Watch) -> None:
    email, _, password = people.OWNER
    with browsing(browser, watch) as page:
        page.goto(office.url("/sign-in"))
        expect(page.get_by_label("E-mail address")).to_be_focused()
        page.keyboard.type(email)
        page.keyboard.press("Tab")
        page.keyboard.type(password)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Overview")).to_be_visible()
        page.keyboard.press("Tab")
        skip = page.get_by_role("link", name="Skip to the page")
        expect(skip).to_be_focused()
        expect(skip).to_be_in_viewport()
        page.keyboard.press("Enter")
        expect(page.locator("#main")).to_be_focused()
        page.keyboard.press("Tab")
        assert page.evaluate("document.querySelector('#main').contains(document.activeElement)")


def test_what_has_the_focus_is_seen(browser: Browser, office: Settled, watch: Watch) -> None:
    with browsing(browser, watch, cookies=office.owner) as page:
        for path in ("/", "/leads", "/settings/people"):
            page.goto(office.url(path))
            for place in range(25):
                page.keyboard.press("Tab")
                if page.evaluate("document.activeElement === document.body"):  # past the last one
                    assert place > 10, path
                    break
                assert page.evaluate(IS_SEEN), f"{path}: {page.evaluate(NAME)}"


def test_a_number_of_the_model(browser: Browser, office: Settled, watch: Watch) -> None:
    with browsing(browser, watch, cookies=office.owner) as page:
        page.goto(office.url("/model"))
        before = int(page.locator(POINTS).input_value())
        _tab_to(page, POINTS)
        page.keyboard.press("Control+a")
        page.keyboard.type(str(before + 1))
        page.keyboard.press("Enter")
        expect(page.get_by_text("The draft is saved")).to_be_visible()
        expect(page.locator(POINTS)).to_have_value(str(before + 1))


def test_a_property_of_the_mapping(browser: Browser, office: Settled, watch: Watch) -> None:
    with browsing(browser, watch, cookies=office.owner) as page:
        page.goto(office.url("/mapping"))
        _tab_to(page, "#in-state")
        page.keyboard.press("Control+a")
        page.keyboard.type("city")
        page.keyboard.press("Enter")
        expect(page.get_by_text("The draft is saved")).to_be_visible()
        expect(page.locator("#row-state .map-api code")).to_have_text("city")
        page.get_by_role("button", name="Discard").press("Enter")
        expect(page.get_by_text("The draft is gone")).to_be_visible()


def test_flag_after_flag(browser: Browser, office: Settled, watch: Watch) -> None:
    """An answer takes one key, and the focus stands on the next flag."""
    with browsing(browser, watch, cookies=office.owner) as page:
        page.goto(office.url("/flags"))
        first, second = (page.locator(".work[data-open]").nth(at).get_attribute("id") for at in (0, 1))
        _tab_to(page, f"#{first} button")
        page.keyboard.press("Enter")
        expect(page.locator(f"#{first}[data-open]")).to_have_count(0)
        expect(page.locator(f"#{second} button").first).to_be_focused()
        expect(page.get_by_role("link", name=re.compile("Flagged leads"))).to_be_visible()


def _tab_to(page: Page, selector: str) -> None:
    """Presses Tab until what is meant has the focus."""
    for _ in range(FARTHEST):
        page.keyboard.press("Tab")
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            assert page.evaluate(IS_SEEN), selector
            return
    raise AssertionError(f"{selector} cannot be reached: the focus is on {page.evaluate(NAME)}")
