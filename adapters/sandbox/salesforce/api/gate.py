"""What every call passes before its view, and on its way out: faults, session, quota, headers."""

from __future__ import annotations

import time

from flask import Response, g, request

from adapters.sandbox.faults import EITHER_GATE_KINDS, SALESFORCE_GATE_KINDS, Fault
from adapters.sandbox.salesforce.api.answers import http_date, squeezed
from adapters.sandbox.salesforce.errors import (
    ApiError,
    invalid_session,
    over_the_day,
    too_many_at_once,
)
from adapters.sandbox.salesforce.hub import SalesforceHub, hub
from adapters.sandbox.salesforce.view import EVERYTHING
from adapters.sandbox.spoiling import spoil

INNER = "sandbox.salesforce.session"
"""The key in a sub-request's environment under which the outer call's session lies."""
_PAGE = "<!DOCTYPE html><html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>"
_TITLES = {
    406: "Not Acceptable",
    420: "We are setting things up",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}
_QUERY_KINDS = {"query_timeout": "", "locator_expired": ""}
_OPEN_KINDS = {**EITHER_GATE_KINDS, "edge": "", "server_unavailable": ""}
_CALL_KINDS = {kind: text for kind, text in SALESFORCE_GATE_KINDS.items() if kind not in _QUERY_KINDS}


def admit() -> Response | None:
    """Before every call that needs a session. A sub-request has passed with its outer call."""
    if INNER in request.environ:
        g.session = request.environ[INNER]
        return None
    refusal = fail_on_demand()
    if refusal is not None:
        return refusal
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    session = hub().sessions.find(token.strip()) if scheme.lower() in ("bearer", "oauth") else None
    if session is None:
        raise invalid_session()
    g.session = session
    if not hub().quota.take():
        raise over_the_day()
    return None


def fail_before_session() -> Response | None:
    """Like `fail_on_demand` for calls that come without a session: what concerns sessions and quota is not for them."""
    return fail_on_demand(_OPEN_KINDS)


def fail_on_demand(kinds: dict[str, str] | None = None) -> Response | None:
    """The answer of a fault meant for this request, if there is one that answers instead of the view."""
    if hub().settings.latency:
        time.sleep(hub().settings.latency)
    _hide_on_demand(hub())
    for fault in hub().faults.take(_CALL_KINDS if kinds is None else kinds, request.method, request.path):
        answer = _gate_fault(fault)
        if answer is not None:
            return answer
    return None


def fail_queries() -> None:
    """Raises what a fault meant for queries has to say."""
    for _ in _taken("query_timeout"):
        raise ApiError(400, "QUERY_TIMEOUT", "Your query request was running for too long.")


def locators_fail() -> bool:
    """Whether a fault says that this locator has expired."""
    return bool(_taken("locator_expired"))


def dismiss(response: Response) -> Response:
    """After every call: the headers, then the faults that spoil a good answer."""
    if INNER in request.environ:
        return response
    response.headers["Date"] = http_date(hub().org.now_ms() / 1000)
    response.headers["Sforce-Limit-Info"] = hub().quota.header()
    response.headers["Cache-Control"] = "no-cache,must-revalidate,max-age=0,no-store,private"
    return squeezed(spoil(response, hub().faults, _html))


def _hide_on_demand(hub: SalesforceHub) -> None:
    """Brings what the org hides in line with the faults switched on at this moment."""
    wanted = {
        (str(fault.parameters.get("sobject")), str(fault.parameters.get("field", EVERYTHING)))
        for kind in ("field_hidden", "object_hidden")
        for fault in hub.faults.standing(kind)
    }
    if wanted != hub.hidden_by_faults:
        hub.org.hidden -= hub.hidden_by_faults - wanted
        hub.org.hidden |= wanted
        hub.hidden_by_faults = wanted


def _taken(kind: str) -> list[Fault]:
    return hub().faults.take({kind: ""}, request.method, request.path)


def _gate_fault(fault: Fault) -> Response | None:
    given = fault.parameters
    match fault.kind:
        case "latency":
            time.sleep(float(given.get("seconds", 1.0)))
            return None
        case "session_revoked":
            hub().sessions.revoke_all()
            raise invalid_session()
        case "session_expired":
            raise invalid_session()
        case "request_limit":
            raise over_the_day()
        case "concurrent_limit":
            raise too_many_at_once()
        case "server_unavailable":
            raise ApiError(503, "SERVER_UNAVAILABLE", "The server is temporarily unavailable. Try again later.")
        case "edge":
            return _html(int(given.get("status", 420)))
        case "html":
            return _html(200)
        case _:
            return _html(int(given.get("status", 502)))


def _html(status: int) -> Response:
    return Response(_PAGE.format(_TITLES.get(status, "Salesforce")), status, content_type="text/html;charset=UTF-8")
