"""Pages that ask the CRM while somebody waits for them. A CRM that takes half a minute must not take every thread.

Only so many of these pages are made at once; the next ones are told to try again. The other threads stay free for
webhooks, health checks and the pages that read our own database.
"""

from __future__ import annotations

from threading import BoundedSemaphore
from typing import cast

from flask import Flask, current_app, g, render_template, request

ROOMS = frozenset({"mapping", "mapping_trial", "connecting", "reconnecting", "calls"})
"""Blueprints whose pages may ask the CRM, and those registered on them."""
AT_ONCE = 3
"""Of eight threads, the default of LEADTIER_THREADS."""
PATIENCE = 1.0
"""Seconds a page waits for its turn."""
_TURNS = "leadtier.asking"
_HAS = "asks_crm"

TITLE = "The CRM takes long to answer"
MEND = (
    "Other pages wait for it already, so this one was not begun. Nothing is lost: go back, what you typed stands "
    "there, and try again in a moment."
)


def install(app: Flask) -> None:
    """Counts these pages from here on."""
    app.extensions[_TURNS] = BoundedSemaphore(AT_ONCE)
    app.before_request(_take)
    app.teardown_request(_give_back)


def turns(app: Flask) -> BoundedSemaphore:
    """The turns that are left."""
    return cast(BoundedSemaphore, app.extensions[_TURNS])


def _take() -> tuple[str, int, dict[str, str]] | None:
    if ROOMS.isdisjoint((request.endpoint or "").split(".")[:-1]):
        return None
    if not turns(current_app).acquire(timeout=PATIENCE):
        return render_template("error.html", title=TITLE, mend=MEND, code=503), 503, {"Retry-After": "10"}
    setattr(g, _HAS, True)
    return None


def _give_back(_: BaseException | None) -> None:
    if g.pop(_HAS, False):
        turns(current_app).release()
