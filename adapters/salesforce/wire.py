"""One thread's connection: a `simple_salesforce.Salesforce` in direct mode over a session that is ours.

The library's own login and renewal are not used: on a 401 it sends a call again without the caller's headers, so that
``Sforce-Auto-Assign: FALSE`` is lost and the assignment rules move leads to other reps. Here such headers are the
session's, and a renewed call is a new call. https://github.com/simple-salesforce/simple-salesforce
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceError

from adapters.salesforce import paths
from adapters.transport import Answer, Request

HEADERS = {
    "Sforce-Auto-Assign": "FALSE",  # else the org's assignment rules give a lead to somebody else when we write a score
    "Sforce-Call-Options": "client=Leadtier",  # names us in the org's change events and logs
    "Accept-Encoding": "gzip",
    "User-Agent": "leadtier",
}
"""https://developer.salesforce.com/docs/platform/api-rest/guide/headers-autoassign.html"""

TIMEOUT = (5.0, 150.0)
"""Seconds to connect, and to wait for bytes: Salesforce gives a query two minutes before it answers QUERY_TIMEOUT."""

PIECE = 1 << 16
"""Bytes of a download held at once."""

Headers = Mapping[str, str | None]


def _may_be_logged(record: logging.LogRecord) -> bool:
    # At DEBUG urllib3 prints whole addresses, queries with record ids in them; `Transport` logs the same calls without.
    return "/services/data/" not in str(record.args)


logging.getLogger("urllib3.connectionpool").addFilter(_may_be_logged)


@dataclass(frozen=True, slots=True)
class Call(Request):
    """A call with a body that is not JSON, or an answer that is not."""

    content: bytes | Path | None = None
    content_type: str = ""
    download: bool = False


@dataclass(frozen=True, slots=True)
class Download:
    """A CSV answer on disk, to be read from its start; closing the file deletes it."""

    headers: Mapping[str, str]
    """Header names in lower case."""
    file: IO[bytes]


class Wire:
    """The connection of one thread: neither the library nor its session is safe to share."""

    def __init__(self, host: str) -> None:
        self.host = host
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers.update(HEADERS)
        self.session.mount("https://", _ToHost(host))
        self.session.hooks["response"].append(self._keep)
        self._salesforce = Salesforce(
            instance_url=host,
            session_id="see the headers of each call",
            version=paths.VERSION,
            session=self.session,
            object_pairs_hook=None,  # plain dictionaries, parsed at full speed
        )
        self._last: requests.Response | None = None

    def send(self, request: Request, token: str) -> Answer:
        """The answer, whatever it says. Raises what `requests` raises when there is none."""
        # Without the library's X-PrettyPrint answers are a third shorter.
        headers: Headers = {"Authorization": f"Bearer {token}", "X-PrettyPrint": None}
        if isinstance(request, Call) and request.download:
            return self._download(request, headers)
        if isinstance(request, Call) and request.content is not None:
            return self._upload(request, request.content, headers)
        if request.path.startswith("/"):
            return _answer(self._plain(request, headers, json=request.body))
        return self._restful(request, headers)

    def _restful(self, request: Request, headers: Headers) -> Answer:
        try:
            document = self._salesforce.restful(
                request.path,
                dict(request.query),
                request.method,
                headers=headers,
                json=request.body,
                allow_redirects=False,
            )
        except (SalesforceError, requests.exceptions.JSONDecodeError, TypeError):
            # Their texts go nowhere: they quote the address, with the query in it, and the record. TypeError is what
            # the library makes of a JSON answer that is neither list nor object.
            return _answer(self._taken())
        response = self._taken()
        # Already parsed: a page of 2,000 leads is too big to be read twice.
        return Answer(response.status_code, _lower(response), b"", document)

    def _plain(self, request: Request, headers: Headers, **how: Any) -> requests.Response:
        root = f"https://{self._salesforce.sf_instance}" if request.path.startswith("/") else self._salesforce.base_url
        url = root + request.path
        return self.session.request(
            request.method, url, params=dict(request.query), headers=headers, allow_redirects=False, **how
        )

    def _upload(self, request: Call, content: bytes | Path, headers: Headers) -> Answer:
        typed = {**headers, "Content-Type": request.content_type}
        with content.open("rb") if isinstance(content, Path) else contextlib.nullcontext(content) as data:
            return _answer(self._plain(request, typed, data=data))

    def _download(self, request: Call, headers: Headers) -> Answer:
        response = self._plain(request, {**headers, "Accept": "text/csv"}, stream=True)
        empty = response.status_code == 204
        if not empty and (response.status_code != 200 or "csv" not in response.headers.get("Content-Type", "")):
            return _answer(response)
        file = TemporaryFile()  # noqa: SIM115 (whoever asked for it closes it)
        try:
            for piece in response.iter_content(PIECE):
                file.write(piece)
        except BaseException:
            file.close()
            raise
        file.seek(0)
        lower = _lower(response)
        return Answer(200, lower, b"", Download(lower, file))

    def _keep(self, response: requests.Response, *_: Any, **__: Any) -> None:
        self._last = response

    def _taken(self) -> requests.Response:
        response, self._last = self._last, None
        assert response is not None  # noqa: S101 (the library has just had an answer)
        return response


class _ToHost(HTTPAdapter):
    """Sends to the connection's address, with time-outs: the library calls ``https://`` whatever it is told."""

    def __init__(self, host: str) -> None:
        super().__init__(max_retries=0)
        self._base = urlsplit(host)

    def send(self, request: requests.PreparedRequest, *args: Any, **how: Any) -> requests.Response:
        if self._base.scheme != "https" and request.url:
            request.url = urlsplit(request.url)._replace(scheme=self._base.scheme, netloc=self._base.netloc).geturl()
        how["timeout"] = TIMEOUT
        return super().send(request, *args, **how)


def _answer(response: requests.Response) -> Answer:
    return Answer.of(response.status_code, response.headers, response.content)


def _lower(response: requests.Response) -> dict[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}
