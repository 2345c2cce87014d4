"""What every API call passes before its view, and on its way out: faults, token, limits, scopes, headers."""

from __future__ import annotations

import time

from flask import Response, g, request

from adapters.sandbox.faults import GATE_KINDS, Fault
from adapters.sandbox.hub import hub
from adapters.sandbox.hubspot.errors import ApiError, expired, missing_scopes, too_many, unauthenticated
from adapters.sandbox.hubspot.kinds import Kind
from adapters.sandbox.hubspot.times import iso
from adapters.sandbox.spoiling import spoil

_PAGE = "<!DOCTYPE html><html><head><title>{0}</title></head><body><h1>{0}</h1><p>cloudflare</p></body></html>"


def admit() -> Response | None:
    """Before every call that needs a token."""
    g.admitted, g.began = False, time.time()
    if hub().settings.latency:
        time.sleep(hub().settings.latency)
    refusal = fail_on_demand()
    if refusal is not None:
        return refusal
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise unauthenticated()
    g.grant = hub().tokens.grant(token.strip())
    _count_against_limits(token.strip())
    g.admitted = True
    return None


def fail_on_demand() -> Response | None:
    """The answer of a fault meant for this request, if there is one that answers instead of the view."""
    for fault in hub().faults.take(GATE_KINDS, request.method, request.path):
        answer = _gate_fault(fault)
        if answer is not None:
            return answer
    return None


def dismiss(response: Response) -> Response:
    """After every API call: rate headers, then the faults that spoil a good answer."""
    if "began" in g and request.path.endswith("/batch/update"):
        hub().writes.append((g.began, time.time(), int(request.environ.get("REMOTE_PORT", 0))))
    if response.status_code < 400 and g.get("admitted") and not is_search():
        response.headers.update(hub().limits.headers(g.grant.token))
    return spoil(response, hub().faults, _html)


def require(*any_of: str) -> None:
    """Raises the vendor's 403 unless the token has one of these scopes."""
    granted = g.grant.scopes if g.grant.scopes is not None else hub().settings.scopes
    for fault in hub().faults.standing("scope_removed"):
        granted = granted - set(fault.parameters.get("scopes", ()))
    if not granted.intersection(any_of):
        raise missing_scopes(list(any_of))


def require_records(kind: Kind, verb: str) -> None:
    """Raises the 403 unless the token may ``read`` or ``write`` records of this kind.

    Activities go by the contact scopes; logged e-mails also need ``sales-email-read`` to be read.
    """
    name = kind.name if kind.name in ("companies", "deals") else "contacts"
    require(f"crm.objects.{name}.{verb}")
    if kind.name == "emails" and verb == "read":
        require("sales-email-read")


def require_schemas(kind: Kind, verb: str) -> None:
    """Raises the 403 unless the token may ``read`` or ``write`` property definitions of this kind."""
    name = kind.name if kind.name in ("companies", "deals") else "contacts"
    if verb == "read":
        require(f"crm.schemas.{name}.read", f"crm.objects.{name}.read")
    else:
        require(f"crm.schemas.{name}.write")


def is_search() -> bool:
    """Whether the request falls into search's own limit, and its answer carries no rate headers."""
    return request.path.endswith("/search")


def _count_against_limits(token: str) -> None:
    spent = hub().faults.standing("quota_spent")
    policy = "DAILY" if spent else hub().limits.take(token, search=is_search())
    if policy is not None:
        raise too_many(policy)


def _gate_fault(fault: Fault) -> Response | None:
    given = fault.parameters
    match fault.kind:
        case "latency":
            time.sleep(float(given.get("seconds", 1.0)))
            return None
        case "rate_limited":
            error = too_many(given.get("policy", "TEN_SECONDLY_ROLLING"))
            error.headers = {"Retry-After": str(given["retry_after"])} if "retry_after" in given else {}
            raise error
        case "locked":
            raise ApiError(423, "The record is locked by another operation. Try again later.", "LOCKED")
        case "migrating":
            retry = {"Retry-After": str(given.get("retry_after", 30))}
            raise ApiError(477, "Migration in progress", "MIGRATION_IN_PROGRESS", headers=retry)
        case "token_revoked":
            raise unauthenticated()
        case "token_expired":
            raise expired(0, iso(hub().settings.now_ms()))
        case "html":
            return _html(200)
        case _:
            return _html(int(given.get("status", 502)))


def _html(status: int) -> Response:
    title = {502: "502 Bad Gateway", 503: "503 Service Unavailable", 504: "504 Gateway Timeout"}.get(status, "HubSpot")
    return Response(_PAGE.format(title), status, content_type="text/html; charset=UTF-8")
