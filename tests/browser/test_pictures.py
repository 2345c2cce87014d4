"""The pictures of the README, taken from a running world: `make test-browser SHOTS=docs/img`. Else nothing to test."""

from __future__ import annotations

import importlib
import json
import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from adapters.sandbox.hubspot.forms import form_id
from adapters.sandbox.people.agency import CALLBACK_FORM
from tests.browser import people
from tests.browser.chromium import Watch, browsing
from tests.browser.settled import flag
from tests.browser.world import World, world

SHOTS = os.environ.get("SHOTS", "")
SIZE = ViewportSize(width=1280, height=860)
TALL = ViewportSize(width=1280, height=1160)
"""As far as a lead's history reaches."""
COLOURS = 128
"""Few enough that a picture stays small, enough for a page of text and bars."""
POINTS = {"quote_or_callback": "30", "comparison_guide": "10"}
"""What the draft in the picture gives for two criteria."""
PAGES = {"overview": "/", "leads": "/leads", "mapping": "/mapping/1", "model": "/model", "flags": "/flags"}
WEEKS = 21 * 86_400
FLAGS = {"too_high": "Bought elsewhere last week", "too_low": "Asked me for a quote on the phone", "wrong_data": ""}

pytestmark = pytest.mark.skipif(not SHOTS, reason="takes pictures only where SHOTS names a folder for them")


def test_pictures_for_the_readme(browser: Browser, watch: Watch, tmp_path: Path) -> None:
    folder = Path(SHOTS).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    with world(tmp_path, leads=300) as one, browsing(browser, watch, viewport=SIZE) as page:
        people.set_up(page, one)
        people.connect(page, one)
        people.first_sync(page)
        contacts = one.hubspot("GET", "/crm/v3/objects/contacts?limit=60")["results"]
        for contact, (kind, note) in zip(contacts[40:], FLAGS.items(), strict=False):
            flag(one, contact["id"], kind, note)
        lead = _asks_for_a_call(page, one)
        _draft(page, one)
        taken = [_take(page, one, folder, name, path) for name, path in PAGES.items()]
        page.set_viewport_size(TALL)
        taken.append(_take(page, one, folder, "lead", f"/leads/{lead}"))
        page.set_viewport_size(SIZE)
        page.emulate_media(color_scheme="dark")
        taken.append(_take(page, one, folder, "overview-dark", "/"))
    assert all(picture.stat().st_size > 10_000 for picture in taken)


def _asks_for_a_call(page: Page, one: World) -> int:
    """A lead that was read weeks ago and asks for a call now: its number. The weeks are put in between by hand."""
    lead, fields = one.rows(
        "SELECT card.lead_id, lead.fields FROM card JOIN lead ON lead.id = card.lead_id WHERE card.score "
        "BETWEEN 35 AND 60 AND lead.fields LIKE '%\"email\"%' ORDER BY card.score DESC, card.lead_id LIMIT 1"
    )[0]
    one.rows("UPDATE card_change SET at = at - ?", WEEKS)
    form = f"/submissions/v3/integration/submit/{one.crm['portal_id']}/{form_id(CALLBACK_FORM)}"
    email = json.loads(fields)["email"]
    one.hubspot("POST", form, {"fields": [{"objectTypeId": "0-1", "name": "email", "value": email}]})
    page.goto(f"{one.url}/connections/1")
    page.get_by_role("button", name="Sync now").click()
    for _ in range(120):
        if one.rows("SELECT count(*) FROM card_change WHERE lead_id = ?", lead)[0][0] > 1:
            break
        page.wait_for_timeout(250)
    found: int = lead
    return found


def _draft(page: Page, one: World) -> None:
    page.goto(f"{one.url}/model")
    for criterion, points in POINTS.items():
        page.locator(f"#criteria-{criterion}-points").first.fill(points)
    page.get_by_role("button", name="Save draft").last.click()
    expect(page.get_by_text("The draft is saved")).to_be_visible()


def _take(page: Page, one: World, folder: Path, name: str, path: str) -> Path:
    page.goto(f"{one.url}{path}")
    page.wait_for_load_state("networkidle")
    expect(page.get_by_text("Reading your leads")).to_have_count(0)
    picture = folder / f"{name}.png"
    page.screenshot(path=picture, animations="disabled", caret="hide")
    _few_colours(picture)
    return picture


def _few_colours(picture: Path) -> None:
    """Makes the file small with Pillow, where it happens to be; nothing of ours needs it."""
    try:
        images = importlib.import_module("PIL.Image")
    except ModuleNotFoundError:
        return
    with images.open(picture) as image:
        few = image.convert("RGB").quantize(COLOURS, dither=images.Dither.NONE)
    few.save(picture, optimize=True)
