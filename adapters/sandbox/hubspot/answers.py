"""How answers look on the wire: JSON, times, and reading what the caller sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import Response, request

from adapters.sandbox.hubspot.errors import invalid

JSON_TYPE = "application/json;charset=utf-8"
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def answer(body: Any, status: int = 200) -> Response:
    """A JSON answer."""
    return Response(_encode(body), status, content_type=JSON_TYPE)


def nothing() -> Response:
    """204, without a body and without a content type."""
    empty = Response(status=204)
    del empty.headers["Content-Type"]
    return empty


def names_in_query(key: str) -> list[str]:
    """A list from the query string, repeated (``a=1&a=2``, the vendor's clients) or comma-joined (``a=1,2``, dlt)."""
    return [name for part in request.args.getlist(key) for name in part.split(",") if name]


def flag_in_query(key: str) -> bool:
    """A boolean from the query string; the Python client sends it capitalised."""
    return request.args.get(key, "false").lower() == "true"


def number_in_query(key: str, default: int, highest: int) -> int:
    """A page size from the query string. Raises a 400 when it is no number or out of bounds."""
    text = request.args.get(key, str(default))
    if not text.isdigit() or not 1 <= int(text) <= highest:
        raise invalid(f"Invalid value for {key}: {text}. It must be a number between 1 and {highest}.")
    return int(text)


def sent() -> dict[str, Any]:
    """The JSON object in the request's body. Raises a 400 when there is none."""
    body = request.get_json(force=True, silent=True)
    if not isinstance(body, dict):
        raise invalid("Invalid input JSON on line 1, column 1: a JSON object is expected")
    return body


def mapping_in(body: Mapping[str, Any], key: str) -> dict[str, Any]:
    """An object inside a body, empty when it is missing. Raises a 400 for anything else."""
    value = body.get(key)
    if value is not None and not isinstance(value, dict):
        raise invalid(f"Invalid input JSON: {key} must be an object")
    return value or {}


def mappings_in(body: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    """A list of objects inside a body, empty when it is missing. Raises a 400 for anything else."""
    value = body.get(key)
    if value is not None and not (isinstance(value, list) and all(isinstance(each, dict) for each in value)):
        raise invalid(f"Invalid input JSON: {key} must be a list of objects")
    return value or []


def names_in(body: Mapping[str, Any], key: str) -> list[str]:
    """A list of names inside a body, empty when it is missing. Raises a 400 for anything else."""
    value = body.get(key)
    if value is not None and not (isinstance(value, list) and all(isinstance(each, str) for each in value)):
        raise invalid(f"Invalid input JSON: {key} must be a list of names")
    return value or []


def only_texts(body: Mapping[str, Any], *keys: str) -> None:
    """Raises a 400 when one of these fields is there and no text."""
    for key in keys:
        if not isinstance(body.get(key, ""), str | None):
            raise invalid(f"Invalid input JSON: {key} must be a text")


def required(body: dict[str, Any], *names: str) -> None:
    """Raises a 400 that names the fields missing from `body`."""
    missing = [name for name in names if body.get(name) is None]
    if missing:
        raise invalid(
            f"Invalid input JSON on line 1, column 2: Some required fields were not set: [{', '.join(missing)}]"
        )
