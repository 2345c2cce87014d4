"""Progress: how far a run is, read from its row, so that any process can show it."""

from __future__ import annotations

from dataclasses import dataclass

from connector.core.types import ScoreCard, Tier
from connector.flows.services import Services
from connector.store import cards as card_rows
from connector.store import connections as connection_rows
from connector.store import leads as lead_rows
from connector.store import outbox as outbox_rows
from connector.store import runs as run_rows
from connector.store.database import Scope
from connector.store.runs import Run


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A run as it stands; `to_…` are what there is to do in all, as far as it is known."""

    connection: str
    run: Run
    to_read: int
    to_score: int
    to_write: int

    @property
    def has_read(self) -> int:
        """Rows read so far."""
        return self.run.contacts + self.run.activities + self.run.outcomes


def snapshot(svc: Services, scope: Scope, run_id: int) -> Snapshot:
    """Where the run stands now."""
    with svc.store.read() as conn:
        run = run_rows.run_by_id(conn, scope, run_id)
        dirty = lead_rows.count_dirty(conn, scope)
        waiting = outbox_rows.counts(conn, scope)["waiting"]
        name = connection_rows.connection_by_id(conn, scope).name
    has_read = run.contacts + run.activities + run.outcomes
    return Snapshot(name, run, max(sum(run.totals.values()), has_read), run.scored + dirty, run.written + waiting)


@dataclass(frozen=True, slots=True)
class Summary:
    """A run that ended, and how the connection's leads stand."""

    connection: str
    run: Run
    tiers: dict[str, int]
    waiting: int
    archived: int
    examples: list[tuple[str, ScoreCard]]

    def document(self) -> dict[str, object]:
        """The summary as a program reads it; seconds are wall-clock."""
        run = self.run
        return {
            "contacts": run.contacts,
            "activities": run.activities,
            "scored": run.scored,
            "written": run.written,
            "failed": run.failed,
            "waiting": self.waiting,
            "api_calls": run.calls,
            "throttled": run.throttled,
            "seconds": (run.finished_at or run.started_at) - run.started_at,
            "tiers": self.tiers,
            "state": run.state,
            "message": run.message,
        }


def summary(svc: Services, scope: Scope, run_id: int, examples: int = 2) -> Summary:
    """How a run ended, with the best-scored leads of each tier."""
    with svc.store.read() as conn:
        best = [pair for tier in Tier for pair in card_rows.examples(conn, scope, tier, examples)]
        return Summary(
            connection_rows.connection_by_id(conn, scope).name,
            run_rows.run_by_id(conn, scope, run_id),
            card_rows.tiers(conn, scope),
            outbox_rows.counts(conn, scope)["waiting"],
            lead_rows.counts(conn, scope)["archived"],
            best,
        )
