"""An empty HubSpot account inside the test's own process, with a clock the test winds."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from adapters.sandbox.app import create_app, hub_of, plug_in
from adapters.sandbox.hub import Hub
from adapters.sandbox.hubspot.opening import open_account
from adapters.sandbox.settings import Settings
from adapters.sandbox.store import Store

NOON = 1_795_348_800.0
"""22 November 2026, 12:00 UTC."""
OWNER = "78100001"


class Clock:
    """Seconds since 1970 that pass only when told to."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += seconds


class Account:
    """Calls as an integration makes them."""

    def __init__(self, store: Store, clock: Clock, client: FlaskClient, hub: Hub) -> None:
        self.store, self.clock, self.client, self.hub = store, clock, client, hub
        self.token = store.settings.token

    def call(self, method: str, path: str, json: Any = None, token: str | None = None) -> TestResponse:
        headers = {"Authorization": f"Bearer {token or self.token}"}
        return self.client.open(path, method=method, json=json, headers=headers)

    def get(self, path: str) -> Any:
        answer = self.call("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json

    def post(self, path: str, json: Any, status: int = 200) -> Any:
        answer = self.call("POST", path, json)
        assert answer.status_code == status, answer.text
        return answer.json

    def add(self, kind: str = "contacts", ties: list[Any] | None = None, **properties: str) -> str:
        if kind not in ("contacts", "companies", "deals"):
            properties = {"hs_timestamp": "2026-11-20T09:00:00Z"} | properties
        body = {"properties": properties, "associations": ties or []}
        return str(self.post(f"/crm/v3/objects/{kind}", body, 201)["id"])

    def contacts(self, count: int) -> list[str]:
        return [self.add(email=f"lead{number}@example.com") for number in range(count)]

    def update(self, *rows: dict[str, Any]) -> TestResponse:
        return self.call("POST", "/crm/v3/objects/contacts/batch/update", {"inputs": list(rows)})

    def search(self, kind: str = "contacts", **body: Any) -> Any:
        return self.post(f"/crm/v3/objects/{kind}/search", body)

    def found(self, *filters: dict[str, Any], kind: str = "contacts") -> list[str]:
        body = self.search(kind, filterGroups=[{"filters": list(filters)}], limit=200)
        return [row["id"] for row in body["results"]]


@contextmanager
def empty_account(directory: Path, **switches: Any) -> Iterator[Account]:
    clock, path = Clock(), directory / "crm.db"
    quiet = {"burst_limit": None, "search_limit": None, "search_lag": 0.0}
    shutil.copy(opened_account(), path)
    store = Store(path, Settings(clock=clock, **{**quiet, **switches}))
    app = app_for(store)
    yield Account(store, clock, app.test_client(), hub_of(app))
    store.close()


@cache
def opened_account() -> Path:
    """An account just opened, to be copied: opening one takes longer than most tests."""
    path = Path(tempfile.mkdtemp(prefix="leadtier-account-")) / "crm.db"
    atexit.register(shutil.rmtree, path.parent)
    store = Store(path, Settings(clock=Clock()))
    open_account(store)
    store.close()
    return path


def app_for(store: Store) -> Flask:
    """One application for all tests of a process, each time over another store."""
    if not _APPS:
        _APPS.append(create_app(store))
    plug_in(_APPS[0], store)
    return _APPS[0]


_APPS: list[Flask] = []
