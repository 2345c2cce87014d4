"""Query answers for reading tests, and an org that shows what is read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from adapters.contract import Adapter
from adapters.salesforce import factory
from tests.adapters.canned import Canned, Reply, Seen, Time
from tests.adapters.salesforce_fake import ROOT, TOKEN, FakeOrg, field

STAMP = "2026-11-20T10:00:00.000+0000"
PERSON_FIELDS = [
    field("Id", "id", updateable=False),
    field("IsDeleted", "boolean", updateable=False),
    field("MasterRecordId", "reference", updateable=False),
    field("Email", "email"),
    field("Age__c", "double"),
    field("CreatedDate", "datetime", updateable=False),
    field("SystemModstamp", "datetime", updateable=False),
]
OBJECTS: dict[str, list[dict[str, Any]]] = {
    "Lead": [
        *PERSON_FIELDS,
        field("City"),
        field("Company"),
        field("Address", "address"),
        field("IsConverted", "boolean", updateable=False),
        field("ConvertedContactId", "reference", updateable=False),
    ],
    "Contact": [
        *PERSON_FIELDS,
        field("MailingCity"),
        field("Birthdate", "date"),
        field("AccountId", "reference"),
        field("IsPersonAccount", "boolean", updateable=False),
    ],
    "Account": [field("Id", "id"), field("Name"), field("Industry", "picklist")],
}


def with_fields(*names: str, **typed: str) -> list[dict[str, Any]]:
    return [*(field(name) for name in names), *(field(name, kind) for name, kind in typed.items())]


def page(rows: list[Any], more: str | None = None, total: int | None = None) -> Reply:
    """One page of a query."""
    body: dict[str, Any] = {"totalSize": len(rows) if total is None else total, "done": more is None, "records": rows}
    return Reply(200, body | ({"nextRecordsUrl": f"{ROOT}query/{more}"} if more else {}))


def lead(number: int, **more: Any) -> dict[str, Any]:
    base = {"Id": f"00Q5e0000000{number:03d}EAA", "IsDeleted": False, "MasterRecordId": None, "IsConverted": False}
    return base | {"ConvertedContactId": None, "CreatedDate": STAMP, "SystemModstamp": STAMP} | more


def contact(number: int, **more: Any) -> dict[str, Any]:
    base = {"Id": f"0035e0000000{number:03d}EAA", "IsDeleted": False, "MasterRecordId": None, "AccountId": "0015e1"}
    return base | {"IsPersonAccount": False, "CreatedDate": STAMP, "SystemModstamp": STAMP} | more


def csv(rows: list[dict[str, Any]], locator: str = "null", count: int | None = None) -> Reply:
    """One download of a bulk query's result."""
    texts = [{name: _text(value) for name, value in row.items()} for row in rows]
    lines = [",".join(f'"{name}"' for name in texts[0])] + [
        ",".join(f'"{one}"' for one in row.values()) for row in texts
    ]
    headers = {"Content-Type": "text/csv;charset=UTF-8", "Sforce-Locator": locator}
    return Reply(200, "\n".join(lines) + "\n", headers | {"Sforce-NumberOfRecords": str(count or len(rows))})


def job(state: str = "JobComplete") -> Reply:
    return Reply(200, {"id": "750x", "state": state})


def _text(value: Any) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def soqls(server: Canned) -> list[str]:
    """The queries the server got, in order."""
    return [seen.query["q"] for seen in server.seen if "q" in seen.query]


class Queries:
    """Answers queries by a word they contain, in the order they were prepared; anything else with no rows."""

    def __init__(self) -> None:
        self.prepared: list[tuple[str, Reply]] = []

    def will(self, word: str, *replies: Reply) -> None:
        self.prepared += [(word, reply) for reply in replies]

    def __call__(self, seen: Seen) -> Reply:
        asked = seen.query.get("q", seen.path)
        for place, (word, reply) in enumerate(self.prepared):
            if word in asked:
                del self.prepared[place]
                return reply
        return page([])


@pytest.fixture
def reads(fake: FakeOrg) -> Queries:
    fake.objects = {name: list(fields) for name, fields in OBJECTS.items()}
    queries = Queries()
    fake.will("GET", "queryAll", queries)
    fake.will("GET", "query", queries)
    fake.will("GET", "limits/recordCount", Reply(200, {"sObjects": []}))
    return queries


@pytest.fixture
def salesforce(server: Canned, time: Time) -> Iterator[Adapter]:
    adapter = opened(server, time)
    yield adapter
    adapter.close()


def opened(server: Canned, time: Time, **settings: str) -> Adapter:
    return factory({"token": TOKEN} | settings, base_url=server.url, clock=time.now, sleep=time.sleep)
