"""What people do in HubSpot's sandbox while benchmarks watch: leads send forms and call; each moves a score."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlencode, urlsplit

from adapters.sandbox.hubspot.forms import form_id
from adapters.sandbox.people.agency import CALLBACK_FORM
from benchmarks.running import Crm

PAGE = 100
HISTORY_PAGE = 50
SCOPES = "oauth crm.objects.contacts.read crm.objects.contacts.write"
AGENT = "http://127.0.0.1/agent"
START_AGAIN = "points start again"
"""In the rationale of a lead whose next sign moves its score, whatever it has done before."""


class Lead(NamedTuple):
    """A contact as its record shows it."""

    id: str
    email: str
    score: int
    rationale: str

    @property
    def form_counts(self) -> bool:
        """Whether asking for a callback moves its score."""
        return bool(self.email) and ("Requested a" not in self.rationale or START_AGAIN in self.rationale)

    @property
    def call_counts(self) -> bool:
        """Whether calling us moves its score, by ten points."""
        again = START_AGAIN in self.rationale
        return again or (0 < self.score <= 90 and "Called us" not in self.rationale)


class Account:
    """The account's people and website, with an OAuth token of their own, so that they use up none of our calls."""

    def __init__(self, crm: Crm) -> None:
        self._crm = crm
        self._token = crm.token
        self._token = self._authorised()

    def leads(self) -> Iterator[Lead]:
        """Every contact that has a score."""
        after = "0"
        names = "email,leadtier_score,leadtier_rationale"
        while after:
            found = self.call("GET", f"/crm/v3/objects/contacts?limit={PAGE}&after={after}&properties={names}")
            for row in found["results"]:
                facts = row["properties"]
                if facts["leadtier_score"]:
                    score, why = int(facts["leadtier_score"]), facts["leadtier_rationale"] or ""
                    yield Lead(row["id"], facts["email"] or "", score, why)
            after = found.get("paging", {}).get("next", {}).get("after", "")

    def sends_form(self, lead: Lead) -> None:
        """The lead asks for a callback on the website."""
        path = f"/submissions/v3/integration/submit/{self._crm.told['portal_id']}/{form_id(CALLBACK_FORM)}"
        self.call("POST", path, {"fields": [{"name": "email", "value": lead.email}]})

    def calls_us(self, lead: Lead) -> None:
        """A call of the lead is logged, and then linked with the contact."""
        at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        facts = {"hs_timestamp": at, "hs_call_direction": "INBOUND", "hs_call_status": "COMPLETED"}
        call = self.call("POST", "/crm/v3/objects/calls", {"properties": facts})["id"]
        self.call("PUT", f"/crm/v4/objects/calls/{call}/associations/default/contacts/{lead.id}")

    def scored(self, ids: Sequence[str]) -> Mapping[str, Sequence[float]]:
        """When each contact's score changed, in seconds since 1970, from the account's own history."""
        found: dict[str, list[float]] = {}
        for start in range(0, len(ids), HISTORY_PAGE):
            inputs = [{"id": one} for one in ids[start : start + HISTORY_PAGE]]
            body = {"inputs": inputs, "properties": [], "propertiesWithHistory": ["leadtier_score"]}
            for row in self.call("POST", "/crm/v3/objects/contacts/batch/read", body)["results"]:
                past = row["propertiesWithHistory"]["leadtier_score"]
                found[row["id"]] = sorted(datetime.fromisoformat(one["timestamp"]).timestamp() for one in past)
        return found

    def call(self, method: str, path: str, body: object = None) -> Any:
        """One call of the vendor's API. Raises `HTTPError`."""
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        return self._answer(method, path, None if body is None else json.dumps(body).encode(), headers)

    def _answer(self, method: str, path: str, data: bytes | None, headers: Mapping[str, str]) -> Any:
        request = urllib.request.Request(self._crm.url + path, data, dict(headers), method=method)  # noqa: S310
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - our own loopback server
            return json.load(answer)

    def _authorised(self) -> str:
        client, secret = self._crm.told["hubspot_client_id"], self._crm.told["hubspot_client_secret"]
        asked = urlencode({"client_id": client, "redirect_uri": AGENT, "scope": SCOPES})
        page = urllib.request.Request(f"{self._crm.url}/oauth/authorize?{asked}", b"", method="POST")  # noqa: S310
        back = _Unfollowed.location(page)
        form = {
            "grant_type": "authorization_code",
            "client_id": client,
            "client_secret": secret,
            "redirect_uri": AGENT,
            "code": parse_qs(urlsplit(back).query)["code"][0],
        }
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return str(self._answer("POST", "/oauth/v3/token", urlencode(form).encode(), kind)["access_token"])


class _Unfollowed(urllib.request.HTTPRedirectHandler):
    """Redirects are answers."""

    def redirect_request(self, *_: object, **__: object) -> None:
        """See `HTTPRedirectHandler`."""

    @classmethod
    def location(cls, request: urllib.request.Request) -> str:
        """Where an answer leads."""
        try:
            urllib.request.build_opener(cls).open(request, timeout=60)
        except urllib.error.HTTPError as answer:
            return str(answer.headers["Location"])
        raise ValueError("the answer leads nowhere")
