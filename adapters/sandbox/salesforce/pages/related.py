"""Records that belong to the one shown: its sales, and a business's contacts."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from adapters.sandbox.salesforce.dml.rows import Row, fetch, fetch_by, live
from adapters.sandbox.salesforce.pages.display import Display, in_words
from adapters.sandbox.salesforce.pages.subject import Subject


class Sale(NamedTuple):
    """An opportunity in short. `tone` is ``won``, ``lost`` or ``open``."""

    name: str
    stage: str
    tone: str
    facts: str


class Colleague(NamedTuple):
    """A contact of a business in short."""

    id: str
    name: str
    facts: str


def sales(connection: sqlite3.Connection, subject: Subject, display: Display) -> list[Sale]:
    """The opportunities of a contact or account, newest first. A lead has none before it is converted."""
    rows: dict[str, Row] = {}
    if subject.sobject.name == "Account":
        rows = {row["Id"]: row for row in fetch_by(connection, "Opportunity", "AccountId", [subject.id])}
    if subject.person:
        roles = live(fetch_by(connection, "OpportunityContactRole", "ContactId", [subject.person]))
        rows |= fetch(connection, "Opportunity", (role["OpportunityId"] for role in roles))
    return [_sale(row, display) for row in sorted(live(rows.values()), key=_created, reverse=True)]


def colleagues(connection: sqlite3.Connection, subject: Subject) -> list[Colleague]:
    """The contacts of a business, by name."""
    rows = live(fetch_by(connection, "Contact", "AccountId", [subject.id]))
    return [
        Colleague(row["Id"], row["Name"], " · ".join(filter(None, (row["Title"], row["Email"]))))
        for row in sorted(rows, key=lambda row: str(row["Name"]))
    ]


def _created(row: Row) -> int:
    return int(row["CreatedDate"])


def _sale(row: Row, display: Display) -> Sale:
    tone = "open" if not row["IsClosed"] else "won" if row["IsWon"] else "lost"
    amount = "" if row["Amount"] is None else display.money(row["Amount"])
    opened = f"opened {display.day(row['CreatedDate'])}"
    return Sale(row["Name"], in_words(row["StageName"]), tone, " · ".join(filter(None, (amount, opened))))
