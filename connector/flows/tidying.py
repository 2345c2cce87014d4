"""Tidying: what was kept long enough goes. Every worker does it now and then; twice does no harm."""

from __future__ import annotations

from connector.flows.services import Services
from connector.store import cadence as cadence_rows
from connector.store import told_events as told_rows

EVENTS_EVERY = 60
"""Seconds between two looks at handled events."""
KEPT = 4 * 86_400
"""Seconds for which handled events are kept: vendors send the same event again for up to three days."""
AT_ONCE = 5000
RARELY = 3600
"""Seconds between the looks for what was kept very long."""
TOLD_KEPT = 400 * 86_400
"""Seconds for which an event of somebody unknown waits for its lead."""
EMPTY_RUN_KEPT, RUN_KEPT = 2 * 86_400, 400 * 86_400
"""Seconds for which runs are kept that found nothing to do, and others."""


def forget_events(svc: Services) -> None:
    """Forgets some events that were handled days ago; what is left goes the next time."""
    before_ms = (svc.now() - KEPT) * 1000
    with svc.store.read() as conn:
        if not cadence_rows.is_old(conn, before_ms):
            return
    with svc.store.write() as conn:
        cadence_rows.forget_handled(conn, before_ms, AT_ONCE)


def forget_the_past(svc: Services) -> None:
    """Forgets what somebody unknown did long ago, and runs that nobody looks at any more."""
    now = svc.now()
    with svc.store.write() as conn:
        told_rows.forget_old(conn, now - TOLD_KEPT)
        cadence_rows.forget_runs(conn, now - EMPTY_RUN_KEPT, now - RUN_KEPT)
