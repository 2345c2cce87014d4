"""For machines: is the process alive, and can it do its work? Nothing here is about people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from flask import Blueprint, Flask, current_app

from connector.flows.services import Services
from connector.store import schema
from connector.store.database import StoreUnusable
from connector.web.shared import services

pages = Blueprint("health", __name__)

Beat = Callable[[], float]
"""Seconds since the worker of this process last looked for work."""

STALE = 60.0
"""Seconds without a look after which the worker is taken to hang."""

_BEAT = "leadtier.beat"


class Check(NamedTuple):
    """One thing that must be in order, and what to do when it is not."""

    check: str
    ok: bool
    mend: str = ""


def watch_worker(app: Flask, beat: Beat) -> None:
    """From now on readiness includes the worker of this process."""
    app.extensions[_BEAT] = beat


@pages.get("/healthz")
def healthz() -> dict[str, str]:
    """Alive: the process answers."""
    return {"status": "alive"}


@pages.get("/readyz")
def readyz() -> tuple[dict[str, Any], int]:
    """Ready: the database answers in this program's schema, and the worker looks for work. 503 says what is not so."""
    checks = [*_database(services()), *_worker(current_app.extensions.get(_BEAT))]
    mends = " ".join(check.mend for check in checks if not check.ok)
    document: dict[str, Any] = {"checks": [{"check": check.check, "ok": check.ok} for check in checks]}
    if mends:
        return {"status": "not ready", "mend": mends, **document}, 503
    return {"status": "ready", **document}, 200


def _database(svc: Services) -> list[Check]:
    try:
        with svc.store.read() as conn:
            current = schema.is_current(conn)
    except StoreUnusable:
        return [Check("database", ok=False, mend="The database does not answer; `leadtier doctor` says more.")]
    mend = "The database was made for another version of Leadtier: start all processes again with the same version."
    return [Check("database", ok=True), Check("migrations", current, mend)]


def _worker(beat: Beat | None) -> list[Check]:
    if beat is None:
        return []
    mend = f"The worker has not looked for work for over {STALE:.0f} seconds: see the log, then restart the process."
    return [Check("worker", beat() <= STALE, mend)]
