"""What people do in a browser, in the words of the pages."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.world import World

OWNER = ("olivia@bluebonnet.example", "Olivia Owner", "quiet meadow lantern river")
LONG = 60_000


def set_up(page: Page, world: World) -> None:
    """The first person opens the link that Leadtier printed, and is in."""
    email, name, password = OWNER
    page.goto(world.set_up)
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Your name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Set up and sign in").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()


def try_account(page: Page, world: World) -> None:
    """Has the CRM's token tested; nothing is connected yet."""
    ask_account(page, world)
    expect(page.get_by_text("The account answers")).to_be_visible()


def ask_account(page: Page, world: World) -> None:
    """Fills the form of a token and sends it."""
    page.goto(f"{world.url}/connections/new/hubspot")
    page.get_by_label("Access token").fill(world.crm["hubspot_token"])
    page.get_by_text("Advanced").click()
    page.get_by_label("Address of the CRM").fill(world.crm["hubspot_url"])
    page.get_by_role("button", name="Test").click()


def connect(page: Page, world: World) -> None:
    """Connects the CRM by a token, tested first."""
    try_account(page, world)
    page.get_by_role("button", name="Connect and create the fields").click()
    expect(page.get_by_text("Score fields: 13 created")).to_be_visible()


def first_sync(page: Page) -> None:
    """Starts it and watches it to its end."""
    page.get_by_role("button", name="Start the first sync").click()
    expect(page.get_by_text("Done").first).to_be_visible(timeout=LONG)


def first_day(page: Page, world: World) -> None:
    """All of it: an agency that can look at its leads."""
    set_up(page, world)
    connect(page, world)
    first_sync(page)


def invite(owner: Page, world: World, email: str, role: str) -> str:
    """Makes a link by which somebody comes in."""
    owner.goto(f"{world.url}/settings/people")
    owner.get_by_label("E-mail address").fill(email)
    owner.get_by_label("Role", exact=True).select_option(role)
    owner.get_by_role("button", name="Make a link").click()
    return owner.get_by_label("Invitation link").input_value()


def sign_in(page: Page, world: World, email: str, password: str) -> None:
    """By the form."""
    page.goto(f"{world.url}/sign-in")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def join(page: Page, link: str, name: str, password: str) -> None:
    """Comes in by an invitation."""
    page.goto(link)
    page.get_by_label("Your name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Join").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
