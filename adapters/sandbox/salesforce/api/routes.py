"""The two groups of routes: those that need a session, and those that do not."""

from __future__ import annotations

from flask import Blueprint, Response, g

from adapters.sandbox.salesforce.api.answers import answer
from adapters.sandbox.salesforce.api.gate import admit, dismiss, fail_before_session
from adapters.sandbox.salesforce.api.versions import check_version
from adapters.sandbox.salesforce.errors import ApiError, OAuthError
from adapters.sandbox.salesforce.soql import SoqlError

api = Blueprint("salesforce", __name__, url_prefix="/services/data/<version>")
"""Everything behind a session, whatever the version."""
open_api = Blueprint("salesforce_open", __name__)
"""OAuth and the list of versions."""


def guarded(blueprint: Blueprint) -> Blueprint:
    """A blueprint under ``/services/data/<version>`` behind the gate: faults, session, quota, headers, errors.

    Its views do not take the version; it lies in ``g.version``, the session in ``g.session``.
    """
    blueprint.url_value_preprocessor(_take_version)
    blueprint.before_request(_check_version)
    blueprint.before_request(admit)
    return _answering(blueprint)


def refused(error: ApiError) -> Response:
    """An `ApiError` as an answer."""
    return answer(error.body(), error.status)


def _take_version(_endpoint: str | None, values: dict[str, object] | None) -> None:
    g.version = str((values or {}).pop("version", ""))


def _answering(blueprint: Blueprint) -> Blueprint:
    blueprint.register_error_handler(ApiError, refused)
    blueprint.register_error_handler(OAuthError, _oauth_refused)
    blueprint.register_error_handler(SoqlError, _query_refused)
    blueprint.after_request(dismiss)
    return blueprint


def _oauth_refused(error: OAuthError) -> Response:
    return answer({"error": error.error, "error_description": error.description}, error.status)


def _query_refused(error: SoqlError) -> Response:
    return refused(ApiError(400, error.code, error.message))


def _check_version() -> None:
    check_version(g.version)


guarded(api)
open_api.before_request(fail_before_session)
_answering(open_api)
