"""Those who speak to the agency's own doors: a website that tells events, and reps who use the link in the record.

Both say it again until it is acknowledged, as any sender must.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from urllib.parse import urlsplit

import requests

from benchmarks.chaos.people import People, Person, Said, Told
from benchmarks.chaos.traffic import FLAGS, Work
from benchmarks.chaos.vendor import Vendor

KINDS = ("quote_requested", "callback_requested", "comparison_guide_downloaded", "pricing_page_viewed", "page_viewed")
LINK = "leadtier_flag_link"
HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')
DAY = 86_400
PATIENCE = 120
"""Seconds."""


class Senders:
    """A website and some reps. `url` is where the agency's doors are."""

    def __init__(self, vendor: Vendor, people: People, work: Work, url: str, key: str, seed: int) -> None:
        self._vendor, self._people, self._work, self._url, self._key = vendor, people, work, url, key
        self._draw = random.Random(seed)
        self._session = requests.Session()
        self._session.trust_env = False
        self._number = 0
        self.told: set[str] = set()
        """Ids that were acknowledged."""
        self.unwell = 0
        """How often the answer was that it cannot be taken just now."""
        self.problems: list[str] = []

    def tell(self) -> None:
        """A request with some events, of people there are and of some who are still to come."""
        with self._people.alone():
            some = self._draw.sample(self._people.there(), self._draw.randint(1, 12))
            events = [(one, self._event(), self._draw.random() < 0.5 and bool(one.email)) for one in some]
            come = [(email, self._event()) for email in self._work.next_addresses(3) if self._draw.random() < 0.3]
            for one in some:
                one.busy += 1
            sent = [_row(told, {"email": one.email} if named else {"crm_id": one.id}) for one, told, named in events]
            sent += [_row(told, {"email": email}) for email, told in come]
            for email, told in come:
                self._people.to_come.setdefault(email, []).append(told)
            for one, told, named in events:
                one.told.append(told)
                one.by_address |= named
        answer = self._until(lambda: self._post_events(sent))
        with self._people.alone():
            for one in some:
                one.busy -= 1
        if answer is None:
            return
        said = answer.json()
        if answer.status_code != 200 or said["rejected"]:
            self.problems.append(f"the ingest API answered {answer.status_code}: {answer.text[:300]}")
        self.told |= {str(row["id"]) for row in sent}

    def _event(self) -> Told:
        self._number += 1
        return Told(f"web-{self._number}", self._draw.choice(KINDS), int(time.time()) - self._draw.randint(0, 15 * DAY))

    def _post_events(self, sent: list[dict[str, object]]) -> requests.Response:
        headers = {"Authorization": f"Bearer {self._key}"}
        return self._session.post(f"{self._url}/api/v1/events", json={"events": sent}, headers=headers, timeout=10)

    def flag(self) -> None:
        """A rep says through the link in a record that its score is wrong."""
        with self._people.alone():
            one = self._draw.choice(self._people.there())
            if one.busy or one.flagged:
                return
            values = self._vendor.call("GET", f"/crm/v3/objects/contacts/{one.id}?properties={LINK}")["properties"]
            if not values.get(LINK):
                return
            one.busy, one.flagged = one.busy + 1, True
        self._send_flag(one, urlsplit(str(values[LINK])).path)

    def _send_flag(self, one: Person, path: str) -> None:
        kind, address = self._draw.choice(FLAGS), self._url + path
        page = self._until(lambda: self._session.get(address, timeout=10))
        hidden = dict(HIDDEN.findall(page.text if page is not None else ""))
        form = hidden | {"kind": kind, "note": "chaos", "who": "A rep"}
        answer = None
        if page is not None and page.status_code != 404:  # the link of a record that was merged just now
            answer = self._until(lambda: self._session.post(address, data=form, allow_redirects=False, timeout=10))
        with self._people.alone():
            one.busy -= 1
            if answer is not None and answer.status_code == 303:
                one.flags.append(Said(kind, int(time.time()), hidden["nonce"]))
            elif answer is not None:
                self.problems.append(f"the flag page answered {answer.status_code}: {answer.text[-300:]}")

    def _until(self, post: Callable[[], requests.Response]) -> requests.Response | None:
        """The answer, asked for again and again; None when nobody gave one for very long."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            with suppress(requests.RequestException):
                answer = post()
                if answer.status_code < 500:
                    return answer
                self.unwell += 1
            time.sleep(0.2)
        self.problems.append(f"nobody acknowledged anything for {PATIENCE} seconds")
        return None


def _row(told: Told, who: dict[str, str]) -> dict[str, object]:
    return {"id": told.id, "who": who, "kind": told.kind, "at": datetime.fromtimestamp(told.at, UTC).isoformat()}
