"""The search endpoint and its ceilings. Docs: "Search the CRM"."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from adapters.sandbox.hub import hub
from adapters.sandbox.hubspot.answers import answer, mappings_in, names_in, sent
from adapters.sandbox.hubspot.common import kind_of
from adapters.sandbox.hubspot.errors import invalid
from adapters.sandbox.hubspot.gate import require_records
from adapters.sandbox.hubspot.kinds import Kind
from adapters.sandbox.hubspot.rendering import View
from adapters.sandbox.hubspot.routes import api
from adapters.sandbox.hubspot.searching import condition, ordering, search

BODY_MOST, PAGE_DEFAULT, PAGE_MOST, CEILING = 3_000, 10, 200, 10_000
GROUPS_MOST, FILTERS_MOST, FILTERS_IN_ALL = 5, 6, 18
_UNFILTERABLE = {"hs_body_preview_html", "hs_email_html", "hs_body_preview"}


@api.post("/crm/v3/objects/<type>/search")
def search_records(type: str) -> Response:
    """Records by their values, as the lagging index knows them."""
    kind = kind_of(type)
    require_records(kind, "read")
    if len(request.get_data(as_text=True)) > BODY_MOST:
        raise invalid(f"The search request is longer than {BODY_MOST} characters")
    body = sent()
    limit, after = _window(body)
    where = condition(hub().store, kind, _groups(body), str(body.get("query") or ""))
    total, found = search(hub().store, kind, where, _order(kind, body), limit, after)
    view = View(hub().store, kind, names_in(body, "properties"))
    result: dict[str, Any] = {"total": total, "results": view.show_all(found)}
    if found and after + len(found) < total:
        result["paging"] = {"next": {"after": str(after + len(found))}}
    return answer(result)


def _window(body: dict[str, Any]) -> tuple[int, int]:
    limit, after = str(body.get("limit") or PAGE_DEFAULT), str(body.get("after") or 0)
    if not limit.isdigit() or int(limit) > PAGE_MOST:
        raise invalid(f"Invalid limit {limit}: the most that a page can hold is {PAGE_MOST}")
    if not after.isdigit():
        raise invalid(f"Invalid after {after}: a number is expected")
    if int(after) + int(limit) > CEILING:
        raise invalid(f"Paging beyond {CEILING} results is not possible: after {after} and limit {limit}")
    return int(limit), int(after)


def _groups(body: dict[str, Any]) -> list[list[dict[str, Any]]]:
    groups = [mappings_in(group, "filters") for group in mappings_in(body, "filterGroups")]
    if body.get("filters"):
        groups.append(mappings_in(body, "filters"))
    if len(groups) > GROUPS_MOST:
        raise invalid(f"There are {len(groups)} filter groups; {GROUPS_MOST} are allowed")
    if any(len(group) > FILTERS_MOST for group in groups) or sum(map(len, groups)) > FILTERS_IN_ALL:
        raise invalid(f"Too many filters: {FILTERS_MOST} in a group and {FILTERS_IN_ALL} in all are allowed")
    for one in (each for group in groups for each in group):
        if str(one.get("propertyName")) in _UNFILTERABLE:
            raise invalid(f"Property {one['propertyName']} cannot be used in a filter")
    return groups


def _order(kind: Kind, body: dict[str, Any]) -> str:
    """One sort, as an object or as text (``name`` or ``-name``); by creation when there is none."""
    sorts = body.get("sorts") or [kind.created_property]
    if not isinstance(sorts, list) or len(sorts) > 1:
        raise invalid("Only one sort is allowed")
    first = sorts[0]
    if isinstance(first, dict):
        name, descending = str(first.get("propertyName")), first.get("direction") == "DESCENDING"
    else:
        name, descending = str(first).removeprefix("-"), str(first).startswith("-")
    return ordering(hub().store, kind, name, descending=descending)
