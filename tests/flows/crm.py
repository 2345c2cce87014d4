"""A CRM in memory that keeps the adapter's contract, so that stories can be told fast and cut off at any point.

It counts pages rather than simulating a vendor: the vendor's ways are the sandbox's and the contract suite's business.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from adapters.contract import (
    Account,
    ActivityRecord,
    Adapter,
    Capabilities,
    CrmField,
    FieldOutcome,
    FieldState,
    FieldType,
    Need,
    OutcomeRecord,
    OutcomeState,
    Owner,
    Page,
    Permission,
    Quota,
    Record,
    RowProblem,
    Update,
    Usage,
    WantedField,
    WriteResult,
    WriteStatus,
)

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
TYPES = ("calls", "emails", "meetings", "notes", "tasks", "communications")
PROPERTIES = (
    "firstname", "lastname", "email", "state", "age", "household_income", "product_interest", "hs_email_optout",
    "recent_conversion_event_name", "recent_conversion_date", "first_conversion_event_name", "first_conversion_date",
    "hs_analytics_last_url", "hs_analytics_last_visit_timestamp", "hs_email_open", "hs_email_last_open_date",
    "hs_email_last_email_name", "hs_email_last_send_date",
)  # fmt: skip


class Killed(BaseException):
    """The process dies here: nothing may catch it."""


CAPABILITIES = Capabilities(
    name="Fake", records=("contacts",), grants=("token",), write_batch=4, sees_deletes=True, sees_merges=True,
    creates_fields=True, activity_types=TYPES, webhooks=False, history=False,
)  # fmt: skip


@dataclass
class Crm:
    """The account. Tests put people in and look at what was written."""

    capabilities: Capabilities = CAPABILITIES
    backfills: list[list[str]] = field(default_factory=list)
    """The ids of each backfill, in order."""

    contacts: dict[str, Record] = field(default_factory=dict)
    activities: dict[str, ActivityRecord] = field(default_factory=dict)
    outcomes: dict[str, OutcomeRecord] = field(default_factory=dict)
    fields: dict[str, CrmField] = field(
        default_factory=lambda: {name: CrmField(name, name, FieldType.TEXT) for name in PROPERTIES}
    )
    became: dict[str, str] = field(default_factory=dict)
    """Which record became which; told with every page."""
    known_since: dict[str, datetime] = field(default_factory=dict)
    """Likewise."""
    written: dict[str, dict[str, str | None]] = field(default_factory=dict)
    writes: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    page_size: int = 5
    hidden: set[str] = field(default_factory=set)
    """Contacts that no page brings, as those created while we read."""
    on_call: Callable[[str], None] = lambda what: None
    """Called before every answer; raises to fail it."""
    answers: dict[str, WriteResult] = field(default_factory=dict)
    """What a row answers instead of ok."""
    problems: list[RowProblem] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def person(self, crm_id: str, updated: datetime = NOW, **properties: str | None) -> None:
        created = NOW - timedelta(days=20)
        self.contacts[crm_id] = Record(crm_id, properties, created, updated)

    def act(self, source_id: str, *contacts: str, days: float = 2, **properties: str | None) -> None:
        at = NOW - timedelta(days=days)
        self.activities[source_id] = ActivityRecord(
            source_id, source_id.partition(":")[0], contacts, at, properties, NOW
        )

    def deal(self, source_id: str, contact: str, state: OutcomeState) -> None:
        self.outcomes[source_id] = OutcomeRecord(source_id, (contact,), state, NOW, None, 100.0)

    def book(self, size: int = 23) -> Crm:
        """A small book with everything the starter model looks at."""
        guide, quote = "Comparison guide: Guide download", "Request a quote: Quote form"
        for n in range(size):
            facts: dict[str, str | None] = {"state": "TX" if n % 2 else "NY", "age": str(30 + n), "firstname": f"P{n}"}
            facts |= {"product_interest": "Term Life", "email": f"p{n}@example.com"}
            if n % 3 == 0:
                facts |= {"recent_conversion_event_name": quote, "recent_conversion_date": "2026-11-18T10:00:00Z"}
            if n % 4 == 0:
                facts |= {"first_conversion_event_name": guide, "first_conversion_date": "2026-11-10T10:00:00Z"}
            self.person(f"{1000 + n}", **facts)
            self.act(f"calls:{n}", f"{1000 + n}", days=n, hs_call_direction="INBOUND", hs_call_status="COMPLETED")
        self.deal("deals:1", "1000", OutcomeState.WON)
        return self


class FakeAdapter:
    """The account, open, by the contract."""

    def __init__(self, crm: Crm) -> None:
        self.crm = crm
        self.usage = Usage()
        self.closed = False
        self.capabilities = crm.capabilities

    def _call(self, what: str) -> None:
        with self.crm.lock:
            self.usage.calls += 1
            self.crm.on_call(what)

    def _pages(self, what: str, rows: Mapping[str, Any], cursor: str | None) -> Iterator[Page[Any]]:
        place = json.loads(cursor) if cursor else {"since": None}
        since = place["since"]
        chosen = sorted(
            (
                key
                for key, row in rows.items()
                if since is None or (row.updated_at or NOW) >= datetime.fromisoformat(since)
            ),
        )
        left = [key for key in chosen if key > place.get("after", "")]
        while True:
            self._call(what)
            page, left = left[: self.crm.page_size], left[self.crm.page_size :]
            done = {"since": (NOW - timedelta(minutes=10)).isoformat()}
            going = {"since": since, "after": page[-1]} if page else done
            items = [rows[key] for key in page]
            problems = tuple(self.crm.problems) if what == "contacts" else ()
            yield Page(items, json.dumps(going if left else done), not left, problems, total=len(chosen))
            if not left:
                return

    def contacts(self, cursor: str | None, fields: Sequence[str]) -> Iterator[Page[Record]]:
        visible = {key: row for key, row in self.crm.contacts.items() if key not in self.crm.hidden}
        for page in self._pages("contacts", visible, cursor):
            items = [self._with_ours(record, fields) for record in page.items]
            became, since = dict(self.crm.became), dict(self.crm.known_since)
            yield replace(page, items=items, became=became, known_since=since)

    def _with_ours(self, record: Record, fields: Sequence[str]) -> Record:
        """The record with the values that were written into it, where they are asked for."""
        held = self.crm.written.get(record.id, {})
        ours = {name: held.get(name) for name in fields if name not in {*PROPERTIES, *record.properties}}
        return replace(record, properties={**record.properties, **ours})

    def activities(self, type: str, cursor: str | None) -> Iterator[Page[ActivityRecord]]:
        return self._pages(type, {k: row for k, row in self.crm.activities.items() if row.type == type}, cursor)

    def outcomes(self, cursor: str | None) -> Iterator[Page[OutcomeRecord]]:
        rows = {key: _Dated(row) for key, row in self.crm.outcomes.items()}
        for page in self._pages("outcomes", rows, cursor):
            yield replace(page, items=[dated.row for dated in page.items])

    def contacts_by_id(self, ids: Sequence[str], fields: Sequence[str]) -> Page[Record]:
        self._call("contacts_by_id")
        now = {old: record.id for record in self.crm.contacts.values() for old in record.replaces}
        asked = dict.fromkeys(now.get(i, i) for i in ids)
        return Page([self.crm.contacts[i] for i in asked if i in self.crm.contacts], "", complete=True)

    def newest(self, limit: int) -> Sequence[str]:
        self._call("newest")
        return [key for key in reversed(self.crm.contacts) if key not in self.crm.hidden][:limit]

    def activities_of(self, contact_ids: Sequence[str]) -> Iterator[Page[ActivityRecord]]:
        self._call("activities_of")
        yield Page(
            [a for a in self.crm.activities.values() if set(a.contact_ids) & set(contact_ids)], "", complete=True
        )

    def history(self, ids: Sequence[str], fields: Sequence[str]) -> Mapping[str, Any]:
        return {}

    def owners(self) -> Sequence[Owner]:
        self._call("owners")
        return [Owner("7", "Ana Rep", "ana@example.com", active=True)]

    def fields(self) -> Sequence[CrmField]:
        self._call("fields")
        return list(self.crm.fields.values())

    def write(self, updates: Sequence[Update]) -> Sequence[WriteResult]:
        self._call("write")
        return [self._write(update) for update in updates]

    def backfill(self, updates: Iterable[Update]) -> Iterator[WriteResult]:
        rows = list(updates)
        self._call("backfill")
        self.crm.backfills.append([row.contact_id for row in rows])
        for row in rows:
            yield self._write(row)

    def _write(self, update: Update) -> WriteResult:
        if (answer := self.crm.answers.get(update.contact_id)) is not None:
            return answer
        with self.crm.lock:
            self.crm.written.setdefault(update.contact_id, {}).update(update.values)
            self.crm.writes.append((update.contact_id, dict(update.values)))
        return WriteResult(update.contact_id, WriteStatus.OK)

    def judge_fields(self, wanted: Sequence[WantedField]) -> Sequence[FieldOutcome]:
        self._call("judge_fields")
        there = self.crm.fields
        return [FieldOutcome(w.name, FieldState.EXISTS if w.name in there else FieldState.MISSING) for w in wanted]

    def ensure_fields(self, group: str, label: str, wanted: Sequence[WantedField]) -> Sequence[FieldOutcome]:
        self._call("ensure_fields")
        made = [
            FieldOutcome(w.name, FieldState.EXISTS if w.name in self.crm.fields else FieldState.CREATED) for w in wanted
        ]
        self.crm.fields |= {w.name: CrmField(w.name, w.label, w.type, choices=w.choices, group=group) for w in wanted}
        return made

    def check(self) -> Account:
        self._call("check")
        return Account("77", "Fake agency", "America/Chicago", "USD", "https://crm.example/{id}")

    def permissions(self) -> Sequence[Permission]:
        self._call("permissions")
        return [Permission("contacts.read", "to read leads", Need.REQUIRED, granted=True)]

    def quota(self) -> Quota | None:
        return Quota(10, 1000, None)

    def close(self) -> None:
        self.closed = True


@dataclass(frozen=True)
class _Dated:
    row: OutcomeRecord
    updated_at: datetime | None = NOW


def conforms(adapter: FakeAdapter) -> Adapter:
    """Checked by mypy wherever tests are: the fake keeps the contract's shapes."""
    return adapter
