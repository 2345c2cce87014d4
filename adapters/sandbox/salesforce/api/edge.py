"""What stands before the application on Salesforce's paths: the longest address, and methods in disguise."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

LONGEST_BYTES = 16_384
"""The address and the headers together (app limits, "API request limits")."""
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
_PAGE = "<h1>Bad Message {0}</h1><pre>reason: {1}</pre>"


def is_salesforce(path: str) -> bool:
    """Whether a path belongs to the Salesforce side of the sandbox."""
    return path.startswith(("/services/", "/lightning/", "/id/"))


class Edge:
    """WSGI middleware: Salesforce's paths go to `inner`, the others to `other`."""

    def __init__(self, inner: Wsgi, other: Wsgi) -> None:
        self._inner = inner
        self._other = other

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if not is_salesforce(environ.get("PATH_INFO", "")):
            return self._other(environ, start_response)
        address = len(environ["PATH_INFO"]) + len(environ.get("QUERY_STRING", ""))
        headers = sum(len(name) + len(value) for name, value in environ.items() if name.startswith("HTTP_"))
        if address + headers > LONGEST_BYTES:
            refusal = (414, "URI Too Long") if address > headers else (431, "Request Header Fields Too Large")
            return _refuse(*refusal, start_response)
        _unmask(environ)
        return self._inner(environ, start_response)


def _unmask(environ: dict[str, Any]) -> None:
    """``POST …?_HttpMethod=PATCH`` is a PATCH, for clients that cannot send one."""
    query = environ.get("QUERY_STRING", "")
    if environ["REQUEST_METHOD"] == "POST" and "_HttpMethod" in query:
        environ["REQUEST_METHOD"] = parse_qs(query).get("_HttpMethod", ["POST"])[0].upper()


def _refuse(status: int, reason: str, start_response: Callable[..., Any]) -> Iterable[bytes]:
    body = _PAGE.format(status, reason).encode()
    headers = [("Content-Type", "text/html;charset=iso-8859-1"), ("Content-Length", str(len(body)))]
    start_response(f"{status} {reason}", headers)
    return [body]
