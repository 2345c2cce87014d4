"""How answers look on the wire, and reading what the caller sent."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator
from email.utils import formatdate
from typing import Any

from flask import Response, request

from adapters.sandbox.salesforce.errors import bad_json

JSON_TYPE = "application/json;charset=UTF-8"
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def answer(body: Any, status: int = 200) -> Response:
    """A JSON answer."""
    return Response(_encode(body), status, content_type=JSON_TYPE)


def nothing(status: int = 204) -> Response:
    """An answer without a body and without a content type."""
    empty = Response(status=status)
    del empty.headers["Content-Type"]
    return empty


def http_date(seconds: float) -> str:
    """Seconds since 1970 as a header has them (RFC 9110)."""
    return formatdate(int(seconds), usegmt=True)


def sent() -> Any:
    """The JSON in the request's body. Raises the vendor's 400 when it cannot be read."""
    try:
        return json.loads(request.get_data())
    except UnicodeDecodeError as error:
        raise bad_json("Invalid UTF-8") from error
    except json.JSONDecodeError as error:
        raise bad_json(f"{error.msg} at [line:{error.lineno}, column:{error.colno}]") from error


def sent_object() -> dict[str, Any]:
    """The JSON object in the request's body. Raises the vendor's 400 for anything else."""
    body = sent()
    if not isinstance(body, dict):
        raise bad_json("Cannot deserialize request body: a JSON object is expected at [line:1, column:1]")
    return body


def objects_in(body: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """A list of objects inside a body. Raises the vendor's 400 when it is missing or anything else."""
    value = body.get(key)
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise bad_json(f"{key} must be a list of objects at [line:1, column:1]")
    return value


def flag_in(body: dict[str, Any], key: str) -> bool:
    """A boolean inside a body, false when missing; clients send the word as well."""
    return str(body.get(key, False)).lower() == "true"


def squeezed(response: Response) -> Response:
    """The answer in gzip when the caller takes it; a streamed one stays a stream."""
    if "gzip" not in request.headers.get("Accept-Encoding", "").lower() or response.status_code in (204, 304):
        return response
    response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    if response.is_streamed:
        response.response = _squeeze(response.iter_encoded())
        response.headers.pop("Content-Length", None)
    else:
        response.set_data(gzip.compress(response.get_data(), 1))
    return response


def _squeeze(pieces: Iterable[bytes]) -> Iterator[bytes]:
    squeezer = zlib.compressobj(1, zlib.DEFLATED, 31)
    for piece in pieces:
        yield squeezer.compress(piece)
    yield squeezer.flush()
