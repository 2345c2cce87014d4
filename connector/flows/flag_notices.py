"""Flags set in the record: what a page of contacts says about the flag field, told apart from what is known already.

However often a record is read, by polling or after webhooks, one flag is one. A reading is judged by the CRM's own
time of the record: one that is older than what we know already (a search index that lags) changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from adapters.contract import Record
from connector.core.mapping import BoundMapping
from connector.core.types import FieldValue
from connector.flows import flags
from connector.flows.flags import Said
from connector.store import flags as flag_rows
from connector.store import owners as owner_rows
from connector.store.database import Scope
from connector.store.flags import Flag, FlaggedLead

Read = tuple[Record, Mapping[str, FieldValue]]
"""A record and its canonical fields."""


class _Reading(NamedTuple):
    """What one record says. `flag` is empty when the field is; `at` is the CRM's time of the record."""

    lead_id: int
    record: Record
    flag: str
    note: str
    at: int


def notice(
    conn: sa.Connection, scope: Scope, bound: BoundMapping, page: Sequence[Read], ids: Mapping[str, int], now: int
) -> int:
    """Keeps the flags that are new on these records; how many. `now` is when the page is stored."""
    if all(field.name != "flag" for field in bound.fields):
        return 0
    known = flag_rows.of_leads(conn, scope, list(set(ids.values())))
    readings = [_reading(ids[record.id], record, fields, now) for record, fields in page if not record.archived]
    flagged = [one for one in readings if one.flag or one.lead_id in known]
    return sum(_judge(conn, scope, bound, one, known.get(one.lead_id, ()), now) for one in flagged)


def _reading(lead_id: int, record: Record, fields: Mapping[str, FieldValue], now: int) -> _Reading:
    at = now if record.updated_at is None else min(int(record.updated_at.timestamp()), now)
    flag = str(fields.get("flag", ""))
    note = str(fields.get("flag_note", "")) if flag else ""
    return _Reading(lead_id, record, flag, " ".join(note.split())[: flags.LONGEST_NOTE], at)


def _judge(
    conn: sa.Connection, scope: Scope, bound: BoundMapping, read: _Reading, known: Collection[Flag], now: int
) -> bool:
    """Compares a reading with the flag that the record is known to hold; whether there is a new one.

    A record merged of two that were flagged brought both along and holds one of them.
    """
    mine = [flag for flag in known if flags.is_of_record(flag)]
    if read.at < max((max(flag.seen_at or 0, flag.over_at or 0) for flag in mine), default=0):
        return False
    lead = flag_rows.flagged_lead(conn, scope, read.lead_id)
    standing = [flag for flag in mine if flag.over_at is None]
    last = max(standing, key=lambda flag: (flag.kind == read.flag, flag.id), default=None)
    held = last if last is not None and read.flag == last.kind and not _set_again(bound, lead, last, read) else None
    for flag in standing:
        if flag is not held:
            flag_rows.over(conn, scope, flag.id, read.at)
    if held is not None:
        _still(conn, scope, held, read)
        return False
    return bool(read.flag) and _record(conn, scope, bound, read, lead, now)


def _still(conn: sa.Connection, scope: Scope, last: Flag, read: _Reading) -> None:
    note = read.note or last.note
    if (read.at, note) != (last.seen_at, last.note):
        flag_rows.seen(conn, scope, last.id, read.at, note)


def _set_again(bound: BoundMapping, lead: FlaggedLead | None, last: Flag, read: _Reading) -> bool:
    """Whether the same flag stands there anew: we had emptied the field, and the record changed since it was seen."""
    field = bound.clears.get("flag", "")
    emptied = lead is not None and field in lead.written and lead.written[field] is None
    return emptied and read.at > (last.seen_at or 0)


def _record(
    conn: sa.Connection, scope: Scope, bound: BoundMapping, read: _Reading, lead: FlaggedLead | None, now: int
) -> bool:
    if lead is None:
        return False
    flags.forget_field(conn, scope, read.lead_id, lead, bound.clears)
    source = f"{flags.RECORD}:{read.record.id}"
    event = f"{source}:{flag_rows.count_from(conn, scope, source) + 1}"
    who = _who(conn, scope, bound, read, lead)
    said = Said(read.flag, read.note, who, read.at, event, seen_at=read.at, heard_at=now)
    return flags.record(conn, scope, read.lead_id, said)


def _who(conn: sa.Connection, scope: Scope, bound: BoundMapping, read: _Reading, lead: FlaggedLead) -> str:
    """Who set it: as the webhook says, else who changed the record last, unless that was our own writing."""
    field = next(field.property for field in bound.fields if field.name == "flag")
    user = flag_rows.changed_by(conn, scope, read.record.id, field)
    if not user and read.at > (lead.written_at or 0):
        user = read.record.properties.get(bound.changed_by) or ""
    return owner_rows.name_of(conn, scope, user.rpartition(":")[2])
