"""Pace: how often a connection is read by itself, when next, and when its book was last compared, for people."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from connector.flows.full_pass import RECONCILE
from connector.flows.rhythm import next_sync_at
from connector.flows.services import Refused, Services
from connector.store import connections as connection_rows
from connector.store import screens
from connector.store.database import Scope

LEAST = 60
"""Seconds; more often a search of what has changed finds little and uses calls up."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Times are seconds since 1970; `next_at` is None when no sync begins by itself."""

    every: int
    next_at: int | None
    reconciled_at: int | None

    def document(self) -> dict[str, Any]:
        """As a program reads it."""
        return asdict(self)

    def text(self, svc: Services) -> str:
        """When it is read next and when it was compared last."""
        last = f"Last compared as a whole {_moment(svc, self.reconciled_at)}." if self.reconciled_at else ""
        upcoming = f"Next sync {_moment(svc, self.next_at)}." if self.next_at else ""
        return " ".join(filter(None, (upcoming, last or "Not compared as a whole yet.")))


def pace(svc: Services, scope: Scope) -> Pace:
    """How a connection is read."""
    with svc.store.read() as conn:
        connection = connection_rows.connection_by_id(conn, scope)
        reconciled = screens.ended_well_at(conn, scope.tenant_id, (RECONCILE,)).get(scope.connection_id)
    every = connection.sync_every
    upcoming = max(connection.sync_at, connection.retry_at, svc.now()) if every else None
    return Pace(every, upcoming, reconciled)


def set_every(svc: Services, scope: Scope, every: int) -> None:
    """Reads the connection so often (seconds; 0: never by itself) from now on. Raises `Refused` below a minute."""
    if 0 < every < LEAST:
        raise Refused(f"Reading a CRM more often than every {LEAST} seconds uses its calls up. Use 1m or more, or off.")
    at = next_sync_at(scope.connection_id, every, svc.now())
    with svc.store.write() as conn:
        connection_rows.set_cadence(conn, scope, every, at)


def every_text(every: int) -> str:
    """``every 5 minutes``, ``every 2 hours``, or that no sync begins by itself."""
    if not every:
        return "once a night only"
    for name, seconds in (("day", 86_400), ("hour", 3600), ("minute", 60)):
        if every % seconds == 0:
            count = every // seconds
            return f"every {name}" if count == 1 else f"every {count} {name}s"
    return f"every {every} seconds"


def _moment(svc: Services, at: int) -> str:
    return f"{datetime.fromtimestamp(at, svc.zone):%d %b %H:%M}"
