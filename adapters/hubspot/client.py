"""Calling HubSpot: its own client's connection pool, our budgets, our error table.

The generated methods of `hubspot-api-client` deserialise a page of 100 contacts in 16 ms where `json.loads` takes 0.7;
know no dated paths; have no time-out and no idea of ``policyName``. So one generated `ApiClient` is kept and called one
step lower. What the client has no call for goes through `requests`. See docs/decisions/0003-hubspot-client.md.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from hubspot.crm.objects import ApiClient, ApiException, Configuration

from adapters.contract import Ledger
from adapters.hubspot.errors import next_midnight, table
from adapters.hubspot.paths import Paths
from adapters.transport import TIMEOUT, Answer, Budget, Request, Tokens, Transport, Unreachable, Untrusted

BURST = "burst"
SEARCH = "search"
ASSOCIATIONS = "associations"

BURST_LIMIT = (100, 10.0)
"""Calls and seconds: the smallest limit any account has, until an answer's headers name the real one."""

SEARCH_LIMIT = (4, 1.0)
"""HubSpot allows five a second per *account*; one is left to the other integrations that share them."""

ASSOCIATIONS_LIMIT = (100, 10.0)
"""The smallest of any tier; one call reads a thousand records, so nobody waits for this."""

CONNECTIONS = 16
"""Open connections kept at most: more than the threads of a sync."""


class Client:
    """One HubSpot account by HTTP. Safe to share between threads."""

    def __init__(
        self,
        *,
        host: str,
        tokens: Tokens,
        paths: Paths,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None],
        ledger: Ledger | None = None,
    ) -> None:
        self.paths = paths
        self.clock = clock
        self.time_zone = ""
        """The account's, once `check` has asked; the day's quota ends at its midnight."""
        self._host = host.rstrip("/")
        self._generated = _generated(self._host)
        self._session = requests.Session()
        self._session.trust_env = False
        self._session_lock = threading.Lock()
        self._budgets = _budgets(clock, sleep, ledger)
        self.transport = Transport(
            vendor="HubSpot",
            send=self._send,
            table=table(self._quota_renewed),
            tokens=tokens,
            budgets=self._budgets,
            clock=clock,
            sleep=sleep,
            learn=self._learn,
        )

    @property
    def scheme(self) -> str:
        """How the API is reached: https, but for a CRM on this machine."""
        return urlsplit(self._host).scheme

    def get(self, path: str, query: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Reads. Raises the error family."""
        return self._document(Request("GET", path, query=query or {}, families=(BURST,)))

    def post(self, path: str, body: Mapping[str, Any], query: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Reads, creates or updates in a batch. Raises the error family."""
        return self._document(Request("POST", path, query=query or {}, body=body, families=(BURST,)))

    def search(self, type: str, body: Mapping[str, Any], tries: int | None = None) -> dict[str, Any]:
        """Searches; counts to a narrow budget of its own."""
        path = self.paths.search(type)
        return self._document(Request("POST", path, body=body, families=(SEARCH, BURST), tries=tries))

    def associations(self, source: str, target: str, inputs: list[dict[str, str]]) -> dict[str, Any]:
        """Associations of up to 1,000 objects; counts to a budget of its own."""
        path = self.paths.associations(source, target)
        return self._document(Request("POST", path, body={"inputs": inputs}, families=(ASSOCIATIONS, BURST)))

    def close(self) -> None:
        """Closes every connection."""
        self._generated.rest_client.pool_manager.clear()
        self._generated.close()
        self._session.close()

    def _document(self, request: Request) -> dict[str, Any]:
        document = self.transport.call(request)
        return document if isinstance(document, dict) else {}

    def _quota_renewed(self) -> datetime | None:
        return next_midnight(self.clock(), self.time_zone) if self.time_zone else None

    def _send(self, request: Request, token: str) -> Answer:
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json", "Accept-Encoding": "gzip"}
        in_client = request.path.startswith("/crm/")
        return self._by_client(request, headers) if in_client else self._by_requests(request, headers)

    def _by_client(self, request: Request, headers: dict[str, str]) -> Answer:
        try:
            response = self._generated.request(
                request.method,
                self._host + request.path,
                query_params=list(request.query.items()),
                headers=headers | {"User-Agent": "leadtier"},
                body=request.body,
                _preload_content=False,
                _request_timeout=TIMEOUT,
            )
            return Answer.of(response.status, response.headers, response.data)
        except ApiException as refusal:
            if not refusal.status:
                raise Untrusted(str(refusal.reason)[:200]) from None
            return Answer.of(refusal.status, refusal.headers, refusal.body or b"")
        except urllib3.exceptions.HTTPError as problem:
            raise Unreachable(type(problem).__name__) from None

    def _by_requests(self, request: Request, headers: dict[str, str]) -> Answer:
        try:
            with self._session_lock:
                response = self._session.request(
                    request.method,
                    self._host + request.path,
                    params=dict(request.query),
                    json=request.body,
                    headers=headers,
                    timeout=TIMEOUT,
                    allow_redirects=False,
                )
            return Answer.of(response.status_code, response.headers, response.content)
        except requests.exceptions.SSLError as problem:
            raise Untrusted(type(problem).__name__) from None
        except requests.RequestException as problem:
            raise Unreachable(type(problem).__name__) from None

    def _learn(self, request: Request, answer: Answer) -> None:
        """The headers of a plain call name the account's burst limit and what is left of it; searches carry none."""
        if request.families != (BURST,):
            return
        try:
            limit = int(answer.headers["x-hubspot-ratelimit-max"])
            window = int(answer.headers["x-hubspot-ratelimit-interval-milliseconds"]) / 1000
            remaining = int(answer.headers["x-hubspot-ratelimit-remaining"])
        except (KeyError, ValueError):
            return
        if limit > 0 and window > 0:
            self._budgets[BURST].learn(limit, window)
            self._budgets[BURST].observe(remaining)


def _generated(host: str) -> ApiClient:
    configuration = Configuration(host=host)
    # urllib3 must not try again by itself: our table decides, and it knows `policyName`.
    configuration.retries = False
    configuration.connection_pool_maxsize = CONNECTIONS
    return ApiClient(configuration)


def _budgets(clock: Callable[[], datetime], sleep: Callable[[float], None], ledger: Ledger | None) -> dict[str, Budget]:
    limits = {BURST: BURST_LIMIT, SEARCH: SEARCH_LIMIT, ASSOCIATIONS: ASSOCIATIONS_LIMIT}
    return {
        name: Budget(*limit, now=lambda: clock().timestamp(), sleep=sleep, ledger=ledger, family=name)
        for name, limit in limits.items()
    }
