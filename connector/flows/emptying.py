"""Emptying a rep's flag field: only while the record still holds the flag that was answered.

A row may wait for minutes or hours between the reading it was planned by and the call that writes it. A rep who sets
another flag meanwhile must not lose it, least of all one that says "do not contact".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from adapters.contract import EventKind
from connector.core.mapping import BoundMapping, map_record
from connector.flows import flags
from connector.flows.services import Services
from connector.flows.written import update_of
from connector.store import flags as flag_rows
from connector.store import inbox as inbox_rows
from connector.store import leads as lead_rows
from connector.store import outbox as outbox_rows
from connector.store.database import Scope
from connector.store.inbox import InboxEvent
from connector.store.outbox import Pending

LATER = 60
"""Seconds a row waits whose record holds another flag now; by then the record was read and the row made anew."""


def may_go(svc: Services, scope: Scope, rows: Sequence[Pending]) -> Sequence[Pending]:
    """The rows that may be sent as they are. Those that would wipe a flag nobody answered wait, and it is heard.

    One call for all rows that empty a flag field, none where there is none. Raises the error family.
    """
    bound = svc.mapping(scope)
    field = bound.clears.get("flag")
    emptying = [row for row in rows if field and f'"{field}": null' in row.values and field in update_of(row).values]
    if not emptying:
        return rows
    now_there = _flags_now(svc, scope, bound, [row.crm_id for row in emptying])
    with svc.store.read() as conn:
        said = flag_rows.of_leads(conn, scope, [row.lead_id for row in emptying])
    others = {
        row.lead_id: row.crm_id
        for row in emptying
        if now_there.get(row.crm_id, "") not in {"", _answered(said.get(row.lead_id, ()))}
    }
    if others:
        _read_again(svc, scope, others, str(field))
    return [row for row in rows if row.lead_id not in others]


def _flags_now(svc: Services, scope: Scope, bound: BoundMapping, crm_ids: Sequence[str]) -> Mapping[str, str]:
    page = svc.account(scope).contacts_by_id(crm_ids, list(bound.properties))
    return {record.id: str(map_record(bound, record)[0].get("flag", "")) for record in page.items}


def _answered(said: Sequence[flag_rows.Flag]) -> str:
    """The kind of the newest flag that was set in the record, if it has an answer."""
    last = next((flag for flag in reversed(said) if flags.is_of_record(flag)), None)
    return last.kind if last is not None and last.answered_at is not None else ""


def _read_again(svc: Services, scope: Scope, others: Mapping[int, str], field: str) -> None:
    at_ms = int(svc.clock().timestamp() * 1000)
    at = at_ms // 1000
    events = [
        InboxEvent(
            scope.tenant_id, scope.connection_id, f"emptying:{crm_id}:{at_ms}", EventKind.CHANGED, crm_id, field,
            "", "", False, at,
        )
        for crm_id in others.values()
    ]  # fmt: skip
    with svc.store.write() as conn:
        outbox_rows.postpone(conn, scope, dict.fromkeys(others, at + LATER))
        lead_rows.mark_dirty(conn, scope, others.keys())
        inbox_rows.add_events(conn, events, at_ms)
