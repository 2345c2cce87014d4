"""Blame: hints that cannot be handled must not keep the others waiting for ever."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from connector.flows.services import Services
from connector.store import inbox_work
from connector.store import problems as problem_rows
from connector.store.database import Scope
from connector.store.inbox_work import OpenEvent
from connector.store.problems import ProblemRow

log = logging.getLogger(__name__)

TOGETHER = 3
"""So many attempts are made together with others, after that one record at a time."""
MOST = 6
"""After so many the hint is given up."""
WAIT = 5.0
"""Seconds after an attempt that failed."""
FAILED = "failed"
WHERE = "live"


def told_apart(events: Sequence[OpenEvent]) -> tuple[list[OpenEvent], list[OpenEvent]]:
    """Hints to be handled together, and those of the one record that is tried by itself this time."""
    sound = [event for event in events if event.attempts < TOGETHER]
    suspect = [event for event in events if event.attempts >= TOGETHER]
    return sound, [event for event in suspect if event.record_id == suspect[0].record_id]


def blame(svc: Services, scope: Scope, events: Sequence[OpenEvent], error: Exception) -> None:
    """Counts a failed attempt at these hints, and gives up those that had their last."""
    log.error("%s events of connection %s failed", len(events), scope.connection_id, exc_info=error)
    lost = [event for event in events if event.attempts + 1 >= MOST]
    at = svc.now()
    with svc.store.write() as conn:
        inbox_work.count_failure(conn, scope, [event.id for event in events])
        inbox_work.finish(conn, scope, {FAILED: [event.id for event in lost]}, at)
        records = dict.fromkeys(event.record_id for event in lost)
        problem_rows.add_problems(conn, scope, [_problem(record, error) for record in records], at)


def _problem(record_id: str, error: Exception) -> ProblemRow:
    text = f"A change of this record could not be followed: an error nobody foresaw ({type(error).__name__})."
    mend = "The log has the details; report them. A full sync reads the record once more."
    return ProblemRow(record_id, WHERE, text, mend)
