"""The sandbox as a WSGI application."""

from __future__ import annotations

import uuid

from flask import Flask, Response, current_app, request
from werkzeug.exceptions import HTTPException

from adapters.sandbox.control import control
from adapters.sandbox.dated import BothFamilies
from adapters.sandbox.faults import Faults
from adapters.sandbox.hub import Hub
from adapters.sandbox.hubspot import (  # noqa: F401 (importing a module registers its routes)
    account,
    associations,
    associations_v3,
    batch_reading,
    batches,
    forms,
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
from adapters.sandbox.salesforce.api.edge import Edge, is_salesforce
from adapters.sandbox.salesforce.api.gate import INNER
from adapters.sandbox.salesforce.app import BLUEPRINTS, http_problem
from adapters.sandbox.salesforce.hub import SalesforceHub, open_hub
from adapters.sandbox.salesforce.org import Org
from adapters.sandbox.settings import Settings
from adapters.sandbox.store import Store

BODY_MOST = 10 * 1024 * 1024


def create_app(store: Store | None, settings: Settings | None = None, *, org: Org | None = None) -> Flask:
    """The application over a HubSpot store, a Salesforce org, or both.

    The store's own settings hold unless others are given. `hub_of` and `salesforce_hub_of` give its insides.
    """
    app = Flask("adapters.sandbox", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = BODY_MOST
    app.url_map.strict_slashes = False
    app.register_blueprint(control)
    app.register_error_handler(HTTPException, _http_problem)
    app.after_request(_count)
    app.extensions["sandbox_faults"] = Faults()
    if store is not None:
        store.settings = settings or store.settings
        for blueprint in (api, open_api, pages_blueprint(store, store.settings)):
            app.register_blueprint(blueprint)
        plug_in(app, store)
    if org is not None:
        for blueprint in BLUEPRINTS:
            app.register_blueprint(blueprint)
        plug_in_salesforce(app, org)
    plain = app.wsgi_app
    app.wsgi_app = Edge(plain, BothFamilies(plain))  # type: ignore[method-assign]
    return app


def plug_in(app: Flask, store: Store) -> Hub:
    """Puts a store with fresh counters, faults and tokens behind the API of an application."""
    settings, faults = store.settings, _fresh_faults(app)
    sender = Sender(settings, store.subscriptions, faults)
    store.listener = sender.hear
    found = Hub(store, settings, Tokens(settings), Limits(settings), faults, sender)
    app.extensions["sandbox"] = found
    return found


def plug_in_salesforce(app: Flask, org: Org) -> SalesforceHub:
    """Puts an org with fresh counters, faults, sessions and jobs behind the API of an application."""
    found = open_hub(org, _fresh_faults(app))
    app.extensions["sandbox_salesforce"] = found
    return found


def hub_of(app: Flask) -> Hub:
    """Settings, faults, limits, webhooks and counters of an application, for a caller in the same process."""
    found: Hub = app.extensions["sandbox"]
    return found


def salesforce_hub_of(app: Flask) -> SalesforceHub:
    """The same of its Salesforce side."""
    found: SalesforceHub = app.extensions["sandbox_salesforce"]
    return found


def _fresh_faults(app: Flask) -> Faults:
    """The one list of faults both sides share, empty."""
    faults: Faults = app.extensions["sandbox_faults"]
    faults.clear()
    return faults


def _count(response: Response) -> Response:
    if request.path.startswith("/_sandbox") or INNER in request.environ:
        return response
    side = current_app.extensions.get("sandbox_salesforce" if is_salesforce(request.path) else "sandbox")
    if side is not None:
        side.count(
            f"{request.method} {request.url_rule.rule if request.url_rule else '(unknown)'}", response.status_code
        )
    return response


def _http_problem(problem: HTTPException) -> Response:
    """Paths and methods the vendor does not have, and bodies that are too big."""
    if is_salesforce(request.path):
        return http_problem(problem)
    body = {
        "status": "error",
        "message": problem.name,
        "correlationId": str(uuid.uuid4()),
        "category": "OBJECT_NOT_FOUND" if problem.code == 404 else "VALIDATION_ERROR",
    }
    return answer(body, problem.code or 500)
