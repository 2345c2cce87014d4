"""Ways into a Salesforce org: four grants and a session id, and the web server flow by which an admin agrees.

https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_oauth_web_server_flow.htm
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from adapters import oauth
from adapters.contract import Asked, Consent, Need, Way, Wish
from adapters.oauth import Pkce, Provider
from adapters.salesforce.account import MODIFY, MODIFY_WHY, READS, WRITES
from adapters.salesforce.tokens import SCOPES, login_address, provider

WAYS = (
    Way(
        "client",
        "Client credentials",
        "The usual one: Leadtier logs in by itself as the integration user that the External Client App runs as. "
        "In Setup > External Client App Manager enable the client credentials flow, and choose that user as Run As.",
        ("client_id", "client_secret", "login_url"),
    ),
    Way(
        "browser",
        "Sign in at Salesforce",
        "You agree on Salesforce's own page. Sign in there as the integration user: Leadtier then sees and writes what "
        "that user may. Enable the authorization code flow with PKCE and refresh tokens in the External Client App.",
        ("client_id", "client_secret"),
        ("login_url",),
        consent=True,
    ),
    Way(
        "jwt",
        "Certificate (JWT bearer)",
        "No secret travels: Leadtier signs with a private key whose certificate stands in the External Client App.",
        ("client_id", "username", "private_key"),
        ("login_url", "instance_url"),
    ),
    Way(
        "refresh_token",
        "Refresh token",
        "For an org that was authorised already, by whoever has its refresh token.",
        ("client_id", "client_secret", "refresh_token"),
        ("login_url", "instance_url"),
    ),
    Way(
        "session",
        "Session id",
        "For a trial only: it ends after some hours and cannot be renewed.",
        ("token", "instance_url"),
    ),
)

WISHES = (
    *(Wish(f"Read {wish.object}", wish.why, wish.need) for wish in READS),
    *(Wish(f"Edit {wish.object}", wish.why, wish.need) for wish in WRITES),
    Wish(MODIFY, MODIFY_WHY, Need.OPTIONAL),
)

_APP = ("client_id", "client_secret", "login_url")


def _provider(asked: Asked) -> Provider:
    return provider(login_address(asked.settings, asked.base_url))


def _authorise_url(asked: Asked) -> str:
    return oauth.authorise_url(
        _provider(asked),
        client_id=asked.settings["client_id"],
        redirect_uri=asked.redirect_uri,
        scopes=SCOPES,
        state=asked.state,
        pkce=Pkce.of(asked.verifier),
    )


def _exchange(asked: Asked, code: str, now: datetime) -> Mapping[str, str]:
    found = oauth.exchange(
        _provider(asked),
        client_id=asked.settings["client_id"],
        client_secret=asked.settings["client_secret"],
        redirect_uri=asked.redirect_uri,
        code=code,
        now=now,
        pkce=Pkce.of(asked.verifier),
    )
    return {name: asked.settings[name] for name in _APP if asked.settings.get(name)} | found


def revoke(credentials: Mapping[str, str], base_url: str | None) -> bool:
    """Takes the refresh token back, and its sessions with it. The other grants have nothing that could be revoked.

    A session id is left alone: ending it would log its user out.
    """
    if credentials.get("token") or not credentials.get("refresh_token"):
        return False
    oauth.revoke(provider(login_address(credentials, base_url)), {"client_secret": "", **credentials})
    return True


CONSENT = Consent(
    SCOPES,
    (),
    "In Setup > External Client App Manager open the app's OAuth settings and add this address under Callback URL.",
    _authorise_url,
    _exchange,
)
