"""The ingest API as an OpenAPI 3.1 document, made of the classes that judge what is sent."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from pydantic.json_schema import models_json_schema

from connector.flows.telling import Answer, Batch, ErrorAnswer
from connector.flows.told import MOST
from connector.flows.told_csv import COLUMNS

MOST_BYTES = 1_048_576
"""The size of a request's body."""

EVENT = {
    "id": "web-2026-11-22-000017",
    "who": {"email": "ann@example.com"},
    "kind": "callback_requested",
    "at": "2026-11-22T16:30:00Z",
    "campaign": "autumn letter",
}
CSV = (
    "id,kind,at,email,campaign\nweb-2026-11-22-000017,callback_requested,2026-11-22T16:30:00Z,"
    "ann@example.com,autumn letter\n"
)
ANSWER = {
    "accepted": 1,
    "duplicates": 0,
    "waiting": 0,
    "rejected": [
        {
            "index": 1,
            "id": "web-2026-11-22-000018",
            "error": "at: has no time zone",
            "mend": "Send a time with its zone, such as 2026-11-22T16:30:00Z or 2026-11-22T10:30:00-06:00.",
        }
    ],
}
ERRORS = {
    400: (
        "The request cannot be read: not JSON, not a list of events, a CSV header that is not understood.",
        "The body is not JSON",
        'Send {"events": [...]} in UTF-8.',
    ),
    401: (
        "No key, or one that does not work.",
        "This needs an API key",
        "Send the header Authorization: Bearer lt_...; `leadtier keys add NAME` makes a key.",
    ),
    413: (
        f"More than {MOST:,} events, or a body over {MOST_BYTES:,} bytes.",
        f"A request takes at most {MOST:,} events",
        "Send the rest in further requests; an event that arrives twice is kept once.",
    ),
    415: (
        "Neither JSON nor CSV, or not UTF-8, or compressed.",
        "This content type is not taken",
        "Send application/json or text/csv, in UTF-8 and not compressed.",
    ),
    500: (
        "A fault of ours; nothing of the request is kept.",
        "Something went wrong on our side",
        "Nothing of the request was kept. Send it again later; the log of the server says what happened.",
    ),
    503: (
        "The database cannot be written; nothing of the request is kept. `Retry-After` says when to come again.",
        "The events cannot be kept at the moment",
        "Nothing of the request was kept. Send it again after some seconds.",
    ),
}
"""The answers that refuse a request as a whole: what they mean, and an example of error and mend."""


def document(kinds: Sequence[str]) -> dict[str, Any]:
    """The whole description; `kinds` are the kinds of activity that may be told."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Leadtier ingest API",
            "version": version("leadtier"),
            "summary": "Tell Leadtier what the CRM does not know.",
            "description": (
                "Website events, call logs and third-party data become activities of the lead and move its score "
                "within seconds. Sending an event again is harmless: its id is taken once."
            ),
        },
        "servers": [{"url": "/"}],
        "security": [{"key": []}],
        "paths": {"/api/v1/events": {"post": _post()}},
        "components": {
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "`leadtier keys add NAME` makes a key, `leadtier keys revoke NAME` ends it.",
                }
            },
            "schemas": _schemas(kinds),
        },
    }


def _post() -> dict[str, Any]:
    return {
        "operationId": "tellEvents",
        "summary": f"Tell of 1 to {MOST:,} events.",
        "description": "Everything is stored before the answer. An event that is not valid never costs a valid one.",
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": _ref("Batch"), "example": {"events": [EVENT]}},
                "text/csv": {
                    "schema": {"type": "string", "description": f"A header row of {', '.join(COLUMNS)}; then events."},
                    "example": CSV,
                },
            },
        },
        "responses": {
            "200": _response("What became of each event.", "Answer", ANSWER),
            **{
                str(status): _response(meaning, "ErrorAnswer", {"error": error, "mend": mend})
                | ({"headers": _HEADERS[status]} if status in _HEADERS else {})
                for status, (meaning, error, mend) in ERRORS.items()
            },
        },
    }


_HEADERS = {
    401: {"WWW-Authenticate": {"required": True, "schema": {"type": "string"}}},
    503: {"Retry-After": {"required": True, "description": "Seconds.", "schema": {"type": "integer"}}},
}


def _response(meaning: str, schema: str, example: object) -> dict[str, Any]:
    return {"description": meaning, "content": {"application/json": {"schema": _ref(schema), "example": example}}}


def _ref(schema: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{schema}"}


def _schemas(kinds: Sequence[str]) -> dict[str, Any]:
    wanted = [(Batch, "validation"), (Answer, "serialization"), (ErrorAnswer, "serialization")]
    _, made = models_json_schema(wanted, ref_template="#/components/schemas/{model}")  # type: ignore[arg-type]
    schemas: dict[str, Any] = made["$defs"]
    schemas["Event"]["properties"]["kind"]["enum"] = list(kinds)
    return schemas
