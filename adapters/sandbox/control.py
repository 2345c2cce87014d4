"""The sandbox's own switches under ``/_sandbox``: faults, settings, state. No token; the server listens on loopback."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, request

from adapters.sandbox.faults import KINDS as FAULT_KINDS
from adapters.sandbox.faults import Fault, Faults
from adapters.sandbox.hub import Hub, hub
from adapters.sandbox.hubspot.answers import answer, nothing
from adapters.sandbox.hubspot.derived import submission
from adapters.sandbox.hubspot.events import Source
from adapters.sandbox.hubspot.kinds import KINDS, kind_named
from adapters.sandbox.hubspot.times import iso
from adapters.sandbox.hubspot.tokens import USER_ID
from adapters.sandbox.hubspot.writing import apply, restore
from adapters.sandbox.salesforce.api.control import change_switches, salesforce_state, switches_of
from adapters.sandbox.salesforce.hub import SalesforceHub

control = Blueprint("sandbox_control", __name__)
FORM = Source("FORM", None)
_SETTABLE = {
    "burst_limit",
    "search_limit",
    "daily_limit",
    "search_lag",
    "latency",
    "rotate_refresh_tokens",
    "access_token_seconds",
    "identical_write_touches",
    "webhook_retry_seconds",
}


@control.get("/_sandbox/state")
def state() -> Response:
    """Counts for tests and benchmarks: records by kind, calls by route, answers by status, webhooks, faults."""
    hubspot, salesforce = _sides()
    body = {} if hubspot is None else state_of(hubspot)
    body["faults"] = [_shown(fault) for fault in _faults().all()]
    return answer(body if salesforce is None else body | {"salesforce": salesforce_state(salesforce)})


@control.get("/_sandbox/writes")
def writes() -> Response:
    """Batch updates: when each began and was answered (seconds since 1970), and the port the caller had."""
    return answer(list(hub().writes))


@control.get("/_sandbox/faults")
def list_faults() -> Response:
    """The faults switched on, and every kind there is."""
    return answer({"faults": [_shown(fault) for fault in _faults().all()], "kinds": FAULT_KINDS})


@control.post("/_sandbox/faults")
def add_fault() -> Response:
    """Switches a fault on: ``{"kind": …, "path": …, "method": …, "count": …, …}``.

    ``{"kind": "property_deleted", "type": "contacts", "name": …}`` archives a property, as an admin would.
    """
    body: dict[str, Any] = request.get_json(force=True)
    if body.get("kind") == "property_deleted":
        return _delete_property(str(body.get("type", "contacts")), str(body.get("name")))
    try:
        fault = _faults().add(**body)
    except (ValueError, TypeError) as problem:
        return answer({"message": str(problem)}, 400)
    return answer(_shown(fault), 201)


@control.delete("/_sandbox/faults")
def clear_faults() -> Response:
    """Switches every fault off."""
    _faults().clear()
    return nothing()


@control.post("/_sandbox/restore")
def restore_record() -> Response:
    """Takes a record out of the bin, as a user may on screen: ``{"type": "contacts", "id": …, "user_id": …}``."""
    body: dict[str, Any] = request.get_json(force=True)
    kind = kind_named(str(body.get("type", "contacts")))
    if kind is None:
        return answer({"message": f"there is no type {body.get('type')}"}, 404)
    restore(hub().store, kind, [int(body["id"])], Source.user(int(body.get("user_id", USER_ID))))
    return nothing()


@control.post("/_sandbox/submit")
def submit_form() -> Response:
    """A contact submits a form on the website: ``{"id": …, "form": "Page title: Form name"}``."""
    body: dict[str, Any] = request.get_json(force=True)
    store, kind = hub().store, KINDS["contacts"]
    with store.database.alone():
        found = store.find("contacts", str(body["id"]))
        if found is None:
            return answer({"message": f"there is no contact {body['id']}"}, 404)
        apply(store, kind, [(found, submission(found.properties, str(body["form"]), store.settings.now_ms()))], FORM)
    return nothing()


@control.get("/_sandbox/settings")
def read_settings() -> Response:
    """The limits and delays in force; Salesforce's below ``salesforce``."""
    hubspot, salesforce = _sides()
    body = {} if hubspot is None else {name: getattr(hubspot.settings, name) for name in sorted(_SETTABLE)}
    return answer(body if salesforce is None else body | {"salesforce": switches_of(salesforce)})


@control.patch("/_sandbox/settings")
def change_settings() -> Response:
    """Changes limits and delays: ``{"burst_limit": null, "search_lag": 0, "salesforce": {"daily_limit": 5}}``."""
    body: dict[str, Any] = request.get_json(force=True)
    hubspot, salesforce = _sides()
    for_salesforce = body.pop("salesforce", {})
    unknown = sorted(set(body) - (_SETTABLE if hubspot is not None else set()))
    if unknown:
        return answer({"message": f"cannot be set: {', '.join(unknown)}; can be: {', '.join(sorted(_SETTABLE))}"}, 400)
    try:
        change_switches(salesforce, for_salesforce)
    except ValueError as problem:
        return answer({"message": str(problem)}, 400)
    for name, value in body.items():
        setattr(hub().settings, name, value)
    return read_settings()


def state_of(sandbox: Hub) -> dict[str, Any]:
    """What ``/_sandbox/state`` shows, for a caller in the same process."""
    objects, sender = sandbox.store.objects, sandbox.sender
    return {
        "portal_id": sandbox.settings.portal_id,
        "objects": {name: objects.count(kind) for name, kind in KINDS.items()},
        "archived": {name: objects.count(kind, archived=True) for name, kind in KINDS.items()},
        "calls": dict(sandbox.calls),
        "total_calls": sum(sandbox.calls.values()),
        "statuses": {str(status): count for status, count in sandbox.statuses.items()},
        "throttled": sandbox.statuses[429],
        "over_limit": sandbox.limits.refused,
        "used_today": sandbox.limits.used_today,
        "webhooks": {
            "waiting": sender.waiting,
            "delivered": sender.delivered,
            "refused": sender.refused,
            "given_up": sender.given_up,
        },
    }


def _sides() -> tuple[Hub | None, SalesforceHub | None]:
    """The hubs of the CRMs this sandbox plays."""
    found = current_app.extensions
    return found.get("sandbox"), found.get("sandbox_salesforce")


def _faults() -> Faults:
    """The one list both sides share."""
    found: Faults = current_app.extensions["sandbox_faults"]
    return found


def _delete_property(type: str, name: str) -> Response:
    kind = KINDS[type]
    found = hub().store.definitions.live(kind, name)
    if found is None:
        return answer({"message": f"there is no property {name} on {type}"}, 404)
    stamp = {"archived": True, "archivedAt": iso(hub().settings.now_ms())}
    hub().store.definitions.put(kind, [found | stamp])
    return answer({"kind": "property_deleted", "type": type, "name": name}, 201)


def _shown(fault: Fault) -> dict[str, Any]:
    body = {"kind": fault.kind, "path": fault.path, "method": fault.method, "count": fault.count}
    return body | fault.parameters
