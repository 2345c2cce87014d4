"""A sender of events who holds every answer against the description that the API serves of itself."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from flask.testing import FlaskClient
from openapi_schema_validator import OAS31Validator
from web_support import AT
from werkzeug.test import TestResponse

from connector.flows.api_keys import digest
from connector.flows.services import Services
from connector.store import api_keys, leads
from connector.store import tables as t
from connector.store.database import Scope
from connector.store.leads import LeadRow

EVENTS = "/api/v1/events"
WHEN = "2026-11-22T15:30:00Z"


@dataclass
class Sender:
    """Another system with a key of its own."""

    client: FlaskClient
    key: str
    described: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self.described = self.client.get("/api/v1/openapi.json").get_json()

    def send(self, body: object, kind: str = "application/json", **headers: str) -> TestResponse:
        """The answer, which must be one of those described."""
        data = body if isinstance(body, str | bytes) else json.dumps(body)
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": kind} | headers
        answer = self.client.post(EVENTS, data=data, headers={k: v for k, v in headers.items() if v})
        self.check(answer)
        return answer

    def check(self, answer: TestResponse) -> None:
        post = self.described["paths"][EVENTS]["post"]
        assert str(answer.status_code) in post["responses"], answer.status
        told = post["responses"][str(answer.status_code)]
        assert answer.mimetype == "application/json"
        assert "Set-Cookie" not in answer.headers
        for name in told.get("headers", {}):
            assert answer.headers[name]
        schema = {**told["content"]["application/json"]["schema"], "components": self.described["components"]}
        OAS31Validator(schema).validate(answer.get_json())

    def valid(self, body: object) -> bool:
        """Whether a request is one that the description allows."""
        schema = {"$ref": "#/components/schemas/Batch", "components": self.described["components"]}
        return bool(OAS31Validator(schema).is_valid(body))

    def tell(self, *events: Mapping[str, object]) -> dict[str, Any]:
        """The answer to a request that is taken."""
        answer = self.send({"events": list(events)})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.get_json()
        return found

    def refused(self, event: object) -> dict[str, str]:
        """What is said of one event that is not taken."""
        done = self.send({"events": [event]}).get_json()
        assert (done["accepted"], done["duplicates"], done["waiting"]) == (0, 0, 0), done
        (found,) = done["rejected"]
        return dict(found)


def event(event_id: str = "e1", **other: object) -> dict[str, object]:
    made = {"id": event_id, "who": {"email": "ann@x.com"}, "kind": "callback_requested", "at": WHEN, **other}
    return {name: value for name, value in made.items() if value is not ...}


def counts(done: Mapping[str, Any]) -> tuple[int, int, int, int]:
    return done["accepted"], done["duplicates"], done["waiting"], len(done["rejected"])


def key_for(svc: Services, tenant_id: int, letter: str = "a") -> str:
    """A key that always reads the same."""
    key = "lt_" + letter * 43
    with svc.store.write() as conn:
        api_keys.add_key(conn, tenant_id, f"website {letter}", digest(key), AT)
    return key


def people(svc: Services, scope: Scope, **emails: str) -> None:
    """Leads by CRM id (after a ``c``) and their address."""
    with svc.store.write() as conn:
        leads.save_leads(conn, scope, [LeadRow(c[1:], AT, "{}", c, False, "", email) for c, email in emails.items()])


def acts(svc: Services) -> Sequence[tuple[Any, ...]]:
    """Tenant, CRM id, source id, kind, time and campaign of every activity."""
    a = t.activity.c
    query = sa.select(a.tenant_id, t.lead.c.crm_id, a.source_id, a.kind, a.at, a.campaign)
    with svc.store.read() as conn:
        return sorted(map(tuple, conn.execute(query.join_from(t.activity, t.lead))))


def told_rows(svc: Services) -> int:
    with svc.store.read() as conn:
        return int(conn.execute(sa.select(sa.func.count()).select_from(t.told_event)).scalar_one())
