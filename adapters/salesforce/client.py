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

from adapters.salesforce import paths
from adapters.salesforce.allowance import HEADER, Allowance
from adapters.salesforce.errors import table
from adapters.salesforce.wire import Call, Download, Wire
from adapters.transport import Answer, Request, Tokens, Transport, Unreachable, Untrusted, first_match

Json = dict[str, Any]

URL_LIMIT = 14_000
"""Characters of an encoded query; Salesforce answers 414 when address and headers pass 16,384 bytes together."""


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
        found = self.get(path, {"q": soql}) if len(url) <= URL_LIMIT else self.batch([url])[0]
        return found if isinstance(found, dict) else {}

    def more(self, url: str) -> Json:
        """The page behind a ``nextRecordsUrl``. Raises the error family."""
        found = self.get(paths.relative(url))
        return found if isinstance(found, dict) else {}

    def all(self, soql: str, *, deleted: bool = False) -> Iterator[Json]:
        """Every row of a query, page by page. Raises the error family."""
        page = self.query(soql, deleted=deleted)
        while True:
            yield from page.get("records") or ()
            if not page.get("nextRecordsUrl"):
                return
            page = self.more(str(page["nextRecordsUrl"]))

    def batch(self, urls: list[str], *, missing: object = None) -> list[Any]:
        """Reads up to 25 resources in one call; what is not there (404) becomes `missing`. Raises the error family."""
        wanted = [{"method": "GET", "url": paths.in_batch(url)} for url in urls]
        results = self.post(paths.BATCH, {"batchRequests": wanted})["results"]
        return [self._part(result, missing) for result in results]

    def close(self) -> None:
        """Closes every connection."""
        with self._lock:
            for session in list(self._sessions):
                session.close()
            self._sessions.clear()

    def _part(self, result: Json, missing: object) -> Any:
        answer = Answer(int(result["statusCode"]), {}, b"", result.get("result"))
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
