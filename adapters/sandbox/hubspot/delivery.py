"""Delivering webhooks: in batches of up to 100, signed, again and again until somebody says 2xx.

Docs: "Webhooks API", "Error handling" (retries). Order is not kept, and an event may come twice: the faults
``webhook_late``, ``webhook_twice`` and ``webhook_shuffled`` bring that about on demand.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from adapters.sandbox.faults import Faults
from adapters.sandbox.hubspot.events import Event
from adapters.sandbox.hubspot.payloads import concerns, payload
from adapters.sandbox.hubspot.signing import signed_headers
from adapters.sandbox.sending import Deliverer
from adapters.sandbox.settings import Settings
from adapters.sandbox.tables.subscriptions import Subscriptions

BATCH, ANSWER_WITHIN = 100, 5.0


@dataclass(frozen=True, slots=True)
class Delivery:
    """One batch on its way. `due` is in seconds since 1970."""

    app_id: int
    events: list[dict[str, Any]]
    due: float
    attempt: int = 0


class Sender(Deliverer):
    """Collects events and delivers them; `flush` does so at once, `start` in a thread of its own."""

    def __init__(self, settings: Settings, subscriptions: Subscriptions, faults: Faults) -> None:
        super().__init__()
        self._settings, self._subscriptions, self._faults = settings, subscriptions, faults
        self._ids = itertools.count(3_000_000_001)
        self._waiting: list[Delivery] = []

    @property
    def waiting(self) -> int:
        """Events not yet delivered."""
        return sum(len(each.events) for each in self._waiting)

    def hear(self, events: Iterable[Event]) -> None:
        """The listener of the store: turns what happened into deliveries."""
        subscriptions = self._subscriptions.everyone()
        if not subscriptions:
            return
        by_app: dict[int, list[dict[str, Any]]] = {}
        for event in events:
            event_id = next(self._ids)
            for app_id, subscription in subscriptions:
                if self._subscriptions.settings(app_id) is not None and concerns(subscription, event):
                    body = payload(subscription, event, event_id, self._settings.portal_id, app_id)
                    by_app.setdefault(app_id, []).append(body)
        for app_id, bodies in by_app.items():
            self._queue(app_id, bodies)

    def flush(self) -> int:
        """Delivers what is due; returns how many events arrived."""
        now = self._settings.clock()
        with self._lock:
            due = [each for each in self._waiting if each.due <= now]
            self._waiting = [each for each in self._waiting if each.due > now]
        return sum(self._deliver(each) for each in due)

    def _queue(self, app_id: int, bodies: list[dict[str, Any]]) -> None:
        late = sum(float(fault.parameters.get("seconds", 5)) for fault in self._faults.standing("webhook_late"))
        if self._faults.standing("webhook_shuffled"):
            bodies.reverse()
        batches = [bodies[start : start + BATCH] for start in range(0, len(bodies), BATCH)]
        times = 2 if self._faults.standing("webhook_twice") else 1
        with self._lock:
            if not late and times == 1 and len(batches) == 1 and self._joined(app_id, bodies):
                return
            self._waiting += [Delivery(app_id, batch, self._settings.clock() + late) for batch in batches * times]

    def _joined(self, app_id: int, bodies: list[dict[str, Any]]) -> bool:
        """Whether the events found room in a batch that waits; so a slow receiver gets larger batches, not more."""
        last = self._waiting[-1] if self._waiting else None
        if last is None or last.app_id != app_id or last.attempt or len(last.events) + len(bodies) > BATCH:
            return False
        self._waiting[-1] = replace(last, events=last.events + bodies)
        return True

    def _deliver(self, delivery: Delivery) -> int:
        if self._accepted(delivery):
            self.delivered += len(delivery.events)
            return len(delivery.events)
        self.refused += 1
        waits = self._settings.webhook_retry_seconds
        if delivery.attempt >= len(waits):
            self.given_up += len(delivery.events)
            return 0
        again = [event | {"attemptNumber": delivery.attempt + 1} for event in delivery.events]
        due = self._settings.clock() + waits[delivery.attempt]
        with self._lock:
            self._waiting.append(replace(delivery, events=again, due=due, attempt=delivery.attempt + 1))
        return 0

    def _accepted(self, delivery: Delivery) -> bool:
        where = self._subscriptions.settings(delivery.app_id)
        if where is None:
            return False
        url, body = str(where["targetUrl"]), json.dumps(delivery.events, separators=(",", ":")).encode()
        headers = signed_headers(self._settings.client_secret, url, body, self._settings.now_ms())
        answer = self._post(url, body, headers, ANSWER_WITHIN)
        return answer is not None and 200 <= answer.status_code < 300
