"""HubSpot on the stage: the sandbox CRM in a thread, reached as HubSpot is."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import requests

from adapters.contract import Adapter, EventKind, Inbound, InboundRequest, Vault
from adapters.hubspot import HubSpotInbound, factory
from adapters.sandbox.server import Sandbox, running
from adapters.sandbox.settings import Settings
from tests.adapters.canned import Canned, Reply, Seen
from tests.adapters.vaults import Told
from tests.contract.stage import Time, Trouble
from tests.sandbox.account import app_for, opened_account

DEAL_TO_CONTACT = 3
TO_CONTACT = {"calls": 194, "emails": 198, "meetings": 200, "notes": 202, "tasks": 204, "communications": 81}
"""HubSpot's own association types, from an activity to a contact."""


@contextmanager
def hubspot_stage() -> Iterator[HubSpotStage]:
    """An empty account whose clock is the test's."""
    time = Time()
    settings = Settings(clock=lambda: time.now().timestamp(), burst_limit=100_000, search_lag=0.0)
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        # Making the application and the account takes longer than most clauses.
        patch.setattr("adapters.sandbox.server.create_app", app_for)
        path = Path(shutil.copy(opened_account(), folder))
        with running(settings=settings, path=path) as sandbox:
            stage = HubSpotStage(sandbox, time)
            yield stage
            stage.close()


class HubSpotStage:
    """See `tests.contract.stage.Stage`."""

    text_field = "city"
    scope = "crm.objects.deals.read"
    knows = frozenset(Trouble)
    paced = True
    signed = frozenset({"header", "body", "time"})
    told = frozenset({EventKind.CHANGED, EventKind.DELETED, EventKind.MERGED})

    def __init__(self, sandbox: Sandbox, time: Time) -> None:
        self.time = time
        self.secret = sandbox.token
        self._sandbox = sandbox
        self._session = requests.Session()
        self._opened: list[Adapter] = []
        self._numbers = itertools.count(1)
        self._ear = Canned()
        self._heard: SimpleQueue[Seen] = SimpleQueue()

    def named(self, name: str) -> str:
        return name

    def in_order(self, ids: Sequence[str]) -> list[str]:
        return sorted(ids, key=int)

    def together(self, type: str) -> int:
        return 2

    def open(self) -> Adapter:
        return self._open({"token": self.secret}, None)

    def open_renewable(self, keep: Callable[[Mapping[str, str]], None]) -> Adapter:
        settings, tokens = self._sandbox.hub.settings, self._sandbox.hub.tokens
        redeemed = tokens.redeem(tokens.authorise("https://us.example", settings.scopes), "https://us.example")
        assert redeemed is not None
        grant, self._refresh = redeemed
        ends = self.time.now() + timedelta(seconds=settings.access_token_seconds)
        credentials = {
            "client_id": settings.client_id,
            "client_secret": settings.client_secret,
            "refresh_token": self._refresh,
            "access_token": grant.token,
            "expires_at": ends.isoformat(),
        }
        return self._open(credentials, Told(credentials, keep))

    def withdraw(self) -> None:
        self._sandbox.hub.tokens.revoke(self._refresh)

    def add_contacts(self, count: int) -> Sequence[str]:
        ids: list[str] = []
        for start in range(0, count, 100):
            names = [f"{next(self._numbers)}@leads.example" for _ in range(min(100, count - start))]
            body = {"inputs": [{"properties": {"email": name}} for name in names]}
            ids += [row["id"] for row in self._post("/crm/v3/objects/contacts/batch/create", body)["results"]]
        return ids

    def change(self, contact_id: str, value: str) -> None:
        self._call("PATCH", f"/crm/v3/objects/contacts/{contact_id}", {"properties": {self.text_field: value}})

    def value(self, contact_id: str) -> str | None:
        path = f"/crm/v3/objects/contacts/{contact_id}?properties={self.text_field}"
        found: str | None = self._call("GET", path)["properties"].get(self.text_field)
        return found

    def archive(self, contact_id: str) -> None:
        self._call("DELETE", f"/crm/v3/objects/contacts/{contact_id}")

    def merge(self, winner: str, loser: str) -> str:
        body = {"primaryObjectId": winner, "objectIdToMerge": loser}
        return str(self._post("/crm/v3/objects/contacts/merge", body)["id"])

    def hide(self, seconds: float) -> None:
        self._sandbox.hub.settings.search_lag = seconds

    def add_activity(self, type: str, contact_ids: Sequence[str]) -> str:
        properties = {"hs_timestamp": self.time.now().isoformat()}
        return self._add(type, properties, contact_ids, TO_CONTACT[type])

    def add_deal(self, contact_ids: Sequence[str], *, won: bool) -> str:
        stage = "closedwon" if won else "closedlost"
        properties = {"dealname": "Policy", "dealstage": stage, "pipeline": "default", "amount": "1200"}
        return self._add("deals", properties, contact_ids, DEAL_TO_CONTACT)

    def refuse_writes_to(self, *contact_ids: str, nameless: bool = False) -> None:
        self._sandbox.hub.faults.add("rows_rejected", ids=list(contact_ids), whole_batch=nameless)

    def strike(self, trouble: Trouble) -> None:
        kind, count, more = _FAULTS[trouble]
        self._sandbox.hub.faults.add(kind, count=count, path="^/(crm|account-info)/", **more)

    def allow_calls(self, count: int, seconds: float) -> None:
        assert seconds == 10.0, "HubSpot counts in tens of seconds"
        self._sandbox.hub.settings.burst_limit = count

    @property
    def inbound(self) -> Inbound:
        return HubSpotInbound()

    @property
    def hook_secret(self) -> str:
        return self._sandbox.hub.settings.client_secret

    def listen(self) -> None:
        self._ear.__enter__()
        self._ear.route = self._hear
        app = f"/webhooks/v3/{self._sandbox.hub.settings.app_id}"
        self._call("PUT", f"{app}/settings", {"targetUrl": self._hook_url, "throttling": {"maxConcurrentRequests": 10}})
        for kind in ("creation", "deletion", "merge"):
            self._post(f"{app}/subscriptions", {"eventType": f"contact.{kind}", "active": True})
        changed = {"eventType": "contact.propertyChange", "propertyName": self.text_field, "active": True}
        self._post(f"{app}/subscriptions", changed)

    def received(self) -> InboundRequest:
        seen = self._heard.get(timeout=5)
        return InboundRequest(seen.method, self._hook_url, seen.headers, seen.raw, self.time.now())

    def close(self) -> None:
        if self._ear.route is not None:
            self._ear.__exit__()
        for adapter in self._opened:
            adapter.close()
        self._session.close()

    @property
    def _hook_url(self) -> str:
        return f"{self._ear.url}/hooks?who=us%40leads.example"

    def _hear(self, seen: Seen) -> Reply:
        self._heard.put(seen)
        return Reply(204)

    def _open(self, credentials: Mapping[str, str], vault: Vault | None) -> Adapter:
        adapter = factory(
            credentials, base_url=self._sandbox.url, clock=self.time.now, sleep=self.time.sleep, vault=vault
        )
        self._opened.append(adapter)
        return adapter

    def _add(self, type: str, properties: dict[str, str], contact_ids: Sequence[str], tie: int) -> str:
        kinds = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": tie}]
        ties = [{"to": {"id": one}, "types": kinds} for one in contact_ids]
        return str(self._post(f"/crm/v3/objects/{type}", {"properties": properties, "associations": ties})["id"])

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return self._call("POST", path, body)

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.secret}"}
        answer = self._session.request(method, self._sandbox.url + path, json=body, headers=headers, timeout=10)
        assert answer.ok, answer.text
        document: dict[str, Any] = answer.json() if answer.content else {}
        return document


_FAULTS: dict[Trouble, tuple[str, int | None, dict[str, Any]]] = {
    Trouble.BUSY_FOR_A_WHILE: ("rate_limited", None, {"retry_after": 120}),
    Trouble.BUSY_WITHOUT_A_TIME: ("rate_limited", None, {"policy": "SOMETHING_NEW"}),
    Trouble.DAY_SPENT: ("quota_spent", None, {}),
    Trouble.TOKEN_EXPIRED_ONCE: ("token_expired", 1, {}),
    Trouble.TOKEN_REVOKED: ("token_revoked", None, {}),
    Trouble.SCOPE_TAKEN: ("scope_removed", None, {"scopes": [HubSpotStage.scope]}),
    Trouble.WEB_PAGE: ("html", None, {}),
    Trouble.GATEWAY_ONCE: ("unavailable", 1, {}),
    Trouble.GATEWAY_FOR_GOOD: ("unavailable", None, {}),
    Trouble.CUT_OFF_ONCE: ("dropped", 1, {}),
}
