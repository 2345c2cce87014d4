"""The CRM: the sandbox as a process of its own, and those who work in it. It is the vendor; nobody kills it."""

from __future__ import annotations

import json
import re
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from urllib.parse import parse_qs, urlencode, urlsplit

import requests

from adapters.sandbox.settings import ALL_SCOPES, Settings
from benchmarks.running import LEADTIER

APP = Settings()
"""The sandbox's own app: its id and its secrets are the same everywhere."""
RETRIES = [0.5, 1.0, 1.0, *[2.0] * 200]
"""Seconds between two deliveries of a webhook that was not taken; the vendor's are longer, and so would be the end."""


class Vendor:
    """The CRM's API as another app of the account uses it, its screens, and the sandbox's own switches."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        self.url, self.token, self.portal = str(told["hubspot_url"]), str(told["hubspot_token"]), told["portal_id"]
        self._local = threading.local()
        self._own = self._another_app()

    @property
    def _session(self) -> requests.Session:
        """One for each thread; cookies and connections are its own."""
        if not hasattr(self._local, "session"):
            self._local.session = requests.Session()
            self._local.session.trust_env = False
        found: requests.Session = self._local.session
        return found

    def _another_app(self) -> str:
        """A token of its own: what others call must not count against the limit of ours."""
        app = {"client_id": APP.client_id, "redirect_uri": "http://127.0.0.1/"}
        agreed = f"{self.url}/oauth/authorize?{urlencode(app | {'scope': ' '.join(sorted(ALL_SCOPES))})}"
        back = self._session.post(agreed, allow_redirects=False, timeout=30).headers["Location"]
        code = parse_qs(urlsplit(back).query)["code"][0]
        asked = app | {"grant_type": "authorization_code", "client_secret": APP.client_secret, "code": code}
        answer = self._session.post(f"{self.url}/oauth/v3/token", data=asked, timeout=30)
        return str(answer.json()["access_token"])

    def call(self, method: str, path: str, body: object = None) -> Any:
        """What the API answers. Raises `RuntimeError` when it refuses."""
        headers = {"Authorization": f"Bearer {self._own}"}
        answer = self._session.request(method, self.url + path, json=body, headers=headers, timeout=60)
        if not answer.ok:
            raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
        return answer.json() if answer.content else None

    def contacts(self, *names: str) -> dict[str, dict[str, str | None]]:
        """These properties of every contact there is, by id."""
        found: dict[str, dict[str, str | None]] = {}
        after = "0"
        while after:
            page = self.call("GET", f"/crm/v3/objects/contacts?limit=100&after={after}&properties={','.join(names)}")
            found |= {row["id"]: row["properties"] for row in page["results"]}
            after = page.get("paging", {}).get("next", {}).get("after", "")
        return found

    def history(self, id: str, name: str) -> list[str]:
        """The values a property of a contact has had, the newest first; what a merge brought along has no history."""
        row = self.call("GET", f"/crm/v3/objects/contacts/{id}?properties={name}&propertiesWithHistory={name}")
        changes = [str(change["value"]) for change in row.get("propertiesWithHistory", {}).get(name, [])]
        return changes or [str(row["properties"].get(name) or "")]

    def flag(self, id: str, kind: str, note: str) -> None:
        """A rep flags the score on the record's page."""
        page = self._session.get(f"{self.url}/contacts/{self.portal}/record/0-1/{id}", timeout=60)
        page.raise_for_status()
        (token,) = set(re.findall(r'name="token" value="([0-9a-f]+)"', page.text))
        form = {"flag": kind, "note": note, "token": token}
        done = self._session.post(f"{page.url}/flag", data=form, allow_redirects=False, timeout=60)
        if done.status_code != 303:
            raise RuntimeError(f"the flag was not saved: {done.status_code}")

    def subscribe(self, address: str, wanted: Sequence[Mapping[str, Any]]) -> None:
        """Has the events of contacts sent to an address."""
        hooks = f"/webhooks/v3/{APP.app_id}"
        self.call("PUT", f"{hooks}/settings", {"targetUrl": address, "throttling": {"maxConcurrentRequests": 10}})
        for one in wanted:
            row = {"eventType": one["subscriptionType"], "propertyName": one.get("propertyName"), "active": True}
            self.call("POST", f"{hooks}/subscriptions", row | ({"objectTypeId": "0-1"} if "objectType" in one else {}))

    def state(self) -> Any:
        """Counts of all kinds."""
        return self._switch("GET", "state")

    def writes(self) -> list[tuple[float, float, int]]:
        """Batches of writes: when each came and was answered (seconds since 1970), and the port it came from."""
        return [tuple(row) for row in self._switch("GET", "writes")]

    def settings(self, **values: object) -> None:
        """Changes limits and delays."""
        self._switch("PATCH", "settings", values)

    def restore(self, id: str) -> None:
        """Takes a contact out of the bin."""
        self._switch("POST", "restore", {"type": "contacts", "id": id})

    def submit(self, id: str, form: str) -> None:
        """A contact submits a form on the website."""
        self._switch("POST", "submit", {"id": id, "form": form})

    def faults(self, *faults: Mapping[str, Any]) -> None:
        """Switches off what goes wrong now, and these on."""
        self._switch("DELETE", "faults")
        for fault in faults:
            self._switch("POST", "faults", fault)

    def over_limit(self) -> int:
        """How many calls there were above what the vendor allows."""
        return int(self.state()["over_limit"])

    def _switch(self, method: str, what: str, body: object = None) -> Any:
        answer = self._session.request(method, f"{self.url}/_sandbox/{what}", json=body, timeout=60)
        answer.raise_for_status()
        return answer.json() if answer.content else None


@contextmanager
def vendor(leads: int, seed: int, log: Path) -> Iterator[Vendor]:
    """The CRM with that many contacts, until the block ends; what it says goes into a file."""
    words = ["sandbox", "--port", "0", "--crm", "hubspot", "--leads", str(leads), "--seed", str(seed)]
    with log.open("w") as said, _started(words, said) as process:
        try:
            assert process.stdout
            made = Vendor(json.loads(process.stdout.readline()))
            made.settings(webhook_retry_seconds=RETRIES)
            yield made
        finally:
            process.terminate()


def _started(words: Sequence[str], said: IO[str]) -> subprocess.Popen[str]:
    return subprocess.Popen([*LEADTIER, *words], stdout=subprocess.PIPE, stderr=said, text=True)
