"""The JWT bearer flow's assertion: a token signed with the key the app was registered with (RFC 7523)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jwt

from adapters.sandbox.salesforce.errors import OAuthError

AUDIENCES = ("https://login.salesforce.com", "https://test.salesforce.com")
LONGEST_SECONDS = 300
"""How far ahead an assertion may expire: three minutes, and two for clocks that differ."""


def subject_of(assertion: str, *, key: str | None, client_id: str, own: str, now: float) -> str:
    """The user name an assertion speaks for. `own` is this server's address, `now` in seconds since 1970.

    Raises the vendor's refusal when it is not signed with the registered key, expired, or meant for somebody else.
    """
    claims = _verified(assertion, key)
    if claims.get("iss") != client_id:
        raise OAuthError("invalid_client_id", "client identifier invalid")
    if not _addressed(claims, own):
        raise OAuthError("invalid_grant", "audience is invalid")
    expires = _expiry(claims)
    if expires <= now:
        raise OAuthError("invalid_grant", "expired")
    if expires > now + LONGEST_SECONDS:
        raise OAuthError("invalid_grant", "invalid assertion")
    return str(claims.get("sub", ""))


def _verified(assertion: str, key: str | None) -> dict[str, Any]:
    # What the claims say is judged above, by this server's clock and in the vendor's words.
    unjudged = {f"verify_{claim}": False for claim in ("aud", "exp", "iat", "nbf", "iss", "sub", "jti")}
    try:
        claims: dict[str, Any] = jwt.decode(assertion, key or "", algorithms=["RS256"], options=unjudged)  # type: ignore[arg-type]
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        raise OAuthError("invalid_grant", "invalid assertion") from error
    return claims


def _addressed(claims: Mapping[str, Any], own: str) -> bool:
    given = claims.get("aud")
    named = given if isinstance(given, list) else [given]
    for each in (str(name).rstrip("/").removesuffix("/services/oauth2/token") for name in named):
        if each in AUDIENCES or each.partition("://")[2] == own or each.endswith(".my.salesforce.com"):
            return True
    return False


def _expiry(claims: Mapping[str, Any]) -> float:
    """Seconds since 1970; some clients send them as a text."""
    try:
        return float(claims.get("exp", ""))
    except (TypeError, ValueError) as error:
        raise OAuthError("invalid_grant", "invalid assertion") from error
