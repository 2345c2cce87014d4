"""Links that work once: made here, shown once, known again by their digest."""

from __future__ import annotations

import secrets

import sqlalchemy as sa

from connector.flows.services import Refused, Services
from connector.flows.visits import digest
from connector.store import tickets
from connector.store.tickets import NewTicket, Ticket

DAY = 86_400
LASTS = {"setup": DAY, "invitation": 7 * DAY, "sign_in": DAY}
"""Seconds for which a link of each kind works."""
_OVER = {
    "setup": "This link was used, or its time is over. Start `leadtier run` again: it prints a fresh one while the "
    "agency has no owner.",
    "invitation": "This invitation was used, taken back, or its time is over. Ask an owner of the agency for another.",
    "sign_in": "This link was used, or its time is over. Whoever runs Leadtier makes another: `leadtier people link`.",
}


def make(
    conn: sa.Connection, tenant_id: int, kind: str, now: int, email: str = "", role: str = "", by: str = ""
) -> str:
    """A new link's secret, in the caller's transaction."""
    token = secrets.token_urlsafe(32)
    tickets.issue(conn, tenant_id, NewTicket(digest(token), kind, email, role, by, now, now + LASTS[kind]))
    return token


def opened(svc: Services, kind: str, token: str) -> Ticket:
    """What a link of that kind is for, without using it. Raises `Refused` when it works no more."""
    with svc.store.read() as conn:
        found = tickets.by_digest(conn, digest(token))
    if found is None or found.kind != kind or not found.works(svc.now()):
        raise Refused(_OVER[kind])
    return found


def use(conn: sa.Connection, ticket: Ticket, now: int) -> None:
    """Uses a link up. Raises `Refused` when somebody was quicker."""
    if not tickets.use(conn, ticket.id, now):
        raise Refused(_OVER[ticket.kind])
