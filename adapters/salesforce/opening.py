"""What an admin gives to connect an org, and how it is read."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.contract import Misconfigured, Setting
from adapters.salesforce.contacts import RECORDS
from adapters.salesforce.paths import LOGIN

QUOTA_FREE = 0.2

SETTINGS = (
    Setting(
        "instance_url",
        "Address of the org",
        "Its My Domain, https://….my.salesforce.com (Setup > My Domain). Needed with a session id; else Salesforce "
        "tells it when Leadtier logs in.",
        address="salesforce.com",
    ),
    Setting(
        "token",
        "Session id",
        "For a trial only: it ends after some hours and cannot be renewed. Give the address of the org with it; "
        "nothing else is needed.",
        secret=True,
    ),
    Setting(
        "login_url",
        "Login address",
        f"Where Leadtier logs in: the org's My Domain, a must with consumer key and secret alone; else {LOGIN}.",
        address="salesforce.com",
    ),
    Setting(
        "client_id",
        "Consumer key",
        "Of the External Client App: Setup > External Client App Manager, the app's OAuth settings show it. Needed "
        "with everything but a session id.",
    ),
    Setting(
        "client_secret",
        "Consumer secret",
        "Shown beside the consumer key. With these two alone Leadtier logs in as the user the app runs as (client "
        "credentials flow).",
        secret=True,
    ),
    Setting(
        "username",
        "Username",
        "Of the integration user (Setup > Users), if Leadtier logs in by a certificate (JWT bearer flow).",
    ),
    Setting(
        "private_key",
        "Private key",
        "Of that certificate: the whole PEM file. The certificate itself was uploaded to the External Client App.",
        secret=True,
    ),
    Setting(
        "refresh_token",
        "Refresh token",
        "What Salesforce gave when an admin let the app in with the browser (web server flow).",
        secret=True,
    ),
    Setting(
        "records",
        "Who is a lead",
        f"Some of {', '.join(RECORDS)}, with commas. Converted leads are followed to their contact in any case.",
        default=",".join(RECORDS),
    ),
    Setting(
        "quota_free",
        "Calls left to others",
        "The share of the org's daily API calls that Leadtier never touches, from 0 to 0.99.",
        default=str(QUOTA_FREE),
    ),
)


def records(settings: Mapping[str, str]) -> frozenset[str]:
    """The setting ``records``. Raises `Misconfigured` when it names something else, or nothing."""
    given = [one.strip() for one in (settings.get("records") or ",".join(RECORDS)).split(",") if one.strip()]
    known = {name.lower(): name for name in RECORDS}
    unknown = [one for one in given if one.lower() not in known]
    if unknown or not given:
        text = f"The setting records says {', '.join(unknown) or 'nothing'}. Name some of {', '.join(RECORDS)}."
        raise Misconfigured(text, what=("records",))
    return frozenset(known[one.lower()] for one in given)


def quota_free(settings: Mapping[str, str]) -> float:
    """The setting ``quota_free``. Raises `Misconfigured` when it is no share."""
    given = settings.get("quota_free") or str(QUOTA_FREE)
    try:
        share = float(given)
    except ValueError:
        share = -1.0
    if not 0 <= share < 1:
        text = (
            "The setting quota_free is a share of the org's daily calls, from 0 to 0.99; 0.2 leaves a fifth to others."
        )
        raise Misconfigured(text, what=("quota_free",))
    return share
