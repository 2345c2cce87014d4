"""An org for unit tests: what it describes, and prepared answers by method and path. It knows nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from adapters.oauth import StaticToken
from adapters.salesforce.client import Client
from adapters.salesforce.org import Org
from tests.adapters.canned import Canned, Reply, Seen, Time

ROOT = "/services/data/v67.0/"
TOKEN = "00Dxx0000000000!AQcAQtokentokentoken"
COLLECTIONS = "composite/sobjects"

Answer = Reply | Callable[[Seen], Reply]


def lead(number: int) -> str:
    return f"00Q5e0000000{number:03d}"


def contact(number: int) -> str:
    return f"0035e0000000{number:03d}"


def field(name: str, type: str = "string", **more: Any) -> dict[str, Any]:
    base = {"name": name, "label": name, "type": type, "length": 0, "updateable": True, "custom": name.endswith("__c")}
    return base | more


def score_fields() -> list[dict[str, Any]]:
    return [
        field("Score__c", "double"),
        field("Reason__c", "string", length=255),
        field("Tier__c", "picklist", picklistValues=[{"value": "Hot", "label": "Hot", "active": True}]),
        field("Scored_at__c", "datetime"),
        field("Seen_on__c", "date"),
        field("Hold__c", "boolean"),
    ]


class FakeOrg:
    """Answers describes by itself, everything else by what a test prepared."""

    def __init__(self) -> None:
        self.objects: dict[str, list[dict[str, Any]]] = {
            "Lead": [*score_fields(), field("City"), field("Leads_only__c")],
            "Contact": [*score_fields(), field("MailingCity")],
        }
        self.closed: set[str] = set()
        """Objects that may be read but not edited."""
        self.prepared: dict[tuple[str, str], list[Answer]] = {}

    def will(self, method: str, path: str, *answers: Answer) -> None:
        """Prepares answers; the last one stays."""
        self.prepared[method, path] = list(answers)

    def route(self, seen: Seen) -> Reply:
        path = seen.path.removeprefix(ROOT)
        if (seen.method, path) in self.prepared:
            answers = self.prepared[seen.method, path]
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
            return answer if isinstance(answer, Reply) else answer(seen)
        if path == "composite":
            return Reply(200, {"compositeResponse": [self._part(seen, one) for one in seen.body["compositeRequest"]]})
        return Reply(404, error("NOT_FOUND", f"nothing prepared for {seen.method} {path}"))

    def _part(self, seen: Seen, request: dict[str, Any]) -> dict[str, Any]:
        where = urlsplit(request["url"])
        if where.path.endswith("/describe"):
            answer = self._described(where.path.split("/")[-2])
        else:
            query = dict(parse_qsl(where.query))
            answer = self.route(Seen(request["method"], where.path, query, seen.headers, None))
        return {"httpStatusCode": answer.status, "body": answer.body, "referenceId": request["referenceId"]}

    def _described(self, name: str) -> Reply:
        if name not in self.objects:
            return Reply(404, error("NOT_FOUND", "The requested resource does not exist"))
        return Reply(200, {"name": name, "updateable": name not in self.closed, "fields": self.objects[name]})


def error(code: str, message: str, **more: Any) -> list[dict[str, Any]]:
    return [{"errorCode": code, "message": message, **more}]


def failed(code: str, message: str = "no", *fields: str) -> dict[str, Any]:
    """An element of a collection's answer that did not succeed; it carries no id."""
    return {"success": False, "errors": [{"statusCode": code, "message": message, "fields": list(fields)}]}


def written(seen: Seen, **bad: dict[str, Any]) -> Reply:
    """All rows of a collection written, but those of `bad` (by id)."""
    ids = [record["id"] for record in seen.body["records"]]
    return Reply(200, [bad.get(one) or {"id": one + "EAA", "success": True, "errors": []} for one in ids])


def sent(seen: Seen) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = json.loads(seen.raw)["records"]
    return records


@pytest.fixture
def fake(server: Canned) -> FakeOrg:
    org = FakeOrg()
    server.route = org.route
    return org


@pytest.fixture
def org(server: Canned, time: Time) -> Iterator[Org]:
    tokens = StaticToken("Salesforce", TOKEN)
    client = Client(host=lambda: server.url, tokens=tokens, free=0.2, clock=time.now, sleep=time.sleep)
    yield Org(client)
    client.close()
