"""Asking for a run: begun by a command, done by whichever worker takes it."""

from __future__ import annotations

from connector.flows import rescore, sync
from connector.flows.services import Services
from connector.store.database import Scope


def request_sync(svc: Services, scope: Scope, *, full: bool = False) -> int:
    """Asks for a sync of the connection, or joins the one that is under way or was cut off; the run's id.

    With `full` everything is read again, which also finds what was archived in the CRM. Raises `Refused` when another
    sync must end first.
    """
    return sync.begin(svc, scope, full=full).id


def request_rescore(svc: Services, scope: Scope, *, rewrite: bool = False) -> int:
    """Asks for scoring every lead of the connection again; otherwise as `request_sync`."""
    return rescore.begin_rescore(svc, scope, rewrite=rewrite).id
