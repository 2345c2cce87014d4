"""Several people in several browsers: invited, given roles, signed out, and kept out."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, Page, expect

from tests.browser import people
from tests.browser.chromium import Watch, browsing
from tests.browser.settled import Settled

PASSWORD = "seven small wooden bridges"
BUTTONS = "main form[method=post] button:enabled:visible"


def test_an_invited_viewer_looks_and_changes_nothing(browser: Browser, office: Settled, watch: Watch) -> None:
    watch.expected.append("status of 403")
    with browsing(browser, watch, cookies=office.owner) as owner, browsing(browser, watch) as viewer:
        link = people.invite(owner, office.world, "vera@bluebonnet.example", "Viewer")
        people.join(viewer, link, "Vera Viewer", PASSWORD)
        viewer.goto(office.url("/model"))
        expect(viewer.get_by_text("You may look at the model")).to_be_visible()
        for path in ("/model", "/mapping", "/flags", "/runs", "/settings/people", "/connections/1"):
            viewer.goto(office.url(path))
            expect(viewer.get_by_role("heading", level=1)).to_be_visible()
            assert viewer.locator(BUTTONS).all_inner_texts() == [], path
        _is_refused(viewer, office, "/model/discard")
        viewer.goto(office.url("/connections/new"))
        expect(viewer.get_by_role("heading", name="Your role does not allow this")).to_be_visible()


def test_a_role_is_changed_and_a_person_removed(browser: Browser, office: Settled, watch: Watch) -> None:
    email = "adrian@bluebonnet.example"
    with browsing(browser, watch, cookies=office.owner) as owner, browsing(browser, watch) as other:
        people.join(other, people.invite(owner, office.world, email, "Viewer"), "Adrian Admin", PASSWORD)
        owner.goto(office.url("/settings/people"))
        owner.get_by_label(f"Role of {email}").select_option("Admin")
        owner.get_by_role("button", name=f"Change the role of {email}").click()
        expect(owner.get_by_label(f"Role of {email}")).to_have_value("admin")
        other.goto(office.url("/model"))
        expect(other.get_by_role("button", name="Save draft").last).to_be_visible()
        owner.get_by_role("button", name=f"Remove {email}").click()
        expect(owner.get_by_label(f"Role of {email}")).to_have_count(0)
        other.goto(office.url("/leads"))
        expect(other.get_by_role("heading", name="Sign in")).to_be_visible()
        owner.goto(office.url("/settings/audit"))
        expect(owner.locator("main li", has_text=f"Remove person: {email}").first).to_be_visible()


def test_ending_a_session_signs_the_other_browser_out(browser: Browser, office: Settled, watch: Watch) -> None:
    email, _, password = people.OWNER
    with browsing(browser, watch) as here, browsing(browser, watch) as there:
        people.sign_in(there, office.world, email, password)
        expect(there.get_by_role("heading", name="Overview")).to_be_visible()
        theirs = office.world.rows("SELECT max(id) FROM session")[0][0]
        people.sign_in(here, office.world, email, password)
        expect(here.get_by_role("heading", name="Overview")).to_be_visible()
        here.goto(office.url("/settings/you"))
        here.locator(f'form[action$="/sessions/{theirs}/end"] button').click()
        expect(here.get_by_text("That session is ended.")).to_be_visible()
        there.goto(office.url("/leads"))
        expect(there.get_by_role("heading", name="Sign in")).to_be_visible()
        expect(there.get_by_text("Leads", exact=True)).to_have_count(0)


def test_a_wrong_password_is_throttled_with_a_sentence(browser: Browser, office: Settled, watch: Watch) -> None:
    watch.expected.append("status of 4")
    with browsing(browser, watch) as page:
        for _ in range(8):
            people.sign_in(page, office.world, "nobody@bluebonnet.example", "not the password")
            said = page.locator("#wrong").inner_text()
            if "again in" in said.lower():
                break
        assert re.search(r"\d+ (seconds?|minutes?)", said), said
        expect(page.get_by_label("E-mail address")).to_have_value("nobody@bluebonnet.example")
        expect(page.get_by_label("Password")).to_have_value("")


def test_signing_out(browser: Browser, office: Settled, watch: Watch) -> None:
    email, _, password = people.OWNER
    with browsing(browser, watch) as page:
        people.sign_in(page, office.world, email, password)
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        page.goto(office.url("/leads?tier=Hot"))
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        page.get_by_label("E-mail address").fill(email)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()
        expect(page).to_have_url(office.url("/leads?tier=Hot"))


def _is_refused(page: Page, office: Settled, path: str) -> None:
    """A form that this person's pages do not show, sent all the same."""
    token = page.locator("input[name=csrf_token]").first.input_value()
    answer = page.request.post(office.url(path), form={"csrf_token": token})
    assert answer.status == 403
    assert "Your role does not allow this" in answer.text()
