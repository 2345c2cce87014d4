"""How a lead comes in: what the first day looks like, by source."""

from __future__ import annotations

from adapters.sandbox.people.agency import (
    CALLBACK_FORM,
    CONTACT_FORM,
    EVENT_FORM,
    FORM_PAGES,
    GUIDE_FORM,
    OTHER_PAGES,
    QUOTE_FORM,
)
from adapters.sandbox.people.clock import DAY, HOUR, MINUTE
from adapters.sandbox.people.draw import one_of
from adapters.sandbox.people.teller import Teller


def arrive(tell: Teller) -> None:
    """Tells the first contact, which is why the lead exists."""
    source = tell.source
    if source in {"website", "social"}:
        _by_website(tell)
    elif source == "quote_comparison":
        tell.did(tell.created, "form", QUOTE_FORM)
        if tell.chance(0.1 + 0.8 * tell.intent):
            tell.fills(tell.created + int(tell.rng.random() * 30 * MINUTE), GUIDE_FORM)
    elif source == "event":
        tell.did(tell.created, "form", EVENT_FORM)
        tell.worked(tell.created + 2 * HOUR, "note", "event")
    elif source == "phone_in":
        tell.worked(tell.created, "call_in", "connected", 120 + int(tell.rng.random() * 600))
        tell.worked(tell.created + 10 * MINUTE, "note", "phone_in")
    elif source in {"referral", "walk_in"}:
        tell.worked(tell.created + 5 * MINUTE, "note", source)
    if source in {"event", "phone_in", "referral", "walk_in"} and tell.chance(0.15 + 0.8 * tell.intent):
        _reads_the_guide_later(tell)


def _by_website(tell: Teller) -> None:
    """The record is made by the form, so the pages before it are older than the record."""
    at = tell.visits(tell.created - 12 * MINUTE, one_of(tell.rng, OTHER_PAGES))
    if tell.chance(0.25 + 0.5 * tell.intent):
        tell.visits(at, tell.who.line.page)
    form = _first_form(tell)
    tell.did(tell.created - MINUTE, "page", FORM_PAGES[form])
    tell.did(tell.created, "form", form)


def _first_form(tell: Teller) -> str:
    roll = tell.rng.random()
    if roll < 0.12 + 0.8 * tell.intent:
        return GUIDE_FORM
    if roll < 0.22 + 0.76 * tell.intent:
        return one_of(tell.rng, (QUOTE_FORM, CALLBACK_FORM))
    return CONTACT_FORM


def _reads_the_guide_later(tell: Teller) -> None:
    at = tell.leisure(tell.created + int(tell.rng.random() * 3 * DAY))
    at = max(at, tell.created + HOUR)
    tell.fills(tell.visits(at, tell.who.line.page), GUIDE_FORM)
