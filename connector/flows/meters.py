"""What this process counts for the operator: Prometheus metrics without people's data, and with few labels.

One process has one registry. What stands in the database is measured when somebody asks, see `flows.gauges`.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)

_HOOKS = Counter(
    "leadtier_webhook_requests",
    "Requests to our doors, by what came of them.",
    ["source", "outcome"],
    registry=REGISTRY,
)
_EVENTS = Counter(
    "leadtier_webhook_events",
    "Events in those requests, by what came of them.",
    ["source", "outcome"],
    registry=REGISTRY,
)
_TO_FIELD = Histogram(
    "leadtier_webhook_to_field_seconds",
    "Seconds from an event's arrival until its lead's fields stood in the CRM.",
    buckets=(0.25, 0.5, 1, 2, 3, 5, 7.5, 10, 20, 30, 60, 120, 300, 900, 3600),
    registry=REGISTRY,
)
_RUNS = Counter("leadtier_runs_ended", "Runs that ended here.", ["kind", "state"], registry=REGISTRY)
_CALLS = Counter("leadtier_crm_calls", "Calls to CRMs, refused ones included.", ["crm"], registry=REGISTRY)
_THROTTLED = Counter("leadtier_crm_throttled", "Calls that a CRM answered with: too many.", ["crm"], registry=REGISTRY)
_SCORED = Counter("leadtier_leads_scored", "Score cards computed.", registry=REGISTRY)
_WRITTEN = Counter("leadtier_records_written", "Records that a CRM took.", registry=REGISTRY)
_REFUSED = Counter("leadtier_records_refused", "Records that a CRM refused.", registry=REGISTRY)
_ERRORS = Counter(
    "leadtier_worker_errors",
    "Errors that a worker did not foresee, by where they were met.",
    ["where"],
    registry=REGISTRY,
)


def hook(source: str, outcome: str, events: int = 0) -> None:
    """One request at a door: ``hubspot``, ``api``, ``flag``…; ``kept`` or the reason why not, out of a fixed few."""
    _HOOKS.labels(source, outcome).inc()
    _EVENTS.labels(source, outcome).inc(events)


def hook_events(source: str, outcome: str, events: int) -> None:
    """Events beside others in one request: what became of these, out of a fixed few."""
    _EVENTS.labels(source, outcome).inc(events)


def reached_field(seconds: float) -> None:
    """An event's effect stands in the CRM, so long after the event arrived."""
    _TO_FIELD.observe(max(0.0, seconds))


def run_ended(kind: str, state: str) -> None:
    """A run ended: ``sync``, ``done``."""
    _RUNS.labels(kind, state).inc()


def called(crm: str, calls: int, throttled: int) -> None:
    """Calls made to a kind of CRM since this was last told."""
    _CALLS.labels(crm).inc(calls)
    _THROTTLED.labels(crm).inc(throttled)


def scored(leads: int) -> None:
    """Cards were computed."""
    _SCORED.inc(leads)


def written(records: int, refused: int = 0) -> None:
    """A CRM took some records and refused others."""
    _WRITTEN.inc(records)
    _REFUSED.inc(refused)


def worker_error(where: str) -> None:
    """A worker met an error nobody foresaw: in its ``tick``, a ``run``, a ``live`` slice."""
    _ERRORS.labels(where).inc()
