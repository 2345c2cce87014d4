"""Requests inside a request: each runs through the same routes, past the gate its outer call has passed."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import current_app, g, request
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder

from adapters.sandbox.salesforce.api.gate import INNER
from adapters.sandbox.salesforce.errors import ApiError, not_found

HALTED = "The transaction was rolled back since another operation in the same transaction failed."
_CARRIED = ("Sforce-Auto-Assign", "Sforce-Duplicate-Rule-Header", "Sforce-Call-Options")
"""Headers of the outer call that hold for its sub-requests unless they bring their own."""
_REFERENCE = re.compile(r"@\{([^}]+)\}")
_STEP = re.compile(r"[^.\[\]]+")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a sub-request was answered."""

    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def good(self) -> bool:
        """Whether it did what it was to do."""
        return self.status < 400


def carry_out(method: str, url: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Outcome:
    """Runs one request with the outer call's session; `url` is the path with its query string."""
    if not url.startswith("/services/data/"):
        return refused_with(not_found())
    given: dict[str, str] = {name: request.headers[name] for name in _CARRIED if name in request.headers}
    given |= {str(name): str(value) for name, value in (headers or {}).items()}
    path, _, query = url.partition("?")
    builder = EnvironBuilder(
        path=path,
        query_string=query,
        method=method.upper(),
        base_url=request.host_url,
        headers=Headers(list(given.items())),
        data=None if body is None else json.dumps(body),
        content_type=None if body is None else "application/json",
    )
    environ = builder.get_environ() | {INNER: g.session}
    with current_app.request_context(environ):
        response = current_app.full_dispatch_request()
        text = response.get_data(as_text=True)
    places = {name: response.headers[name] for name in ("Location",) if name in response.headers}
    return Outcome(response.status_code, _parsed(text), places)


def refused_with(error: ApiError) -> Outcome:
    """A sub-request that was refused before it ran."""
    return Outcome(error.status, error.body(), {})


def rolled_back() -> Outcome:
    """A sub-request undone, or not begun, because another of its transaction failed."""
    return refused_with(ApiError(400, "PROCESSING_HALTED", HALTED))


def filled_in(value: Any, answers: Mapping[str, Any]) -> Any:
    """`value` with every ``@{reference.path[0].name}`` replaced by what that sub-request answered.

    Raises the vendor's 400 when there is no such value.
    """
    if isinstance(value, str):
        return _filled_text(value, answers)
    if isinstance(value, list):
        return [filled_in(each, answers) for each in value]
    if isinstance(value, dict):
        return {key: filled_in(each, answers) for key, each in value.items()}
    return value


def _filled_text(text: str, answers: Mapping[str, Any]) -> Any:
    whole = _REFERENCE.fullmatch(text)
    if whole:
        return _looked_up(whole[1], answers)
    return _REFERENCE.sub(lambda match: str(_looked_up(match[1], answers)), text)


def _looked_up(path: str, answers: Mapping[str, Any]) -> Any:
    found: Any = answers
    for step in _STEP.findall(path):
        try:
            found = found[int(step)] if isinstance(found, list) else found[step]
        except (KeyError, IndexError, TypeError, ValueError) as error:
            name = path.partition(".")[0].partition("[")[0]
            text = f"Invalid reference specified. No value for {path} found in {name}."
            raise ApiError(400, "PROCESSING_HALTED", text) from error
    return found


def _parsed(text: str) -> Any:
    return json.loads(text) if text else None
