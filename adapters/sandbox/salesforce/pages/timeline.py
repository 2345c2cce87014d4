"""The activity timeline: what is still to be done, then day after day back to the first entry."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from itertools import groupby
from typing import NamedTuple

from adapters.sandbox.salesforce.org import Org
from adapters.sandbox.salesforce.pages.activities import Item, activities
from adapters.sandbox.salesforce.pages.display import Display
from adapters.sandbox.salesforce.pages.subject import Subject


class Entry(NamedTuple):
    """An item with its time in words and for machines."""

    item: Item
    when: str
    machine_time: str


class Chapter(NamedTuple):
    """The entries of a day, or those still to come."""

    heading: str
    entries: list[Entry]


class Timeline(NamedTuple):
    """The chapters, and how many entries there are in all."""

    chapters: list[Chapter]
    total: int
    shown: int


def timeline(org: Org, connection: sqlite3.Connection, subject: Subject, display: Display, limit: int) -> Timeline:
    """At most `limit` entries. Those of a day without an hour come last in it."""
    items = [Item(subject.row["CreatedDate"], "created", "system", f"{subject.sobject.label} created")]
    items += activities(org, connection, subject.person or subject.id, display)
    items.sort(key=lambda item: (item.pending, item.at), reverse=True)
    shown = items[:limit]
    grouped = groupby(shown, key=lambda item: _heading(item, org.now_ms(), display))
    chapters = [Chapter(heading, [_entry(item, display) for item in group]) for heading, group in grouped]
    return Timeline(chapters, len(items), len(shown))


def _heading(item: Item, now: int, display: Display) -> str:
    if item.pending:
        return "Upcoming and overdue"
    days = (display.local(now).date() - display.local(item.at).date()).days
    name = {0: "Today", 1: "Yesterday"}.get(days, f"{display.local(item.at):%A}")
    return f"{name}, {display.day(item.at)}"


def _entry(item: Item, display: Display) -> Entry:
    """The heading says the day, so the hour is enough; what is still to come needs both."""
    if item.dated:
        day = display.local(item.at).date().isoformat()
        return Entry(item, display.day(item.at) if item.pending else "", day)
    words = display.moment(item.at) if item.pending else display.hour(item.at)
    return Entry(item, words, f"{datetime.fromtimestamp(item.at / 1000, UTC):%Y-%m-%dT%H:%M:%SZ}")
