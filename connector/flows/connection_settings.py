"""What an admin sets on a connection: its name, and how often it is read; and the runs that begin there."""

from __future__ import annotations

from connector.flows import starting
from connector.flows.actors import Actor
from connector.flows.pace import LEAST, every_text, set_every
from connector.flows.services import Refused, Services
from connector.store import audit
from connector.store import connections as connection_rows
from connector.store import runs as run_rows
from connector.store.audit import Change
from connector.store.database import Scope
from connector.store.leaving import DISCONNECT
from connector.store.runs import Run

LONGEST_NAME = 60
EVERY = (60, 300, 900, 3600, 4 * 3600, 86_400, 0)
"""Seconds between syncs that the page offers; 0: once a night only."""


def intervals(now: int) -> dict[int, str]:
    """What the page offers, with the one that holds `now` among it."""
    offered = sorted({*EVERY, now}, key=lambda every: every or 10**9)
    return {every: every_text(every) for every in offered}


def rename(svc: Services, scope: Scope, actor: Actor, name: str) -> None:
    """Calls the connection so. Raises `Refused` for a name that is none or is taken."""
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise Refused(f"Give it a name of 1 to {LONGEST_NAME} letters.")
    before = svc.connection(scope).name
    if before == name:
        return
    with svc.store.write() as conn:
        if not connection_rows.rename(conn, scope, name):
            raise Refused(f"Another connection is called {name}. Choose another name.")
        audit.record(conn, scope.tenant_id, actor.email, "rename connection", before, svc.now(), Change(before, name))


def set_interval(svc: Services, scope: Scope, actor: Actor, every: int) -> None:
    """Reads the connection so often (seconds; 0: once a night only). Raises `Refused` below a minute."""
    before = svc.connection(scope)
    _stays(svc, scope)
    if before.sync_every == every:
        return
    set_every(svc, scope, every)
    change = Change(every_text(before.sync_every), every_text(every))
    with svc.store.write() as conn:
        audit.record(conn, scope.tenant_id, actor.email, "set sync interval", before.name, svc.now(), change)


def seconds(text: str) -> int:
    """An interval as the form sends it. Raises `Refused` when it is none."""
    if not (text.isascii() and text.isdigit() and len(text) < 8):
        raise Refused(f"Choose how often to read: every {LEAST} seconds at most.")
    return int(text)


def start(svc: Services, scope: Scope, actor: Actor, what: str) -> Run:
    """Begins a run, see `starting.start`."""
    return starting.start(svc, scope, what, actor)


def _stays(svc: Services, scope: Scope) -> None:
    with svc.store.read() as conn:
        if run_rows.open_run(conn, scope, DISCONNECT) is not None:
            raise Refused("This connection is being removed; nothing begins there any more.")
