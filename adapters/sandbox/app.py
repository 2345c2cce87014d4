"""The sandbox as a WSGI application."""

from __future__ import annotations

import uuid

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from adapters.sandbox.control import control
from adapters.sandbox.dated import BothFamilies
from adapters.sandbox.faults import Faults
from adapters.sandbox.hub import Hub, hub
from adapters.sandbox.hubspot import (  # noqa: F401 (importing a module registers its routes)
    account,
    associations,
    associations_v3,
    batch_reading,
    batches,
    groups,
    labels,
    merging,
    oauth,
    properties,
    records,
    search,
    webhooks,
)
from adapters.sandbox.hubspot.answers import answer
from adapters.sandbox.hubspot.delivery import Sender
from adapters.sandbox.hubspot.routes import api, open_api
from adapters.sandbox.hubspot.tokens import Tokens
from adapters.sandbox.limits import Limits
from adapters.sandbox.pages import pages_blueprint
from adapters.sandbox.settings import Settings
from adapters.sandbox.store import Store

BODY_MOST = 10 * 1024 * 1024


def create_app(store: Store, settings: Settings | None = None) -> Flask:
    """The application over a store; the store's own settings unless others are given. `hub_of` gives its insides."""
    store.settings = settings or store.settings
    app = Flask("adapters.sandbox", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = BODY_MOST
    app.url_map.strict_slashes = False
    for blueprint in (api, open_api, control, pages_blueprint(store, store.settings)):
        app.register_blueprint(blueprint)
    app.register_error_handler(HTTPException, _http_problem)
    app.after_request(_count)
    app.wsgi_app = BothFamilies(app.wsgi_app)  # type: ignore[method-assign]
    plug_in(app, store)
    return app


def plug_in(app: Flask, store: Store) -> Hub:
    """Puts a store with fresh counters, faults and tokens behind the API of an application."""
    settings, faults = store.settings, Faults()
    sender = Sender(settings, store.subscriptions, faults)
    store.listener = sender.hear
    found = Hub(store, settings, Tokens(settings), Limits(settings), faults, sender)
    app.extensions["sandbox"] = found
    return found


def hub_of(app: Flask) -> Hub:
    """Settings, faults, limits, webhooks and counters of an application, for a caller in the same process."""
    found: Hub = app.extensions["sandbox"]
    return found


def _count(response: Response) -> Response:
    if request.path.startswith("/_sandbox"):
        return response
    route = request.url_rule.rule if request.url_rule else "(unknown)"
    hub().count(f"{request.method} {route}", response.status_code)
    return response


def _http_problem(problem: HTTPException) -> Response:
    """Paths and methods the vendor does not have, and bodies that are too big."""
    body = {
        "status": "error",
        "message": problem.name,
        "correlationId": str(uuid.uuid4()),
        "category": "OBJECT_NOT_FOUND" if problem.code == 404 else "VALIDATION_ERROR",
    }
    return answer(body, problem.code or 500)
