"""The sandbox's Salesforce org by its REST API, for benchmarks that count its rows or change them as a rep does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from benchmarks.running import Crm

DATA = "/services/data/v67.0"
COLLECTION = 200
"""Records of one call of sObject Collections."""

REP = "SELECT Username FROM User WHERE IsActive = true AND Profile.Name = 'Standard User' ORDER BY Id LIMIT 1"
BACK = "http://localhost/"
"""Where the web server flow leads; nobody listens there, the code is in the address."""


class Org:
    """One org, as the user of a session; the integration user's unless given."""

    def __init__(self, account: Crm, session: str = "") -> None:
        self._root = account.url
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {session or account.token}"

    def count(self, soql: str) -> int:
        """How many rows a ``SELECT COUNT()`` finds, deleted ones too."""
        return int(self._call("GET", f"{DATA}/queryAll", params={"q": soql})["totalSize"])

    def rows(self, soql: str) -> list[dict[str, Any]]:
        """Every row of a query."""
        page = self._call("GET", f"{DATA}/query", params={"q": soql})
        found: list[dict[str, Any]] = page["records"]
        while not page["done"]:
            page = self._call("GET", page["nextRecordsUrl"])
            found += page["records"]
        return found

    def update(self, name: str, ids: Sequence[str], **values: object) -> None:
        """Sets the same values on these records. Raises `RuntimeError` when one is refused."""
        for start in range(0, len(ids), COLLECTION):
            some = ids[start : start + COLLECTION]
            records = [{"attributes": {"type": name}, "id": one, **values} for one in some]
            answer = self._call("PATCH", f"{DATA}/composite/sobjects", json={"allOrNone": True, "records": records})
            if refused := [one["errors"] for one in answer if not one["success"]]:
                raise RuntimeError(f"the sandbox refused {len(refused)} changes: {refused[0]}")

    def set(self, **switches: object) -> None:
        """Changes the org's limits and delays."""
        self._call("PATCH", "/_sandbox/settings", json={"salesforce": switches})

    def _call(self, method: str, path: str, **how: Any) -> Any:
        answer = self._session.request(method, self._root + path, timeout=60, **how)
        answer.raise_for_status()
        return answer.json()


def a_rep(account: Crm) -> str:
    """A session of somebody else than the integration user, by the web server flow."""
    (rep,) = Org(account).rows(REP)
    app = {"client_id": account.told["salesforce_client_id"], "redirect_uri": BACK}
    asked = app | {"response_type": "code", "login_hint": rep["Username"]}
    led = requests.get(f"{account.url}/services/oauth2/authorize", params=asked, allow_redirects=False, timeout=60)
    (code,) = parse_qs(urlsplit(led.headers["Location"]).query)["code"]
    secret = account.told["salesforce_client_secret"]
    form = app | {"grant_type": "authorization_code", "code": code, "client_secret": secret}
    answer = requests.post(f"{account.url}/services/oauth2/token", data=form, timeout=60)
    answer.raise_for_status()
    return str(answer.json()["access_token"])
