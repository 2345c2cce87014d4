"""The whole story as an admin and a rep click it: connect, map, edit, preview, publish, see it, flag it, answer."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.browser import people
from tests.browser.chromium import Watch, browsing
from tests.browser.world import World, world

QUOTE = "criteria.quote_or_callback.points"


def test_from_an_empty_screen_to_a_flag_answered(browser: Browser, watch: Watch, tmp_path: Path) -> None:
    with world(tmp_path, leads=150) as one, browsing(browser, watch) as admin:
        people.first_day(admin, one)
        _map_a_field(admin, one)
        lead, crm_id, before = _hottest(admin, one)
        _publish_more_points(admin, one)
        with browsing(browser, watch) as rep:
            _see_the_score_rise(rep, one, crm_id, before)
            _flag(rep)
        _answer(admin, one, lead)


def _map_a_field(admin: Page, one: World) -> None:
    """Publishes a mapping in which one match is confirmed."""
    admin.goto(f"{one.url}/mapping")
    row = admin.locator("#row-state")
    expect(row.get_by_text("Auto-matched")).to_be_visible()
    row.get_by_text("Confirm").click()
    admin.get_by_role("button", name="Save draft").last.click()
    expect(admin.locator("#row-state").get_by_text("Confirmed")).to_be_visible()
    admin.get_by_role("button", name="Preview").click()
    expect(admin.get_by_text("Nothing speaks against it")).to_be_visible()
    admin.get_by_role("button", name="Publish version 2").click()
    expect(admin.get_by_text("Version 2 is live")).to_be_visible()


def _hottest(admin: Page, one: World) -> tuple[str, str, int]:
    """Name, CRM id and score of the first lead that asked for a quote and is not at 100 yet."""
    admin.goto(f"{one.url}/leads?tier=Hot")
    admin.locator(".lead-row", has_text="Requested a").first.locator(".name").click()
    said = admin.get_by_text(re.compile(r"record \d+")).first.inner_text()
    name = admin.get_by_role("heading", level=1).inner_text()
    return name, re.findall(r"record (\d+)", said)[0], int(admin.locator(".score-head .big").inner_text())


def _publish_more_points(admin: Page, one: World) -> None:
    admin.goto(f"{one.url}/model")
    preview = admin.locator("#preview")
    expect(preview.get_by_text("149 open leads").first).to_be_visible(timeout=people.LONG)
    expect(preview.get_by_text("0 leads change tier")).to_be_visible()
    admin.locator(f'[name="{QUOTE}"]').fill("30")
    expect(preview.get_by_text(re.compile(r"[1-9]\d* leads change tier"))).to_be_visible()
    expect(admin.get_by_text("live: 25")).to_be_visible()
    admin.get_by_role("button", name="Save draft").last.click()
    expect(admin.get_by_text("The draft is saved")).to_be_visible()
    admin.get_by_role("link", name="Publish version 2").click()
    expect(admin.get_by_text("25 points")).to_be_visible()
    admin.get_by_role("button", name="Publish version 2").click()
    expect(admin.get_by_text("Version 2 is live")).to_be_visible()


def _see_the_score_rise(rep: Page, one: World, crm_id: str, before: int) -> None:
    """The record in the CRM shows five points more."""
    shown = rep.get_by_text(str(before + 5), exact=True)
    for _ in range(60):
        rep.goto(one.record_page(crm_id))
        if shown.count():
            break
        rep.wait_for_timeout(500)
    expect(shown.first).to_be_visible()
    assert one.contact_by_id(crm_id)["leadtier_score"] == str(before + 5)


def _flag(rep: Page) -> None:
    rep.locator("#note").fill("Bought elsewhere last week")
    rep.get_by_role("button", name=re.compile("too high", re.IGNORECASE)).click()
    expect(rep.get_by_text("This score is flagged")).to_be_visible()


def _answer(admin: Page, one: World, lead: str) -> None:
    """The flag stands in the list within the time of a sync; one click answers it, and the menu no longer counts it."""
    admin.goto(f"{one.url}/connections/1")
    admin.get_by_role("button", name="Sync now").click()
    for _ in range(60):
        admin.goto(f"{one.url}/flags")
        if admin.get_by_role("link", name=lead).count():
            break
        admin.wait_for_timeout(500)
    note = admin.get_by_text("Bought elsewhere last week")
    row = admin.get_by_role("listitem").filter(has=note)
    row.get_by_role("button", name="Score is right").first.click()
    expect(row.get_by_role("button", name="Score is right")).to_have_count(0)
    admin.goto(f"{one.url}/flags")
    expect(note).to_have_count(0)
    admin.goto(f"{one.url}/flags?state=answered")
    expect(note).to_be_visible()
