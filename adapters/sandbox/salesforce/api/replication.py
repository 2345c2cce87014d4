"""``/sobjects/X/updated`` and ``/deleted``: what changed, and what went, between two moments.

Docs: REST API guide, "Get Updated" and "Get Deleted". Seconds are ignored; the days are reckoned back from now.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import Response, request

from adapters.sandbox.salesforce.api.answers import answer
from adapters.sandbox.salesforce.api.routes import api
from adapters.sandbox.salesforce.api.seeing import object_in_path
from adapters.sandbox.salesforce.catalog import SObject
from adapters.sandbox.salesforce.dml import deleted_between
from adapters.sandbox.salesforce.errors import ApiError
from adapters.sandbox.salesforce.hub import hub
from adapters.sandbox.salesforce.values import stamp

MINUTE_MS, DAY_MS = 60_000, 86_400_000
UPDATED_DAYS, DELETED_DAYS = 30, 15
MOST_IDS = 600_000


@dataclass(frozen=True, slots=True)
class Span:
    """Milliseconds since 1970, whole minutes, the end not included."""

    start: int
    end: int


@api.get("/sobjects/<name>/updated")
def updated(name: str) -> Response:
    """The ids of records that changed or were created, and are still there."""
    sobject, span = _replicated(name), _span(UPDATED_DAYS)
    return answer({"ids": _changed(sobject, span), "latestDateCovered": stamp(span.end)})


@api.get("/sobjects/<name>/deleted")
def deleted(name: str) -> Response:
    """The ids of records that were deleted, those purged from the bin included."""
    sobject, span = _replicated(name), _span(DELETED_DAYS)
    rows = deleted_between(hub().org, sobject.name, span.start, span.end)
    records = [{"id": gone, "deletedDate": stamp(at)} for gone, at in rows]
    body: dict[str, Any] = {"deletedRecords": records, "latestDateCovered": stamp(span.end)}
    return answer(body | {"earliestDateAvailable": stamp(_whole_minutes(hub().org.now_ms()) - DELETED_DAYS * DAY_MS)})


def _replicated(name: str) -> SObject:
    sobject = object_in_path(name)
    if not sobject.replicateable:
        raise ApiError(400, "INVALID_TYPE_FOR_OPERATION", f"entity type {sobject.name} does not support replication")
    return sobject


def _span(days: int) -> Span:
    start, end = (_whole_minutes(_moment(key)) for key in ("start", "end"))
    now = hub().org.now_ms()
    if start >= end:
        raise _bad_date("startDate before endDate")
    if start < now - days * DAY_MS - MINUTE_MS:
        raise _bad_date(f"startDate cannot be more than {days} days ago")
    return Span(start, min(end, _whole_minutes(now) + MINUTE_MS))


def _moment(key: str) -> int:
    # A "+" that nobody encoded arrives as a space.
    text = request.args.get(key, "").replace(" ", "+")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise _bad_date(f"{key} is no date and time: {text}") from error
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


def _changed(sobject: SObject, span: Span) -> list[str]:
    live = ' AND "IsDeleted" = 0' if "isdeleted" in sobject.fields else ""
    with hub().org.reading() as connection:
        rows = connection.execute(
            f'SELECT "Id" FROM "{sobject.name}" '  # noqa: S608
            f'WHERE "SystemModstamp" >= ? AND "SystemModstamp" < ?{live} ORDER BY "Id" LIMIT ?',
            (span.start, span.end, MOST_IDS + 1),
        ).fetchall()
    if len(rows) > MOST_IDS:
        raise ApiError(400, "EXCEEDED_ID_LIMIT", "exceeded the limit of ids returned; ask for a shorter time")
    return [row[0] for row in rows]


def _bad_date(message: str) -> ApiError:
    return ApiError(400, "INVALID_REPLICATION_DATE", message)


def _whole_minutes(ms: int) -> int:
    return ms - ms % MINUTE_MS
