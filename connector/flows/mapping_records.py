"""Whom an admin means who wants to see a mapping at work: by name, by id, by the address of the record."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from adapters.contract import Record
from connector.core.mapping import BoundMapping, map_record
from connector.flows.looks import Look
from connector.flows.services import Services
from connector.store import looking
from connector.store.connections import Connection
from connector.store.looking import Named

OFFERED = 10
"""Records offered at most."""
LONGEST = 400
"""Characters of what was typed that are looked at."""


class Offer(NamedTuple):
    """A record to choose: its id in the CRM, what the lead is called, and where it is."""

    crm_id: str
    name: str
    place: str


def last_ten(svc: Services, connection: Connection, bound: BoundMapping, look: Look) -> list[Offer]:
    """The leads that came last; before the first sync the newest contacts of the CRM."""
    with svc.store.read() as conn:
        found = looking.newest(conn, connection.scope, OFFERED)
    return [_of_lead(row) for row in found] or [_of_record(bound, record) for record in look.records[:OFFERED]]


def meant(svc: Services, connection: Connection, bound: BoundMapping, look: Look, typed: str) -> list[Offer]:
    """Who may be meant: one record by its id or address, else those of that name, at most ten. An id need not be known.

    Names are looked for among the leads, and among the newest contacts of the CRM.
    """
    typed = " ".join(typed[:LONGEST].split())
    if crm_id := _by_id(svc, connection, typed):
        return [Offer(crm_id, "", "")]
    with svc.store.read() as conn:
        known = [_of_lead(row) for row in looking.named(conn, connection.scope, typed, OFFERED)]
    parts = typed.casefold().split()
    fresh = (_of_record(bound, record) for record in look.records) if parts else ()
    others = [offer for offer in fresh if all(part in offer.name.casefold() for part in parts)]
    return list({offer.crm_id: offer for offer in (*others, *known)}.values())[:OFFERED]


def _by_id(svc: Services, connection: Connection, typed: str) -> str | None:
    """The id in what was typed: our own number (``#12``), an id of the CRM, or the address of a record there."""
    if typed.startswith("#") and typed[1:].isascii() and typed[1:].isdigit() and len(typed) < 11:
        with svc.store.read() as conn:
            return looking.crm_id_of(conn, connection.scope, int(typed[1:]))
    read: Callable[[str], Sequence[str]] | None = svc.crm(connection.kind).record_ids
    if typed and read is not None:
        return next(iter(read(typed)), None)
    with svc.store.read() as conn:
        return typed if typed in looking.seen(conn, connection.scope, [typed]) else None


def _of_lead(row: Named) -> Offer:
    return offer(row.crm_id, json.loads(row.fields))


def _of_record(bound: BoundMapping, record: Record) -> Offer:
    return offer(record.id, map_record(bound, record)[0])


def offer(crm_id: str, fields: Mapping[str, Any]) -> Offer:
    """How a record is offered."""
    name = " ".join(str(fields[part]) for part in ("first_name", "last_name") if part in fields)
    place = ", ".join(str(fields[part]) for part in ("city", "state") if part in fields)
    return Offer(crm_id, name or str(fields.get("company") or fields.get("email") or f"Contact {crm_id}"), place)
