"""Things that go wrong on demand.

A fault is switched on by a test or by ``POST /_sandbox/faults`` and lasts until its count is used up or all are
cleared. `path` is a regular expression searched in the path as the vendor's v3/v4 documents spell it, whichever
family of paths the caller used.
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from typing import Any

EITHER_GATE_KINDS = {
    "latency": "waits `seconds`, then answers as usual",
    "unavailable": "`status` (502 unless given) with an HTML page, nothing done",
    "html": "200 with an HTML page, nothing done",
}
GATE_KINDS = EITHER_GATE_KINDS | {
    "rate_limited": "429 with `policy` (TEN_SECONDLY_ROLLING unless given) and, if given, `retry_after`",
    "locked": "423, nothing done",
    "migrating": "477 with `retry_after` (30 unless given) seconds, nothing done",
    "token_revoked": "401 as for an unknown token",
    "token_expired": "401 as for an expired token",
}
ANSWER_KINDS = {
    "lost_answer": "the request is carried out, then answered with 502 and an HTML page",
    "dropped": "the request is carried out, then the connection ends in the middle of the answer",
    "garbled": "the request is carried out, then answered with JSON cut in half",
}
STANDING_KINDS = {
    "scope_removed": "the token loses `scopes` (a list)",
    "rows_rejected": "writes to the records `ids` are refused; `whole_batch` makes it a 400 that names no row",
    "quota_spent": "the day's calls are used up",
}
SALESFORCE_GATE_KINDS = EITHER_GATE_KINDS | {
    "session_expired": "401 INVALID_SESSION_ID",
    "session_revoked": "every session and refresh token of the org is dead from now on, and 401",
    "request_limit": "403, the org's calls of 24 hours are used up",
    "concurrent_limit": "403, too many long calls at once",
    "query_timeout": "queries are answered with 400 QUERY_TIMEOUT",
    "locator_expired": "the next page of a query is answered with 400 INVALID_QUERY_LOCATOR",
    "server_unavailable": "503 SERVER_UNAVAILABLE, nothing done",
    "edge": "`status` (420 unless given, 406 is the other) without JSON, nothing done",
}
SALESFORCE_STANDING_KINDS = {
    "rows_locked": "writes to the records `ids` find the row locked: UNABLE_TO_LOCK_ROW",
    "field_hidden": "the field `field` of `sobject` is hidden from every user",
    "object_hidden": "the object `sobject` is hidden from every user",
    "bulk_stuck": "a bulk job stays InProgress",
    "bulk_failed": "a bulk job ends in state Failed, nothing done",
    "bulk_unprocessed": "the last half of an ingest job stays unprocessed, and the job ends in state Failed",
}
EVENT_KINDS = {
    "webhook_twice": "every delivery is sent twice",
    "webhook_late": "deliveries wait `seconds`",
    "webhook_shuffled": "events of a delivery come in reverse order",
}
KINDS = GATE_KINDS | ANSWER_KINDS | STANDING_KINDS | EVENT_KINDS | SALESFORCE_GATE_KINDS | SALESFORCE_STANDING_KINDS
"""Every kind. What only one of the two CRMs knows is met on its own paths only."""


@dataclass(slots=True)
class Fault:
    """One thing that goes wrong. `count` None: until cleared. `parameters`: see `KINDS`."""

    kind: str
    path: str = ""
    method: str = ""
    count: int | None = None
    parameters: dict[str, Any] = field(default_factory=dict)

    def hits(self, method: str, path: str) -> bool:
        """Whether the fault is meant for this request."""
        return self.method in ("", method) and re.search(self.path, path) is not None


class Faults:
    """The faults switched on, oldest first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(self, kind: str, *, path: str = "", method: str = "", count: int | None = None, **parameters: Any) -> Fault:
        """Switches a fault on. Raises `ValueError` for a kind that does not exist."""
        if kind not in KINDS:
            raise ValueError(f"there is no fault {kind!r}; there are {', '.join(KINDS)}")
        re.compile(path)
        fault = Fault(kind, path, method.upper(), count, parameters)
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self) -> None:
        """Switches every fault off."""
        with self._lock:
            self._faults.clear()

    def all(self) -> list[Fault]:
        """The faults switched on."""
        return list(self._faults)

    def take(self, kinds: dict[str, str], method: str, path: str) -> list[Fault]:
        """The faults of these kinds meant for this request; each one's count goes down."""
        if not self._faults:
            return []
        with self._lock:
            hit = [fault for fault in self._faults if fault.kind in kinds and fault.hits(method, path)]
            for fault in hit:
                self._use(fault)
        return hit

    def standing(self, kind: str) -> list[Fault]:
        """The faults of one kind that describe a state rather than an answer; counts stay."""
        return [fault for fault in self._faults if fault.kind == kind]

    def use(self, fault: Fault) -> None:
        """Counts one use of a standing fault."""
        with self._lock:
            self._use(fault)

    def _use(self, fault: Fault) -> None:
        if fault.count is None:
            return
        fault.count -= 1
        if fault.count <= 0 and fault in self._faults:
            self._faults.remove(fault)
