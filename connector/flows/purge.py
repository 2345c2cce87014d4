"""Purge: a person asked the CRM to forget them. Nothing of them stays here but that somebody was forgotten."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from connector.store import audit, inbox_work, problems
from connector.store import connections as connection_rows
from connector.store import leads as lead_rows
from connector.store.database import Scope

ACTOR = "the CRM"
ACTION = "purge"


def purge(conn: sa.Connection, scope: Scope, crm_ids: Collection[str], events: Collection[int], at: int) -> None:
    """Removes these leads, everything that hangs on them, and every hint at them but the `events` that asked for it.

    Those keep the vendor's id for as long as the vendor may send them again; it stands for nobody any more.
    """
    if not crm_ids:
        return
    there = lead_rows.purge(conn, scope, crm_ids)
    problems.remove_problems(conn, scope, crm_ids)
    inbox_work.purge(conn, scope, list(crm_ids), events)
    if there:
        name = connection_rows.connection_by_id(conn, scope).name
        what = "1 lead" if there == 1 else f"{there} leads"
        detail = f"{what} of {name} with all activities, scores and flags, after a privacy deletion in the CRM"
        audit.record(conn, scope.tenant_id, ACTOR, ACTION, detail, at)
