"""OAuth: the authorise page, tokens, introspection, revocation. Docs: "Manage OAuth tokens"."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Response, redirect, render_template_string, request

from adapters.sandbox.hub import hub
from adapters.sandbox.hubspot.answers import answer, nothing
from adapters.sandbox.hubspot.errors import not_found, unauthenticated
from adapters.sandbox.hubspot.routes import open_api
from adapters.sandbox.hubspot.tokens import USER_EMAIL, USER_ID, Grant

_PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Connect an app</title></head><body>
<h1>Connect an app to account {{ portal }}</h1><p>The app asks for:</p>
<ul>{% for scope in scopes %}<li>{{ scope }}</li>{% endfor %}</ul>
<form method="post"><button type="submit">Connect app</button></form></body></html>"""
_DEAD = "refresh token is invalid, expired or revoked"


@open_api.route("/oauth/authorize", methods=["GET", "POST"])
def authorize() -> Response | str | tuple[str, int]:
    """The page on which a user agrees; agreeing leads back to the app with a code."""
    given = request.args
    target, asked = given.get("redirect_uri", ""), given.get("scope", "") + " " + given.get("optional_scope", "")
    if given.get("client_id") != hub().settings.client_id:
        return "The app could not be found: client_id is wrong.", 400
    if urlsplit(target).scheme not in ("http", "https"):
        return "The redirect_uri is missing or no web address.", 400
    scopes = frozenset(asked.split())
    unknown = sorted(frozenset(given.get("scope", "").split()) - hub().settings.scopes)
    if unknown:
        return f"This account cannot grant these scopes: {', '.join(unknown)}.", 400
    if request.method == "GET":
        return render_template_string(_PAGE, portal=hub().settings.portal_id, scopes=sorted(scopes))
    code = hub().tokens.authorise(target, scopes & hub().settings.scopes)
    back = {"code": code} | ({"state": given["state"]} if "state" in given else {})
    mark = "&" if urlsplit(target).query else "?"
    return redirect(f"{target}{mark}{urlencode(back)}")  # type: ignore[return-value]


@open_api.post("/oauth/<version>/token")
def token(version: str) -> Response:
    """A code or a refresh token for an access token. v1 also takes its parameters from the query."""
    given = request.form.to_dict() | (request.args.to_dict() if version == "v1" else {})
    settings = hub().settings
    if given.get("client_id") != settings.client_id or given.get("client_secret") != settings.client_secret:
        return _error(version, 401, "invalid_client", "missing or invalid client id or secret", "BAD_CLIENT_ID")
    match given.get("grant_type"):
        case "authorization_code":
            made = hub().tokens.redeem(given.get("code", ""), given.get("redirect_uri", ""))
            if made is None:
                return _error(version, 400, "invalid_grant", "missing or unknown auth code", "BAD_AUTH_CODE")
        case "refresh_token":
            made = hub().tokens.refresh(given.get("refresh_token", ""))
            if made is None:
                return _error(version, 400, "invalid_grant", _DEAD, "BAD_REFRESH_TOKEN")
        case other:
            text = f"grant type {other} is not supported"
            return _error(version, 400, "unsupported_grant_type", text, "BAD_GRANT_TYPE")
    grant, refresh = made
    body: dict[str, Any] = {
        "token_type": "bearer",
        "refresh_token": refresh,
        "access_token": grant.token,
        "expires_in": settings.access_token_seconds,
    }
    if version != "v1":
        details = {"scopes": sorted(grant.scopes or ()), "user_id": USER_ID, "token_use": "access_token"}
        body |= {"hub_id": settings.portal_id} | details
    return answer(body)


@open_api.post("/oauth/<version>/token/introspect")
def introspect(version: str) -> Response:  # noqa: ARG001 (every version answers alike)
    """What a token is, or that it is none."""
    given = request.form.get("token", "")
    grant = hub().tokens.issued(given)
    if grant is not None and (grant.expires_at or 0) > hub().settings.clock():
        return answer({"active": True, "token_use": "access_token", "expires_in": _left(grant)} | _about(grant.scopes))
    scopes = hub().tokens.scopes_of_refresh(given)
    return answer(
        {"active": False} if scopes is None else {"active": True, "token_use": "refresh_token"} | _about(scopes)
    )


@open_api.post("/oauth/<version>/token/revoke")
def revoke(version: str) -> Response:  # noqa: ARG001 (every version answers alike)
    """Ends a refresh token; unknown ones are passed over, as RFC 7009 has it."""
    hub().tokens.revoke(request.form.get("token", ""))
    return answer({})


@open_api.post("/oauth/v2/private-apps/get/access-token-info")
def private_app_details() -> Response:
    """What a private app's token stands for."""
    settings = hub().settings
    given = request.get_json(force=True, silent=True)
    if not isinstance(given, dict) or given.get("tokenKey") != settings.token:
        raise unauthenticated()
    ids = {"userId": USER_ID, "hubId": settings.portal_id, "appId": settings.app_id}
    return answer(ids | {"scopes": sorted(settings.scopes)})


@open_api.get("/oauth/v1/access-tokens/<given>")
def access_token_details(given: str) -> Response:
    """What an access token stands for."""
    grant = hub().tokens.issued(given)
    if grant is None:
        raise not_found("access token not found")
    return answer(_legacy(grant.scopes) | {"token": given, "expires_in": _left(grant), "token_type": "access"})


@open_api.get("/oauth/v1/refresh-tokens/<given>")
def refresh_token_details(given: str) -> Response:
    """What a refresh token stands for."""
    scopes = hub().tokens.scopes_of_refresh(given)
    if scopes is None:
        raise not_found("refresh token not found")
    return answer(_legacy(scopes) | {"token": given, "client_id": hub().settings.client_id, "token_type": "refresh"})


@open_api.delete("/oauth/v1/refresh-tokens/<given>")
def delete_refresh_token(given: str) -> Response:
    """Ends a refresh token."""
    hub().tokens.revoke(given)
    return nothing()


def _left(grant: Grant) -> int:
    return max(int((grant.expires_at or 0) - hub().settings.clock()), 0)


def _about(scopes: frozenset[str] | None) -> dict[str, Any]:
    settings = hub().settings
    return {
        "hub_id": settings.portal_id,
        "app_id": settings.app_id,
        "client_id": settings.client_id,
        "user_id": USER_ID,
        "user": USER_EMAIL,
        "scopes": sorted(scopes or ()),
        "is_private_distribution": True,
    }


def _legacy(scopes: frozenset[str] | None) -> dict[str, Any]:
    settings = hub().settings
    return {
        "user": USER_EMAIL,
        "hub_domain": "sandbox.example",
        "scopes": sorted(scopes or ()),
        "hub_id": settings.portal_id,
        "app_id": settings.app_id,
        "user_id": USER_ID,
    }


def _error(version: str, status: int, error: str, description: str, name: str) -> Response:
    body = {"error": error, "error_description": description, "status": name, "message": description}
    if version == "v1":
        body |= {"correlationId": str(uuid.uuid4()), "category": name}
    return answer(body, status)
