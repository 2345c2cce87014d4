"""A small org for SOQL: a handful of people, what they did, and a clock that stands still."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.sandbox.salesforce.ids import make_id
from adapters.sandbox.salesforce.org import Org
from adapters.sandbox.salesforce.settings import OrgSettings
from adapters.sandbox.salesforce.soql import Flat, Rows, SoqlError, run, run_flat

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
DAY = 86_400_000
ANN, BEN = make_id("005", 11), make_id("005", 12)
REP = make_id("00e", 3)
"""The profile of a standard user."""
QUEUE = make_id("00G", 1)
SHOP, FAMILY = make_id("001", 1), make_id("001", 2)
CARL, DORA, HIDDEN = make_id("003", 1), make_id("003", 2), make_id("003", 3)
LEADS = [make_id("00Q", serial) for serial in range(1001, 1006)]
EVA, FINN, GINA, HUGO, GONE = LEADS
TASKS = [make_id("00T", serial) for serial in range(1001, 1007)]


def ms(text: str) -> int:
    """A moment as it is stored."""
    return int(datetime.fromisoformat(text).timestamp() * 1000)


def open_org(directory: Path) -> Org:
    """The small org."""
    org = Org(directory / "org.db", OrgSettings(clock=NOW.timestamp))
    for sobject, rows in _book().items():
        org.load(sobject, rows)
    return org


def _book() -> dict[str, list[dict[str, Any]]]:
    return {
        "User": [
            {
                "Id": ANN,
                "FirstName": "Ann",
                "LastName": "Agent",
                "Email": "ann@agency.example",
                "IsActive": 1,
                "ProfileId": REP,
            },
            {"Id": BEN, "FirstName": "Ben", "LastName": "Broker", "Email": "ben@agency.example", "IsActive": 0},
        ],
        "Group": [{"Id": QUEUE, "Name": "New leads", "DeveloperName": "New_leads", "Type": "Queue"}],
        "Account": [
            {"Id": SHOP, "Name": "Harbor Shop", "Industry": "Retail", "OwnerId": ANN},
            {"Id": FAMILY, "Name": "Hanna Hill", "IsPersonAccount": 1, "PersonContactId": HIDDEN, "OwnerId": BEN},
        ],
        "Contact": [
            {
                "Id": CARL,
                "FirstName": "Carl",
                "LastName": "Cole",
                "Email": "carl@home.example",
                "AccountId": SHOP,
                "OwnerId": ANN,
                "MailingCity": "Boston",
                "MailingPostalCode": "02101",
                "DoNotCall": 1,
            },
            {"Id": DORA, "LastName": "Dunn", "OwnerId": BEN},
            {
                "Id": HIDDEN,
                "FirstName": "Hanna",
                "LastName": "Hill",
                "Email": "hanna@home.example",
                "AccountId": FAMILY,
                "IsPersonAccount": 1,
                "OwnerId": BEN,
            },
        ],
        "Lead": [
            {
                "Id": EVA,
                "FirstName": "Eva",
                "LastName": "Ellis",
                "Company": "Ellis",
                "Email": "Eva@Home.example",
                "Status": "Open - Not Contacted",
                "OwnerId": ANN,
                "AnnualRevenue": 1000.5,
                "NumberOfEmployees": 3,
                "CreatedDate": ms("2026-11-22T04:30:00Z"),
                "Street": "1 Quay",
                "City": "Salem",
            },
            {
                "Id": FINN,
                "FirstName": "Finn",
                "LastName": "o'Hara",
                "Company": "100% Fit",
                "LeadSource": "Web",
                "Status": "Working - Contacted",
                "OwnerId": QUEUE,
                "NumberOfEmployees": 7,
                "CreatedDate": ms("2026-11-21T12:00:00Z"),
            },
            {
                "Id": GINA,
                "LastName": "Gray",
                "Company": "Gray_Co",
                "Status": "Closed - Converted",
                "OwnerId": BEN,
                "LeadSource": "Web",
                "IsConverted": 1,
                "ConvertedDate": "2026-11-20",
                "ConvertedContactId": CARL,
                "ConvertedAccountId": SHOP,
                "CreatedDate": ms("2026-10-01T12:00:00Z"),
            },
            {
                "Id": HUGO,
                "LastName": "hayes",
                "Company": "Hayes",
                "Status": "Open - Not Contacted",
                "OwnerId": ANN,
                "HasOptedOutOfEmail": 1,
                "Description": "long",
                "CreatedDate": ms("2025-11-22T12:00:00Z"),
            },
            {
                "Id": GONE,
                "LastName": "Gone",
                "Company": "Gone",
                "Status": "Open - Not Contacted",
                "OwnerId": ANN,
                "IsDeleted": 1,
                "MasterRecordId": EVA,
                "CreatedDate": ms("2026-11-01T12:00:00Z"),
            },
        ],
        "Task": [
            _task(0, EVA, "Call", ActivityDate="2026-11-20", IsClosed=1),
            _task(1, EVA, "Email", ActivityDate="2026-11-22", IsClosed=1),
            _task(2, FINN, "Letter", ActivityDate="2026-12-24"),
            _task(3, CARL, "Quote", ActivityDate="2026-11-01", WhatId=SHOP, IsClosed=1),
            _task(4, CARL, "Old call", ActivityDate="2024-11-01", IsArchived=1, IsClosed=1),
            _task(5, EVA, "Mistake", IsDeleted=1),
        ],
    }


def _task(place: int, who: str, subject: str, **more: Any) -> dict[str, Any]:
    created = ms("2026-11-10T09:00:00Z") + place * DAY
    return {"Id": TASKS[place], "WhoId": who, "Subject": subject, "OwnerId": ANN, "CreatedDate": created, **more}


class Soql:
    """Queries as one user, the system unless a test says otherwise."""

    def __init__(self, org: Org, user_id: str | None = None) -> None:
        self.org, self.user_id = org, user_id

    def run(self, text: str, *, everything: bool = False) -> Rows:
        return run(self.org, self.org.view(self.user_id), text, include_deleted=everything)

    def records(self, text: str, *, everything: bool = False) -> list[dict[str, Any]]:
        """All records without their attributes."""
        rows = self.run(text, everything=everything)
        return [_bare(record) for record in rows.records(0, rows.total)]

    def values(self, text: str, *, everything: bool = False) -> list[Any]:
        """The one selected value of every record."""
        return [next(iter(record.values())) for record in self.records(text, everything=everything)]

    def names(self, where: str, *, everything: bool = False) -> set[str]:
        """The last names of the leads a condition finds."""
        return set(self.values(f"SELECT LastName FROM Lead WHERE {where}", everything=everything))

    def flat(self, text: str, *, everything: bool = False) -> Flat:
        return run_flat(self.org, self.org.view(self.user_id), text, include_deleted=everything)

    def refused(self, text: str) -> SoqlError:
        """The error of a query that must fail."""
        with pytest.raises(SoqlError) as caught:
            self.run(text)
        return caught.value


def _bare(record: Any) -> Any:
    if isinstance(record, dict):
        return {key: _bare(value) for key, value in record.items() if key != "attributes"}
    return [_bare(each) for each in record] if isinstance(record, list) else record
