"""Refusals in the vendor's words: a JSON list of ``{message, errorCode, fields?}``, OAuth's excepted."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

_STATUS = {
    "ENTITY_IS_DELETED": 404,
    "NOT_FOUND": 404,
    "INSUFFICIENT_ACCESS_OR_READONLY": 403,
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": 403,
    "SERVER_UNAVAILABLE": 503,
}
"""The HTTP status of a row's refusal when the row was sent alone; 400 for every code that is not here."""


@dataclass
class ApiError(Exception):
    """One refusal. `fields` None leaves the key out, as refusals that concern no record do."""

    status: int
    code: str
    message: str
    fields: tuple[str, ...] | None = None

    def body(self) -> list[dict[str, Any]]:
        """The JSON answer."""
        about = {} if self.fields is None else {"fields": list(self.fields)}
        return [{"message": self.message, "errorCode": self.code} | about]


@dataclass
class OAuthError(Exception):
    """A refusal of the token endpoints: ``{error, error_description}``."""

    error: str
    description: str
    status: int = 400


class Refusal(Protocol):
    """Why a row was refused, as the data layer says it."""

    @property
    def code(self) -> str:
        """The vendor's code."""

    @property
    def message(self) -> str:
        """The vendor's sentence."""

    @property
    def fields(self) -> Sequence[str]:
        """The fields concerned."""


def row_refused(error: Refusal) -> ApiError:
    """The refusal of a record that was sent alone."""
    return ApiError(_STATUS.get(error.code, 400), error.code, error.message, tuple(error.fields))


def in_row(error: Refusal) -> dict[str, Any]:
    """The refusal as an entry of a collection's ``errors``, where the code is called ``statusCode``."""
    return {"statusCode": error.code, "message": error.message, "fields": list(error.fields)}


def not_found(message: str = "The requested resource does not exist") -> ApiError:
    """404."""
    return ApiError(404, "NOT_FOUND", message)


def is_deleted() -> ApiError:
    """404: the record lies in the recycle bin."""
    return ApiError(404, "ENTITY_IS_DELETED", "entity is deleted", ())


def wrong_method(method: str, allowed: Collection[str]) -> ApiError:
    """405, with the methods that are `allowed` at this address."""
    named = ",".join(each for each in ("HEAD", "GET", "POST", "PATCH", "PUT", "DELETE") if each in allowed)
    message = f"HTTP Method '{method}' not allowed. Allowed are {named}"
    return ApiError(405, "METHOD_NOT_ALLOWED", message)


def bad_json(message: str) -> ApiError:
    """400: the body is no JSON, or JSON of the wrong shape."""
    return ApiError(400, "JSON_PARSER_ERROR", message)


def invalid_session() -> ApiError:
    """401: no token, an unknown one, or one whose time is over."""
    return ApiError(401, "INVALID_SESSION_ID", "Session expired or invalid")


def over_the_day() -> ApiError:
    """403: the org's calls of 24 hours are used up."""
    return ApiError(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")


def too_many_at_once() -> ApiError:
    """403: too many long calls under way. Waiting a little helps, unlike with `over_the_day`."""
    return ApiError(403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentPerOrgLongTxn Limit exceeded.")


def invalid_type(name: str) -> ApiError:
    """400: a body names an object that is none, or that this user may not see."""
    message = f"sObject type '{name}' is not supported."
    return ApiError(400, "INVALID_TYPE", message)


def too_many(message: str) -> ApiError:
    """400: more rows, ids or sub-requests than one call takes."""
    return ApiError(400, "EXCEEDED_MAX_SIZE_REQUEST", message)
