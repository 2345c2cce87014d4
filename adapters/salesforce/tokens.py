"""Getting in: a session id, client credentials, a JWT assertion or a refresh token, and the address of the org.

Salesforce never says how long a token lives (it is a setting of the org), so a token is used until it is refused; the
answer that brings one also brings the address of the org.
https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_oauth_flows.htm
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from urllib.parse import urlsplit

import jwt

from adapters.contract import Misconfigured, Reauthorise, Vault
from adapters.oauth import Credentials, Form, OAuthTokens, Provider, StaticToken, refresh_form
from adapters.salesforce import paths
from adapters.transport import Tokens

SCOPES = ("api", "refresh_token")
"""What the web server flow asks for; neither ``full`` nor ``web`` is needed."""

KEEPS = ("instance_url", "id", "token_type")

ASSERTION_SECONDS = 180
"""How long a JWT assertion is good for; Salesforce refuses what lies more than five minutes ahead."""

JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"

NO_RUN_AS = (
    "The app in Salesforce has no user to run as. Open the External Client App, Policies > OAuth Policies, enable the "
    "client credentials flow and choose the integration user under Run As; then connect again."
)
NOT_APPROVED = (
    "The integration user is not yet approved for the app. Open the External Client App, Policies > OAuth Policies, "
    "set Permitted Users to admin approved users, and add the user's permission set; then connect again."
)
EXPIRED = (
    "Salesforce has withdrawn our access: the refresh token has expired, was revoked, or was used by somebody else. "
    "An admin must connect the org again."
)
NOT_INSTALLED = (
    "The app is not installed in this org. An admin installs it under Setup > Connected Apps OAuth Usage > Install (or "
    "creates an External Client App of the org's own); then connect again."
)
NOT_LET_IN = (
    "Salesforce did not let the integration user in. Check under Setup > Users that the user is active and the "
    "username is right, and under its Login History what was refused (IP ranges, login hours); then connect again."
)
HINTS = (
    ("no client credentials user enabled", NO_RUN_AS),
    ("user hasn't approved this consumer", NOT_APPROVED),
    ("expired access/refresh token", EXPIRED),
    ("app must be installed", NOT_INSTALLED),
    ("authentication failure", NOT_LET_IN),
)
"""Words of ``error_description``, in lower case, and what the admin does about it."""


HOSTS = ("salesforce.com", "salesforce.mil", "cloudforce.com", "sfcrmproducts.cn")
"""Where orgs are: Salesforce's own domains for programs, those of its government and Chinese clouds included.
https://github.com/forcedotcom/sfdx-core/blob/main/src/util/sfdcUrl.ts"""

_ORG = re.compile(rf"https://(?:[a-z0-9-]+\.)+(?:{'|'.join(map(re.escape, HOSTS))})")

ENDED = (
    "Salesforce no longer accepts the session id: one ends after some hours, or when its user logs out. Connect again "
    "with a new one, or, to stay connected, with the consumer key and secret of an External Client App; nothing "
    "already read is lost."
)


class SessionId(StaticToken):
    """A session id, which somebody got by logging in."""

    def renew(self, refused: str) -> None:  # noqa: ARG002 (there is nothing to renew it with)
        """Raises `Reauthorise`: only a person can bring a new one."""
        raise Reauthorise(ENDED, "401, session id")


class OrgTokens(OAuthTokens):
    """OAuth tokens that a plain ``Authorization: Bearer`` may carry."""

    def token(self) -> str:
        """A token. Raises `Misconfigured` for one bound to a key (DPoP), which would be refused call after call."""
        token = super().token()
        kind = self.credentials.get("token_type") or "Bearer"
        if kind.lower() != "bearer":
            text = (
                f"Salesforce gives this app tokens of the kind {kind}, which Leadtier does not speak. Switch the app "
                "to Bearer tokens: External Client App > Policies > OAuth Policies, without proof of possession."
            )
            raise Misconfigured(text, f"token type {kind}", ("token_type",))
        return token


def provider(login_url: str | None = None) -> Provider:
    """The OAuth addresses of an org: its My Domain, or the login host when None."""
    login = (login_url or paths.LOGIN).rstrip("/")
    return Provider(
        "Salesforce",
        login + paths.AUTHORISE,
        login + paths.TOKEN,
        login + paths.REVOKE,
        lifetime=None,
        keeps=KEEPS,
        hints=HINTS,
    )


def login_address(credentials: Mapping[str, str], base_url: str | None) -> str:
    """Where an org's users log in. Raises `Misconfigured` for an address that is not Salesforce's."""
    return _address(credentials, "login_url", base_url) or base_url or paths.LOGIN


def opened(
    credentials: Credentials, *, base_url: str | None, clock: Callable[[], datetime], vault: Vault | None
) -> tuple[Tokens, Callable[[], str]]:
    """Where the tokens come from, and the org's address, which a token answer may tell.

    Raises `Misconfigured` naming what is missing.
    """
    if token := credentials.get("token"):
        address = base_url or _org(credentials)
        return SessionId("Salesforce", token), lambda: address
    login, form = _grant(credentials, base_url, clock)
    tokens = OrgTokens(provider(login), credentials, clock=clock, vault=vault, form=form)
    return tokens, lambda: base_url or _org(tokens.credentials)


def _grant(
    credentials: Credentials, base_url: str | None, clock: Callable[[], datetime]
) -> tuple[str, Callable[[Credentials], Form]]:
    """The login host, and what makes the token request: which grant it is shows in what is given."""
    given = _address(credentials, "login_url", base_url)
    login = given or base_url or ""
    if credentials.get("private_key") or credentials.get("username"):
        _complete(credentials, "client_id", "username", "private_key")
        audience = given or paths.LOGIN
        return login or paths.LOGIN, lambda known: _assertion_form(known, audience, clock())
    if credentials.get("refresh_token"):
        _complete(credentials, "client_id", "refresh_token")
        return login or paths.LOGIN, refresh_form
    _complete(credentials, "client_id", "client_secret")
    login = login or _address(credentials, "instance_url")
    _my_domain(login)
    return login, _client_form


def _client_form(credentials: Credentials) -> Form:
    """https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_oauth_client_credentials_flow.htm"""
    return {"grant_type": "client_credentials"} | {name: credentials[name] for name in ("client_id", "client_secret")}


def _assertion_form(credentials: Credentials, audience: str, now: datetime) -> Form:
    """https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_oauth_jwt_flow.htm"""
    claims = {
        "iss": credentials["client_id"],
        "sub": credentials["username"],
        "aud": audience,
        # A number: Salesforce also takes the string some clients send, but RFC 7519 does not.
        "exp": int(now.timestamp()) + ASSERTION_SECONDS,
    }
    # A key pasted into one line has its line ends written out.
    key = credentials["private_key"].replace("\\n", "\n")
    try:
        return {"grant_type": JWT_GRANT, "assertion": jwt.encode(claims, key, algorithm="RS256")}
    except (ValueError, TypeError, jwt.PyJWTError):
        text = (
            "The private key cannot be read. Give the whole PEM file, BEGIN to END, of an RSA key without a password."
        )
        raise Misconfigured(text, what=("private_key",)) from None


def _complete(credentials: Credentials, *names: str) -> None:
    missing = [name for name in names if not credentials.get(name)]
    if missing:
        text = (
            f"The Salesforce connection is not complete: {', '.join(missing)} missing. Give a token with instance_url; "
            "or client_id and client_secret with login_url; or client_id, username and private_key; or client_id and "
            "refresh_token."
        )
        raise Misconfigured(text, what=missing)


def _my_domain(login: str) -> None:
    host = urlsplit(login).hostname or ""
    if not host or host in {"login.salesforce.com", "test.salesforce.com"}:
        text = (
            "With client credentials Salesforce lets programs in at the org's own address only. Give its My Domain as "
            "login_url, https://….my.salesforce.com (Setup > My Domain)."
        )
        raise Misconfigured(text, what=("login_url",))


def _address(credentials: Mapping[str, str], name: str, base_url: str | None = None) -> str:
    """An address of Salesforce as people type it, with its scheme, or the one the connection was given by `base_url`.

    Raises `Misconfigured` for any other: whoever answers there gets our secrets.
    """
    address = credentials.get(name, "").strip().rstrip("/").lower()
    if address and "://" not in address:
        address = f"https://{address}"
    if not address or address == (base_url or "").rstrip("/").lower():
        return address
    if not _ORG.fullmatch(address):
        raise Misconfigured(_elsewhere(address, name), what=(name,))
    return address


def _elsewhere(address: str, name: str) -> str:
    if ".lightning.force.com" in address:
        return (
            "The address ending in .lightning.force.com is where people work; programs are refused there. Give the "
            "org's My Domain instead, the address that ends in .my.salesforce.com (Setup > My Domain)."
        )
    return (
        f"The {name} of the connection is not an address of Salesforce, so nothing is sent there. Give the org's My "
        "Domain as https://….my.salesforce.com, with nothing before or behind it (Setup > My Domain)."
    )


def _org(credentials: Mapping[str, str]) -> str:
    """The org's address. Raises `Misconfigured` where it is missing or is not Salesforce's."""
    address = _address(credentials, "instance_url")
    if not address:
        text = "The address of the Salesforce org is missing: give its My Domain, https://….my.salesforce.com."
        raise Misconfigured(text, what=("instance_url",))
    return address
