"""Handling sorted hints: their records read again, stored, scored, written, and the hints done."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from adapters.contract import EventKind
from connector.core.mapping import BoundMapping
from connector.flows import meters, tally, today
from connector.flows.events import Hints
from connector.flows.missing import HANDFUL, may_retire
from connector.flows.purge import purge
from connector.flows.reread import MOST_NAMED, Found, Piece, reread
from connector.flows.rescore import score_leads
from connector.flows.services import Services
from connector.flows.writeback import write_rows
from connector.flows.written import doubt
from connector.store import full_passes as pass_rows
from connector.store import inbox_work
from connector.store import leads as lead_rows
from connector.store import outbox as outbox_rows
from connector.store import problems as problem_rows
from connector.store import runs as run_rows
from connector.store.database import Scope
from connector.store.inbox import TOUCHED
from connector.store.inbox_work import AGAIN, GONE, PURGED, READ, OpenEvent
from connector.store.outbox import Pending
from connector.store.problems import ProblemRow

LARGEST = 2000
"""Rows of the CRM in one transaction."""
QUARREL = 3
"""So often a day an overwritten score is put back into a record; then somebody else means it."""
DAY = 86_400
QUARRELLED = "overwritten"
"""Where the problem stands of a record whose score is not put back any more."""


@dataclass
class Handling:
    """Sorted hints on their way to the fields of the CRM."""

    svc: Services
    scope: Scope
    run_id: int
    bound: BoundMapping
    hints: Hints
    settled: bool
    """The connection was read to its end once: a lead's activities are in the store, or read now."""
    found: Found = field(default_factory=Found)

    def through(self) -> None:
        """Handles the hints to their end. Raises the error family; what was done by then is kept."""
        rows, waiting = self._settle(self._stored())
        if rows:
            write_rows(self.svc, self.scope, self.run_id, rows)
        if waiting:
            with self.svc.store.write() as conn:
                inbox_work.finish(conn, self.scope, _results(waiting), self.svc.now())
        self._measure(waiting)
        if self.found.asked or rows:
            today.works(self.svc, self.scope, self.run_id)

    def _stored(self) -> Sequence[Piece]:
        """Reads, and stores what is too much for one transaction; the rest."""
        pieces: list[Piece] = []
        for piece in reread(self.svc, self.scope, self.bound, self.hints, self.found, strangers=self.settled):
            pieces.append(piece)
            if sum(one.size for one in pieces) > LARGEST:
                with self.svc.store.write() as conn:
                    self._take(conn, pieces, self.svc.now())
                pieces = []
        return pieces

    def _settle(self, pieces: Sequence[Piece]) -> tuple[Sequence[Pending], Sequence[OpenEvent]]:
        """Everything but the calls, in one transaction; the rows to write and the hints that wait for them."""
        as_of = self.svc.clock()
        at = int(as_of.timestamp())
        with self.svc.store.write() as conn:
            self._take(conn, pieces, at)
            self._bury(conn, at)
            chosen = self.found.records | self.hints.touched | self._forget_overwritten(conn, at)
            if self.settled and len(self.found.named) <= MOST_NAMED:
                chosen |= self.found.named
            self._score(conn, chosen, as_of)
            ids = [lead.id for lead in lead_rows.known_leads(conn, self.scope, chosen).values()]
            rows = outbox_rows.due_of(conn, self.scope, ids, at)
            doubt(conn, self.scope, rows)
            writing = {row.crm_id for row in rows}
            waiting = [event for event in self.hints.waiting if self.found.now(event.record_id) in writing]
            inbox_work.mark_read(conn, self.scope, [event.id for event in waiting if event.kind != TOUCHED])
            inbox_work.finish(conn, self.scope, {**self.hints.settled, **self._done(writing)}, at)
        self._measure([event for event in self.hints.waiting if self.found.now(event.record_id) not in writing])
        return rows, waiting

    def _take(self, conn: sa.Connection, pieces: Sequence[Piece], at: int) -> None:
        counts: dict[str, int] = defaultdict(int)
        for piece in pieces:
            changed = piece.take(conn, self.scope, self.bound, at)
            counts["contacts" if piece.contacts else "activities"] += piece.size
            counts["changed"] += changed if piece.contacts else 0
        if counts:
            tally.count(conn, run_rows.run_by_id(conn, self.scope, self.run_id), **counts)

    def _bury(self, conn: sa.Connection, at: int) -> None:
        """Records that are gone, forgotten altogether where a person asked for it."""
        gone = self.found.gone
        private = gone & self.hints.private
        lead_rows.mark_gone(conn, self.scope, gone - private - self._unproven(conn))
        asking = [event.id for event in self.hints.waiting if event.kind == EventKind.PRIVACY_DELETED]
        purge(conn, self.scope, private, asking, at)

    def _unproven(self, conn: sa.Connection) -> set[str]:
        """Leads that the CRM does not give us and of which nobody said that they are gone: they only changed.

        Where they are many at once it may be a permission that we lost: they stay, and the reconciliation asks.
        """
        told = [event for event in self.hints.waiting if event.kind != TOUCHED]
        changed = {one for event in told if event.kind == EventKind.CHANGED for one in event.records}
        proven = {one for event in told if event.kind != EventKind.CHANGED for one in event.records}
        held = lead_rows.known_leads(conn, self.scope, (self.found.gone & changed) - proven)
        known = {crm_id for crm_id, lead in held.items() if lead.known and not lead.archived}
        few = len(known) <= HANDFUL or may_retire(None, len(known), pass_rows.count_there(conn, self.scope))
        return set() if few else known

    def _forget_overwritten(self, conn: sa.Connection, at: int) -> set[str]:
        """Makes our fields that somebody else changed be written again; whose they are.

        Not for ever: a workflow in the CRM that sets them each time we do would keep us both busy.
        """
        fields = self.hints.overwritten
        if not fields:
            return set()
        before = inbox_work.overwritten_since(conn, self.scope, fields, at - DAY)
        meant = [crm_id for crm_id in fields if before.get(crm_id, 0) >= QUARREL]
        problem_rows.add_problems(conn, self.scope, [_quarrel(one, fields[one]) for one in meant], at)
        again = fields.keys() - set(meant)
        held = lead_rows.held_of(conn, self.scope, again)
        left = {one.id: _without(one.written, fields[crm_id]) for crm_id, one in held.items()}
        lead_rows.set_written(conn, self.scope, left, None)
        lead_rows.mark_dirty(conn, self.scope, left)
        return set(again)

    def _score(self, conn: sa.Connection, crm_ids: set[str], as_of: datetime) -> None:
        leads = lead_rows.dirty_of(conn, self.scope, crm_ids)
        if leads:
            score_leads(conn, self.svc, self.scope, leads, as_of)
            tally.count(conn, run_rows.run_by_id(conn, self.scope, self.run_id), scored=len(leads))

    def _done(self, writing: set[str]) -> Mapping[str, list[int]]:
        """The hints that wait for nothing more, by what became of them."""
        gone, private = self.found.gone, self.hints.private
        buried = {one: PURGED if one in private else GONE for one in gone}
        done = [event for event in self.hints.waiting if self.found.now(event.record_id) not in writing]
        results: dict[str, list[int]] = defaultdict(list)
        for event in done:
            results[buried.get(event.record_id) or _result(event)].append(event.id)
        return results

    def _measure(self, events: Sequence[OpenEvent]) -> None:
        now = self.svc.clock().timestamp()
        for event in events:
            if event.result != AGAIN:
                meters.reached_field(now - event.received_ms / 1000)


def _results(events: Sequence[OpenEvent]) -> Mapping[str, list[int]]:
    results: dict[str, list[int]] = defaultdict(list)
    for event in events:
        results[_result(event)].append(event.id)
    return results


def _result(event: OpenEvent) -> str:
    return TOUCHED if event.kind == TOUCHED else READ


def _without(written: str, fields: set[str]) -> str:
    return json.dumps({name: value for name, value in json.loads(written).items() if name not in fields})


def _quarrel(record_id: str, fields: set[str]) -> ProblemRow:
    text = f"Something else in the CRM keeps changing what we write into this record: {', '.join(sorted(fields))}."
    mend = "Take these fields out of the workflow or integration that sets them. Until then we stop putting them back."
    return ProblemRow(record_id, QUARRELLED, text, mend)
