"""Calling Salesforce: our error table, our watch on the quota, and the few ways its REST API is asked."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from weakref import WeakSet

import requests

from adapters.contract import Broken
from adapters.salesforce import paths
from adapters.salesforce.allowance import HEADER, Allowance
from adapters.salesforce.errors import INVALID_LOCATOR, QUERY_TIMEOUT, Refused, Unfinished, table
from adapters.salesforce.wire import Call, Download, Wire
from adapters.transport import Answer, Request, Tokens, Transport, Unreachable, Untrusted, first_match

Json = dict[str, Any]

URL_LIMIT = 14_000
"""Characters of an encoded query; Salesforce answers 414 when address and headers pass 16,384 bytes together."""

ROUNDS = 3
"""How often a query is read from its start before it is left for later."""


class Client:
    """One Salesforce org by HTTP. Safe to share between threads."""

    def __init__(
        self,
        *,
        host: Callable[[], str],
        tokens: Tokens,
        free: float,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None],
    ) -> None:
        self.clock = clock
        self.sleep = sleep
        self.allowance = Allowance(free, clock)
        self._host = host
        self._ahead = timedelta()
        self._local = threading.local()
        self._sessions: WeakSet[requests.Session] = WeakSet()  # they go with their threads
        self._lock = threading.Lock()
        self._table = table(clock)
        self.transport = Transport(
            vendor="Salesforce",
            send=self._send,
            table=self._table,
            tokens=tokens,
            budgets={},
            clock=clock,
            sleep=sleep,
        )

    @property
    def host(self) -> str:
        """The org's address, known once there is a token; people open records there too."""
        return self._host().rstrip("/")

    def now(self) -> datetime:
        """The time by Salesforce's own clock, which dates its records: ours, corrected by what its answers said."""
        return self.clock() + self._ahead

    def get(self, path: str, query: Mapping[str, str] | None = None) -> Any:
        """Reads. `path` is relative to the version, or begins with ``/``. Raises the error family."""
        return self.transport.call(Request("GET", path, query=query or {}))

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """Creates a job, or asks by a body. Raises the error family."""
        return self.transport.call(Request("POST", path, body=body))

    def patch(self, path: str, body: Mapping[str, Any]) -> Any:
        """Updates: a list for collections, an object for a job, None for a single record. Raises the error family."""
        return self.transport.call(Request("PATCH", path, body=body))

    def delete(self, path: str) -> None:
        """Deletes, a job for one. Raises the error family."""
        self.transport.call(Request("DELETE", path))

    def upload(self, method: str, path: str, content: bytes | Path, content_type: str) -> Any:
        """Sends a body as it is, from a file if it is big: CSV, or a multipart form. Raises the error family."""
        return self.transport.call(Call(method, path, content=content, content_type=content_type))

    @contextmanager
    def csv(self, path: str, query: Mapping[str, str] | None = None) -> Iterator[Download]:
        """A CSV answer, streamed to a temporary file that goes with the ``with``. Raises the error family."""
        download: Download = self.transport.call(Call("GET", path, query=query or {}, download=True))
        with download.file:
            yield download

    def query(self, soql: str, *, deleted: bool = False) -> Json:
        """The first page of a query; `deleted` reads what is deleted or archived too. Raises the error family."""
        path = paths.QUERY_ALL if deleted else paths.QUERY
        url = f"{path}?{urlencode({'q': soql})}"
        found = self.get(path, {"q": soql}) if len(url) <= URL_LIMIT else self.together([url])[0]
        return found if isinstance(found, dict) else {}

    def more(self, url: str) -> Json:
        """The page behind a ``nextRecordsUrl``. Raises the error family."""
        found = self.get(paths.relative(url))
        return found if isinstance(found, dict) else {}

    def all(self, soql: str, *, deleted: bool = False) -> list[Json]:
        """Every row of a query, for those that have few. Raises the error family."""
        return self._whole(soql, self.query(soql, deleted=deleted), deleted=deleted)

    def _whole(self, soql: str, page: Json, *, deleted: bool = False) -> list[Json]:
        """All pages of a query from its first on; where Salesforce has lost its place, all of them again."""
        for _ in range(ROUNDS):
            try:
                return list(self._rest(page))
            except Refused as refusal:
                if refusal.code != INVALID_LOCATOR:
                    raise
            page = self.query(soql, deleted=deleted)
        text = "Salesforce lost its place in a query again and again. Leadtier waits and tries again by itself."
        raise Unfinished(text, f"{ROUNDS} locators gone")

    def _rest(self, page: Json) -> Iterator[Json]:
        while True:
            yield from page.get("records") or ()
            if not page.get("nextRecordsUrl"):
                return
            page = self.more(str(page["nextRecordsUrl"]))

    def together(self, urls: list[str], *, missing: object = None) -> list[Any]:
        """Reads up to 25 resources, five of them queries, in one call of the org's quota.

        What is not there (404) becomes `missing`. Raises the error family. Not by ``composite/batch``, whose parts each
        count: https://developer.salesforce.com/docs/platform/api-rest/guide/resources-composite-batch.html
        """
        wanted = [
            {"method": "GET", "url": paths.in_composite(url), "referenceId": f"part{number}"}
            for number, url in enumerate(urls)
        ]
        answer = self.post(paths.COMPOSITE, {"allOrNone": False, "compositeRequest": wanted})
        parts = answer.get("compositeResponse") if isinstance(answer, dict) else None
        if not isinstance(parts, list) or len(parts) != len(urls):
            text = "Salesforce gave an answer Leadtier does not know. Check the address of the connection."
            raise Broken(text, "composite: not one result a part")
        return [self._part(result, missing) for result in parts]

    def queries(self, *soqls: str) -> list[list[Json]]:
        """Every row of up to five queries, the first pages of all in one call. Raises the error family."""
        pages = self.together([f"{paths.QUERY}?{urlencode({'q': soql})}" for soql in soqls])
        return [self._whole(soql, page) for soql, page in zip(soqls, pages, strict=True)]

    def close(self) -> None:
        """Closes every connection."""
        with self._lock:
            for session in list(self._sessions):
                session.close()
            self._sessions.clear()

    def _part(self, result: Json, missing: object) -> Any:
        answer = Answer(int(result["httpStatusCode"]), {}, b"", result.get("body"))
        if answer.ok:
            return answer.document
        if answer.status == 404 and missing is not None:
            return missing
        raise first_match(self._table, answer).error(answer)

    def _send(self, request: Request, token: str) -> Answer:
        since = self.allowance.spend()
        said = ""
        try:
            answer = self._wire().send(request, token)
            said = answer.headers.get(HEADER, "")
            self._learn_time(answer.headers.get("date", ""))
            return answer
        except requests.exceptions.ReadTimeout as problem:
            if not _is_query(request):
                raise Unreachable(type(problem).__name__) from None
            # Asked the same again it would take as long; like this, whoever asks can ask for less.
            return Answer(400, {}, b"", [{"errorCode": QUERY_TIMEOUT, "message": "no answer"}])
        except requests.exceptions.SSLError as problem:
            raise Untrusted(type(problem).__name__) from None
        except requests.RequestException as problem:
            raise Unreachable(type(problem).__name__) from None
        finally:
            self.allowance.done(said, since)

    def _wire(self) -> Wire:
        """This thread's connection. A renewed token may come with another address."""
        wire: Wire | None = getattr(self._local, "wire", None)
        if wire is None or wire.host != self.host:
            wire = self._local.wire = Wire(self.host)
            with self._lock:
                self._sessions.add(wire.session)
        return wire

    def _learn_time(self, date: str) -> None:
        """From the ``Date`` of an answer: windows of time are measured on the vendor's clock, ours may be wrong."""
        with contextlib.suppress(ValueError, TypeError):
            ahead = parsedate_to_datetime(date) - self.clock()
            # The header has whole seconds, so a smaller difference says nothing.
            self._ahead = ahead if abs(ahead) > timedelta(seconds=2) else timedelta()


def _is_query(request: Request) -> bool:
    return request.path.partition("/")[0] in {paths.QUERY, paths.QUERY_ALL}
