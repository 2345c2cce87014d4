"""The account: details, the day's calls, limits, owners, pipelines. Docs: "Account information", "Owners"."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, request

from adapters.sandbox.hub import hub
from adapters.sandbox.hubspot.answers import answer, flag_in_query, number_in_query
from adapters.sandbox.hubspot.common import kind_of, next_page, number_of
from adapters.sandbox.hubspot.errors import invalid, not_found
from adapters.sandbox.hubspot.gate import require, require_schemas
from adapters.sandbox.hubspot.kinds import KINDS
from adapters.sandbox.hubspot.properties import CUSTOM_MOST
from adapters.sandbox.hubspot.routes import api
from adapters.sandbox.hubspot.times import iso
from adapters.sandbox.tables.owners import Owner

OWNERS_MOST = 500


@api.get("/account-info/v3/details")
def account_details() -> Response:
    """Which account the token belongs to; the usual connection test."""
    settings = hub().settings
    offset = datetime.fromtimestamp(settings.clock(), ZoneInfo(settings.time_zone)).utcoffset()
    minutes = int(offset.total_seconds() // 60) if offset else 0
    sign = "-" if minutes < 0 else "+"
    return answer(
        {
            "portalId": settings.portal_id,
            "accountType": "STANDARD",
            "timeZone": settings.time_zone,
            "companyCurrency": settings.currency,
            "additionalCurrencies": [],
            "utcOffset": f"{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}",
            "utcOffsetMilliseconds": minutes * 60_000,
            "uiDomain": request.host,
            "dataHostingLocation": "na1",
        }
    )


@api.get("/account-info/v3/api-usage/daily/private-apps")
def daily_usage() -> Response:
    """The day's calls of all private apps together."""
    limits, settings = hub().limits, hub().settings
    most = settings.daily_limit if settings.daily_limit is not None else 1_000_000
    spent = hub().faults.standing("quota_spent")
    usage = {
        "name": "private-apps-api-calls-daily",
        "usageLimit": most,
        "currentUsage": most if spent else limits.used_today,
        "collectedAt": iso(settings.now_ms()),
        "fetchStatus": "SUCCESS",
        "resetsAt": iso(int(limits.resets_at().timestamp() * 1000)),
    }
    return answer({"results": [usage]})


@api.get("/crm/v3/limits/custom-properties")
def property_limits() -> Response:
    """How many properties of the account's own each kind has, and may have."""
    require("crm.schemas.contacts.read", "crm.objects.contacts.read")
    rows = []
    for kind in KINDS.values():
        own = [one for one in hub().store.definitions.of(kind).values() if not one.get("hubspotDefined")]
        used = sum(not one["archived"] for one in own)
        rows.append(
            {"objectTypeId": kind.type_id, "limit": CUSTOM_MOST, "usage": used, "percentage": 100 * used / CUSTOM_MOST}
        )
    return answer({"results": rows})


@api.get("/crm/v3/property-validations/<type>")
def property_validations(type: str) -> Response:
    """The account's validation rules; this account has none."""
    require_schemas(kind_of(type), "read")
    return answer({"results": []})


@api.get("/crm/v3/owners")
def list_owners() -> Response:
    """Users who may own records; archived ones only when asked for."""
    require("crm.objects.owners.read")
    limit = number_in_query("limit", 100, OWNERS_MOST)
    since = number_of(request.args.get("after") or "0") or 0
    email, archived = request.args.get("email", "").lower(), flag_in_query("archived")
    everyone = [one for one in hub().store.owners.all() if one.archived == archived and one.id >= since]
    found = [one for one in everyone if email in ("", one.email.lower())]
    body: dict[str, Any] = {"results": [_owner(one) for one in found[:limit]]}
    if len(found) > limit:
        body["paging"] = next_page(str(found[limit].id))
    return answer(body)


@api.get("/crm/v3/owners/<id>")
def read_owner(id: str) -> Response:
    """One user, by owner id or, with ``idProperty=userId``, by user id."""
    require("crm.objects.owners.read")
    by_user = request.args.get("idProperty", "id") == "userId"
    for one in hub().store.owners.all():
        if str(one.user_id if by_user else one.id) == id and one.archived == flag_in_query("archived"):
            return answer(_owner(one))
    raise not_found()


@api.get("/crm/v3/pipelines/<type>")
def list_pipelines(type: str) -> Response:
    """The pipelines of a kind: deals have one."""
    return answer({"results": [_deal_pipeline()] if kind_of(type).name == "deals" else []})


@api.get("/crm/v3/pipelines/<type>/<id>")
def read_pipeline(type: str, id: str) -> Response:
    """One pipeline."""
    _pipeline_of(type, id)
    return answer(_deal_pipeline())


@api.get("/crm/v3/pipelines/<type>/<id>/stages")
def list_stages(type: str, id: str) -> Response:
    """The stages of one pipeline."""
    _pipeline_of(type, id)
    return answer({"results": _deal_pipeline()["stages"]})


def _pipeline_of(type: str, id: str) -> None:
    if kind_of(type).name != "deals" or id != "default":
        raise invalid(f"Pipeline {id} does not exist")


def _owner(owner: Owner) -> dict[str, Any]:
    made = iso(owner.created_ms)
    body: dict[str, Any] = {
        "id": str(owner.id),
        "email": owner.email,
        "type": "PERSON",
        "firstName": owner.first_name,
        "lastName": owner.last_name,
        "userIdIncludingInactive": owner.user_id,
        "createdAt": made,
        "updatedAt": made,
        "archived": owner.archived,
    }
    if owner.archived:
        return body
    return body | {"userId": owner.user_id, "teams": [{"id": "1", "name": "Sales", "primary": True}]}


DEAL_STAGES = (
    ("appointmentscheduled", "Appointment Scheduled", "0.2"),
    ("qualifiedtobuy", "Qualified To Buy", "0.4"),
    ("presentationscheduled", "Presentation Scheduled", "0.6"),
    ("decisionmakerboughtin", "Decision Maker Bought-In", "0.8"),
    ("contractsent", "Contract Sent", "0.9"),
    ("closedwon", "Closed Won", "1.0"),
    ("closedlost", "Closed Lost", "0.0"),
)
_BEGINNING = "2024-01-02T09:00:00Z"


def _deal_pipeline() -> dict[str, Any]:
    stages = [
        {
            "id": name,
            "label": label,
            "displayOrder": place,
            "metadata": {"isClosed": str(name.startswith("closed")).lower(), "probability": probability},
            "createdAt": _BEGINNING,
            "updatedAt": _BEGINNING,
            "archived": False,
            "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT",
        }
        for place, (name, label, probability) in enumerate(DEAL_STAGES)
    ]
    return {
        "id": "default",
        "label": "Sales Pipeline",
        "displayOrder": 0,
        "createdAt": _BEGINNING,
        "updatedAt": _BEGINNING,
        "archived": False,
        "stages": stages,
    }
