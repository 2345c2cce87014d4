"""A sandbox that runs, as a caller in the same process sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from adapters.sandbox.hub import Hub
from adapters.sandbox.salesforce.api.versions import PINNED
from adapters.sandbox.salesforce.hub import SalesforceHub
from adapters.sandbox.salesforce.org import Org
from adapters.sandbox.store import Store


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A sandbox that answers, for a caller in this process. A side that is not played raises `LookupError`."""

    url: str
    _hubspot: Hub | None
    _salesforce: SalesforceHub | None

    @property
    def sides(self) -> tuple[Hub | None, SalesforceHub | None]:
        """HubSpot's and Salesforce's; None for a side that is not played."""
        return self._hubspot, self._salesforce

    @property
    def hub(self) -> Hub:
        """The HubSpot side's settings, faults, limits and counters."""
        if self._hubspot is None:
            raise LookupError("this sandbox does not play HubSpot")
        return self._hubspot

    @property
    def store(self) -> Store:
        """The HubSpot side's records."""
        return self.hub.store

    @property
    def token(self) -> str:
        """A HubSpot token that never expires."""
        return self.hub.settings.token

    @property
    def portal_id(self) -> int:
        """The HubSpot account."""
        return self.hub.settings.portal_id

    @property
    def salesforce(self) -> SalesforceHub:
        """The Salesforce side's settings, faults, quota and counters."""
        if self._salesforce is None:
            raise LookupError("this sandbox does not play Salesforce")
        return self._salesforce

    @property
    def org(self) -> Org:
        """The Salesforce side's records."""
        return self.salesforce.org

    @property
    def session(self) -> str:
        """A Salesforce session that never ends."""
        return self.salesforce.settings.session_token

    def announcement(self) -> dict[str, Any]:
        """What a program needs to connect."""
        said: dict[str, Any] = {}
        if self._hubspot is not None:
            settings = self.hub.settings
            said |= {
                "hubspot_url": self.url,
                "hubspot_token": self.token,
                "portal_id": self.portal_id,
                "hubspot_app_id": settings.app_id,
                "hubspot_client_id": settings.client_id,
                "hubspot_client_secret": settings.client_secret,
            }
        if self._salesforce is not None:
            said |= {
                "salesforce_url": self.url,
                "salesforce_session": self.session,
                "salesforce_api_version": PINNED,
                "salesforce_org_id": self.org.org_id,
                "salesforce_client_id": self.org.settings.client_id,
                "salesforce_client_secret": self.org.settings.client_secret,
            }
        return said
