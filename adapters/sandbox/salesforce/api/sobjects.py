"""What there is: versions, their resources, objects and fields, as far as this user may see them."""

from __future__ import annotations

import hashlib
from email.utils import parsedate_to_datetime

from flask import Response, g, request

from adapters.sandbox.salesforce.api.answers import answer, http_date, nothing
from adapters.sandbox.salesforce.api.routes import api, open_api
from adapters.sandbox.salesforce.api.seeing import object_in_path, view
from adapters.sandbox.salesforce.api.versions import every_version, resources
from adapters.sandbox.salesforce.catalog.describing import describe_brief, describe_global, describe_sobject
from adapters.sandbox.salesforce.errors import ApiError
from adapters.sandbox.salesforce.hub import hub


@open_api.get("/services/data")
def list_versions() -> Response:
    """The versions, to anybody who asks."""
    return answer(every_version())


@api.get("/")
def list_resources() -> Response:
    """What this version offers."""
    body: dict[str, str] = resources(g.version)
    return answer(body | {"identity": f"https://login.salesforce.com/id/{hub().org_id}/{g.session.user_id}"})


@api.get("/sobjects")
def list_objects() -> Response:
    """Every object this user may see."""
    return answer(describe_global(view(), g.version))


@api.get("/sobjects/<name>")
def basic_information(name: str) -> Response:
    """One object in short."""
    return answer({"objectDescribe": describe_brief(object_in_path(name), g.version), "recentItems": []})


@api.get("/sobjects/<name>/describe")
def describe(name: str) -> Response:
    """One object with its fields; 304 when it is what the caller saw at ``If-Modified-Since``."""
    sobject = object_in_path(name)
    response = answer(describe_sobject(view(), sobject.name, g.version))
    changed = hub().described(f"{g.session.user_id}/{sobject.name}", hashlib.sha256(response.get_data()).hexdigest())
    if _known_since(changed):
        return nothing(304)
    response.headers["Last-Modified"] = http_date(changed)
    return response


@api.get("/actions")
@api.get("/actions/standard")
def list_actions() -> Response:
    """Invocable actions; this org offers none."""
    view()
    return answer({"actions": []})


@api.get("/search")
def search() -> Response:
    """SOSL is not spoken here."""
    raise ApiError(400, "MALFORMED_SEARCH", "This org does not speak SOSL. Find records with SOQL, at /query.")


def _known_since(changed: int) -> bool:
    try:
        return parsedate_to_datetime(request.headers.get("If-Modified-Since", "")).timestamp() >= changed
    except ValueError:
        return False
