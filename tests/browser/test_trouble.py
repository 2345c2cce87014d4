"""A CRM that changes under the mapping, and one that is down: pages answer, and say so."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.browser import people
from tests.browser.chromium import Watch, browsing
from tests.browser.world import World, world

GONE = "renewal_date"


def test_a_property_is_deleted_and_then_nothing_answers(browser: Browser, watch: Watch, tmp_path: Path) -> None:
    watch.expected += ["status of 4", "status of 5"]
    with world(tmp_path, leads=40) as one, browsing(browser, watch) as admin:
        people.first_day(admin, one)
        _loses_a_property(admin, one)
        one.sandbox.end()
        _answers_all_the_same(admin, one)


def _loses_a_property(admin: Page, one: World) -> None:
    """The mapping's page says which, and where another is chosen."""
    one.hubspot("DELETE", f"/crm/v3/properties/contacts/{GONE}")
    admin.goto(f"{one.url}/mapping/1?fresh=1")
    banner = admin.locator(".map-drift")
    expect(banner.get_by_text("The CRM changed since this mapping was published.")).to_be_visible()
    expect(banner.get_by_text(GONE)).to_be_visible()
    banner.get_by_role("link", name="Choose another").first.click()
    expect(admin.locator(f"#row-{GONE}")).to_be_in_viewport()


def _answers_all_the_same(admin: Page, one: World) -> None:
    for path in ("/", "/leads", "/flags", "/model", "/runs", "/connections/1", "/settings/people"):
        answer = admin.goto(f"{one.url}{path}")
        assert answer is not None
        assert answer.status == 200, path
    admin.goto(f"{one.url}/mapping/1?fresh=1")
    expect(admin.get_by_role("heading", name="Field mapping")).to_be_visible()
    expect(admin.get_by_text("You can go on editing; publishing waits until the CRM answers.")).to_be_visible()
    admin.goto(f"{one.url}/connections/1/look")
    expect(admin.get_by_role("alert").first).to_be_visible()
    people.ask_account(admin, one)
    expect(admin.get_by_label("Address of the CRM")).to_have_value(one.crm["hubspot_url"])
    expect(admin.get_by_role("alert").first).to_be_visible()
