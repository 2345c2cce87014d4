"""What the lead does on the website after the first day, and the late return of some that had gone quiet."""

from __future__ import annotations

from adapters.sandbox.people.agency import (
    CALLBACK_FORM,
    CONTACT_FORM,
    GUIDE_FORM,
    OTHER_PAGES,
    PRICING_PAGE,
    QUOTE_FORM,
)
from adapters.sandbox.people.clock import DAY, MINUTE
from adapters.sandbox.people.draw import one_of
from adapters.sandbox.people.teller import Teller


def look_around(tell: Teller, until: int) -> None:
    """Visits in shrinking or growing distance until interest or `until` ends. The keen end on a quote or a callback."""
    keen = tell.intent
    at = tell.created
    for _ in range(12):
        at = tell.leisure(at + int(tell.rng.expovariate(1 / (2 + 9 * (1 - keen))) * DAY) + DAY // 4)
        if at > min(until, tell.horizon) or not tell.chance(0.08 + 0.88 * keen):
            return
        visit(tell, max(at, tell.created + 20 * MINUTE))


def visit(tell: Teller, at: int) -> None:
    """One visit: pages, and for the keen a form at its end."""
    keen = tell.intent
    if tell.chance(0.75 - 0.45 * keen):
        at = tell.visits(at, one_of(tell.rng, OTHER_PAGES))
    if tell.chance(0.25 + 0.5 * keen):
        at = tell.visits(at, tell.who.line.page)
    if tell.chance(0.05 + 0.6 * keen**1.5):
        at = tell.visits(at, PRICING_PAGE)
    if tell.chance(0.01 + 0.8 * keen**3):
        at = tell.fills(at, QUOTE_FORM if tell.chance(0.6) else CALLBACK_FORM)
        if tell.chance(0.7):
            tell.visits(at, PRICING_PAGE)
    elif tell.chance(0.03):
        tell.fills(at, one_of(tell.rng, (GUIDE_FORM, CONTACT_FORM)))


def come_back(tell: Teller) -> None:
    """A return after a long silence: everything before it was another life."""
    at = tell.leisure(tell.horizon - int(tell.rng.random() * 24 * DAY) - DAY)
    tell.intent = 0.45 + 0.5 * tell.rng.random()
    at = tell.visits(at, tell.who.line.page)
    if tell.chance(0.6):
        at = tell.fills(at, GUIDE_FORM)
    visit(tell, at)
    if tell.chance(0.7):
        visit(tell, tell.leisure(at + 2 * DAY))
