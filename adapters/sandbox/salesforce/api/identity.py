"""Who a token stands for: OpenID Connect's user info, and the identity URL that came with the token."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from adapters.sandbox.salesforce.api.answers import answer
from adapters.sandbox.salesforce.api.routes import open_api
from adapters.sandbox.salesforce.api.users import details
from adapters.sandbox.salesforce.hub import hub


@open_api.route("/services/oauth2/userinfo", methods=["GET", "POST"])
def userinfo() -> Response:
    """The session's user. A dead token is answered with 403 and a bare word, unlike everywhere else."""
    session = hub().sessions.find(_token())
    if session is None:
        return Response("Bad_OAuth_Token", 403, content_type="text/html;charset=UTF-8")
    return answer(_about(session.user_id))


@open_api.get("/id/<org_id>/<user_id>")
def identity(org_id: str, user_id: str) -> Response:
    """The same by the identity URL."""
    session = hub().sessions.find(_token())
    if session is None or (org_id[:15], user_id[:15]) != (hub().org_id[:15], session.user_id[:15]):
        return Response("Bad_OAuth_Token", 403, content_type="text/html;charset=UTF-8")
    return answer(_about(session.user_id))


def _token() -> str:
    header = request.headers.get("Authorization", "").partition(" ")[2].strip()
    return header or request.values.get("access_token", "")


def _about(user_id: str) -> dict[str, Any]:
    user, host = details(hub().org, user_id), f"https://{request.host}"
    return {
        "sub": f"https://login.salesforce.com/id/{hub().org_id}/{user_id}",
        "user_id": user_id,
        "organization_id": hub().org_id,
        "preferred_username": user.get("Username"),
        "nickname": user.get("Username"),
        "name": user.get("Name"),
        "email": user.get("Email"),
        "email_verified": True,
        "given_name": user.get("FirstName"),
        "family_name": user.get("LastName"),
        "zoneinfo": user.get("TimeZoneSidKey"),
        "locale": user.get("LocaleSidKey"),
        "user_type": "STANDARD",
        "active": bool(user.get("IsActive")),
        "urls": {
            "rest": f"{host}/services/data/v{{version}}/",
            "sobjects": f"{host}/services/data/v{{version}}/sobjects/",
            "query": f"{host}/services/data/v{{version}}/query/",
        },
    }
