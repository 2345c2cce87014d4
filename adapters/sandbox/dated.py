"""One address for two families of paths: the dated one is turned into the v3/v4 one before anything else looks.

Dated paths carry the version after the resource (``/crm/objects/2026-09/contacts``), the older ones before it
(``/crm/v3/objects/contacts``). Docs: "Versioning".
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Iterable
from typing import Any

LONGEST_ADDRESS = 16_000
_DATE = r"20\d\d-(?:03|09)(?:-beta)?"
_RULES = [
    (re.compile(rf"^/crm/objects/{_DATE}/([^/]+/[^/]+/associations/.+)$"), r"/crm/v4/objects/\1"),
    (re.compile(rf"^/crm/associations/{_DATE}(/.*)$"), r"/crm/v4/associations\1"),
    (
        re.compile(rf"^/crm/(objects|properties|owners|pipelines|limits|property-validations)/{_DATE}(/.*)?$"),
        r"/crm/v3/\1\2",
    ),
    (re.compile(rf"^/account-info/{_DATE}(/.*)$"), r"/account-info/v3\1"),
    (re.compile(rf"^/oauth/{_DATE}(/.*)$"), r"/oauth/v3\1"),
    (re.compile(rf"^/app-webhooks/{_DATE}(/.*)$"), r"/webhooks/v3\1"),
]
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def plain_path(path: str) -> str:
    """The v3/v4 spelling of a path; what is no dated path stays as it is."""
    for pattern, target in _RULES:
        if pattern.match(path):
            return pattern.sub(target, path)
    return path


class BothFamilies:
    """WSGI middleware: rewrites dated paths, and refuses addresses no gateway would take."""

    def __init__(self, inner: Wsgi) -> None:
        self._inner = inner

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if len(path) + len(environ.get("QUERY_STRING", "")) > LONGEST_ADDRESS:
            return _too_long(start_response)
        environ["sandbox.path"] = path
        environ["PATH_INFO"] = plain_path(path)
        return self._inner(environ, start_response)


def _too_long(start_response: Callable[..., Any]) -> Iterable[bytes]:
    body = {
        "status": "error",
        "message": "URI Too Long",
        "correlationId": str(uuid.uuid4()),
        "category": "URI_TOO_LONG",
    }
    text = json.dumps(body).encode()
    start_response("414 URI Too Long", [("Content-Type", "application/json"), ("Content-Length", str(len(text)))])
    return [text]
