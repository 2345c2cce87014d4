"""The Salesforce side of the application: its routes, and what it says to paths it does not have."""

from __future__ import annotations

from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from adapters.sandbox.salesforce.api import (  # noqa: F401 (importing a module registers its routes)
    batch,
    collections,
    composite,
    identity,
    limits,
    oauth,
    querying,
    records,
    replication,
    sobjects,
    tree,
)
from adapters.sandbox.salesforce.api.admin import admin
from adapters.sandbox.salesforce.api.routes import api, open_api, refused
from adapters.sandbox.salesforce.bulk.routes import bulk
from adapters.sandbox.salesforce.errors import ApiError, not_found, wrong_method
from adapters.sandbox.salesforce.metadata.routes import metadata
from adapters.sandbox.salesforce.metadata.soap_routes import soap
from adapters.sandbox.salesforce.metadata.tooling import tooling
from adapters.sandbox.salesforce.outbound.routes import outbound
from adapters.sandbox.salesforce.pages import pages

BLUEPRINTS: tuple[Blueprint, ...] = (api, open_api, bulk, metadata, soap, tooling, admin, outbound, pages)


def http_problem(problem: HTTPException) -> Response:
    """Paths and methods the vendor does not have, bodies that are too big, and mistakes of our own."""
    match problem.code:
        case 404:
            return refused(not_found())
        case 405 if isinstance(problem, MethodNotAllowed):
            return refused(wrong_method(request.method, [*(problem.valid_methods or ())]))
        case 413:
            return refused(ApiError(413, "REQUEST_ENTITY_TOO_LARGE", "The request is too big."))
        case _:
            return refused(ApiError(problem.code or 500, "UNKNOWN_EXCEPTION", "An unexpected error occurred."))
