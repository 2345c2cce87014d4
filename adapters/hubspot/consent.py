"""Ways into a HubSpot account: a token, or an OAuth app that an admin lets in by the browser.

https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/oauth/working-with-oauth
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from adapters import oauth
from adapters.contract import Asked, Consent, Setting, Way, Wish
from adapters.hubspot.account import PROBES
from adapters.hubspot.paths import API, AUTHORISE, AUTHORISE_PATH, HOST, Paths
from adapters.oauth import Pkce, Provider

SCOPES = ("oauth", "crm.objects.contacts.read", "crm.objects.contacts.write", "crm.schemas.contacts.read")
"""Without these HubSpot does not let the app in at all; ``oauth`` comes with every app."""
OPTIONAL_SCOPES = (
    "crm.schemas.contacts.write",
    "crm.objects.owners.read",
    "crm.objects.deals.read",
    "sales-email-read",
)

SETTINGS = (
    Setting("token", "Access token", "Of a private app or a service key; then nothing else is needed.", secret=True),
    Setting("client_id", "Client id", "Of an OAuth app; its Auth page shows it."),
    Setting("client_secret", "Client secret", "Of the OAuth app.", secret=True),
    Setting("refresh_token", "Refresh token", "What installing the OAuth app in the account gave.", secret=True),
)

WAYS = (
    Way(
        "token",
        "Access token",
        "The quickest for one account. In HubSpot open Settings > Integrations > Private Apps (or Service Keys), "
        "create one with the scopes named here, and copy its token.",
        ("token",),
    ),
    Way(
        "browser",
        "Sign in at HubSpot",
        "For an OAuth app: you agree on HubSpot's own page, nothing has to be copied but the app's id and secret. "
        "Both stand on the app's Auth page in HubSpot.",
        ("client_id", "client_secret"),
        consent=True,
    ),
    Way(
        "refresh_token",
        "Refresh token",
        "For an OAuth app that was installed in the account already, by whoever has its refresh token.",
        ("client_id", "client_secret", "refresh_token"),
    ),
)

WISHES = tuple(Wish(probe.scope, probe.why, probe.need) for probe in PROBES)


def provider(base_url: str | None = None, api: str = API) -> Provider:
    """HubSpot's OAuth addresses, or those of whatever else answers at `base_url`."""
    host, paths = (base_url or HOST).rstrip("/"), Paths(api)
    page = f"{host}{AUTHORISE_PATH}" if base_url else AUTHORISE
    return Provider("HubSpot", page, host + paths.token(), host + paths.revoke())


def _authorise_url(asked: Asked) -> str:
    return oauth.authorise_url(
        provider(asked.base_url),
        client_id=asked.settings["client_id"],
        redirect_uri=asked.redirect_uri,
        scopes=SCOPES,
        optional_scopes=OPTIONAL_SCOPES,
        state=asked.state,
        pkce=Pkce.of(asked.verifier),
    )


def _exchange(asked: Asked, code: str, now: datetime) -> Mapping[str, str]:
    return oauth.exchange(
        provider(asked.base_url),
        client_id=asked.settings["client_id"],
        client_secret=asked.settings["client_secret"],
        redirect_uri=asked.redirect_uri,
        code=code,
        now=now,
        pkce=Pkce.of(asked.verifier),
    )


def revoke(credentials: Mapping[str, str], base_url: str | None) -> bool:
    """Takes the refresh token back. A private app's token only a person can: in the app's settings."""
    if credentials.get("token") or not credentials.get("refresh_token"):
        return False
    oauth.revoke(provider(base_url), credentials)
    return True


CONSENT = Consent(
    SCOPES,
    OPTIONAL_SCOPES,
    "In HubSpot open the app's Auth page and add this address under Redirect URLs; enter the scopes there, too.",
    _authorise_url,
    _exchange,
)
