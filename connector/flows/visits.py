"""Visits: a browser that is signed in, from its secret to the person and the agency it shows, and its end."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa

from connector.flows.actors import Actor, Role
from connector.flows.services import Services
from connector.store import audit, sessions
from connector.store.sessions import NewSession, SessionRow, Visit

IDLE = 12 * 3600
"""Seconds without a request after which a session ends."""
LONGEST = 14 * 86_400
"""Seconds after which a session ends in any case."""
LONGEST_AGENT = 300


class Browser(NamedTuple):
    """From where somebody comes, as the request says."""

    agent: str = ""
    address: str = ""


def digest(secret: str) -> str:
    """What is kept of a secret. A plain hash is enough: it is random, there is nothing to guess."""
    return hashlib.sha256(secret.encode()).hexdigest()


def begin(conn: sa.Connection, tenant_id: int, account_id: int, browser: Browser, now: int) -> str:
    """A new session, in the caller's transaction; the secret for the browser, which is kept nowhere else."""
    secret = secrets.token_urlsafe(32)
    sessions.forget_ended(conn, now - IDLE, now)
    agent = browser.agent[:LONGEST_AGENT]
    new = NewSession(digest(secret), account_id, agent, browser.address, now, now + LONGEST)
    sessions.begin(conn, tenant_id, new)
    return secret


def resume(svc: Services, secret: str, *, stays: bool = True) -> Visit | None:
    """Who holds this secret; None when the session has ended. `stays`: this request keeps it from ending idle."""
    if not secret:
        return None
    now = svc.now()
    with svc.store.read() as conn:
        found = sessions.visit(conn, digest(secret))
    if found is None or found.ends_at <= now or found.seen_at <= now - IDLE:
        return None
    if stays and found.seen_at <= now - sessions.SEEN_EVERY:
        with svc.store.write() as conn:
            sessions.seen(conn, found.session_id, now)
    return found


def actor_of(visit: Visit) -> Actor:
    """The person behind a visit."""
    return Actor(visit.account_id, visit.email, visit.name, Role(visit.role))


def mine(svc: Services, actor: Actor) -> Sequence[SessionRow]:
    """The sessions of a person that still open pages, last seen first."""
    now = svc.now()
    with svc.store.read() as conn:
        return sessions.sessions_of(conn, actor.account_id, now - IDLE, now)


def end(svc: Services, actor: Actor, session_id: int) -> bool:
    """Ends one session of the person who asks; False when there is none such."""
    with svc.store.write() as conn:
        ended = sessions.end(conn, actor.account_id, session_id)
        if ended:
            audit.record(conn, svc.tenant.id, actor.email, "sign out", "", svc.now())
    return ended


def end_others(svc: Services, actor: Actor, session_id: int) -> int:
    """Ends every session of the person but this one; how many."""
    with svc.store.write() as conn:
        ended = sessions.end_others(conn, actor.account_id, session_id)
        audit.record(conn, svc.tenant.id, actor.email, "end sessions", f"{ended} other sessions", svc.now())
    return ended


def show(svc: Services, visit: Visit, tenant_id: int) -> bool:
    """Shows another agency of the person in this browser; False where they are in none such."""
    with svc.store.write() as conn:
        return sessions.show(conn, visit.session_id, visit.account_id, tenant_id)
