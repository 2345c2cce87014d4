"""Delivering outbound messages: up to 100 notifications a message, again and again until somebody says Ack.

Facts: SOAP API Developer Guide, "Outbound Messaging notifications": HTTP 200 with Ack true is success; anything else
is tried again at growing intervals of up to two hours and dropped after 24 hours; order is not kept; a message carries
the values of the moment it is sent. The faults ``webhook_late``, ``webhook_twice`` and ``webhook_shuffled`` apply.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from adapters.sandbox.faults import Faults
from adapters.sandbox.salesforce.changes import Change
from adapters.sandbox.salesforce.ids import make_id
from adapters.sandbox.salesforce.org import Org
from adapters.sandbox.salesforce.outbound.definitions import Definition, definition
from adapters.sandbox.salesforce.outbound.envelope import Header, Record, acknowledged, request_body
from adapters.sandbox.salesforce.settings import OrgSettings
from adapters.sandbox.salesforce.values import to_csv
from adapters.sandbox.sending import Deliverer

BATCH, ANSWER_WITHIN = 100, 10.0
FIRST_WAIT, LONGEST_WAIT, GIVEN_UP_AFTER = 60.0, 7_200.0, 86_400.0
"""Seconds."""
VERSION = "67.0"


@dataclass(frozen=True, slots=True)
class Notification:
    """One record to tell about. `due` and `born` are in seconds since 1970."""

    id: str
    definition: Definition
    record_id: str
    due: float
    born: float
    attempt: int = 0


class Sender(Deliverer):
    """Hears what changes in the org and tells whom it concerns; `flush` at once, `start` in a thread of its own."""

    def __init__(self, org: Org, settings: OrgSettings, faults: Faults) -> None:
        super().__init__()
        self._org, self._settings, self._faults = org, settings, faults
        self._serials, self._actions = itertools.count(1), itertools.count(1)
        self._definitions: dict[str, Definition] = {}
        self._waiting: list[Notification] = []
        self.base_url = "https://leadtier-sandbox.my.salesforce.com"
        org.listeners.append(self.hear)

    @property
    def waiting(self) -> int:
        """Notifications not yet delivered."""
        return len(self._waiting)

    def add(self, body: Mapping[str, Any]) -> Definition:
        """Defines a message (see `definition` for the body). Raises `ValueError`."""
        made = definition(self._org, next(self._actions), body)
        with self._lock:
            self._definitions[made.id] = made
        return made

    def definitions(self) -> list[Definition]:
        """The messages defined, oldest first."""
        return [*self._definitions.values()]

    def remove(self, definition_id: str) -> bool:
        """Removes a message and what waits for it; False when there is none of this id."""
        with self._lock:
            self._waiting = [each for each in self._waiting if each.definition.id != definition_id]
            return self._definitions.pop(definition_id, None) is not None

    def hear(self, changes: Sequence[Change]) -> None:
        """The listener of the org: turns what changed into notifications."""
        if not self._definitions:
            return
        now = self._settings.clock()
        due = now + sum(float(fault.parameters.get("seconds", 5)) for fault in self._faults.standing("webhook_late"))
        with self._lock:
            self._waiting += [
                Notification(make_id("04l", next(self._serials)), each, change.id, due, now)
                for change in changes
                for each in self._definitions.values()
                if each.concerns(change)
            ]

    def flush(self) -> int:
        """Delivers what is due; returns how many notifications arrived."""
        now = self._settings.clock()
        with self._lock:
            due = [each for each in self._waiting if each.due <= now]
            self._waiting = [each for each in self._waiting if each.due > now]
        groups: dict[str, list[Notification]] = {}
        for each in due:
            groups.setdefault(each.definition.id, []).append(each)
        return sum(self._deliver(group) for group in groups.values())

    def _deliver(self, group: list[Notification]) -> int:
        if self._faults.standing("webhook_shuffled"):
            group.reverse()
        times = 2 if self._faults.standing("webhook_twice") else 1
        batches = [group[start : start + BATCH] for start in range(0, len(group), BATCH)]
        return sum(self._send(batch) for batch in batches for _ in range(times))

    def _send(self, batch: list[Notification]) -> int:
        records = self._records(batch)
        if records and not self._accepted(batch[0].definition, records):
            self.refused += 1
            self._again(batch)
            return 0
        self.delivered += len(records)
        return len(records)

    def _again(self, batch: list[Notification]) -> None:
        now = self._settings.clock()
        waits = [min(FIRST_WAIT * 2**each.attempt, LONGEST_WAIT) for each in batch]
        later = [
            replace(each, due=now + wait, attempt=each.attempt + 1) for each, wait in zip(batch, waits, strict=True)
        ]
        kept = [each for each in later if each.due - each.born <= GIVEN_UP_AFTER]
        self.given_up += len(later) - len(kept)
        with self._lock:
            self._waiting += kept

    def _records(self, batch: list[Notification]) -> list[Record]:
        """The records as they are now; deleted ones are left out."""
        asked = batch[0].definition
        found = self._org.catalog.object(asked.sobject)
        fields = [] if found is None else [found.fields[name.lower()] for name in asked.fields]
        columns = ", ".join(f'"{name}"' for name in ("Id", *(field.name for field in fields if field.stored)))
        marks = ", ".join("?" for _ in batch)
        live = '"IsDeleted" = 0 AND ' if found and "isdeleted" in found.fields else ""
        select = f'SELECT {columns} FROM "{asked.sobject}" WHERE {live}"Id" IN ({marks})'  # noqa: S608
        with self._org.reading() as connection:
            rows = {row[0]: row for row in connection.execute(select, [each.record_id for each in batch])}
        texts = {
            record_id: {
                field.name: to_csv(field, value)
                for field, value in zip((field for field in fields if field.stored), row[1:], strict=True)
                if value is not None
            }
            for record_id, row in rows.items()
        }
        return [
            Record(each.id, asked.sobject, each.record_id, texts[each.record_id])
            for each in batch
            if each.record_id in texts
        ]

    def _accepted(self, asked: Definition, records: list[Record]) -> bool:
        header = Header(self._org.org_id, asked.id, self.base_url, VERSION)
        headers = {"Content-Type": "text/xml; charset=UTF-8", "SOAPAction": '""'}
        body = request_body(header, records)
        answer = self._post(asked.url, body, headers, ANSWER_WITHIN)
        return answer is not None and answer.status_code == 200 and acknowledged(answer.content)
