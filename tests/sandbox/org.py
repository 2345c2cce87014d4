"""An empty Salesforce org inside the test's own process, with a clock the test winds."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from adapters.sandbox.app import create_app, plug_in_salesforce
from adapters.sandbox.salesforce.filling import fill_once
from adapters.sandbox.salesforce.hub import SalesforceHub
from adapters.sandbox.salesforce.org import Org
from adapters.sandbox.salesforce.settings import OrgSettings
from tests.sandbox.account import Clock

ROOT = "/services/data/v67.0"


class SalesforceOrg:
    """Calls as an integration makes them. Paths without a leading slash are below the pinned version."""

    def __init__(self, org: Org, clock: Clock, client: FlaskClient, hub: SalesforceHub) -> None:
        self.org, self.clock, self.client, self.hub = org, clock, client, hub
        self.token = org.settings.session_token

    def call(
        self,
        method: str,
        path: str,
        json: Any = None,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        **more: Any,
    ) -> TestResponse:
        full = path if path.startswith("/") else f"{ROOT}/{path}"
        given = {"Authorization": f"Bearer {token or self.token}"} | dict(headers or {})
        return self.client.open(full, method=method, json=json, headers=given, query_string=query, **more)

    def get(self, path: str, status: int = 200, **query: str) -> Any:
        return self._json(self.call("GET", path, query=query or None), status)

    def post(self, path: str, json: Any, status: int = 200, **headers: str) -> Any:
        return self._json(self.call("POST", path, json, headers=_spelled(headers)), status)

    def patch(self, path: str, json: Any, status: int = 204, **headers: str) -> Any:
        return self._json(self.call("PATCH", path, json, headers=_spelled(headers)), status)

    def delete(self, path: str, status: int = 204) -> Any:
        return self._json(self.call("DELETE", path), status)

    def query(self, soql: str, *, everything: bool = False) -> list[dict[str, Any]]:
        """Every record of a query, page after page."""
        page = self.get("queryAll" if everything else "query", q=soql)
        records = list(page["records"])
        while not page["done"]:
            page = self.get(page["nextRecordsUrl"])
            records += page["records"]
        return records

    def add(self, sobject: str, **fields: Any) -> str:
        """A new record's id. Leads and contacts get the names they must have."""
        body = {**_REQUIRED.get(sobject, {}), **fields}
        return str(self.post(f"sobjects/{sobject}", body, 201)["id"])

    def with_assignment_rule(self) -> str:
        """Switches a lead assignment rule on; the id of the rep it gives every lead to."""
        with self.org.writing() as connection:
            rep = self.org.next_id("User", connection)
        self.org.load("User", [{"Id": rep, "LastName": "Rep", "Username": "rep@us.example", "IsActive": 1}])
        self.org.load("AssignmentRule", [{"Name": "Standard", "SobjectType": "Lead", "Active": 1}])
        self.org.settings.lead_assignment_owner = rep
        return rep

    def refused(self, method: str, path: str, status: int, json: Any = None, **query: str) -> str:
        """The code of the one error of a call that fails with this status."""
        errors = self._json(self.call(method, path, json, query=query or None), status)
        return str(errors[0]["errorCode"])

    @staticmethod
    def _json(answer: TestResponse, status: int) -> Any:
        assert answer.status_code == status, answer.text
        return answer.json if answer.data else None


_REQUIRED: dict[str, dict[str, str]] = {
    "Lead": {"LastName": "Lead", "Company": "Household"},
    "Contact": {"LastName": "Contact"},
    "Account": {"Name": "Account"},
    "Opportunity": {"Name": "Policy", "StageName": "Prospecting", "CloseDate": "2026-12-01"},
}


def _spelled(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


@contextmanager
def empty_org(directory: Path, **switches: Any) -> Iterator[SalesforceOrg]:
    """An org just opened; `switches` are those of `OrgSettings`."""
    clock, path = Clock(), directory / "crm-salesforce.db"
    if not {"person_accounts", "shared_activities", "org_serial"} & set(switches):
        shutil.copy(opened_org(), path)
    org = Org(path, OrgSettings(clock=clock, **switches))
    app = app_for(org)
    hub: SalesforceHub = app.extensions["sandbox_salesforce"]
    yield SalesforceOrg(org, clock, app.test_client(), hub)
    hub.close()
    org.close()


@cache
def opened_org() -> Path:
    """An org just opened, to be copied: opening one takes longer than most tests."""
    path = Path(tempfile.mkdtemp(prefix="leadtier-org-")) / "crm-salesforce.db"
    atexit.register(shutil.rmtree, path.parent)
    org = Org(path, OrgSettings(clock=Clock()))
    fill_once(org, lambda _: None)  # `running` serves a copy as it is
    org.close()
    return path


def app_for(org: Org) -> Flask:
    """One application for all tests of a process, each time over another org."""
    if not _APPS:
        _APPS.append(create_app(None, org=org))
    else:
        plug_in_salesforce(_APPS[0], org)
    return _APPS[0]


_APPS: list[Flask] = []
