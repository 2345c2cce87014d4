"""Where HubSpot's endpoints are. Two families say the same thing: the classic one, and the dated one that follows it.

The classic paths are what `hubspot-api-client` 12 speaks; HubSpot supports v4 until 30 March 2027 and v3 until
September 2027. The dated paths carry the version after the area, so that moving on is changing `API`.
https://developers.hubspot.com/docs/developer-tooling/platform/versioning
"""

from __future__ import annotations

from dataclasses import dataclass

CLASSIC = "v3"
DATED = "2026-09"

API = CLASSIC
"""The family that is called."""

HOST = "https://api.hubapi.com"
AUTHORISE_PATH = "/oauth/authorize"
AUTHORISE = f"https://app.hubspot.com{AUTHORISE_PATH}"


@dataclass(frozen=True, slots=True)
class Paths:
    """The paths of one family."""

    api: str = API

    def objects(self, type: str) -> str:
        """Lists objects of a type."""
        return self._crm("objects", type)

    def search(self, type: str) -> str:
        """Searches objects of a type."""
        return f"{self.objects(type)}/search"

    def batch(self, type: str, verb: str) -> str:
        """Reads or updates up to 100 objects by id."""
        return f"{self.objects(type)}/batch/{verb}"

    def associations(self, source: str, target: str) -> str:
        """Reads which objects of one type belong to up to 1,000 of another."""
        tail = f"{source}/{target}/batch/read"
        # Associations never had a v3 of this shape: classic means v4 here.
        return f"/crm/v4/associations/{tail}" if self.api == CLASSIC else f"/crm/associations/{self.api}/{tail}"

    def properties(self, type: str, name: str = "") -> str:
        """The property definitions of a type, or one of them."""
        return self._crm("properties", type) + (f"/{name}" if name else "")

    def owners(self) -> str:
        """Lists the users who may own records."""
        # The classic path ends in a slash, and HubSpot's client calls it so.
        return "/crm/v3/owners/" if self.api == CLASSIC else f"/crm/owners/{self.api}"

    def account(self) -> str:
        """Details of the account behind the token."""
        return f"/account-info/{self.api}/details"

    def daily_usage(self) -> str:
        """How many of the day's calls are used."""
        return f"/account-info/{self.api}/api-usage/daily/private-apps"

    def token(self) -> str:
        """Exchanges and refreshes tokens. The v1 endpoint stops on 16 February 2027, so the classic family uses v3."""
        return f"/oauth/{self.api}/token"

    def revoke(self) -> str:
        """Takes a token back; only the dated family has a call for it."""
        return f"/oauth/{DATED}/token/revoke"

    def _crm(self, area: str, type: str) -> str:
        return f"/crm/v3/{area}/{type}" if self.api == CLASSIC else f"/crm/{area}/{self.api}/{type}"
