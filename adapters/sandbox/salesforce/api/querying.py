"""``/query`` and ``/queryAll``: SOQL, page by page."""

from __future__ import annotations

import re
from typing import Any

from flask import Response, g, request

from adapters.sandbox.salesforce.api.answers import answer
from adapters.sandbox.salesforce.api.gate import fail_queries, locators_fail
from adapters.sandbox.salesforce.api.locators import Locator
from adapters.sandbox.salesforce.api.routes import api
from adapters.sandbox.salesforce.api.seeing import view
from adapters.sandbox.salesforce.errors import ApiError
from adapters.sandbox.salesforce.hub import hub
from adapters.sandbox.salesforce.soql import Rows, run

SMALLEST_PAGE, BIGGEST_PAGE = 200, 2000


@api.get("/query")
def query() -> Response:
    """A query over what is not deleted."""
    return _first_page(include_deleted=False)


@api.get("/queryAll")
def query_all() -> Response:
    """A query over what is deleted or archived as well."""
    return _first_page(include_deleted=True)


@api.get("/query/<cursor>")
@api.get("/queryAll/<cursor>")
def query_more(cursor: str) -> Response:
    """A further page: ``0r8…-2000``, the locator and the place of the page's first record."""
    fail_queries()
    match = re.fullmatch(r"(\w+)-(\d+)", cursor)
    locator = hub().locators.find(match[1]) if match else None
    if match is None or locator is None or locators_fail() or int(match[2]) > locator.rows.total:
        raise ApiError(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
    return answer(_page(locator.rows, int(match[2]), locator.page, locator))


def run_query(text: str, *, include_deleted: bool) -> Rows:
    """The result of a query as the present user. Raises SoqlError, which is answered with 400."""
    return run(hub().org, view(), text, include_deleted=include_deleted, version=g.version.removeprefix("v"))


def _first_page(*, include_deleted: bool) -> Response:
    fail_queries()
    text = request.args.get("q", "")
    if not text.strip():
        raise ApiError(400, "MALFORMED_QUERY", "A query string has to be specified")
    rows = run_query(text, include_deleted=include_deleted)
    return answer(_page(rows, 0, rows.page_size(_page_size()), None))


def _page(rows: Rows, start: int, size: int, locator: Locator | None) -> dict[str, Any]:
    records = rows.records(start, size)
    end = start + size
    head: dict[str, Any] = {"totalSize": rows.total, "done": end >= rows.total or (start == 0 and not records)}
    if not head["done"]:
        _refuse_groups(records)
        locator = locator or hub().locators.keep(rows, size)
        head["nextRecordsUrl"] = f"/services/data/{g.version}/query/{locator.name}-{end}"
    return head | {"records": records}


def _refuse_groups(records: list[dict[str, Any]]) -> None:
    if records[0]["attributes"]["type"] == "AggregateResult":
        text = "Aggregate query does not support queryMore(), use LIMIT to restrict the results to a single batch"
        raise ApiError(400, "EXCEEDED_ID_LIMIT", text)


def _page_size() -> int:
    """What ``Sforce-Query-Options: batchSize=…`` asks for within 200 to 2,000; the org's own otherwise."""
    match = re.search(r"batchSize\s*=\s*(\d+)", request.headers.get("Sforce-Query-Options", ""), re.IGNORECASE)
    if match is None:
        return hub().settings.page_size
    return min(max(int(match[1]), SMALLEST_PAGE), BIGGEST_PAGE)
