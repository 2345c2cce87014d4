"""``/composite``: up to 25 requests that may use one another's answers, in one call.

Docs: REST API guide, "Composite" and "Composite Graph". A graph is the same thing, always in one transaction.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from flask import Response

from adapters.sandbox.salesforce.api.answers import answer, flag_in, objects_in, sent_object
from adapters.sandbox.salesforce.api.routes import api
from adapters.sandbox.salesforce.api.subrequests import Outcome, carry_out, filled_in, refused_with, rolled_back
from adapters.sandbox.salesforce.api.transaction import all_or_nothing
from adapters.sandbox.salesforce.errors import ApiError, bad_json

MOST_REQUESTS, MOST_QUERIES = 25, 5
MOST_NODES, MOST_GRAPHS = 500, 75
_COUNTED = re.compile(r"^/services/data/v\d+\.0/(query|queryAll|composite/sobjects)\b", re.IGNORECASE)
_NESTED = re.compile(r"^/services/data/v\d+\.0/composite(/(batch|graph|tree)\b.*)?/?$", re.IGNORECASE)


@api.post("/composite")
def composite() -> Response:
    """Runs the requests in order; with ``allOrNone`` a failure undoes them all."""
    body = sent_object()
    requests = _requests(body)
    _refuse_more(len(requests), MOST_REQUESTS, "subrequests")
    _refuse_more(sum(bool(_COUNTED.match(each["url"])) for each in requests), MOST_QUERIES, "query or collection calls")
    return answer({"compositeResponse": _run(requests, whole=flag_in(body, "allOrNone"))})


@api.post("/composite/graph")
def graph() -> Response:
    """Runs each graph in a transaction of its own."""
    graphs = objects_in(sent_object(), "graphs")
    several = [_requests(each) for each in graphs]
    _refuse_more(len(graphs), MOST_GRAPHS, "graphs")
    _refuse_more(sum(map(len, several)), MOST_NODES, "nodes")
    results = []
    for given, requests in zip(graphs, several, strict=True):
        answers = _run(requests, whole=True)
        good = all(each["httpStatusCode"] < 400 for each in answers)
        shown = {"graphId": given.get("graphId"), "graphResponse": {"compositeResponse": answers}}
        results.append(shown | {"isSuccessful": good})
    return answer({"graphs": results})


def _requests(body: dict[str, Any]) -> list[dict[str, Any]]:
    requests = objects_in(body, "compositeRequest")
    for each in requests:
        for key in ("method", "url", "referenceId"):
            if not isinstance(each.get(key), str):
                raise bad_json(f"{key} is missing in a subrequest at [line:1, column:1]")
    names = Counter(each["referenceId"] for each in requests)
    twice = [name for name, count in names.items() if count > 1]
    if twice:
        raise ApiError(400, "DUPLICATE_VALUE", f"Duplicate referenceId provided in request: {', '.join(twice)}")
    return requests


def _run(requests: list[dict[str, Any]], *, whole: bool) -> list[dict[str, Any]]:
    outcomes: list[Outcome] = []
    with all_or_nothing(wanted=whole) as undo:
        answers: dict[str, Any] = {}
        for each in requests:
            outcome = _one(each, answers)
            outcomes.append(outcome)
            if outcome.good:
                answers[each["referenceId"]] = outcome.body
            elif whole:
                undo()
                break
    if whole and outcomes and not outcomes[-1].good:
        outcomes = [rolled_back()] * (len(outcomes) - 1) + outcomes[-1:]
        outcomes += [rolled_back()] * (len(requests) - len(outcomes))
    return [_shown(each, outcome) for each, outcome in zip(requests, outcomes, strict=True)]


def _one(given: dict[str, Any], answers: dict[str, Any]) -> Outcome:
    try:
        url, body = filled_in(given["url"], answers), filled_in(given.get("body"), answers)
        headers = filled_in(given.get("httpHeaders") or {}, answers)
    except ApiError as error:
        return refused_with(error)
    if _NESTED.match(url):
        return refused_with(ApiError(400, "INVALID_INPUT", "A composite request cannot hold a composite request"))
    return carry_out(given["method"], url, body, headers)


def _shown(given: dict[str, Any], outcome: Outcome) -> dict[str, Any]:
    return {
        "body": outcome.body,
        "httpHeaders": dict(outcome.headers),
        "httpStatusCode": outcome.status,
        "referenceId": given["referenceId"],
    }


def _refuse_more(count: int, most: int, what: str) -> None:
    if count > most:
        raise ApiError(400, "LIMIT_EXCEEDED", f"The request holds {count} {what}; the limit is {most}.")
