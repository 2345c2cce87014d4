"""Midnight: calendar time alone moves scores, once a day, when the tenant's date changes.

Every card says on which day time may first change it (``moves_on``). Leads whose day has come are marked; nobody else
is looked at. Cards made before that was kept carry a day long past, so the first midnight after the upgrade makes all
of them again. How many leads stand in each tier is kept before that, so that a week can be told from the last one.
"""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from connector.store import cadence as cadence_rows
from connector.store import connections as connection_rows
from connector.store import tier_days
from connector.store.database import Scope


def begin_day(conn: sa.Connection, scope: Scope, today: date) -> int:
    """Marks the leads whose cards time may have changed by `today`, the tenant's date; how many."""
    tier_days.keep_day(conn, scope.tenant_id, today.toordinal())
    connection_rows.set_rescored_on(conn, scope, today.isoformat())
    return cadence_rows.mark_moved(conn, scope, today.toordinal())
