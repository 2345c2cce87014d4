"""``/composite/batch``: up to 25 requests that have nothing to do with one another; each counts to the quota.

https://developer.salesforce.com/docs/platform/api-rest/guide/resources-composite-batch.html
"""

from __future__ import annotations

from typing import Any

from flask import Response

from adapters.sandbox.salesforce.api.answers import answer, flag_in, objects_in, sent_object
from adapters.sandbox.salesforce.api.routes import api
from adapters.sandbox.salesforce.api.subrequests import Outcome, carry_out, refused_with
from adapters.sandbox.salesforce.errors import ApiError, bad_json
from adapters.sandbox.salesforce.hub import hub

MOST_REQUESTS = 25


@api.post("/composite/batch")
def batch() -> Response:
    """Runs the requests in order; with ``haltOnError`` the first failure ends the run, undoing nothing."""
    body = sent_object()
    requests = objects_in(body, "batchRequests")
    if len(requests) > MOST_REQUESTS:
        text = f"The request holds {len(requests)} subrequests; the limit is {MOST_REQUESTS}."
        raise ApiError(400, "LIMIT_EXCEEDED", text)
    # "Each subrequest counts against rate limits"; the call itself has been counted.
    hub().quota.take(max(len(requests) - 1, 0))
    outcomes: list[Outcome] = []
    for each in requests:
        halted = flag_in(body, "haltOnError") and any(not outcome.good for outcome in outcomes)
        outcomes.append(_halted() if halted else _one(each))
    results = [{"statusCode": outcome.status, "result": outcome.body} for outcome in outcomes]
    return answer({"hasErrors": any(not outcome.good for outcome in outcomes), "results": results})


def _one(given: dict[str, Any]) -> Outcome:
    method, url = given.get("method"), given.get("url")
    if not isinstance(method, str) or not isinstance(url, str):
        raise bad_json("method and url are required in a subrequest at [line:1, column:1]")
    path = url if url.startswith("/services/") else f"/services/data/{url.lstrip('/')}"
    return carry_out(method, path, given.get("richInput"))


def _halted() -> Outcome:
    return refused_with(ApiError(412, "BATCH_PROCESSING_HALTED", "Batch processing halted per request"))
