"""For machines: is the process alive, and can it do its work?"""

from __future__ import annotations

from flask import Blueprint

from connector.store.database import StoreUnusable
from connector.web.shared import services

pages = Blueprint("health", __name__)
ENDPOINTS = frozenset({"health.healthz", "health.readyz"})


@pages.get("/healthz")
def healthz() -> dict[str, str]:
    """Alive: the process answers."""
    return {"status": "alive"}


@pages.get("/readyz")
def readyz() -> tuple[dict[str, str], int]:
    """Ready: the database answers. 503 with a sentence when it does not."""
    try:
        services().store.ping()
    except StoreUnusable:
        return {"status": "not ready", "mend": "The database does not answer; `leadtier doctor` says more."}, 503
    return {"status": "ready"}, 200
