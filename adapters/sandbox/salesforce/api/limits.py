"""``/limits``: what is left of the org's allowances, and how many records there are."""

from __future__ import annotations

from flask import Response, request

from adapters.sandbox.salesforce.api.answers import answer
from adapters.sandbox.salesforce.api.routes import api
from adapters.sandbox.salesforce.api.seeing import view
from adapters.sandbox.salesforce.hub import hub

_BATCHES, _QUERY_JOBS, _QUERY_MB = 15_000, 10_000, 976_562


@api.get("/limits")
def limits() -> Response:
    """Allowances of 24 hours, those this sandbox reckons with."""
    quota, jobs = hub().quota, hub().jobs
    return answer(
        {
            "DailyApiRequests": {"Max": quota.limit, "Remaining": quota.remaining()},
            "DailyBulkApiBatches": {"Max": _BATCHES, "Remaining": max(_BATCHES - jobs.batches_used, 0)},
            "DailyBulkV2QueryJobs": {"Max": _QUERY_JOBS, "Remaining": max(_QUERY_JOBS - jobs.queries_used, 0)},
            "DailyBulkV2QueryFileStorageMB": {"Max": _QUERY_MB, "Remaining": _QUERY_MB},
        }
    )


@api.get("/limits/recordCount")
def record_count() -> Response:
    """How many records an object has; objects without any are left out."""
    asked = {name.strip().lower() for name in request.args.get("sObjects", "").split(",") if name.strip()}
    wanted = [each for each in view().objects.values() if not asked or each.name.lower() in asked]
    rows = [{"count": count, "name": each.name} for each in wanted if (count := hub().records(each))]
    return answer({"sObjects": rows})
