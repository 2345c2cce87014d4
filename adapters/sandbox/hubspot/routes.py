"""The two groups of routes: those that need a bearer token, and those that do not."""

from __future__ import annotations

from flask import Blueprint, Response

from adapters.sandbox.hubspot.answers import answer
from adapters.sandbox.hubspot.errors import ApiError
from adapters.sandbox.hubspot.gate import admit, dismiss, fail_on_demand

api = Blueprint("hubspot", __name__)
"""Everything behind a bearer token."""
open_api = Blueprint("hubspot_open", __name__)
"""OAuth and the app's own configuration, which carry their secrets in other ways."""


def refused(error: ApiError) -> Response:
    """An `ApiError` as an answer."""
    response = answer(error.body(), error.status)
    response.headers.update(error.headers)
    return response


api.before_request(admit)
open_api.before_request(fail_on_demand)
for _group in (api, open_api):
    _group.register_error_handler(ApiError, refused)
    _group.after_request(dismiss)
