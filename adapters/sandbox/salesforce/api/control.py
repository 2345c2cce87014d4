"""The Salesforce part of the sandbox's own state and settings (``/_sandbox/state``, ``/_sandbox/settings``)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from adapters.sandbox.salesforce.hub import SalesforceHub

_SETTABLE = (
    "bulk_seconds",
    "client_credentials_user",
    "daily_limit",
    "edit_converted_leads",
    "jwt_public_key",
    "latency",
    "lead_assignment_owner",
    "may_deploy",
    "page_size",
    "pre_authorised",
    "rotate_refresh_tokens",
    "session_seconds",
)


def salesforce_state(hub: SalesforceHub) -> dict[str, Any]:
    """Counts for tests and benchmarks: records by object, calls by route, usage of the day, jobs, messages."""
    jobs = [job for kind in ("query", "ingest") for job in hub.jobs.all(kind)]
    objects = {each.name: hub.records(each) for each in hub.org.catalog.objects.values() if each.queryable}
    return {
        "org_id": hub.org_id,
        "objects": {name: count for name, count in objects.items() if count},
        "calls": dict(hub.calls),
        "total_calls": sum(hub.calls.values()),
        "statuses": {str(status): count for status, count in hub.statuses.items()},
        "api_usage": {"used": hub.quota.used, "limit": hub.quota.limit},
        "jobs": dict(Counter(f"{job.kind} {job.state}" for job in jobs)),
        "outbound": {
            "waiting": hub.outbound.waiting,
            "delivered": hub.outbound.delivered,
            "refused": hub.outbound.refused,
            "given_up": hub.outbound.given_up,
        },
    }


def switches_of(hub: SalesforceHub) -> dict[str, Any]:
    """The limits, delays and policies in force."""
    return {name: getattr(hub.settings, name) for name in _SETTABLE}


def change_switches(hub: SalesforceHub | None, given: Mapping[str, Any]) -> None:
    """Changes limits, delays and policies. Raises `ValueError` for one that cannot be set."""
    if hub is None:
        if given:
            raise ValueError("this sandbox plays no Salesforce; leave salesforce out")
        return
    unknown = sorted(set(given) - set(_SETTABLE))
    if unknown:
        raise ValueError(f"cannot be set: {', '.join(unknown)}; can be: {', '.join(_SETTABLE)}")
    for name, value in given.items():
        setattr(hub.settings, name, value)
