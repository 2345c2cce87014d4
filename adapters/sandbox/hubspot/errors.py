"""Refusals in the vendor's words. Shapes: docs "Error handling" and recorded answers; see the tests."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from typing import Any, NamedTuple

SCOPES_PAGE = "https://developers.hubspot.com/scopes"
AUTH_PAGE = "https://developers.hubspot.com/docs/methods/auth/oauth-overview"


@dataclass
class ApiError(Exception):
    """One refusal. `extra` holds what only this kind of answer has at its top level."""

    status: int
    message: str
    category: str
    errors: list[dict[str, Any]] = field(default_factory=list)
    context: dict[str, list[str]] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        """The JSON answer, with a fresh correlation id."""
        body: dict[str, Any] = {"status": "error", "message": self.message, "correlationId": str(uuid.uuid4())}
        if self.errors:
            body["errors"] = self.errors
        if self.context:
            body["context"] = self.context
        return body | self.extra | {"category": self.category}

    def row(self, context: dict[str, list[str]]) -> dict[str, Any]:
        """The same refusal as one entry of a 207's ``errors``."""
        return {
            "status": "error",
            "category": self.category,
            "message": self.message,
            "context": self.context | context,
            "errors": self.errors,
            "links": {},
        }


class ValueProblem(NamedTuple):
    """Why one value was refused."""

    code: str
    property: str
    message: str


def invalid_values(problems: list[ValueProblem], portal_id: int) -> ApiError:
    """400: one or more property values were refused. The message holds JSON, as the vendor's does."""
    details = [
        {
            "isValid": False,
            "message": problem.message,
            "error": problem.code,
            "name": problem.property,
            "localizedErrorMessage": problem.message,
            "portalId": portal_id,
        }
        for problem in problems
    ]
    errors = [
        {"message": problem.message, "code": problem.code, "context": {"propertyName": [problem.property]}}
        for problem in problems
    ]
    text = json.dumps(details, separators=(",", ":"), ensure_ascii=False)
    return ApiError(400, f"Property values were not valid: {text}", "VALIDATION_ERROR", errors)


def invalid(message: str, **context: list[str]) -> ApiError:
    """400: the request itself is wrong."""
    return ApiError(400, message, "VALIDATION_ERROR", context=context)


def not_found(message: str = "resource not found") -> ApiError:
    """404."""
    return ApiError(404, message, "OBJECT_NOT_FOUND")


def conflict(message: str) -> ApiError:
    """409: something of that name exists already."""
    return ApiError(409, message, "CONFLICT")


def exists_already(message: str) -> ApiError:
    """409 of the properties API."""
    return ApiError(409, message, "OBJECT_ALREADY_EXISTS")


def unauthenticated() -> ApiError:
    """401: no token, or one nobody knows."""
    message = (
        "Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more "
        f"details at {AUTH_PAGE}"
    )
    return ApiError(401, message, "INVALID_AUTHENTICATION")


def expired(seconds_ago: int, at: str) -> ApiError:
    """401: the token's time is over."""
    message = f"The OAuth token used to make this call expired {seconds_ago} second(s) ago."
    return ApiError(401, message, "EXPIRED_AUTHENTICATION", context={"expire time": [at]})


def missing_scopes(any_of: list[str]) -> ApiError:
    """403: the token may not do that; any one of the scopes would do."""
    return ApiError(
        403,
        "This app hasn't been granted all required scopes to make this call. "
        f"Read more about required scopes here: {SCOPES_PAGE}.",
        "MISSING_SCOPES",
        errors=[
            {
                "message": "One or more of the following scopes are required.",
                "context": {"requiredGranularScopes": any_of},
            }
        ],
        extra={"links": {"scopes": SCOPES_PAGE}},
    )


def too_many(policy: str) -> ApiError:
    """429 of the policy ``DAILY``, ``TEN_SECONDLY_ROLLING`` or ``SECONDLY``."""
    extra = {"errorType": "RATE_LIMIT", "policyName": policy, "requestId": uuid.uuid4().hex}
    message = f"You have reached your {policy.lower()} limit."
    return ApiError(429, message, "RATE_LIMITS", extra=extra)
