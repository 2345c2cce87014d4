"""OAuth 2 as every vendor here speaks it: authorise with PKCE, exchange, renew by one renewer at a time, revoke.

Credentials travel as a flat mapping of strings: ``client_id``, ``client_secret``, ``refresh_token``, ``access_token``
and ``expires_at`` (ISO 8601, aware), and what else a vendor's grant needs. Whoever stores them seals them; nothing here
logs them.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import requests

from adapters.contract import AdapterError, Broken, Misconfigured, Reauthorise, Retry, Vault
from adapters.transport import TIMEOUT, redact

Credentials = Mapping[str, str]
Form = Mapping[str, str]

DEFAULT_LIFETIME = 1800.0
"""Seconds a token lives where neither the answer nor the vendor says (``expires_in`` is only recommended, RFC 6749
section 5.1)."""

LONGEST_LIFETIME = 10 * 365 * 86400.0
"""Seconds; what an answer says beyond this is not believed."""

EARLY = 60.0
"""Seconds before its end at which a token of unknown lifetime is renewed; a known one at four fifths of its life."""


@dataclass(frozen=True, slots=True)
class Provider:
    """A vendor's OAuth addresses and habits. `revoke_url` is empty where there is none."""

    name: str
    authorise_url: str
    token_url: str
    revoke_url: str = ""
    lifetime: float | None = DEFAULT_LIFETIME
    """Seconds a token lives where the answer does not say; None: until it is refused."""
    keeps: tuple[str, ...] = ()
    """What else of a token answer is kept with the credentials."""
    hints: tuple[tuple[str, str], ...] = ()
    """Words in a refusal's ``error_description``, and the sentence that tells an admin what to do about it."""


@dataclass(frozen=True, slots=True)
class Pkce:
    """A proof key (RFC 7636): the verifier stays with us, the challenge travels."""

    verifier: str
    challenge: str

    @classmethod
    def fresh(cls) -> Pkce:
        """A new random pair, method S256."""
        return cls.of(secrets.token_urlsafe(48))

    @classmethod
    def of(cls, verifier: str) -> Pkce:
        """The pair of a verifier that was kept."""
        digest = hashlib.sha256(verifier.encode("ascii")).digest()
        return cls(verifier, base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii"))


def authorise_url(
    provider: Provider,
    *,
    client_id: str,
    redirect_uri: str,
    scopes: tuple[str, ...],
    state: str,
    pkce: Pkce | None = None,
    optional_scopes: tuple[str, ...] = (),
) -> str:
    """Where to send the admin's browser. `state` must come back unchanged."""
    query = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "scope": " ".join(scopes),
        "state": state,
    }
    if optional_scopes:
        query["optional_scope"] = " ".join(optional_scopes)
    if pkce is not None:
        query |= {"code_challenge": pkce.challenge, "code_challenge_method": "S256"}
    return f"{provider.authorise_url}?{urlencode(query)}"


def exchange(
    provider: Provider,
    *,
    client_id: str,
    client_secret: str,
    redirect_uri: str,
    code: str,
    now: datetime,
    pkce: Pkce | None = None,
) -> dict[str, str]:
    """Turns the code of the redirect into credentials. Raises the error family."""
    app = {"client_id": client_id, "client_secret": client_secret}
    form = app | {"grant_type": "authorization_code", "redirect_uri": redirect_uri, "code": code}
    if pkce is not None:
        form["code_verifier"] = pkce.verifier
    return app | _tokens(provider, _post(provider, provider.token_url, form), now)[0]


def revoke(provider: Provider, credentials: Credentials) -> None:
    """Gives the grant back to the vendor. Raises the error family."""
    form = {name: credentials[name] for name in ("client_id", "client_secret")}
    _post(provider, provider.revoke_url, form | {"token": credentials["refresh_token"]})


class StaticToken:
    """A token that never expires and cannot be renewed."""

    def __init__(self, vendor: str, token: str) -> None:
        self._vendor = vendor
        self._token = token

    def token(self) -> str:
        """The token."""
        return self._token

    def renew(self, refused: str) -> None:  # noqa: ARG002 (there is nothing to renew it with)
        """Raises `Reauthorise`: only a person can bring a new one."""
        text = (
            f"{self._vendor} no longer accepts the access token. Create or rotate the token there and connect again "
            "with the new one; nothing already read is lost."
        )
        raise Reauthorise(text, "401, static token")


def refresh_form(credentials: Credentials) -> Form:
    """The token request of the refresh grant (RFC 6749 section 6)."""
    wanted = ("client_id", "client_secret", "refresh_token")
    return {"grant_type": "refresh_token"} | {name: credentials[name] for name in wanted if credentials.get(name)}


class Alone:
    """A vault for an adapter that nobody shares credentials with: what is renewed lives as long as this object."""

    def __init__(self, credentials: Credentials) -> None:
        self._kept = dict(credentials)

    @contextmanager
    def renewing(self) -> Iterator[Credentials]:
        """There is nobody to wait for."""
        yield self._kept

    def keep(self, fresh: Credentials) -> None:
        """Until the process ends."""
        self._kept = dict(fresh)


class OAuthTokens:
    """Access tokens that are renewed before they end, by one thread of one process while the others wait.

    `form` makes the token request out of the credentials: another grant than refreshing needs only another form.
    """

    def __init__(
        self,
        provider: Provider,
        credentials: Credentials,
        *,
        clock: Callable[[], datetime],
        vault: Vault | None = None,
        form: Callable[[Credentials], Form] = refresh_form,
    ) -> None:
        self._provider = provider
        self._credentials = dict(credentials)
        self._clock = clock
        self._vault = vault or Alone(credentials)
        self._form = form
        self._lock = threading.Lock()
        self._early = EARLY
        self._unkept = False

    @property
    def credentials(self) -> Credentials:
        """The credentials as last renewed."""
        return self._credentials

    def token(self) -> str:
        """A token that is good for a while. Raises the error family when it has to be renewed and that fails."""
        with self._lock:
            if self._unkept:
                self._keep_held()
            if self._ending():
                self._renew()
            return self._credentials["access_token"]

    def renew(self, refused: str) -> None:
        """The vendor refused this token: get another, unless another thread already has. Raises `Reauthorise`."""
        with self._lock:
            if self._credentials.get("access_token") == refused:
                self._renew()

    def _ending(self) -> bool:
        if not self._credentials.get("access_token"):
            return True
        ends = _moment(self._credentials.get("expires_at", ""))
        return ends is not None and ends - self._clock() < timedelta(seconds=self._early)

    def _renew(self) -> None:
        with self._vault.renewing() as kept:
            mine = self._credentials.get("access_token")
            if kept.get("access_token") and kept["access_token"] != mine:
                # Another process was here first. Showing the old refresh token now would end the grant.
                self._credentials = dict(kept)
                if not self._ending():
                    return
            self._ask()

    def _ask(self) -> None:
        answer = _post(self._provider, self._provider.token_url, self._form(self._credentials))
        fresh, lifetime = _tokens(self._provider, answer, self._clock())
        renewed = {name: value for name, value in self._credentials.items() if name != "expires_at"} | fresh
        # A vendor that rotates refresh tokens has killed the old one: should keeping fail, these are all there is.
        self._credentials, self._unkept = renewed, True
        self._early = lifetime / 5 if lifetime else EARLY
        self._keep()

    def _keep_held(self) -> None:
        with self._vault.renewing():
            self._keep()

    def _keep(self) -> None:
        """Before their first use."""
        self._vault.keep(self._credentials)
        self._unkept = False


def _tokens(provider: Provider, answer: Mapping[str, Any], now: datetime) -> tuple[dict[str, str], float | None]:
    """The credentials of a token answer, and how long they live. What the answer does not bring stays as it was."""
    access = answer.get("access_token")
    if not isinstance(access, str) or not access:
        raise Broken(f"{provider.name} answered the token request without a token. Try again; if it stays, report it.")
    found = {"access_token": access}
    lifetime = _seconds(answer.get("expires_in")) or provider.lifetime
    if lifetime is not None:
        found["expires_at"] = (now + timedelta(seconds=lifetime)).astimezone(UTC).isoformat()
    found |= {name: str(answer[name]) for name in ("refresh_token", *provider.keeps) if answer.get(name)}
    return found, lifetime


def _seconds(told: object) -> float | None:
    """A lifetime as the vendor tells it; None for one that is no number of seconds, or more than a token lives."""
    try:
        seconds = float(str(told))
    except ValueError:
        return None
    return seconds if 0 < seconds < LONGEST_LIFETIME else None


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _post(provider: Provider, url: str, form: Mapping[str, str]) -> Mapping[str, Any]:
    try:
        with requests.Session() as session:
            # Neither a .netrc nor a proxy of the environment's may see or change what carries the secrets.
            session.trust_env = False
            answer = session.post(url, data=form, timeout=TIMEOUT, allow_redirects=False)
    except requests.RequestException as problem:
        text = f"{provider.name} could not be reached to get or renew the access. Check its address and the network."
        raise Retry(text, f"token endpoint: {type(problem).__name__}") from None
    if 300 <= answer.status_code < 400:
        raise _redirected(provider, answer.status_code)
    try:
        document = answer.json() if answer.content else {}
    except ValueError:
        document = None
    if answer.ok and isinstance(document, dict):
        return document
    raise _refusal(provider, answer.status_code, document if isinstance(document, dict) else {})


def _redirected(provider: Provider, status: int) -> Broken:
    """A redirect is never followed: it would take the secrets wherever it points."""
    text = (
        f"The address given for {provider.name} leads somewhere else, and the credentials are not sent on to there. "
        "Check the address, and any proxy in between; then connect again with the one that answers itself."
    )
    return Broken(text, f"token endpoint: {status}")


def _refusal(provider: Provider, status: int, document: Mapping[str, Any]) -> AdapterError:
    """RFC 6749 section 5.2, first match wins."""
    error = str(document.get("error") or document.get("status") or "")
    described = str(document.get("error_description") or "")
    log = f"token endpoint: {status} {redact(error)} {redact(described)}".rstrip()
    if status == 429 or status >= 500:
        return Retry(f"{provider.name} is too busy to give or renew the access. Try again in some minutes.", log)
    if (hint := next((hint for words, hint in provider.hints if words in described.lower()), "")) and status < 500:
        return Reauthorise(hint, log)
    if error in {"invalid_client", "unauthorized_client", "invalid_client_id", "invalid_client_credentials"}:
        text = (
            f"{provider.name} does not know this client id (consumer key), or the client secret does not fit. "
            "Check both in the app there, then connect again with them."
        )
        return Misconfigured(text, log, ("client_id", "client_secret"))
    if error == "redirect_uri_mismatch" or "redirect" in described.lower():
        text = (
            f"{provider.name} has another redirect address for this app. Enter in the app, to the letter, the address "
            "that Leadtier shows; then try again."
        )
        return Misconfigured(text, log, ("redirect_uri",))
    if error in {"invalid_grant", "BAD_REFRESH_TOKEN", "BAD_AUTH_CODE"}:
        text = (
            f"{provider.name} does not let us in: our access was withdrawn, or the key or the user does not fit. "
            "Check these; then an admin must connect the account again."
        )
        return Reauthorise(text, log)
    return Broken(f"{provider.name} refused the token request in a way Leadtier does not know. Look at the log.", log)
