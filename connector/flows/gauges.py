"""How the house stands, measured when somebody asks: what waits, what is open, what is in trouble."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily

from connector.flows.services import Services
from connector.store import watching
from connector.store.database import StoreUnusable
from connector.store.watching import Standing, Synced

KEPT = 10.0
"""Seconds for which an answer is given again, so that eager askers cost nothing."""

WORKER_SEEN = 60
"""Seconds after which a worker that has not been seen no longer counts as alive."""


@dataclass
class HouseGauges:
    """A Prometheus collector over the database. Safe to share between threads."""

    svc: Services
    _synced: Synced = field(default_factory=lambda: Synced({}, 0))
    _kept: tuple[list[Metric], float] = ([], 0.0)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def collect(self) -> Iterator[Metric]:
        """The gauges, at most KEPT seconds old. With the database out of reach only that."""
        with self._lock:
            metrics, until = self._kept
            if time.monotonic() >= until:
                metrics = self._measured()
                self._kept = metrics, time.monotonic() + KEPT
        yield from metrics

    def _measured(self) -> list[Metric]:
        now = self.svc.clock().timestamp()
        try:
            with self.svc.store.read() as conn:
                found = watching.standing(conn, int(now) - WORKER_SEEN)
                self._synced = watching.synced(conn, self._synced)
        except StoreUnusable:
            return [_gauge("leadtier_database_up", "Whether the database answers.", 0)]
        return list(_told(found, self._synced, now))


def _told(found: Standing, synced: Synced, now: float) -> Iterator[Metric]:
    oldest = 0.0 if found.inbox_oldest_ms is None else max(0.0, now - found.inbox_oldest_ms / 1000)
    yield _gauge("leadtier_database_up", "Whether the database answers.", 1)
    yield _gauge("leadtier_inbox_open", "Events that wait to be worked on.", found.inbox)
    yield _gauge("leadtier_inbox_oldest_seconds", "Age of the oldest of them.", oldest)
    yield _gauge("leadtier_leads_dirty", "Leads that wait to be scored.", found.dirty)
    yield _gauge("leadtier_outbox_waiting", "Records that wait to be written.", found.outbox)
    yield _gauge("leadtier_outbox_refused", "Records that a CRM refused; a person must look.", found.refused)
    yield _labelled("leadtier_runs_open", "Runs under way.", "kind", found.open_runs)
    yield _since_sync(found.connections, synced.at, now)
    yield _gauge("leadtier_flags_open", "Rep flags without an answer.", found.flags)
    yield _gauge("leadtier_workers_alive", f"Workers seen in the last {WORKER_SEEN} seconds.", found.workers)
    yield _gauge("leadtier_connections", "Connections.", len(found.connections))
    yield _gauge("leadtier_connections_in_trouble", "Connections that need a person.", found.troubled)


def _since_sync(kinds: Mapping[int, str], at: Mapping[int, int], now: float) -> Metric:
    """Connections that were never synced to the end are absent: there is no such moment."""
    said = "Seconds since the connection's last complete sync."
    metric = GaugeMetricFamily("leadtier_last_sync_seconds", said, labels=["connection", "crm"])
    for connection in kinds.keys() & at.keys():
        metric.add_metric([str(connection), kinds[connection]], max(0.0, now - at[connection]))
    return metric


def _labelled(name: str, said: str, label: str, values: Mapping[str, int]) -> Metric:
    metric = GaugeMetricFamily(name, said, labels=[label])
    for value, count in values.items():
        metric.add_metric([value], count)
    return metric


def _gauge(name: str, said: str, value: float) -> Metric:
    return GaugeMetricFamily(name, said, value=value)
