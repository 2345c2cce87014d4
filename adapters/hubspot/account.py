"""The account behind a token: who it is, what it may do, how many calls it has left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from adapters.contract import Account, Broken, Misconfigured, Need, Permission, Quota
from adapters.hubspot.activities import PROPERTIES as ACTIVITIES
from adapters.hubspot.client import Client
from adapters.hubspot.contacts import CONTACTS
from adapters.hubspot.errors import Refused
from adapters.hubspot.outcomes import DEALS
from adapters.hubspot.rows import moment

ONE = {"limit": "1"}


def check(client: Client) -> Account:
    """The account; the cheapest call that proves the token works. Raises the error family."""
    details = client.get(client.paths.account())
    if details.get("portalId") is None:
        raise Broken("HubSpot did not say which account this is. Check the base URL of the connection.")
    portal = str(details["portalId"])
    client.time_zone = str(details.get("timeZone") or "")
    return Account(
        id=portal,
        name=f"HubSpot {portal}",
        time_zone=client.time_zone or "UTC",
        currency=str(details.get("companyCurrency") or "USD"),
        record_url=f"{_site(client, details)}/contacts/{portal}/record/0-1/{{id}}",
    )


def quota(client: Client) -> Quota | None:
    """The day's calls of this account. OAuth apps have no daily limit, and HubSpot then has nothing to say."""
    try:
        results = client.get(client.paths.daily_usage()).get("results") or ()
    except (Refused, Misconfigured):
        return None
    for row in results:
        if row.get("usageLimit") and row.get("fetchStatus", "SUCCESS") == "SUCCESS":
            return Quota(int(row.get("currentUsage") or 0), int(row["usageLimit"]), moment(row.get("resetsAt")))
    return None


@dataclass(frozen=True, slots=True)
class Probe:
    """A harmless call that shows whether a scope is there."""

    scope: str
    why: str
    need: Need
    call: Callable[[Client], Any]
    creates_fields: bool = False


def _lists(type: str) -> Callable[[Client], Any]:
    return lambda client: client.get(client.paths.objects(type), ONE)


def _updates_nothing(client: Client) -> Any:
    return client.post(client.paths.batch(CONTACTS, "update"), {"inputs": []})


def _creates_nothing(client: Client) -> Any:
    return client.post(client.paths.properties(CONTACTS, "batch/create"), {"inputs": []})


def _activity_probe(type: str) -> Probe:
    scope = "sales-email-read" if type == "emails" else f"crm.objects.contacts.read ({type})"
    why = f"Read {type} as signals, without their text. Without it they do not count."
    return Probe(scope, why, Need.OPTIONAL, _lists(type))


PROBES = (
    Probe("crm.objects.contacts.read", "Read the leads to score.", Need.REQUIRED, _lists(CONTACTS)),
    Probe(
        "crm.objects.contacts.write",
        "Write score, tier and reasons on the contact.",
        Need.REQUIRED,
        _updates_nothing,
    ),
    Probe(
        "crm.schemas.contacts.read",
        "See which properties exist, so that the mapping can be checked.",
        Need.REQUIRED,
        lambda client: client.get(client.paths.properties(CONTACTS, "groups")),
    ),
    Probe(
        "crm.schemas.contacts.write",
        "Create the score properties with one click. Without it an admin creates them by hand.",
        Need.OPTIONAL,
        _creates_nothing,
        creates_fields=True,
    ),
    Probe(
        "crm.objects.owners.read",
        "Show who owns a lead by name, and hand leads over.",
        Need.OPTIONAL,
        lambda client: client.get(client.paths.owners(), ONE),
    ),
    Probe(
        "crm.objects.deals.read",
        "Compare scores with what was sold. Without it there is no evaluation.",
        Need.OPTIONAL,
        _lists(DEALS),
    ),
    *map(_activity_probe, ACTIVITIES),
)


def permissions(client: Client) -> Sequence[Permission]:
    """What the token may do, found by trying: HubSpot has no call that lists the scopes of every kind of token."""
    return [_permission(client, probe) for probe in PROBES]


def _permission(client: Client, probe: Probe) -> Permission:
    scope, granted = probe.scope, True
    try:
        probe.call(client)
    except Refused:
        pass  # Scopes are looked at first: a complaint about the call itself means that the scope is there.
    except Misconfigured as missing:
        scope, granted = " or ".join(missing.what) or probe.scope, False
    return Permission(scope, probe.why, probe.need, granted, creates_fields=probe.creates_fields)


def _site(client: Client, details: dict[str, Any]) -> str:
    """Where people work. HubSpot names the host alone; it is reached the way the API is."""
    domain = str(details.get("uiDomain") or "app.hubspot.com").rstrip("/")
    return domain if "://" in domain else f"{client.scheme}://{domain}"
