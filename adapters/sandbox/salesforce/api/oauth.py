"""OAuth 2.0: the authorise page, the token endpoint with its four grants, introspection, revocation.

Docs: "OAuth Authorization Flows"; the refusals are those seen in the field.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Response, redirect, request

from adapters.sandbox.salesforce.api.answers import answer
from adapters.sandbox.salesforce.api.assertions import subject_of
from adapters.sandbox.salesforce.api.routes import open_api
from adapters.sandbox.salesforce.api.users import user_named
from adapters.sandbox.salesforce.errors import OAuthError
from adapters.sandbox.salesforce.hub import hub
from adapters.sandbox.salesforce.sessions import Grant, Session

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LOGIN = "https://login.salesforce.com"
SCOPE = "api id"
_DEAD = "expired access/refresh token"


@open_api.get("/services/oauth2/authorize")
def authorize() -> Response | tuple[str, int]:
    """Leads straight back to the app with a code: whoever opens the page is logged in and agrees.

    ``login_hint`` says as whom; the integration user unless given.
    """
    given = request.args
    target = given.get("redirect_uri", "")
    if given.get("client_id") != hub().settings.client_id:
        return "error=invalid_client_id&error_description=client%20identifier%20invalid", 400
    if urlsplit(target).scheme not in ("http", "https"):
        return "error=redirect_uri_mismatch&error_description=redirect_uri%20must%20match%20configuration", 400
    refusal = _refused_authorisation()
    if refusal is None:
        user_id = user_named(hub().org, given.get("login_hint", "")) or hub().user_id
        scope = given.get("scope") or f"{SCOPE} refresh_token"
        back = {"code": hub().sessions.authorise(user_id, scope, target, given.get("code_challenge", ""))}
    else:
        back = {"error": refusal.error, "error_description": refusal.description}
    back |= {"state": given["state"]} if "state" in given else {}
    mark = "&" if urlsplit(target).query else "?"
    return redirect(f"{target}{mark}{urlencode(back)}")  # type: ignore[return-value]


@open_api.post("/services/oauth2/token")
def token() -> Response:
    """A code, a refresh token, an assertion or the client's own credentials for a session."""
    match request.form.get("grant_type"):
        case "client_credentials":
            return answer(_session_body(_by_client_credentials()))
        case "authorization_code":
            return _by_code()
        case "refresh_token":
            return _by_refresh_token()
        case grant if grant == JWT_BEARER:
            return answer(_session_body(_by_assertion()))
        case _:
            raise OAuthError("unsupported_grant_type", "grant type not supported")


@open_api.post("/services/oauth2/revoke")
def revoke() -> Response:
    """Ends a session, or a refresh token with all its sessions."""
    if not hub().sessions.revoke(request.values.get("token", "")):
        raise OAuthError("unsupported_token_type", "this token type is not supported")
    return answer({})


@open_api.post("/services/oauth2/introspect")
def introspect() -> Response:
    """Whether a token is alive, and whose it is."""
    _check_client()
    given = request.form.get("token", "")
    session, grant = hub().sessions.peek(given), hub().sessions.live_refresh(given)
    found: Session | Grant | None = session or grant
    if found is None:
        return answer({"active": False})
    about = {"scope": found.scope, "client_id": hub().settings.client_id, "username": hub().settings.username}
    sub = f"{LOGIN}/id/{hub().org_id}/{found.user_id}"
    kind = "access_token" if session else "refresh_token"
    return answer({"active": True, "sub": sub, "token_type": kind} | about)


def _refused_authorisation() -> OAuthError | None:
    if request.args.get("response_type") != "code":
        return OAuthError("unsupported_response_type", "response type is not supported")
    # Clients that leave the method out, jsforce among them, mean the only one there is.
    if "code_challenge" in request.args and request.args.get("code_challenge_method", "S256") != "S256":
        return OAuthError("invalid_request", "invalid code challenge method: only S256 is supported")
    return None


def _by_client_credentials() -> Session:
    _check_client()
    if not hub().settings.client_credentials_user:
        raise OAuthError("invalid_grant", "no client credentials user enabled")
    return hub().sessions.open(hub().user_id, SCOPE)


def _by_assertion() -> Session:
    settings = hub().settings
    name = subject_of(
        request.form.get("assertion", ""),
        key=settings.jwt_public_key,
        client_id=settings.client_id,
        own=request.host,
        now=settings.clock(),
    )
    user_id = user_named(hub().org, name)
    if user_id is None or not hub().settings.pre_authorised:
        raise OAuthError("invalid_grant", "user hasn't approved this consumer")
    return hub().sessions.open(user_id, SCOPE)


def _by_code() -> Response:
    _check_client()
    code = hub().sessions.redeem(request.form.get("code", ""))
    if code is None:
        raise OAuthError("invalid_grant", "invalid authorization code")
    if code.redirect_uri != request.form.get("redirect_uri"):
        raise OAuthError("redirect_uri_mismatch", "redirect_uri must match configuration")
    if code.challenge and not hmac.compare_digest(code.challenge, _challenge(request.form.get("code_verifier", ""))):
        raise OAuthError("invalid_grant", "invalid code verifier")
    if not {"refresh_token", "offline_access", "full"} & set(code.scope.split()):
        return answer(_session_body(hub().sessions.open(code.user_id, code.scope)))
    grant = hub().sessions.grant(code.user_id, code.scope)
    return answer(_session_body(hub().sessions.open_for(grant)) | {"refresh_token": grant.refresh})


def _by_refresh_token() -> Response:
    _check_client()
    rotate = hub().settings.rotate_refresh_tokens
    made = hub().sessions.refreshed(request.form.get("refresh_token", ""), rotate=rotate)
    if made is None:
        raise OAuthError("invalid_grant", _DEAD)
    grant, session = made
    return answer(_session_body(session) | ({"refresh_token": grant.refresh} if rotate else {}))


def _check_client() -> None:
    """Raises the vendor's refusal unless the client named itself rightly, by HTTP Basic or in the body."""
    basic = request.authorization
    given = (basic.username, basic.password) if basic is not None and basic.type == "basic" else _client_in_body()
    if given[0] != hub().settings.client_id:
        raise OAuthError("invalid_client_id", "client identifier invalid")
    if given[1] != hub().settings.client_secret:
        raise OAuthError("invalid_client", "invalid client credentials")


def _client_in_body() -> tuple[str | None, str | None]:
    return request.form.get("client_id"), request.form.get("client_secret")


def _session_body(session: Session) -> dict[str, Any]:
    """What the token endpoint answers. There is no ``expires_in``: a session lasts as long as it is used."""
    identity = f"{LOGIN}/id/{hub().org_id}/{session.user_id}"
    issued = str(hub().org.now_ms())
    key = hub().settings.client_secret.encode()
    signature = base64.b64encode(hmac.digest(key, (identity + issued).encode(), hashlib.sha256)).decode()
    return {
        "access_token": session.token,
        "signature": signature,
        "scope": session.scope,
        "instance_url": f"https://{request.host}",
        "id": identity,
        "token_type": "Bearer",
        "issued_at": issued,
    }


def _challenge(verifier: str) -> str:
    """PKCE's S256 challenge of a verifier (RFC 7636)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
