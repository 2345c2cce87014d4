"""Every page of the application as it meets people: by day and by night, on a desk and on a phone, with axe beside."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import people
from tests.browser.addresses import Addresses
from tests.browser.chromium import COLOURS, DESK, PHONE, Watch, barriers, browsing, sideways
from tests.browser.settled import Settled

PARTS = 3
"""Tests that share the pages among them, so that several processes may."""
SMALLEST = 24
"""Pixels, each way, of what a finger is to meet: WCAG 2.2, 2.5.8. Links in the middle of a sentence are excepted."""
LOADS = "[hx-trigger*='load']"
OUT_OF_REACH = f"""() => {{
  const inScroll = (one) => one.closest(".scroll") !== null;
  const inSentence = (one) => one.tagName === "A" && getComputedStyle(one).display === "inline";
  return [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")]
    .filter((one) => one.checkVisibility() && !one.closest(".visually-hidden, .skip") && !inSentence(one))
    .map((one) => [one, (one.closest("label") ?? one).getBoundingClientRect()])
    .filter(([one, box]) => box.width < {SMALLEST} || box.height < {SMALLEST}
      || (!inScroll(one) && (box.left < 0 || box.right > innerWidth + 1)))
    .map(([one, box]) => `${{one.outerHTML.slice(0, 140)}} ${{Math.round(box.width)}}x${{Math.round(box.height)}}`);
}}"""
"""What a finger cannot meet: too small, or beyond the edge of the window."""
SECRETS_OF_PAGES = ("unsafe-inline", "unsafe-eval", "http:", "https:", "*")
"""What a content security policy that lets nothing in does not say."""


@pytest.mark.parametrize("begin", range(PARTS))
def test_every_page_behind_the_sign_in(browser: Browser, office: Settled, watch: Watch, begin: int) -> None:
    watch.expected.append("status of 4")
    with browsing(browser, watch, cookies=office.owner) as page:
        people.try_account(page, office.world)
        grant = page.url.rpartition("grant=")[2]
        found = _look_at_all(page, office, Addresses(office, grant).signed_in()[begin::PARTS])
    assert found == []


def test_every_page_for_who_is_not_signed_in(browser: Browser, office: Settled, watch: Watch) -> None:
    watch.expected.append("status of 4")
    with browsing(browser, watch, cookies=office.owner) as owner:
        invitation = people.invite(owner, office.world, "ines@bluebonnet.example", "Viewer")
    with browsing(browser, watch) as page:
        found = _look_at_all(page, office, Addresses(office, invitation=invitation).signed_out())
        page.goto(office.url("/leads"))
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert found == []


def test_pages_that_are_not_there_teach(browser: Browser, office: Settled, watch: Watch) -> None:
    watch.expected.append("status of 4")
    gone = ("/leads/999999", "/nowhere", "/runs/999999", "/model/criteria/none", "/connections/999999")
    with browsing(browser, watch, cookies=office.owner) as page:
        assert _look_at_all(page, office, [(path, 404) for path in gone]) == []


def _look_at_all(page: Page, office: Settled, addresses: Sequence[tuple[str, int]]) -> list[str]:
    """What is wrong anywhere, all of it, so that one run tells everything."""
    return [f"{path}: {wrong}" for path, status in addresses for wrong in _look_at(page, office.url(path), status)]


def _look_at(page: Page, url: str, status: int) -> list[str]:
    """One page, loaded once, in the themes and widths that it is met in."""
    answer = page.goto(url)
    assert answer is not None
    if page.locator(LOADS).count():
        page.wait_for_load_state("networkidle")
    found = [f"status {answer.status}"] if answer.status != status else []
    policy = answer.headers.get("content-security-policy", "")
    found += [f"policy {policy}"] if "default-src 'self'" not in policy or _is_open(policy) else []
    found += [] if page.locator("h1").count() == 1 else [f"{page.locator('h1').count()} h1"]
    found += [] if len(page.title().removesuffix("· Leadtier").strip()) > 2 else [f"title {page.title()}"]
    found += barriers(page)
    page.emulate_media(color_scheme="dark")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    found += [f"in the dark: {each}" for each in barriers(page, COLOURS)]
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(PHONE)
    found += [f"{sideways(page)} px too wide for a phone"] if sideways(page) else []
    found += [f"out of reach on a phone: {each}" for each in page.evaluate(OUT_OF_REACH)]
    page.set_viewport_size(DESK)
    return found


def _is_open(policy: str) -> bool:
    return any(word in SECRETS_OF_PAGES for word in policy.replace(";", " ").replace("'", " ").split())
