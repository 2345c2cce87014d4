"""Access tokens: the private app's, which never ends, and those handed out by OAuth."""

from __future__ import annotations

import threading
import uuid
from dataclasses import dataclass

from adapters.sandbox.hubspot.errors import expired, unauthenticated
from adapters.sandbox.hubspot.times import iso
from adapters.sandbox.settings import Settings

USER_ID = 77001
USER_EMAIL = "admin@sandbox.example"


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token may do. `expires_at` is in seconds since 1970; None: never."""

    token: str
    scopes: frozenset[str] | None
    """None: whatever the settings say at the time of the call."""
    expires_at: float | None = None


class Tokens:
    """Every token that was handed out."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._codes: dict[str, tuple[str, frozenset[str]]] = {}
        self._access: dict[str, Grant] = {}
        self._refresh: dict[str, frozenset[str]] = {}

    def grant(self, token: str) -> Grant:
        """The grant behind a bearer token. Raises the vendor's 401 when it is unknown or its time is over."""
        if token == self._settings.token:
            return Grant(token, None)
        grant = self._access.get(token)
        if grant is None or grant.expires_at is None:
            raise unauthenticated()
        over = self._settings.clock() - grant.expires_at
        if over >= 0:
            raise expired(int(over), iso(int(grant.expires_at * 1000)))
        return grant

    def authorise(self, redirect_uri: str, scopes: frozenset[str]) -> str:
        """A one-time code for the redirect after the user agreed."""
        code = str(uuid.uuid4())
        with self._lock:
            self._codes[code] = (redirect_uri, scopes)
        return code

    def redeem(self, code: str, redirect_uri: str) -> tuple[Grant, str] | None:
        """An access and a refresh token for a code; None when the code is unknown, used or for another address."""
        with self._lock:
            found = self._codes.pop(code, None)
        if found is None or found[0] != redirect_uri:
            return None
        refresh = f"na1-{uuid.uuid4()}"
        self._refresh[refresh] = found[1]
        return self._issue(found[1]), refresh

    def refresh(self, refresh: str) -> tuple[Grant, str] | None:
        """A new access token, and the refresh token to use from now on; None when the old one is not valid."""
        with self._lock:
            scopes = self._refresh.get(refresh)
            if scopes is None:
                return None
            if self._settings.rotate_refresh_tokens:
                del self._refresh[refresh]
                refresh = f"na1-{uuid.uuid4()}"
                self._refresh[refresh] = scopes
        return self._issue(scopes), refresh

    def scopes_of_refresh(self, refresh: str) -> frozenset[str] | None:
        """What a refresh token stands for; None when it is not valid."""
        return self._refresh.get(refresh)

    def revoke(self, refresh: str) -> bool:
        """Ends a refresh token; access tokens already handed out live on until their time is over."""
        with self._lock:
            return self._refresh.pop(refresh, None) is not None

    def issued(self, token: str) -> Grant | None:
        """An OAuth access token's grant, whether its time is over or not."""
        return self._access.get(token)

    def _issue(self, scopes: frozenset[str]) -> Grant:
        grant = Grant(str(uuid.uuid4()), scopes, self._settings.clock() + self._settings.access_token_seconds)
        self._access[grant.token] = grant
        return grant
