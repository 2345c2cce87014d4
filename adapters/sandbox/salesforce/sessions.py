"""Sessions and refresh tokens.

A session's time slides: every call begins it anew. A refresh token is good for one refresh when rotation is on;
presenting a spent one ends the whole grant, its sessions included (help article 005316711).
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

CODE_SECONDS = 900


@dataclass(slots=True, eq=False)
class Grant:
    """What a user agreed to: one present refresh token, and the sessions opened with it."""

    user_id: str
    scope: str
    refresh: str
    sessions: set[str] = field(default_factory=set)
    revoked: bool = False


@dataclass(slots=True)
class Session:
    """An access token. `used` is in seconds since 1970; None: it never ends."""

    token: str
    user_id: str
    scope: str
    used: float | None


@dataclass(frozen=True, slots=True)
class Code:
    """What a one-time code stands for."""

    user_id: str
    scope: str
    redirect_uri: str
    challenge: str
    until: float


class Sessions:
    """Every token of the org. `standing` is the session that never ends."""

    def __init__(
        self, org_id: str, standing: Session, seconds: Callable[[], float], clock: Callable[[], float]
    ) -> None:
        self._org_id = org_id
        self._standing = standing
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.RLock()
        self._sessions: dict[str, Session] = {standing.token: standing}
        self._grants: dict[str, Grant] = {}
        self._codes: dict[str, Code] = {}

    def find(self, token: str) -> Session | None:
        """The session behind a token, its time begun anew; None when unknown or over."""
        with self._lock:
            found = self.peek(token)
            if found is not None and found.used is not None:
                found.used = self._clock()
            return found

    def peek(self, token: str) -> Session | None:
        """Like `find`, without counting as use."""
        found = self._sessions.get(token)
        if found is None or found.used is None:
            return found
        return found if self._clock() - found.used < self._seconds() else None

    def open(self, user_id: str, scope: str) -> Session:
        """A new session of a user."""
        session = Session(f"{self._org_id[:15]}!{secrets.token_urlsafe(72)}", user_id, scope, self._clock())
        with self._lock:
            self._sessions[session.token] = session
        return session

    def authorise(self, user_id: str, scope: str, redirect_uri: str, challenge: str) -> str:
        """A one-time code for the redirect after the user agreed. `challenge` is PKCE's S256 one, "" for none."""
        code = f"aPrx{secrets.token_urlsafe(60)}"
        with self._lock:
            self._codes[code] = Code(user_id, scope, redirect_uri, challenge, self._clock() + CODE_SECONDS)
        return code

    def redeem(self, code: str) -> Code | None:
        """What a code stands for, once; None when unknown, used or too old."""
        with self._lock:
            found = self._codes.pop(code, None)
        return found if found is not None and self._clock() < found.until else None

    def grant(self, user_id: str, scope: str) -> Grant:
        """A new grant with its first refresh token."""
        with self._lock:
            grant = Grant(user_id, scope, self._refresh_token())
            self._grants[grant.refresh] = grant
        return grant

    def refreshed(self, refresh: str, *, rotate: bool) -> tuple[Grant, Session] | None:
        """The grant, its refresh token renewed when `rotate`, and a new session; None when the token is not valid."""
        with self._lock:
            grant = self._grants.get(refresh)
            if grant is None or grant.revoked:
                return None
            if grant.refresh != refresh:
                self._end(grant)
                return None
            if rotate:
                grant.refresh = self._refresh_token()
                self._grants[grant.refresh] = grant
            return grant, self.open_for(grant)

    def open_for(self, grant: Grant) -> Session:
        """A new session that ends with its grant."""
        session = self.open(grant.user_id, grant.scope)
        grant.sessions.add(session.token)
        return session

    def live_refresh(self, refresh: str) -> Grant | None:
        """The grant whose present refresh token this is."""
        grant = self._grants.get(refresh)
        return grant if grant is not None and not grant.revoked and grant.refresh == refresh else None

    def revoke(self, token: str) -> bool:
        """Ends a session, or a grant with its sessions; False when there is no such token."""
        with self._lock:
            grant = self.live_refresh(token)
            if grant is not None:
                self._end(grant)
                return True
            return self.peek(token) is not None and self._sessions.pop(token, None) is not None

    def revoke_all(self) -> None:
        """Ends everything but the session that never ends."""
        with self._lock:
            for grant in self._grants.values():
                self._end(grant)
            self._sessions = {self._standing.token: self._standing}

    def _end(self, grant: Grant) -> None:
        grant.revoked = True
        for token in grant.sessions:
            self._sessions.pop(token, None)

    @staticmethod
    def _refresh_token() -> str:
        return f"5Aep861{secrets.token_urlsafe(64)}"
